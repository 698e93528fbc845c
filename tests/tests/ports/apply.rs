//! Applies an operation to a store, and shows the answer in a form that can be compared.

use crate::journal;
use crate::operation::{List, Operation};
use crate::universe::{credential, entry, filter, job, late, moment, span, workspace};
use domain::entry::{Entry, NewEntry};
use domain::filter::Filter;
use domain::job::{Job, JobState, OpenExports};
use domain::memory::fixtures::new_entry;
use domain::plan::{GraceDays, Plan};
use domain::ports::{
    AppendEntry, Consistency, EnterJournal, FindRows, FollowPlans, GetEntry, KeepTally,
    ListEntries, MarkEntries, Metered, NewLife, OperateCredentials, PlanChecks, ReadControl,
    ReadHeads, ReadJobs, ReadJournal, ReadRows, ReadSpan, ReadTally, RewriteLife, Slice,
    StoreError, Stretch, WriteControl, WriteJobs, WriteJournal,
};
use domain::span::Span;
use domain::workspace::Workspace;
use std::fmt::Debug;

/// Every port of a store.
pub(crate) trait Ports:
    AppendEntry
    + EnterJournal
    + FindRows
    + FollowPlans
    + GetEntry
    + KeepTally
    + ListEntries
    + MarkEntries
    + Metered
    + OperateCredentials
    + PlanChecks
    + ReadControl
    + ReadHeads
    + ReadJobs
    + ReadJournal
    + ReadRows
    + ReadSpan
    + ReadTally
    + RewriteLife
    + WriteControl
    + WriteJobs
    + WriteJournal
{
}

impl<S> Ports for S where
    S: AppendEntry
        + EnterJournal
        + FindRows
        + FollowPlans
        + GetEntry
        + KeepTally
        + ListEntries
        + MarkEntries
        + Metered
        + OperateCredentials
        + PlanChecks
        + ReadControl
        + ReadHeads
        + ReadJobs
        + ReadJournal
        + ReadRows
        + ReadSpan
        + ReadTally
        + RewriteLife
        + WriteControl
        + WriteJobs
        + WriteJournal
{
}

/// What a store answers, as text: an error by its name, without its cause.
pub(crate) type Answer = String;

pub(crate) fn shown<T: Debug>(answer: Result<T, StoreError>) -> Answer {
    match answer {
        Ok(answer) => format!("{answer:#?}"),
        Err(error) => error.to_string(),
    }
}

/// Removes what a list need not return. The table returns everything that is in the entry's item.
fn plain(mut slice: Slice) -> Slice {
    for Entry { content, seal, key_id, .. } in &mut slice.entries {
        (content.old_value, content.new_value, content.metadata) = (None, None, None);
        (*seal, *key_id) = (None, None);
    }
    slice
}

/// The job as it is stored, or a new one.
async fn stored_job<S: Ports>(store: &S, place: usize) -> Job {
    store.job(&job(place, 0).key).await.unwrap().unwrap_or_else(|| job(place, 0))
}

/// An entry to be stored by a plan.
fn new(place: usize, plan: Plan) -> NewEntry {
    new_entry(&workspace(plan, false), &entry(place, plan))
}

/// The workspace after this many changes.
fn changed(changes: usize) -> Workspace {
    let first = workspace(Plan::Pro, false);
    (0..changes).fold(first, |before, place| {
        before.with_plan(Plan::ALL[place % 4], moment(place), GraceDays::default())
    })
}

impl List {
    fn stretch<'a>(&self, workspace: &'a Workspace, filter: &'a Filter, span: Span) -> Stretch<'a> {
        let recorded_by = self.recorded_by.map(moment);
        Stretch { workspace, filter, span, recorded_by, now: late(self.now) }
    }
}

