//! Faults put between the handlers and the store, each of which breaks one rule that keeps numbers
//! and counts true. The simulation must notice every one.

use crate::simulation::layer::Layer;
use crate::simulation::world::Role;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::identity::EntryId;
use domain::journal::SETTLED_AFTER_MS;
use domain::tally::{Cell, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use local::embedded;
use std::collections::BTreeMap;

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// An entry that is out of order is recorded without a marker (J2).
    NoMarker,
    /// Recorded time is taken for settled at once: whoever numbers has a clock that is ahead (J3).
    SettledAtOnce,
    /// A segment is stored over another that continues the same one (J3).
    SegmentPutAnyway,
    /// A node is stored whatever was folded since it was read (J4).
    NodePutAnyway,
    /// Entries are added to a node that has them already (J4).
    ThroughIgnored,
    /// The checkpoint is moved before the nodes are stored (J4).
    CheckpointFirst,
    /// The tail is read without the markers.
    TailWithoutMarkers,
    /// Who numbers and folds reads from copies that may be old (A3).
    OldCopies,
    /// What a plan hid until its grace was over is not hidden for good.
    NothingFinal,
    /// What a lowered plan hides and can bring back is deleted as if it could not.
    NoGrace,
    /// A marker confirms entries before they are stored (J2).
    ConfirmedTooSoon,
    /// A check gives no number to an entry that landed too late.
    StragglersIgnored,
}

/// What a mutant remembers of one worker.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// How far the nodes had followed that the worker read.
    pub(crate) through: BTreeMap<Period, u64>,
    /// Nodes that are stored after the checkpoint.
    pub(crate) withheld: Vec<(Node, Option<u64>)>,
    /// The kinds of the entries that it is about to announce.
    pub(crate) kinds: BTreeMap<EntryId, Cell>,
}

impl Mutant {
    pub(crate) const ALL: [Self; 12] = [
        Self::NoMarker,
        Self::SettledAtOnce,
        Self::SegmentPutAnyway,
        Self::NodePutAnyway,
        Self::ThroughIgnored,
        Self::CheckpointFirst,
        Self::TailWithoutMarkers,
        Self::OldCopies,
        Self::NothingFinal,
        Self::NoGrace,
        Self::ConfirmedTooSoon,
        Self::StragglersIgnored,
    ];

    /// The seed at which the search begins: it noticed the mutant when this was written. Where it
    /// does not any more, a later one does.
    pub(crate) fn first_seed(self) -> u64 {
        match self {
            Self::CheckpointFirst => 1,
            Self::SegmentPutAnyway
            | Self::OldCopies
            | Self::ConfirmedTooSoon
            | Self::StragglersIgnored => 2,
            Self::NodePutAnyway => 11,
            Self::NoGrace => 28,
            Self::NothingFinal => 48,
            _ => 0,
        }
    }

    /// How far ahead of its instance's clock a role's clock is.
    pub(crate) fn clock_ahead_ms(self, role: Role) -> i64 {
        let seals = matches!(role, Role::List | Role::Tally);
        if self == Self::SettledAtOnce && seals { SETTLED_AFTER_MS } else { 0 }
    }
}

impl Layer {
    /// Makes room for another segment that begins at the same moment.
    pub(crate) async fn delete_segment(&self, workspace: &WorkspaceId, from: Timestamp) {
        let delete = self.client.delete_item().table_name(embedded::tables().control);
        let delete = delete.key("pk", AttributeValue::S(format!("journal#{workspace}")));
        delete.key("sk", AttributeValue::S(format!("s#{}", from.key()))).send().await.unwrap();
    }
}
