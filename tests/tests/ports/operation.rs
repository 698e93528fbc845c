//! The operations, and random sequences of them.

use crate::journal::{self, JournalOperation};
use crate::universe::{ENTRIES, FILTERS};
use domain::plan::Plan;
use domain::ports::{Consistency, Direction};
use proptest::prelude::*;

/// One call of a port. Numbers are places in the [universe](crate::universe).
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Append { entry: usize, plan: Plan },
    AppendOther { entry: usize },
    AppendAll { entries: Vec<usize>, plan: Plan },
    Get { entry: usize, now: usize },
    Slice { list: List, direction: Direction, wanted: usize, most_read: usize },
    Count { list: List, most: u64, most_read: usize },
    Read { span: (usize, usize), limit: usize, consistency: Consistency },
    Rows { list: List },
    RowsWithin { span: (usize, usize), limit: usize, consistency: Consistency },
    RowsOf { entries: Vec<usize>, consistency: Consistency },
    Lives { span: (usize, usize), limit: usize },
    Rewrite { entry: usize, plan: Option<Plan>, version: u64 },
    PutWorkspace { changes: usize, entry: usize, with_job: bool },
    Workspace,
    PutCredential { key: usize, expires: bool, entry: Option<usize> },
    Credential { key: usize },
    Revoke { key: usize, at: usize },
    ListCredentials,
    StartExport { job: usize, entry: usize, is_behind: bool },
    BeginJob { job: usize, is_behind: bool },
    CloseJob { job: usize },
    Job { job: usize },
    Exports { limit: usize },
    OpenExports,
    OpenJobs,
    OpenJob { job: usize, run: u64 },
    TakeOff { job: usize, run: u64 },
    InsertJob { job: usize, run: u64 },
    PlanCheck { day: i64 },
    PlannedChecks { day: i64, limit: usize },
    EndPlan { day: i64 },
    EnterJournal { entry: usize, at: usize, is_stored: bool },
    Look { entries: Vec<usize>, is_other: bool },
    Journal(JournalOperation),
}

/// The filters and the order of a list.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) filter: usize,
    pub(crate) span: (usize, usize),
    pub(crate) recorded_by: Option<usize>,
    pub(crate) now: usize,
}

fn plan() -> impl Strategy<Value = Plan> {
    prop_oneof![Just(Plan::Free), Just(Plan::Basic), Just(Plan::Enterprise)]
}

fn list() -> impl Strategy<Value = List> {
    let ends = (0..ENTRIES, 0..ENTRIES);
    let recorded_by = proptest::option::weighted(0.3, 0..ENTRIES);
    let filter = prop_oneof![4 => 0..16_usize, 2 => 16..FILTERS];
    (filter, ends, recorded_by, 0..3_usize).prop_map(|(filter, span, recorded_by, now)| List {
        filter,
        span,
        recorded_by,
        now,
    })
}