pub(crate) async fn apply<S: Ports>(store: &S, operation: &Operation) -> Answer {
    match operation.clone() {
        Operation::Append { entry: place, plan } => shown(store.append(&new(place, plan)).await),
        Operation::AppendOther { entry: place } => {
            let mut other = new(place, Plan::Free);
            other.entry.content.request_id = Some("other".to_owned());
            shown(store.append(&other).await)
        }
        Operation::AppendAll { entries, plan } => {
            let entries: Vec<_> = entries.into_iter().map(|place| new(place, plan)).collect();
            let outcomes = store.append_all(&entries).await;
            outcomes.into_iter().map(shown).collect::<Vec<_>>().join(", ")
        }
        Operation::Look { entries, is_other } => {
            let mut wanted: Vec<_> =
                entries.into_iter().map(|place| entry(place, Plan::Free)).collect();
            if let Some(first) = wanted.first_mut().filter(|_| is_other) {
                first.content.reason = Some("other".to_owned());
            }
            let found = store.look(&wanted.iter().collect::<Vec<_>>()).await;
            found.into_iter().map(shown).collect::<Vec<_>>().join(", ")
        }
        Operation::Rewrite { entry: place, plan, version } => {
            rewrite(store, place, plan, version).await
        }
        Operation::PutWorkspace { changes, entry: place, with_job } => {
            let workspace = changed(changes);
            let job = with_job.then(|| job(0, workspace.version));
            let told = new(place, Plan::Free);
            shown(store.put_workspace(&workspace, job.as_ref(), &told).await)
        }
        Operation::PutCredential { key, expires, entry: place } => {
            let credential = credential(key, expires.then(|| late(0)));
            let told = place.map(|place| new(place, Plan::Free));
            shown(store.put_credential(&credential, told.as_ref()).await)
        }
        Operation::Credential { key } => {
            shown(store.credential(&credential(key, None).key_id).await)
        }
        Operation::Revoke { key, at } => {
            shown(store.revoke(&credential(key, None).key_id, moment(at)).await)
        }
        Operation::ListCredentials => {
            let mut all = store.list().await.unwrap();
            all.sort_by_key(|one| one.key_id.as_str().to_owned());
            format!("{all:?}")
        }
        Operation::Workspace => shown(store.workspace(&changed(0).id).await),
        other => read_or_count(store, other).await,
    }
}

async fn rewrite<S: Ports>(store: &S, place: usize, plan: Option<Plan>, version: u64) -> Answer {
    let entry = entry(place, Plan::Free);
    let lives = store.lives(&entry.workspace_id, Span::everything(), 1_000).await;
    let lives = lives.unwrap().entries;
    // For an entry that is not stored, the life that it would have.
    let life = lives.into_iter().find(|life| life.id == entry.id).unwrap_or(domain::ports::Life {
        id: entry.id,
        recorded_at: entry.recorded_at,
        values_apart: place.is_multiple_of(5),
        further_targets: entry.content.targets.len(),
        delete_at: new_entry(&workspace(Plan::Free, false), &entry).delete_at,
        version: None,
    });
    let delete_at = match plan {
        Some(plan) => plan.delete_at(entry.content.occurred_at, GraceDays::default()),
        None => Some(moment(20).plus_ms(123)),
    };
    let new = NewLife { delete_at, version };
    shown(store.rewrite(&entry.workspace_id, &life, new).await)
}

