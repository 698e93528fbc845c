//! Owns the journal's values: segments, which number the entries of a workspace in the order in
//! which they were recorded; markers, which announce entries that are out of order; how far the
//! counts have followed; and the moment of a browse.
//!
//! It does not read or store anything: [`crate::sequencing`] and [`crate::counting`] do.
//! `docs/table.md`, "The journal", has the argument; comments name its assumptions (A1 to A3) and
//! rules (J1 to J4) at the lines that keep them.

mod announced;
mod as_of;
mod folded;
mod marker;
mod order;
mod segment;

pub use announced::Announced;
pub use as_of::AsOf;
pub use folded::Folded;
pub use marker::{MARKER_DAYS, MARKER_IDS, Marker, MarkerPlace};
pub use order::{
    MARKED_BEFORE_MS, OUT_OF_ORDER_AFTER_MS, SETTLED_AFTER_MS, is_out_of_order, settled_until,
};
pub use segment::{MalformedSegment, Numbered, SEGMENT_ENTRIES, Segment};
