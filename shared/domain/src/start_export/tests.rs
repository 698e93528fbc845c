//! Starts of exports over the store in memory: all or nothing, and the number of rows that a plain
//! list says.

use super::*;
use crate::entry::Entry;
use crate::memory::fixtures::{actor, at, entry_of, requester, workspace};
use crate::memory::{Call, Failure, Fate, MemoryStore, finish};
use crate::plan::Plan;
use proptest::prelude::*;

mod open;

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

fn request(filter: Filter) -> ExportRequest {
    ExportRequest {
        format: FileFormat::Csv,
        bom: false,
        compression: Compression::None,
        filter,
        requester: requester("u_admin"),
        request_id: "req_1".to_owned(),
    }
}

/// A log of these entries: how long ago, and of which kind.
fn log(plan: Plan, entries: &[(i64, usize)]) -> (MemoryStore, Workspace, Vec<Entry>) {
    let (store, workspace) = (MemoryStore::new(), workspace("ws_a", plan, noon()));
    let entries: Vec<_> = (0_u32..)
        .zip(entries)
        .map(|(n, (ago_ms, kind))| {
            entry_of(&workspace, noon().plus_ms(-ago_ms), n, |content| {
                content.actor.id = format!("u_{}", kind % 3);
                content.target.id = format!("p_{}", kind % 2);
                if kind.is_multiple_of(4) {
                    content.action = "project.create".to_owned();
                }
            })
        })
        .collect();
    store.put_plain_workspace(&workspace);
    store.load(&entries);
    (store, workspace, entries)
}

fn filter() -> impl Strategy<Value = Filter> {
    let name = |text: &'static str| proptest::option::of(Just(text.to_owned()));
    let time = || proptest::option::of((0_i64..120).prop_map(|days| noon().plus_days(-days)));
    (name("project.create"), name("project"), name("u_1"), name("p_1"), time(), time()).prop_map(
        |(action, target_type, actor_id, target_id, from, to)| Filter {
            action: action.map(Into::into),
            // A target's id comes with its type.
            target_type: target_type
                .or(target_id.is_some().then(|| "project".to_owned()))
                .map(Into::into),
            actor: actor_id.map(|id| actor(&id).key()),
            target_id,
            from,
            to,
            ..Filter::default()
        },
    )
}

