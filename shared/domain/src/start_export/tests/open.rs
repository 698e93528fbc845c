//! How many exports of a workspace are open at the same time, and which request is answered with
//! one that is.

use super::*;
use crate::entry::{Actor, Admin};
use crate::job::{EXPORT_KEPT_DAYS, JobState};
use crate::memory::interleave;
use std::pin::Pin;

type Outcome = Result<Started, StartExportError>;

/// A request that differs from others by its number.
fn numbered(number: usize) -> ExportRequest {
    let from = Some(noon().plus_ms(-1_000_000 - i64::try_from(number).unwrap()));
    ExportRequest {
        request_id: format!("req_{number}"),
        ..request(Filter { from, ..Filter::default() })
    }
}

fn start(
    store: &MemoryStore,
    workspace: &Workspace,
    asked: &ExportRequest,
    now: Timestamp,
) -> Result<Started, StartExportError> {
    finish(start_export(store, workspace, asked, GraceDays::default(), &Clock::manual(now)))
}

/// Ends an export.
fn end(store: &MemoryStore, job: &Job, state: JobState) {
    let now = noon().plus_ms(1);
    let closed = job.closed(state, job.work.clone(), now, EXPORT_KEPT_DAYS);
    finish(store.replace_job(job, &closed)).unwrap();
    // Nobody takes it off the list of open jobs: that call may be lost.
}

fn open_now(store: &MemoryStore, workspace: &Workspace) -> usize {
    let jobs = finish(store.exports(&workspace.id, 1_000)).unwrap();
    jobs.iter().filter(|job| !job.is_closed()).count()
}

#[test]
fn a_workspace_has_at_most_three_open_exports_and_each_that_ends_makes_room() {
    let (store, a, entries) = log(Plan::Free, &[(1_000, 1)]);
    let b = workspace("ws_b", Plan::Free, noon());
    let jobs: Vec<_> =
        (0..3).map(|number| start(&store, &a, &numbered(number), noon()).unwrap().job).collect();
    for number in 3..40 {
        let refused = start(&store, &a, &numbered(number), noon());
        assert!(matches!(refused, Err(StartExportError::TooMany)), "{refused:?}");
    }
    assert_eq!(store.stored(&a).len() - entries.len(), 3, "what is refused is not recorded");
    assert!(
        start(&store, &b, &numbered(0), noon()).unwrap().is_new,
        "another workspace has its own"
    );
    for (state, ended) in [JobState::Done, JobState::Failed].into_iter().zip(&jobs) {
        end(&store, ended, state);
        let number = usize::from(state == JobState::Failed) + 100;
        assert!(start(&store, &a, &numbered(number), noon().plus_ms(2)).unwrap().is_new);
        let refused = start(&store, &a, &numbered(200), noon().plus_ms(2));
        assert!(matches!(refused, Err(StartExportError::TooMany)), "{state:?} makes one place");
    }
    assert_eq!(open_now(&store, &a), 3);
}

#[test]
fn an_export_that_cannot_end_any_more_blocks_nobody() {
    let (store, workspace, _) = log(Plan::Enterprise, &[(1_000, 1)]);
    for number in 0..3 {
        assert!(start(&store, &workspace, &numbered(number), noon()).unwrap().is_new);
    }
    let later = noon().plus_days(EXPORT_KEPT_DAYS);
    let before = start(&store, &workspace, &numbered(3), later.plus_ms(-1));
    assert!(matches!(before, Err(StartExportError::TooMany)), "{before:?}");
    assert!(start(&store, &workspace, &numbered(3), later).unwrap().is_new);
}

