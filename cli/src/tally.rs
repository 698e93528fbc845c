//! Shows the stored counts of a workspace, and makes them again from the journal.

use crate::args::TallyCommand;
use crate::failure::Failure;
use crate::output::{Answer, fields};
use crate::workspace::found;
use domain::counting::{Budget, FoldStore, recount};
use domain::journal::Folded;
use domain::ports::{Consistency, ReadControl, Tally};
use domain::tally::{Level, Node};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;
use std::time::Duration;

/// The time that a recount may take.
const RECOUNT_TIME: Duration = Duration::from_hours(1);

/// The tally as programs get it.
#[derive(Debug, Serialize)]
struct TallyView<'a> {
    workspace_id: &'a WorkspaceId,
    /// The number of entries that the counts have followed.
    folded_entries: u64,
    nodes: Vec<NodeView>,
}

/// A node of the tally: the count of a year, month, day or hour.
#[derive(Debug, Serialize)]
struct NodeView {
    /// For example `d#20261122`.
    period: String,
    /// The number of entries counted.
    entries: u64,
    /// The sequence number up to which it has followed the journal, exclusive.
    through: u64,
}

/// `audit tally show` and `audit tally recount`
pub(crate) async fn run(
    store: &(impl ReadControl + FoldStore),
    command: TallyCommand,
) -> Result<Answer, Failure> {
    match &command {
        TallyCommand::Show { workspace: id } => {
            found(store, id).await?;
            show(store, id).await
        }
        TallyCommand::Recount { workspace: id } => {
            found(store, id).await?;
            let folding = recount(store, id, &Budget::new(f64::INFINITY, RECOUNT_TIME)).await?;
            let counted = format!("{} entries, in {} nodes", folding.entries, folding.nodes);
            let text = fields(&[("workspace", id.to_string()), ("counted", counted)]);
            let folded_entries = folding.entries;
            Answer::new(text, &TallyView { workspace_id: id, folded_entries, nodes: Vec::new() })
        }
    }
}

/// The checkpoint of a workspace's counts and all nodes of its generation, the years first.
pub(crate) async fn stored_counts(
    store: &impl FoldStore,
    id: &WorkspaceId,
) -> Result<(Folded, Vec<Node>), Failure> {
    let folded = store.folded(id, Consistency::Strong).await?;
    let folded = folded.unwrap_or_else(|| Folded::nothing(1));
    let tally = Tally { workspace: id, generation: folded.generation };
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    let mut nodes = Vec::new();
    for level in Level::ALL {
        nodes.extend(store.nodes(tally, level, first, last, Consistency::Strong).await?);
    }
    Ok((folded, nodes))
}

async fn show(store: &impl FoldStore, id: &WorkspaceId) -> Result<Answer, Failure> {
    let (folded, nodes) = stored_counts(store, id).await?;
    let nodes = nodes.iter().map(NodeView::of).collect();
    let view = TallyView { workspace_id: id, folded_entries: folded.next, nodes };
    let lines: Vec<_> = view.nodes.iter().map(NodeView::line).collect();
    let text =
        if lines.is_empty() { format!("nothing is counted of {id}") } else { fields(&lines) };
    Answer::new(text, &view)
}

impl NodeView {
    fn of(node: &Node) -> Self {
        let entries = node.counted.total();
        Self { period: node.period.key(), entries, through: node.through }
    }

    fn line(&self) -> (&str, String) {
        let text = format!("{} entries, through number {}", self.entries, self.through);
        (self.period.as_str(), text)
    }
}
