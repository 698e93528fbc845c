//! Makes the directory of a workspace again: who acted, and from which addresses.

use crate::args::DirectoryCommand;
use crate::failure::Failure;
use crate::output::{Answer, fields};
use crate::workspace::found;
use domain::catalog::default_catalog;
use domain::clock::Clock;
use domain::counting::Budget;
use domain::following::{Follow, FollowStore, begin_again, follow};
use domain::plan::GraceDays;
use domain::ports::{ClearDirectory, ReadCatalog, ReadControl, StoreError};
use domain::sequencing::{SealStore, seal};
use domain::unusual::{Rules, Thresholds};
use domain::workspace::WorkspaceId;
use serde::Serialize;
use std::time::Duration;

/// The time that one part of a rebuild may take. The next one goes on from its checkpoint.
const PART_TIME: Duration = Duration::from_mins(1);

/// A rebuilt directory as programs get it.
#[derive(Debug, Serialize)]
struct RebuiltView<'a> {
    workspace_id: &'a WorkspaceId,
    deleted_items: u64,
    followed_entries: u64,
    stored_profiles: u64,
}

/// `audit directory rebuild`
///
/// 1. The checkpoint goes back to the first entry, so that nobody takes what is there for whole.
/// 2. Profiles, terms and unusual days are deleted.
/// 3. What is settled is numbered, and the directory follows all of it. Stopped anywhere, the next
///    lookup goes on.
pub(crate) async fn run(
    store: &(impl ReadControl + ReadCatalog + SealStore + FollowStore + ClearDirectory),
    command: DirectoryCommand,
    grace: GraceDays,
    thresholds: Thresholds,
) -> Result<Answer, Failure> {
    let DirectoryCommand::Rebuild { workspace: id } = &command;
    let workspace = found(store, id).await?;
    let catalog = store.catalog().await?;
    let rules = Rules::of(thresholds, catalog.as_deref().unwrap_or_else(|| default_catalog()));
    begin_again(store, id).await?;
    let deleted_items = store.clear_directory(id).await?;
    let budget = || Budget::new(f64::INFINITY, PART_TIME);
    while !seal(store, id, Clock::System.now(), &budget()).await?.is_finished {}
    let (mut followed_entries, mut stored_profiles) = (0, 0);
    loop {
        let part = match follow(store, &workspace, grace, &rules, Follow::Now, &budget()).await {
            // A lookup follows at the same time.
            Err(StoreError::Changed) => continue,
            part => part?,
        };
        followed_entries += part.entries;
        stored_profiles += part.profiles;
        if part.is_finished {
            break;
        }
    }
    let text = fields(&[
        ("workspace", id.to_string()),
        ("deleted", format!("{deleted_items} items")),
        ("followed", format!("{followed_entries} entries")),
        ("stored", format!("{stored_profiles} profiles")),
    ]);
    Answer::new(
        text,
        &RebuiltView { workspace_id: id, deleted_items, followed_entries, stored_profiles },
    )
}
