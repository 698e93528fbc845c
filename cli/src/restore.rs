//! Copies entries that are gone from a restored table.

use crate::args::RestoreArgs;
use crate::failure::{Failure, is_missing_table};
use crate::output::{Answer, fields};
use crate::workspace::found;
use aws::dynamodb::{DynamoStore, Restore, Restored};
use domain::plan::GraceDays;
use domain::ports::{Consistency, ReadSpan, StoreError};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;

/// What was copied, as programs get it.
#[derive(Debug, Serialize)]
struct RestoredView<'a> {
    workspace_id: &'a WorkspaceId,
    from_table: &'a str,
    is_dry_run: bool,
    entries: u64,
    values: u64,
    rows: u64,
}

/// `audit restore`
pub(crate) async fn run(
    store: &DynamoStore,
    RestoreArgs { workspace: id, from_table: from, dry_run: is_dry_run }: &RestoreArgs,
    entries_table: &str,
    grace: GraceDays,
    now: Timestamp,
) -> Result<Answer, Failure> {
    if from == entries_table {
        return Err(Failure::OwnTable(from.clone()));
    }
    let is_dry_run = *is_dry_run;
    let workspace = &found(store, id).await?;
    let restore = Restore { from, workspace, grace, now, is_dry_run };
    let restored = match store.restore(&restore).await {
        Err(StoreError::Refused(cause)) if is_missing_table(&*cause) => {
            // DynamoDB does not say which table is missing.
            store.read(id, Span::everything(), 1, Consistency::Eventual).await?;
            return Err(Failure::NoRestoredTable(from.clone(), cause));
        }
        restored => restored?,
    };
    let Restored { entries, values, rows } = restored;
    let view =
        RestoredView { workspace_id: id, from_table: from, is_dry_run, entries, values, rows };
    let verb = if is_dry_run { "would be copied" } else { "copied" };
    let count = |count: u64| format!("{count} {verb}");
    let text = fields(&[
        ("workspace", id.to_string()),
        ("from", from.clone()),
        ("entries", count(entries)),
        ("values apart", count(values)),
        ("rows under further targets", count(rows)),
    ]);
    let answer = Answer::new(text, &view)?;
    Ok(if is_dry_run || restored == Restored::default() {
        answer
    } else {
        answer.with_note(format!("Now check the log: audit verify {id}"))
    })
}