async fn read_or_count<S: Ports>(store: &S, operation: Operation) -> Answer {
    let workspace = workspace(Plan::Free, false);
    let stretch = |list: &List| (filter(list.filter), span(list.span.0, list.span.1));
    match operation {
        Operation::Get { entry: place, now } => {
            shown(store.entry(&workspace, entry(place, Plan::Free).id, late(now)).await)
        }
        Operation::Slice { list, direction, wanted, most_read } => {
            let (filter, span) = stretch(&list);
            let stretch = list.stretch(&workspace, &filter, span);
            shown(store.slice(stretch, direction, wanted, most_read).await.map(plain))
        }
        Operation::Count { list, most, most_read } => {
            let (filter, span) = stretch(&list);
            let stretch = list.stretch(&workspace, &filter, span);
            shown(store.count(stretch, most, most_read).await)
        }
        Operation::Rows { list } => {
            let (filter, span) = stretch(&list);
            let stretch = list.stretch(&workspace, &filter, span);
            let mut rows = store.rows(stretch).await.unwrap();
            let filled = store.fill(&workspace.id, &mut rows.rows).await;
            format!("{} {rows:?}", shown(filled))
        }
        Operation::RowsWithin { span: (first, last), limit, consistency } => {
            let read = store.rows_within(&workspace.id, span(first, last), limit, consistency);
            // Stores may differ in whether a read that its limit stopped says that more follows.
            shown(read.await.map(|read| read.items))
        }
        Operation::RowsOf { entries, consistency } => {
            let ids: Vec<_> = entries.iter().map(|place| entry(*place, Plan::Free).id).collect();
            let rows = store.rows_of(&workspace.id, &ids, consistency).await;
            shown(rows.map(|mut rows| {
                rows.sort_by_key(|row| row.entry.id);
                rows
            }))
        }
        Operation::Read { span: (first, last), limit, consistency } => {
            shown(store.read(&workspace.id, span(first, last), limit, consistency).await.map(plain))
        }
        Operation::Lives { span: (first, last), limit } => {
            shown(store.lives(&workspace.id, span(first, last), limit).await)
        }
        Operation::Journal(operation) => journal::apply(store, &operation).await,
        other => jobs(store, other).await,
    }
}

async fn jobs<S: Ports>(store: &S, operation: Operation) -> Answer {
    let workspace = workspace(Plan::Free, false);
    match operation {
        Operation::StartExport { job: place, entry: of, is_behind } => {
            let stored = store.open_exports(&workspace.id).await.unwrap();
            let before = if is_behind { OpenExports::default() } else { stored };
            let (new, still_open) = (new(of, Plan::Free), before.exports.clone());
            let open = before.with(still_open.into_iter().rev().take(2), new.entry.id);
            shown(store.start_export(&job(place, 0), &open, &new).await)
        }
        Operation::OpenExports => shown(store.open_exports(&workspace.id).await),
        Operation::BeginJob { job: place, is_behind } => {
            let stored = stored_job(store, place).await;
            let before = if is_behind { job(place, 0) } else { stored.clone() };
            shown(store.replace_job(&before, &stored.begun(moment(2))).await)
        }
        Operation::CloseJob { job: place } => {
            let stored = stored_job(store, place).await;
            let closed = stored.closed(JobState::Done, stored.work.clone(), late(0), 7);
            shown(store.replace_job(&stored, &closed).await)
        }
        Operation::Job { job: place } => shown(store.job(&job(place, 0).key).await),
        Operation::Exports { limit } => shown(store.exports(&workspace.id, limit).await),
        Operation::OpenJobs => shown(store.open_jobs().await),
        Operation::OpenJob { job: place, run } => shown(store.open_job(&job(place, run)).await),
        Operation::TakeOff { job: place, run } => {
            shown(store.take_off(&job(place, run), late(0)).await)
        }
        Operation::InsertJob { job: place, run } => shown(store.insert_job(&job(place, run)).await),
        other => checks(store, other).await,
    }
}

async fn checks<S: Ports>(store: &S, operation: Operation) -> Answer {
    let workspace = workspace(Plan::Free, false);
    let day = |n: i64| moment(0).plus_days(n).start_of_day();
    match operation {
        Operation::PlanCheck { day: n } => shown(store.plan_check(&workspace.id, day(n)).await),
        Operation::PlannedChecks { day: n, limit } => {
            shown(store.planned_checks(day(n), limit).await)
        }
        Operation::EndPlan { day: n } => shown(store.end_plan(&workspace.id, day(n)).await),
        Operation::EnterJournal { entry: place, at, is_stored } => {
            let entry = entry(place, Plan::Free);
            let rows = store.rows_of(&workspace.id, &[entry.id], Consistency::Strong).await;
            let stored = rows.unwrap().pop().filter(|_| is_stored).map(|row| row.entry);
            shown(store.enter_journal(&stored.unwrap_or(entry), moment(at)).await)
        }
        other => format!("not an operation on jobs: {other:?}"),
    }
}