fn passes(filter: &Filter, entry: &Entry) -> bool {
    let content = &entry.content;
    let is =
        |wanted: &Option<String>, id: &str| wanted.as_deref().is_none_or(|wanted| wanted == id);
    filter.matches_kind(entry)
        && filter.actor.as_ref().is_none_or(|actor| *actor == content.actor.key())
        && is(&filter.target_id, &content.target.id)
        && filter.from.is_none_or(|from| content.occurred_at >= from)
        && filter.to.is_none_or(|to| content.occurred_at < to)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_that_are_expected_are_those_of_a_plain_list(
        entries in proptest::collection::vec((0_i64..120 * 86_400_000, 0_usize..12), 0..60),
        plan in proptest::sample::select(Plan::ALL.to_vec()),
        filter in filter(),
    ) {
        let (store, workspace, entries) = log(plan, &entries);
        let work = started(&store, &workspace, filter.clone());
        let is_row =
            |entry: &&Entry| entry.is_visible(&workspace, noon()) && passes(&filter, entry);
        let rows = u64::try_from(entries.iter().filter(is_row).count()).unwrap();
        prop_assert_eq!(work.spec.rows_expected, Some(rows));
        let newest = entries.iter().map(|entry| entry.recorded_at).max();
        prop_assert_eq!(work.spec.as_of, newest.unwrap_or(noon()).max(noon()));
    }

    #[test]
    fn a_start_stores_everything_or_nothing(
        place in 0_u64..14,
        failure in failure(),
        is_after in any::<bool>(),
    ) {
        let (store, workspace, entries) = log(Plan::Free, &[(1_000, 1), (2_000, 2)]);
        let fate = if is_after { Fate::FailAfter(failure) } else { Fate::FailBefore(failure) };
        let failing =
            store.scripted(move |asked| if asked.number == place { fate } else { Fate::Pass });
        let request = request(Filter::default());
        let (grace, clock) = (GraceDays::default(), Clock::manual(noon()));
        let outcome = finish(start_export(&failing, &workspace, &request, grace, &clock));
        let jobs = finish(store.exports(&workspace.id, 10)).unwrap();
        let open = finish(store.open_jobs()).unwrap();
        let told = store.stored(&workspace).len() - entries.len();
        prop_assert_eq!((jobs.len(), open.len()), (told, told), "all or nothing");
        match outcome {
            Ok(started) => {
                prop_assert!(started.is_new);
                prop_assert_eq!(jobs, [started.job]);
            }
            Err(StartExportError::Store(_)) => prop_assert!(told == 0 || is_after),
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn failure() -> impl Strategy<Value = Failure> {
    proptest::sample::select(vec![Failure::Throttled, Failure::Unavailable, Failure::Refused])
}

/// What an export that is started now is to do.
fn started(store: &MemoryStore, workspace: &Workspace, filter: Filter) -> ExportWork {
    let (grace, clock) = (GraceDays::default(), Clock::manual(noon()));
    let started = finish(start_export(store, workspace, &request(filter), grace, &clock));
    let job = started.unwrap().job;
    let Work::Export(work) = job.work else { panic!("{job:?}") };
    *work
}

#[test]
fn an_export_reaches_to_the_newest_entry_however_old_the_copies_are() {
    let (store, workspace, _) = log(Plan::Free, &[(1_000, 1), (2_000, 2)]);
    let mut ahead = entry_of(&workspace, noon(), 100, |_| {});
    ahead.recorded_at = noon().plus_ms(3_000);
    store.load(std::slice::from_ref(&ahead));
    let stale = store.scripted(|_| Fate::Stale(0));
    let work = started(&stale, &workspace, Filter::default());
    let why = "an acknowledged entry is in the export, whoever's clock it was recorded by";
    assert_eq!(work.spec.as_of, noon().plus_ms(3_000), "{why}");
}

/// Otherwise it would land in time that is numbered already.
#[test]
fn the_entry_of_an_export_is_recorded_once_the_counting_is_done() {
    let (store, workspace, entries) = log(Plan::Free, &[(1_000, 1), (2_000, 2)]);
    let clock = Clock::manual(noon());
    let moved = clock.clone();
    let slow = store.scripted(move |asked| {
        if asked.call == Call::GetFolded {
            moved.set(moved.now().plus_ms(15_000));
        }
        Fate::Pass
    });
    let (request, grace) = (request(Filter::default()), GraceDays::default());
    let started = finish(start_export(&slow, &workspace, &request, grace, &clock));
    let job = started.unwrap().job;
    let stored = store.stored(&workspace);
    assert_eq!(stored.len(), entries.len() + 1);
    let told = stored.last().unwrap();
    assert_eq!(told.recorded_at, noon().plus_ms(15_000));
    let Work::Export(work) = job.work else { panic!("{job:?}") };
    assert_eq!(work.spec.as_of, noon(), "what was recorded before it was counted");
}

#[test]
fn an_entry_that_arrives_meanwhile_is_not_expected() {
    let (store, workspace, _) = log(Plan::Free, &[(1_000, 1), (2_000, 2)]);
    let newer = entry_of(&workspace, noon(), 100, |_| {});
    let (other, mut is_there) = (store.clone(), false);
    let raced = store.scripted(move |asked| {
        if asked.call == Call::Nodes && !std::mem::replace(&mut is_there, true) {
            other.load(std::slice::from_ref(&newer));
        }
        Fate::Pass
    });
    let work = started(&raced, &workspace, Filter::default());
    assert_eq!((work.spec.as_of, work.spec.rows_expected), (noon(), Some(2)));
}

#[test]
fn a_request_that_is_sent_again_finds_the_export_that_it_started() {
    let (store, workspace, entries) = log(Plan::Free, &[(1_000, 1)]);
    let start = |store: &MemoryStore| {
        let (grace, clock) = (GraceDays::default(), Clock::manual(noon()));
        let asked = request(Filter::default());
        finish(start_export(store, &workspace, &asked, grace, &clock))
    };
    let lost = store.scripted(|asked| match asked.call {
        Call::StartExport => Fate::FailAfter(Failure::Unavailable),
        _ => Fate::Pass,
    });
    assert!(matches!(start(&lost), Err(StartExportError::Store(StoreError::Unavailable(_)))));
    let again = start(&store).unwrap();
    assert!(!again.is_new);
    assert_eq!(finish(store.exports(&workspace.id, 10)).unwrap(), [again.job]);
    assert_eq!(store.stored(&workspace).len() - entries.len(), 1, "recorded once");
    let other = store.scripted(|_| Fate::Repeat);
    let gzip = ExportRequest { compression: Compression::Gzip, ..request(Filter::default()) };
    let (grace, clock) = (GraceDays::default(), Clock::manual(noon()));
    let repeated = finish(start_export(&other, &workspace, &gzip, grace, &clock));
    assert!(repeated.unwrap().is_new, "the token of the transaction makes a repetition harmless");
}

#[test]
fn more_rows_of_one_actor_than_are_counted_are_not_guessed() {
    let count = i64::try_from(MAX_COUNTED).unwrap();
    let (store, workspace, _) = log(Plan::Free, &(0..=count).map(|n| (n, 1)).collect::<Vec<_>>());
    let expected = |from| {
        let filter = Filter { actor: Some(actor("u_1").key()), from, ..Filter::default() };
        finish(expected(&store, &workspace, &filter, noon(), noon())).unwrap()
    };
    assert_eq!(expected(None), None);
    assert_eq!(expected(Some(noon().plus_ms(-99))), Some(100));
}
