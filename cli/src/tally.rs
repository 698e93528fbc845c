//! Shows the stored counts of a workspace, and drops them so that they are made again.

use crate::args::TallyCommand;
use crate::failure::Failure;
use crate::output::{Answer, fields};
use crate::workspace::found;
use domain::ports::{Consistency, ReadControl, ReadTally, ReopenTally};
use domain::tally::{Level, Node};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use serde::Serialize;

/// The tally as programs get it.
#[derive(Debug, Serialize)]
struct TallyView<'a> {
    workspace_id: &'a WorkspaceId,
    nodes: Vec<NodeView>,
}

/// A node of the tally: the count of a year, month, day or hour.
#[derive(Debug, Serialize)]
struct NodeView {
    /// For example `d#20261122`.
    period: String,
    /// The number of entries counted; `None` means that the count was dropped.
    entries: Option<u64>,
    /// The end of what is counted, exclusive.
    through: Option<Timestamp>,
    /// When a late entry was last announced.
    reopened_at: Option<Timestamp>,
}

/// `audit tally show` and `audit tally recount`
pub(crate) async fn run(
    store: &(impl ReadControl + ReadTally + ReopenTally),
    command: TallyCommand,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let (TallyCommand::Show { workspace: id } | TallyCommand::Recount { workspace: id }) = &command;
    let workspace = found(store, id).await?;
    let mut nodes = Vec::new();
    for level in Level::ALL {
        nodes.extend(
            store.nodes(id, level, Timestamp::MIN, Timestamp::MAX, Consistency::Strong).await?,
        );
    }
    match command {
        TallyCommand::Show { .. } => show(&workspace, nodes),
        TallyCommand::Recount { .. } => {
            for node in &nodes {
                store.reopen(&workspace, node.period, now).await?;
            }
            let text = fields(&[
                ("workspace", id.to_string()),
                (
                    "dropped",
                    format!(
                        "{}; lists count again what they need, and store it after one minute",
                        counts(nodes.len())
                    ),
                ),
            ]);
            Answer::new(text, &TallyView { workspace_id: id, nodes: Vec::new() })
        }
    }
}

fn counts(number: usize) -> String {
    if number == 1 { "1 count".to_owned() } else { format!("{number} counts") }
}

fn show(workspace: &Workspace, nodes: Vec<Node>) -> Result<Answer, Failure> {
    let view = |node: Node| NodeView {
        period: node.period.key(),
        entries: node.counted.as_ref().map(domain::tally::Counted::total),
        through: node.counted.as_ref().map(|counted| counted.through),
        reopened_at: node.reopened_at,
    };
    let view =
        TallyView { workspace_id: &workspace.id, nodes: nodes.into_iter().map(view).collect() };
    let lines: Vec<_> = view.nodes.iter().map(|node| (node.period.as_str(), words(node))).collect();
    let text = if lines.is_empty() {
        format!("nothing is counted of {}", workspace.id)
    } else {
        fields(&lines)
    };
    Answer::new(text, &view)
}

fn words(node: &NodeView) -> String {
    let counted = match node.entries.zip(node.through) {
        Some((entries, through)) => format!("{entries} entries before {}", through.rfc3339()),
        None => "not counted".to_owned(),
    };
    let reopened = node.reopened_at.map(|at| format!(", reopened {}", at.rfc3339()));
    counted + &reopened.unwrap_or_default()
}
