//! Owns what is unusual: which entries of a log deserve a look, and why.
//!
//! An entry is unusual compared with what its actor did before, by occurrence. Each reason follows
//! from the log alone, so anybody can recompute it, and a late entry corrects it. The profile of an
//! actor ([`crate::directory::ActorProfile`]) holds what the rules need: the first entry of each
//! network, action and hour, and how many sensitive and denied entries an hour has. So the unusual
//! entries of an actor are a function of its profile, and they change only with it.
//!
//! An index holds them by day ([`UnusualDay`]), so that lists find them without the profiles:
//! [`crate::judging`] reads it.

mod day;
mod evidence;
mod judged;
mod judgement;
mod rules;

pub use crate::reason::{Reason, Reasons};
pub use day::{Flagged, MalformedDay, UnusualDay};
pub use evidence::{Evidence, Facts, MOST_NAMED};
pub use judged::{Change, Judged, Verdicts};
pub use judgement::Judgement;
pub use rules::{MalformedRules, Rules, Thresholds};
