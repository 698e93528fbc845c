//! Tests the stored shapes of jobs and the optimistic lock.

use super::*;
use crate::dynamodb::client::unconnected;
use crate::dynamodb::item::of_next_schema;
use domain::entry::{Actor, ActorType};
use domain::filter::Filter;
use domain::job::{Compression, ExportSpec, FileFormat, JobName, Phase};
use domain::plan::Plan;

fn key(name: JobName) -> JobKey {
    JobKey { workspace_id: WorkspaceId::parse("ws_a").unwrap(), name }
}

fn export() -> Job {
    let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
    let id = EntryId::new(at, 0x0123_4567_89ab_cdef);
    let spec = ExportSpec {
        format: FileFormat::Csv,
        bom: false,
        compression: Compression::Gzip,
        filter: Filter {
            action: Some("member.invite".into()),
            from: Some(at),
            ..Filter::default()
        },
        as_of: at,
        requested_by: Actor::new(ActorType::User, "u_1"),
        rows_expected: Some(12),
    };
    let mut work = ExportWork::new(spec);
    work.upload_id = Some("upload".into());
    work.next_part = 3;
    for number in [1, 3] {
        work.parts.push(number);
    }
    work.carry = Some("exports/ws_a/carry".into());
    work.position = Some(id);
    work.sha256_state = "00ff".into();
    let job = Job::new(key(JobName::Export(id)), 0, Work::Export(Box::new(work)), at)
        .begun(at.plus_ms(1));
    Job { not_before: Some(at.plus_ms(2)), ..job }
}

/// The same export, with a byte order mark.
fn export_with_bom() -> Job {
    let mut job = export();
    if let Work::Export(work) = &mut job.work {
        work.spec.bom = true;
    }
    job
}

fn retention() -> Job {
    let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
    let work = RetentionWork {
        phase: Phase::SecondPass,
        position: Some(EntryId::new(at, 1)),
        rewritten: 7,
        ..RetentionWork::new(Plan::Free)
    };
    Job::new(key(JobName::Retention), 3, Work::Retention(work.clone()), at).closed(
        JobState::Done,
        Work::Retention(work),
        at.plus_ms(5),
        7,
    )
}

fn check() -> Job {
    let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
    let work = CheckWork {
        until: at,
        through: Some(at.plus_ms(-1)),
        entries: 7,
        stragglers: 1,
        missing: 2,
        altered: 3,
        found: vec![EntryId::new(at, 1)],
    };
    Job::new(key(JobName::Check), 20_779, Work::Check(work), at).begun(at.plus_ms(1))
}

/// Golden: stored jobs have these shapes while the schema is 1.
#[test]
fn stored_shapes_are_fixed_and_read_back() {
    for (job, golden) in [
        (export(), include_str!("../golden/job_export.json")),
        (export_with_bom(), include_str!("../golden/job_export_bom.json")),
        (retention(), include_str!("../golden/job_retention.json")),
        (check(), include_str!("../golden/job_check.json")),
    ] {
        assert_eq!(serde_json::to_string(&JobItem::of(&job)).unwrap(), golden.trim());
        let read: JobItem = from_item(to_item(&JobItem::of(&job)).unwrap()).unwrap();
        assert_eq!(read.into_job().unwrap(), job);
    }
    let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
    let open = OpenExports { version: 7, exports: vec![EntryId::new(at, 1), EntryId::new(at, 2)] };
    let item = OpenExportsItem::of(&retention().key.workspace_id, &open);
    let golden = include_str!("../golden/open_exports.json");
    assert_eq!(serde_json::to_string(&item).unwrap(), golden.trim());
    let read: OpenExportsItem = from_item(to_item(&item).unwrap()).unwrap();
    assert_eq!(read.into_open_exports().unwrap(), open);
    let open =
        serde_json::to_string(&OpenJobItem::of(&retention(), Some(Timestamp::clamped(5_000))))
            .unwrap();
    assert_eq!(
        open,
        r#"{"pk":"open-jobs","sk":"ws_a#retention","schema":1,"run":3,"expires_at":5}"#
    );
}

#[test]
fn a_job_replaces_only_what_was_read() {
    let before = Job { step: 5, attempt: 6, ..retention() };
    let put = if_unchanged(unconnected().client.put_item(), &before);
    let input = put.as_input();
    assert_eq!(
        input.get_condition_expression().as_deref(),
        Some("run = :run AND step = :step AND attempt = :attempt")
    );
    let value = |name: &str, value: u64| (name.to_owned(), number(value));
    assert_eq!(
        input.get_expression_attribute_values().clone().unwrap(),
        Item::from([value(":run", 3), value(":step", 5), value(":attempt", 6)])
    );
}

#[test]
fn an_unknown_schema_is_an_error() {
    let is_refused = |refused: Result<(), StoreError>| {
        assert!(matches!(refused, Err(StoreError::Malformed(_))), "{refused:?}");
    };
    let job: JobItem = from_item(of_next_schema(&JobItem::of(&retention()))).unwrap();
    is_refused(job.into_job().map(drop));
    let workspace = retention().key.workspace_id;
    let open = OpenExportsItem::of(&workspace, &OpenExports::default());
    let open: OpenExportsItem = from_item(of_next_schema(&open)).unwrap();
    is_refused(open.into_open_exports().map(drop));
    let line = OpenJobItem::of(&retention(), None);
    assert_eq!(
        from_item::<OpenJobItem>(to_item(&line).unwrap()).unwrap().into_key().unwrap(),
        retention().key
    );
    let line: OpenJobItem = from_item(of_next_schema(&line)).unwrap();
    is_refused(line.into_key().map(drop));
}
