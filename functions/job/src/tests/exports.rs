//! Exports: the file has exactly the rows of a plain list, once, whatever happens to the workers.

use super::fuse::{Fuse, Mishap};
use super::layer::Broken;
use super::noon;
use super::world::{World, Wrong, timed};
use crate::{Limits, StepError};
use data_encoding::HEXLOWER;
use domain::clock::Clock;
use domain::entry::Entry;
use domain::filter::Filter;
use domain::job::{Compression, ExportFile, FileFormat, Job, JobState, MAX_PART_NUMBER, Work};
use domain::memory::fixtures::{actor, entry_of, requester, value_of, workspace};
use domain::memory::{finish, interleave};
use domain::plan::{GraceDays, Plan};
use domain::ports::{ReadJobs, WriteFile, WriteJobs};
use domain::start_export::{ExportRequest, start_export};
use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::pin::Pin;
use std::time::Duration;

/// What an export of a test asks for.
#[derive(Debug, Clone, Copy)]
struct Ask {
    compression: Compression,
    actor_id: Option<&'static str>,
}

const ASKS: [Ask; 2] = [
    Ask { compression: Compression::None, actor_id: None },
    Ask { compression: Compression::Gzip, actor_id: Some("u_1") },
];

/// A service with a log, the newest entry first, and an export that has not begun.
fn world(ask: Ask, broken: Option<Broken>) -> (World, Job) {
    let workspace = workspace("ws_a", Plan::Basic, noon().plus_days(-900));
    let mut log: Vec<_> = (0..14)
        .map(|number| {
            entry_of(&workspace, noon().plus_ms(-1_000 - i64::from(number) * 900), number, |one| {
                one.actor.id = if number % 3 == 2 { "u_2" } else { "u_1" }.to_owned();
                one.new_value = (number % 4 == 1).then(|| value_of(1_100));
            })
        })
        .collect();
    log.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    let world = World::new(&workspace, log, broken);
    let request = ExportRequest {
        format: FileFormat::Ndjson,
        bom: false,
        compression: ask.compression,
        filter: Filter { actor: ask.actor_id.map(|id| actor(id).key()), ..Filter::default() },
        requester: requester("u_admin"),
        request_id: "r_1".to_owned(),
    };
    let (grace, clock) = (GraceDays::default(), Clock::manual(noon()));
    let started = start_export(&world.store, &workspace, &request, grace, &clock);
    let job = finish(started).unwrap().job;
    world.announce(&job);
    (world, job)
}

/// The rows that the file must have.
fn expected(log: &[Entry], ask: Ask) -> String {
    let rows = log
        .iter()
        .filter(|entry| ask.actor_id.is_none_or(|actor_id| entry.content.actor.id == actor_id));
    rows.map(|entry| serde_json::to_string(&entry.view(Plan::Basic)).unwrap() + "\n").collect()
}

/// What is wrong with a finished export.
fn check(world: &World, job: &Job, ask: Ask) -> Result<(), Wrong> {
    let job = finish(world.store.job(&job.key)).unwrap().unwrap();
    let (_, work) = job.export().unwrap();
    if job.state != JobState::Done {
        return Err(format!("it is {:?}, and no message is left", job.state));
    }
    if !finish(world.store.open_jobs()).unwrap().is_empty() {
        return Err("it is on the list of open jobs".to_owned());
    }
    let file = ExportFile::of_job(&job).unwrap();
    let bytes = finish(world.files.get(&file.key())).map_err(|_absent| "there is no file")?;
    if work.sha256 != Some(HEXLOWER.encode(&Sha256::digest(&bytes)))
        || work.bytes != u64::try_from(bytes.len()).unwrap()
    {
        return Err("the file has another SHA-256 or length than the job".to_owned());
    }
    let mut text = String::new();
    match ask.compression {
        Compression::Gzip => MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text),
        Compression::None => bytes.as_slice().read_to_string(&mut text),
    }
    .map_err(|error| error.to_string())?;
    let expected = expected(&world.log, ask);
    if text != expected || work.rows != u64::try_from(expected.lines().count()).unwrap() {
        return Err(format!("{} rows, not {}", text.lines().count(), expected.lines().count()));
    }
    let manifest =
        finish(world.files.get(&file.manifest_key())).map_err(|_absent| "there is no manifest")?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    if manifest["sha256"].as_str() == work.sha256.as_deref() {
        Ok(())
    } else {
        Err("the manifest has another SHA-256".to_owned())
    }
}

/// Runs an export to its end with one worker that may have a mishap.
fn run(ask: Ask, fuse: &Fuse, broken: Option<Broken>) -> Result<(), Wrong> {
    let (world, job) = world(ask, broken);
    world.drain(fuse)?;
    check(&world, &job, ask)
}

/// Every mishap at every call of an export.
fn run_mishaps(broken: Option<Broken>) -> Result<u64, Wrong> {
    let mut runs = 0;
    for ask in ASKS {
        let safe = Fuse::safe();
        run(ask, &safe, broken)?;
        for (call, mishap) in
            (0..safe.calls()).flat_map(|call| Mishap::ALL.map(|mishap| (call, mishap)))
        {
            run(ask, &Fuse::with(call, mishap), broken)
                .map_err(|wrong| format!("{mishap:?} at call {call} of {ask:?}: {wrong}"))?;
            runs += 1;
        }
    }
    Ok(runs)
}