#[test]
fn an_equal_request_is_answered_with_the_open_export_and_recorded_once() {
    let (store, workspace, entries) = log(Plan::Free, &[(1_000, 1)]);
    let first = start(&store, &workspace, &numbered(0), noon()).unwrap();
    let again = ExportRequest { request_id: "another".to_owned(), ..numbered(0) };
    for now in [noon(), noon().plus_ms(60_000)] {
        let found = start(&store, &workspace, &again, now).unwrap();
        assert_eq!((found.is_new, found.job), (false, first.job.clone()));
    }
    assert_eq!(store.stored(&workspace).len() - entries.len(), 1);
    // It is found also where there is no room for another.
    for number in 1..3 {
        start(&store, &workspace, &numbered(number), noon()).unwrap();
    }
    assert!(!start(&store, &workspace, &again, noon()).unwrap().is_new);
    // Once it has ended, the same request starts another.
    end(&store, &first.job, JobState::Done);
    let later = start(&store, &workspace, &again, noon().plus_ms(1)).unwrap();
    assert!(later.is_new && later.job.key != first.job.key);
}

#[test]
fn a_request_is_equal_by_its_file_and_its_actor() {
    let (store, workspace, _) = log(Plan::Free, &[(1_000, 1)]);
    let key_id = |text: &str| crate::key_id::KeyId::parse(text).unwrap();
    let admin = |id: &str, name: &str, key: &str| {
        let admin = Admin { id: id.to_owned(), name: Some(name.to_owned()), ..Admin::default() };
        Requester::admin(admin, key_id(key))
    };
    let program = |key: &str| {
        Requester::program(Actor::new(crate::entry::ActorType::ApiKey, key), Some(key_id(key)))
    };
    let (one, two) = ("0123456789abcdef", "fedcba9876543210");
    let of = |requester| ExportRequest { requester, ..numbered(0) };
    let first = start(&store, &workspace, &of(admin("ada", "Ada", one)), noon()).unwrap().job;
    let is_first = |asked: ExportRequest| asked.is_for(&first);
    assert!(is_first(of(admin("ada", "Ada Lovelace", two))), "with another token, by another name");
    for other in [
        of(admin("grace", "Ada", one)),
        of(program(one)),
        ExportRequest { format: FileFormat::Ndjson, ..of(admin("ada", "Ada", one)) },
        ExportRequest { bom: true, ..of(admin("ada", "Ada", one)) },
        ExportRequest { compression: Compression::Gzip, ..of(admin("ada", "Ada", one)) },
        ExportRequest { filter: Filter::default(), ..of(admin("ada", "Ada", one)) },
    ] {
        assert!(!is_first(other));
    }
    let by_key = start(&store, &workspace, &of(program(one)), noon()).unwrap();
    assert!(by_key.is_new && of(program(one)).is_for(&by_key.job));
    assert!(!of(program(two)).is_for(&by_key.job));
}

proptest! {
    #[test]
    fn whatever_the_race_no_more_than_three_are_open_and_equal_ones_are_one(
        asked in proptest::collection::vec(0_usize..6, 2..9),
        schedule in proptest::collection::vec(0_usize..9, 0..120),
    ) {
        let (store, workspace, entries) = log(Plan::Free, &[(1_000, 1)]);
        let stepping = store.stepping();
        let requests: Vec<_> = (0..).zip(&asked).map(|(index, number)| ExportRequest {
            request_id: format!("req_{index}"),
            ..numbered(*number)
        }).collect();
        let clock = Clock::manual(noon());
        let tasks = requests.iter().map(|asked| {
            let grace = GraceDays::default();
            let task: Pin<Box<dyn Future<Output = Outcome>>> =
                Box::pin(start_export(&stepping, &workspace, asked, grace, &clock));
            task
        });
        let outcomes = interleave(tasks, schedule);
        let distinct: std::collections::BTreeSet<_> = asked.iter().collect();
        let open = open_now(&store, &workspace);
        prop_assert_eq!(open, distinct.len().min(MAX_OPEN_EXPORTS));
        prop_assert_eq!(store.stored(&workspace).len() - entries.len(), open);
        let started = outcomes.iter().flatten().filter(|started| started.is_new).count();
        prop_assert_eq!(started, open);
        for (outcome, number) in outcomes.iter().zip(&asked) {
            match outcome {
                Ok(started) => prop_assert!(numbered(*number).is_for(&started.job)),
                Err(StartExportError::TooMany) => prop_assert!(distinct.len() > MAX_OPEN_EXPORTS),
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}
