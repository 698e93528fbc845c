//! Owns the directory of a workspace: who acted in it, and from which addresses.
//!
//! A profile is a fold over the log: of an actor its names, email addresses, networks, actions and
//! times, of an address its actors and times. Adding an entry and merging two profiles are
//! commutative, associative and idempotent (a join-semilattice): minima, maxima and unions. So an
//! entry may be added twice, late, or in any order, and a profile may be deleted and made again
//! from the log.
//!
//! What a profile holds is bounded. Where there is more, it keeps what was seen last, and says so.
//! Every part says the day on which it was seen last, so that what only expired entries tell is not
//! shown.

mod actor;
mod address;
mod beginning;
mod bytes;
mod day;
mod firsts;
mod followed;
mod history;
mod latest;
mod network;
mod place;
mod profile;
mod roster;
mod sighting;
mod terms;

pub use actor::{ActorProfile, SeenActor};
pub use address::{AddressProfile, SeenAddress};
pub use beginning::beginning_with;
pub use day::{Day, Days};
pub(crate) use firsts::Firsts;
pub use followed::Followed;
pub(crate) use history::{Busy, Head, History, Hour, MOST_EARLY, SHORTEST_GAP_DAYS, hour_of_day};
pub use latest::Latest;
pub use network::Network;
pub(crate) use place::Place;
pub use profile::{MalformedProfile, Profile};
pub use roster::{MOST_SEEN, Roster};
pub use sighting::Sighting;
pub use terms::{MAX_TERM_CHARS, Term, folded, is_found};
