//! Deliberate bugs between the handlers and the store. Each breaks one rule that keeps numbers,
//! counts or visibility right, and the simulation must detect every one.

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

/// A deliberate bug: a rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// An entry that is out of order is recorded without a marker (J2).
    NoMarker,
    /// Entries are numbered before they are settled: the clock of every sequencer is ahead (J3).
    SettledAtOnce,
    /// A segment overwrites another that begins at the same moment, in place of put if absent (J3).
    SegmentPutAnyway,
    /// A node is stored without its optimistic lock, over what others have folded since it was read
    /// (J4).
    NodePutAnyway,
    /// A node's `through` is ignored, so that it counts entries a second time (J4).
    ThroughIgnored,
    /// The checkpoint is moved before the nodes are stored (J4).
    CheckpointFirst,
    /// Lists read the tail without the markers.
    TailWithoutMarkers,
    /// Reads that should be strongly consistent, such as those of sequencers and folds, may be
    /// stale (A3).
    OldCopies,
    /// Entries that a lowered plan hid come back when the plan is raised after the days of grace.
    NothingFinal,
    /// Entries that a lowered plan hides are deleted, although the plan can still be raised again.
    NoGrace,
    /// A marker confirms entries before they are stored (J2).
    ConfirmedTooSoon,
    /// A check does not enter stragglers into the journal.
    StragglersIgnored,
}

/// What a mutant remembers of one worker.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// The true `through` of the nodes that the worker read.
    pub(crate) through: BTreeMap<Period, u64>,
    /// Nodes that are held back until the checkpoint is stored.
    pub(crate) withheld: Vec<(Node, Option<u64>)>,
    /// The kinds of the entries that the worker is about to announce.
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

    /// The seed at which the search begins, which is known to detect the mutant. If it no longer
    /// does, the search goes on with later seeds.
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

    /// By how much the mutant sets the clock of an instance with this role ahead.
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