fn writes() -> impl Strategy<Value = Operation> {
    let entry = 0..ENTRIES;
    prop_oneof![
        8 => (entry.clone(), plan()).prop_map(|(entry, plan)| Operation::Append { entry, plan }),
        1 => entry.clone().prop_map(|entry| Operation::AppendOther { entry }),
        3 => (proptest::collection::btree_set(entry.clone(), 0..ENTRIES), plan()).prop_map(
            |(entries, plan)| Operation::AppendAll { entries: entries.into_iter().collect(), plan }
        ),
        3 => (entry.clone(), proptest::option::of(plan()), 1..4_u64).prop_map(
            |(entry, plan, version)| Operation::Rewrite { entry, plan, version }
        ),
        2 => (0..4_usize, entry.clone(), any::<bool>()).prop_map(|(changes, entry, with_job)| {
            Operation::PutWorkspace { changes, entry, with_job }
        }),
        1 => (0..3_usize, any::<bool>(), proptest::option::of(entry.clone())).prop_map(
            |(key, expires, entry)| Operation::PutCredential { key, expires, entry }
        ),
        1 => (0..3_usize, 0..3_usize).prop_map(|(key, at)| Operation::Revoke { key, at }),
        2 => (0..3_usize, entry, 0..4_u8).prop_map(|(job, entry, chance)| {
            Operation::StartExport { job, entry, is_behind: chance == 0 }
        }),
        3 => (0..3_usize, any::<bool>())
            .prop_map(|(job, is_behind)| Operation::BeginJob { job, is_behind }),
        1 => (0..3_usize).prop_map(|job| Operation::CloseJob { job }),
        1 => (0..3_usize, 0..2_u64).prop_map(|(job, run)| Operation::OpenJob { job, run }),
        1 => (0..3_usize, 0..2_u64).prop_map(|(job, run)| Operation::TakeOff { job, run }),
        1 => (0..3_usize, 0..2_u64).prop_map(|(job, run)| Operation::InsertJob { job, run }),
        1 => (0..2_i64).prop_map(|day| Operation::PlanCheck { day }),
        1 => (0..2_i64).prop_map(|day| Operation::EndPlan { day }),
        2 => (0..ENTRIES, 0..ENTRIES, any::<bool>()).prop_map(|(entry, at, is_stored)| {
            Operation::EnterJournal { entry, at, is_stored }
        }),
        8 => journal::writes().prop_map(Operation::Journal),
    ]
}

fn reads() -> impl Strategy<Value = Operation> {
    let span = (0..ENTRIES, 0..ENTRIES);
    let direction = prop_oneof![Just(Direction::NewestFirst), Just(Direction::OldestFirst)];
    prop_oneof![
        3 => (0..ENTRIES, 0..3_usize).prop_map(|(entry, now)| Operation::Get { entry, now }),
        6 => (list(), direction, 0..8_usize, 1..12_usize).prop_map(
            |(list, direction, wanted, most_read)| {
                Operation::Slice { list, direction, wanted, most_read }
            }
        ),
        4 => (list(), 0..8_u64, 0..12_usize)
            .prop_map(|(list, most, most_read)| Operation::Count { list, most, most_read }),
        3 => (span.clone(), 1..12_usize, consistency())
            .prop_map(|(span, limit, consistency)| Operation::Read { span, limit, consistency }),
        2 => list().prop_map(|list| Operation::Rows { list }),
        2 => (span.clone(), 1..12_usize, consistency()).prop_map(|(span, limit, consistency)| {
            Operation::RowsWithin { span, limit, consistency }
        }),
        2 => (journal::places(), consistency())
            .prop_map(|(entries, consistency)| Operation::RowsOf { entries, consistency }),
        2 => (span, 1..12_usize).prop_map(|(span, limit)| Operation::Lives { span, limit }),
        1 => Just(Operation::Workspace),
        1 => (0..3_usize).prop_map(|key| Operation::Credential { key }),
        1 => Just(Operation::ListCredentials),
        1 => (0..3_usize).prop_map(|job| Operation::Job { job }),
        1 => (1..4_usize).prop_map(|limit| Operation::Exports { limit }),
        1 => Just(Operation::OpenExports),
        1 => Just(Operation::OpenJobs),
        1 => (0..2_i64, 1..3_usize)
            .prop_map(|(day, limit)| Operation::PlannedChecks { day, limit }),
        3 => (proptest::collection::btree_set(0..ENTRIES - 3, 1..ENTRIES), any::<bool>()).prop_map(
            |(entries, is_other)| {
                let entries = entries.into_iter().collect();
                Operation::Look { entries, is_other }
            }
        ),
        10 => journal::reads().prop_map(Operation::Journal),
    ]
}

pub(crate) fn consistency() -> impl Strategy<Value = Consistency> {
    prop_oneof![Just(Consistency::Strong), Just(Consistency::Eventual)]
}

/// A sequence of fewer than this many operations.
pub(crate) fn operations(most: usize) -> impl Strategy<Value = Vec<Operation>> {
    proptest::collection::vec(prop_oneof![writes(), reads()], 1..most)
}
