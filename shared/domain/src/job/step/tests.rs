use super::*;
use crate::entry::{Actor, ActorType};
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::job::{Compression, ExportSpec, ExportWork, FileFormat, JobKey, JobName, RetentionWork};
use crate::plan::Plan;
use crate::workspace::WorkspaceId;
use proptest::prelude::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::clamped(ms)
}

fn job() -> Job {
    let key =
        JobKey { workspace_id: WorkspaceId::parse("ws_a").unwrap(), name: JobName::Retention };
    Job::new(key, 3, Work::Retention(RetentionWork::new(Plan::Free)), at(0))
}

fn export() -> Job {
    let actor = Actor::new(ActorType::User, "u_1");
    let spec = ExportSpec {
        format: FileFormat::Csv,
        bom: false,
        compression: Compression::None,
        filter: Filter::default(),
        as_of: at(0),
        requested_by: actor,
        rows_expected: None,
    };
    let key = JobKey {
        workspace_id: WorkspaceId::parse("ws_a").unwrap(),
        name: JobName::Export(EntryId::new(at(0), 1)),
    };
    Job::new(key, 0, Work::Export(Box::new(ExportWork::new(spec))), at(0))
}

#[test]
fn a_job_is_idle_when_its_message_or_its_worker_must_be_lost() {
    let new = job();
    assert!(!new.is_idle(at(59_999)) && new.is_idle(at(60_000)));
    let begun = new.begun(at(1_000));
    assert!(!begun.is_idle(at(300_999)) && begun.is_idle(at(301_000)));
    let waiting = begun.advanced(begun.work.clone(), Some(at(2_000)), at(1_500));
    assert!(!waiting.is_idle(at(1_999)) && waiting.is_idle(at(2_000)));
    assert_eq!(waiting.begun(at(2_500)).not_before, None);
}

#[test]
fn an_attempt_is_never_counted_back() {
    let twice = job().begun(at(1)).begun(at(2));
    assert_eq!((twice.step, twice.attempt, twice.tries), (0, 2, 2));
    let next = twice.advanced(twice.work.clone(), None, at(3)).begun(at(4));
    assert_eq!((next.step, next.attempt, next.tries), (1, 3, 1));
}

#[test]
fn each_attempt_at_an_export_has_a_part_number_of_its_own() {
    let next_part = |job: &Job| job.export().unwrap().1.next_part;
    let first = export().begun(at(1));
    let second = first.begun(at(2));
    let after = second.after(StepResult::More(second.work.clone(), None), at(3)).unwrap();
    assert_eq!([&first, &second, &after.begun(at(4))].map(next_part), [2, 3, 4]);
}

#[test]
fn a_message_does_the_chunk_that_it_names_and_no_other() {
    let job = Job { step: 5, ..job() };
    let message = |run, step| JobMessage { run, step, ..job.message() };
    assert_eq!(job.todo(&message(3, 5), at(9)), Todo::Begin(Box::new(job.begun(at(9)))));
    assert_eq!(job.todo(&message(3, 4), at(9)), Todo::Announce, "its message may be lost");
    for (run, step) in [(3, 3), (3, 6), (3, u64::MAX), (2, 5), (2, 4), (4, 5), (4, 4)] {
        assert_eq!(job.todo(&message(run, step), at(9)), Todo::Nothing, "{run}, {step}");
    }
}

#[test]
fn a_chunk_is_not_begun_before_its_time() {
    let job = Job { not_before: Some(at(10)), ..job() };
    assert_eq!(job.todo(&job.message(), at(9)), Todo::Nothing);
    assert!(matches!(job.todo(&job.message(), at(10)), Todo::Begin(_)));
}

#[test]
fn a_closed_job_is_taken_off_the_list_whatever_the_message_says() {
    for result in [StepResult::Done(job().work), StepResult::GivenUp] {
        let closed = job().begun(at(1)).after(result, at(2)).unwrap();
        for (run, step) in [(3, 0), (3, 1), (9, 9)] {
            let message = JobMessage { run, step, ..closed.message() };
            assert_eq!(closed.todo(&message, at(3)), Todo::TakeOff);
        }
    }
}

#[test]
fn a_result_advances_or_closes_the_job_unless_it_was_superseded() {
    let begun = job().begun(at(1));
    let more = begun.after(StepResult::More(begun.work.clone(), Some(at(7))), at(2)).unwrap();
    assert_eq!((more.step, more.state, more.not_before), (1, JobState::Running, Some(at(7))));
    let done = begun.after(StepResult::Done(begun.work.clone()), at(2)).unwrap();
    assert_eq!((done.step, done.state, done.completed_at), (1, JobState::Done, Some(at(2))));
    assert_eq!(done.expires_at, Some(at(0).plus_days(30)));
    let given_up = begun.after(StepResult::GivenUp, at(2)).unwrap();
    assert_eq!((given_up.state, &given_up.work), (JobState::Failed, &begun.work));
    assert_eq!(begun.after(StepResult::Superseded, at(2)), None);
    let export = export().begun(at(1));
    let done = export.after(StepResult::Done(export.work.clone()), at(2)).unwrap();
    assert_eq!(done.expires_at, Some(at(0).plus_days(7)));
}

#[test]
fn the_fifty_first_try_is_the_one_too_many() {
    let fifty = Job { tries: 49, ..job() }.begun(at(1));
    assert!(!fifty.is_out_of_tries() && fifty.begun(at(2)).is_out_of_tries());
}

#[test]
fn a_retried_job_continues_under_a_new_message() {
    let failed = job().begun(at(1)).after(StepResult::GivenUp, at(2)).unwrap();
    let retried = failed.retried(at(3));
    assert_eq!((retried.tries, retried.attempt, &retried.work), (0, failed.attempt, &failed.work));
    assert!(!retried.is_closed() && retried.step > failed.step && retried.is_visible(at(i64::MAX)));
}

proptest! {
    /// A message that was sent for any earlier state does the current chunk, sends the current
    /// message, or does nothing: it never does a chunk twice.
    #[test]
    fn a_stale_message_never_begins_a_chunk(steps in 1_u64..200, back in 1_u64..200) {
        let stale = job().message();
        let job = Job { step: steps, ..job() };
        let stale = JobMessage { step: steps.saturating_sub(back), ..stale };
        let is_begun = matches!(job.todo(&stale, at(1)), Todo::Begin(_));
        prop_assert!(!is_begun);
    }
}