/// A worker that is held up at every call of every chunk while others finish the export.
fn run_held_up(broken: Option<Broken>) -> Result<(), Wrong> {
    for (chunk, calls) in (0..6).flat_map(|chunk| (0..20).map(move |calls| (chunk, calls))) {
        let ask = ASKS[chunk % 2];
        let (world, job) = world(ask, broken);
        for _ in 0..chunk {
            if let Some(message) = world.queue.take() {
                world.deliver(&message, &Fuse::safe()).unwrap();
            }
        }
        let Some(message) = world.queue.take() else { continue };
        world.hold_up(&message, calls, || {})?;
        world.drain(&Fuse::safe())?;
        check(&world, &job, ask)
            .map_err(|wrong| format!("held up at call {calls} of chunk {chunk}: {wrong}"))?;
    }
    Ok(())
}

#[test]
fn an_export_has_its_rows_once_whatever_happens_at_any_call() {
    let runs = timed(|| run_mishaps(None)).unwrap();
    assert!(runs > 300, "{runs} runs");
}

#[test]
fn a_worker_that_was_held_up_changes_nothing() {
    timed(|| run_held_up(None)).unwrap();
}

#[test]
fn a_message_that_comes_again_finds_nothing_to_do() {
    timed(|| {
        let (world, job) = world(ASKS[0], None);
        let mut messages = Vec::new();
        while let Some(message) = world.queue.take() {
            world.deliver(&message, &Fuse::safe()).unwrap();
            // The second copy may send the message for the next chunk once more.
            world.deliver(&message, &Fuse::safe()).unwrap();
            messages.push(message);
        }
        let (done, version) = (finish(world.store.job(&job.key)).unwrap(), world.store.version());
        for message in messages.iter().rev() {
            world.deliver(message, &Fuse::safe()).unwrap();
        }
        assert_eq!(finish(world.store.job(&job.key)).unwrap(), done);
        // Each has only tried to take the job off the list once more.
        assert_eq!(world.store.version() - version, u64::try_from(messages.len()).unwrap());
        check(&world, &job, ASKS[0]).unwrap();
    });
}

#[test]
fn a_file_has_no_more_parts_than_s3_accepts() {
    timed(|| {
        let (mut world, job) = world(ASKS[0], None);
        world.limits = Limits { part_bytes: 1, ..world.limits };
        let mut late = job.clone();
        if let Work::Export(work) = &mut late.work {
            work.next_part = MAX_PART_NUMBER;
        }
        finish(world.store.replace_job(&job, &late)).unwrap();
        let message = world.queue.take().unwrap();
        world.deliver(&message, &Fuse::safe()).unwrap();
        let message = world.queue.take().unwrap();
        let refused = world.deliver(&message, &Fuse::safe());
        assert!(matches!(refused, Err(StepError::TooManyParts)), "{refused:?}");
    });
}

#[test]
fn an_export_of_nothing_is_an_empty_file() {
    timed(|| {
        for compression in [Compression::None, Compression::Gzip] {
            let ask = Ask { compression, actor_id: Some("u_3") };
            run(ask, &Fuse::safe(), None).unwrap();
        }
    });
}

#[test]
fn every_broken_rule_of_exports_is_noticed() {
    timed(|| {
        let wrong = run_mishaps(Some(Broken::AcknowledgedBeforeStoring)).unwrap_err();
        assert!(wrong.contains("no message is left"), "{wrong}");
        let wrong = run_mishaps(Some(Broken::StoredAfterAcknowledging)).unwrap_err();
        assert!(wrong.contains("no message is left"), "{wrong}");
        run_held_up(Some(Broken::AttemptNotCounted)).unwrap_err();
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Several workers with copies of the same messages, in any interleaving, one of them with a
    /// mishap, and chunks of any size.
    #[test]
    fn workers_share_an_export_in_any_interleaving(
        schedule in prop::collection::vec(0_usize..3, 0..300),
        call in 0_u64..60, mishap in 0_usize..5, ask in 0_usize..2,
        part_bytes in 300_usize..6_000, seconds in prop::sample::select(vec![0_u64, 30]),
    ) {
        timed(|| {
            let ask = ASKS[ask];
            let (mut world, job) = world(ask, None);
            let chunk_time = Duration::from_secs(seconds);
            world.limits = Limits { part_bytes, chunk_time, ..world.limits };
            world.announce(&job);
            world.announce(&job);
            let fuses = [Fuse::with(call, Mishap::ALL[mishap]), Fuse::safe(), Fuse::safe()];
            let tasks = fuses.iter().map(|fuse| -> Pin<Box<dyn Future<Output = _> + '_>> {
                Box::pin(world.share(fuse))
            });
            interleave(tasks, schedule.iter().copied());
            let run = world.drain(&Fuse::safe()).and_then(|()| check(&world, &job, ask));
            run.map_err(TestCaseError::fail)
        })?;
    }
}
