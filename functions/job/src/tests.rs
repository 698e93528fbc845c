//! Job steps over the ports in memory: everything that can happen to workers and messages, at each
//! call of each step. The domain's rules are checked against plain lists.

mod checks;
mod exports;
mod fuse;
mod layer;
mod rewritings;
mod world;

use domain::filter::Filter;
use domain::job::{Compression, ExportSpec, ExportWork, FileFormat};
use domain::memory::fixtures::{actor, at};
use domain::timestamp::Timestamp;

/// The moment at which tests begin.
pub(crate) fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

/// An export of everything that has not begun.
pub(crate) fn export_work() -> ExportWork {
    ExportWork::new(ExportSpec {
        format: FileFormat::Ndjson,
        bom: false,
        compression: Compression::None,
        filter: Filter::default(),
        as_of: noon(),
        requested_by: actor("u_1"),
        rows_expected: None,
    })
}
