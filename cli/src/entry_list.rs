//! Lists the newest entries of a workspace, for an operator who looks for one.

use crate::args::EntryList;
use crate::catalog::current;
use crate::export::check_names;
use crate::failure::Failure;
use crate::output::{Answer, columns, quoted};
use crate::workspace::found;
use domain::entry::Entry;
use domain::judging::Unusual;
use domain::ports::{
    Direction, FindRows, ListEntries, ReadCatalog, ReadControl, ReadFollowed, ReadUnusual, Stretch,
};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::unusual::{Judgement, Thresholds};

/// Entries read in one call of the store, matching or not.
const MOST_READ: usize = 1_000;

/// What the store must do to list entries.
pub(crate) trait EntryLists:
    ReadControl + ReadCatalog + ListEntries + ReadFollowed + ReadUnusual + FindRows + Sync
{
}
impl<S> EntryLists for S where
    S: ReadControl + ReadCatalog + ListEntries + ReadFollowed + ReadUnusual + FindRows + Sync
{
}

/// `audit entry list`: newest first. Entries that the plan hides are not listed. Unusual entries
/// are those that were judged so far.
pub(crate) async fn run(
    store: &impl EntryLists,
    list: EntryList,
    thresholds: &Thresholds,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let EntryList { workspace, limit, filters } = list;
    let filter = filters.filter()?;
    let workspace = found(store, &workspace).await?;
    check_names(&filter, &*current(store).await?)?;
    let wanted = usize::from(limit);
    let mut rest = Span::of(&filter, &workspace, now);
    let mut entries: Vec<Entry> = Vec::new();
    let judgement = Judgement::read(store, &workspace.id, thresholds).await?;
    let unusual = Unusual { store, judgement };
    while let Some(span) = rest.filter(|_| entries.len() < wanted) {
        let (workspace, filter) = (&workspace, &filter);
        let stretch = Stretch { workspace, filter, span, recorded_by: None, now };
        let missing = wanted - entries.len();
        let slice = if filter.unusual {
            unusual.slice(stretch, Direction::NewestFirst, missing, MOST_READ).await?
        } else {
            store.slice(stretch, Direction::NewestFirst, missing, MOST_READ).await?
        };
        rest = slice.stopped_at.and_then(|id| span.older_than(id));
        entries.extend(slice.entries);
    }
    let rows: Vec<_> = entries.iter().map(|entry| entry.row(workspace.plan)).collect();
    let view = serde_json::json!({ "entries": rows });
    if entries.is_empty() {
        let answer = Answer::new(String::new(), &view)?;
        return Ok(answer.with_note("There are no such entries.".to_owned()));
    }
    let header = ["ENTRY", "ACTION", "OUTCOME", "ACTOR", "TARGET"].map(str::to_owned);
    let table: Vec<_> = std::iter::once(header).chain(entries.iter().map(row)).collect();
    Answer::new(columns(&table), &view)
}

fn row(entry: &Entry) -> [String; 5] {
    let content = &entry.content;
    let named = |kind: &str, id: &str| format!("{kind} {}", quoted(id));
    [
        entry.id.to_string(),
        content.action.clone(),
        content.outcome.name().to_owned(),
        named(content.actor.kind.name(), &content.actor.id),
        named(&content.target.kind, &content.target.id),
    ]
}
