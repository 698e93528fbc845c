//! Verifies a whole log: compares what is stored with the journal, each entry with its id, and the
//! counts with the journal and with each other.

use crate::failure::Failure;
use crate::output::{Answer, fields};
use crate::tally::stored_counts;
use crate::workspace::found;
use domain::checking::{CheckStore, check};
use domain::clock::Clock;
use domain::counting::{Budget, FoldStore};
use domain::identity::EntryId;
use domain::journal::{Folded, SETTLED_AFTER_MS};
use domain::ports::ReadControl;
use domain::sequencing::seal;
use domain::tally::{Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The time that numbering may take before the check.
const SEAL_TIME: Duration = Duration::from_hours(1);
/// The ids of each kind that people are shown. Programs get all.
const IDS_SHOWN: usize = 20;

/// The verification as programs get it.
#[derive(Debug, Serialize)]
struct VerifiedView<'a> {
    workspace_id: &'a WorkspaceId,
    is_sound: bool,
    /// The end, inclusive, of the recorded time that was checked.
    checked_through: Timestamp,
    entries: u64,
    unnumbered: Vec<EntryId>,
    missing: Vec<EntryId>,
    altered: Vec<EntryId>,
    /// The entries that the counts have followed.
    folded_entries: u64,
    /// The periods whose stored count contradicts the count above it; `years` stands for the sum of
    /// all years.
    wrong_counts: Vec<String>,
}

/// `audit verify`
///
/// 1. What is settled is numbered, so that only a straggler has no number.
/// 2. The log is checked, one part after another. Stragglers are entered into the journal.
/// 3. The counts are compared.
pub(crate) async fn verify(
    store: &(impl ReadControl + FoldStore + CheckStore),
    id: &WorkspaceId,
    clock: &Clock,
) -> Result<Answer, Failure> {
    let workspace = found(store, id).await?;
    let now = clock.now();
    let budget = Budget::new(f64::INFINITY, SEAL_TIME);
    // Another sequencer may have continued the same segment. What it has not numbered yet must not
    // be taken for stragglers.
    while !seal(store, id, now, &budget).await?.is_finished {}
    let until = now.plus_ms(-SETTLED_AFTER_MS);
    let mut view = VerifiedView {
        workspace_id: id,
        is_sound: true,
        checked_through: Timestamp::MIN,
        entries: 0,
        unnumbered: Vec::new(),
        missing: Vec::new(),
        altered: Vec::new(),
        folded_entries: 0,
        wrong_counts: Vec::new(),
    };
    while view.checked_through < until {
        let part = check(store, &workspace, view.checked_through, until, clock).await?;
        if part.through <= view.checked_through {
            // Something landed after its time was numbered.
            while !seal(store, id, now, &budget).await?.is_finished {}
        }
        view.checked_through = part.through;
        view.entries += part.entries;
        view.unnumbered.extend(part.stragglers);
        view.missing.extend(part.missing);
        view.altered.extend(part.altered);
    }
    let (folded, nodes) = stored_counts(store, id).await?;
    view.folded_entries = folded.next;
    view.wrong_counts = wrong_counts(&folded, nodes);
    view.is_sound = [view.unnumbered.len(), view.missing.len(), view.altered.len()] == [0; 3]
        && view.wrong_counts.is_empty();
    Ok(Answer::new(fields(&lines(&view)), &view)?.holding(view.is_sound))
}

/// The periods whose counts contradict the checkpoint or the count above them. A node that is ahead
/// of the checkpoint belongs to a fold that is going on: then nothing is compared.
fn wrong_counts(folded: &Folded, nodes: Vec<Node>) -> Vec<String> {
    if nodes.iter().any(|node| node.through > folded.next) {
        return Vec::new();
    }
    let nodes: BTreeMap<Period, Node> = nodes.into_iter().map(|node| (node.period, node)).collect();
    let years = nodes.values().filter(|node| node.period.level() == Level::Year);
    let sum: u64 = years.map(|node| node.counted.total()).sum();
    let mut wrong: Vec<String> =
        (sum != folded.next).then(|| "years".to_owned()).into_iter().collect();
    for (period, node) in &nodes {
        let above = period.level().above().map(|level| Period::holding(level, period.start()));
        let above = above.map(|above| nodes.get(&above).map(|node| node.counted.total_of(*period)));
        if above.is_some_and(|above| above != Some(node.counted.total())) {
            wrong.push(period.key());
        }
    }
    wrong
}

fn lines(view: &VerifiedView<'_>) -> Vec<(&'static str, String)> {
    let verdict = if view.is_sound {
        "all entries are present, numbered and as they were recorded".to_owned()
    } else {
        "NOT SOUND: see below".to_owned()
    };
    let ids = |ids: &[EntryId]| {
        let shown: Vec<_> = ids.iter().take(IDS_SHOWN).map(EntryId::to_string).collect();
        let more = ids.len().saturating_sub(IDS_SHOWN);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{} {}{more}", ids.len(), shown.join(" ")).trim_end().to_owned()
    };
    let mut lines = vec![
        ("verdict", verdict),
        ("workspace", view.workspace_id.to_string()),
        ("recorded until", view.checked_through.rfc3339()),
        ("entries", view.entries.to_string()),
        ("in stored counts", view.folded_entries.to_string()),
    ];
    for (name, found) in [
        ("had no number", &view.unnumbered),
        ("missing", &view.missing),
        ("altered", &view.altered),
    ] {
        if !found.is_empty() {
            lines.push((name, ids(found)));
        }
    }
    if !view.wrong_counts.is_empty() {
        lines.push(("wrong counts", view.wrong_counts.join(" ")));
    }
    lines
}
