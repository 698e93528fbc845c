//! The few entries, moments and jobs that operations are about. They are few, so that random
//! operations collide.

use domain::credential::{Credential, KeyId, Scope};
use domain::entry::{Actor, Content, Entry, Outcome, Target};
use domain::filter::{Filter, Selection};
use domain::identity::EntryId;
use domain::job::{Compression, ExportSpec, ExportWork, FileFormat, RetentionWork};
use domain::job::{Job, JobKey, JobName, Work};
use domain::journal::{Folded, Marker, Numbered, Segment};
use domain::memory::fixtures::{self, actor, at, target, value_of};
use domain::plan::Plan;
use domain::span::Span;
use domain::tally::{Cell, Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;

/// How many entries there can be.
pub(crate) const ENTRIES: usize = 24;

/// How many filters there are: one for each set of nine conditions.
pub(crate) const FILTERS: usize = 512;

/// Addresses from which entries come. The first two begin like the range that is asked for.
const ADDRESSES: [&str; 5] = ["10.97.0.1", "10.1.0.2", "10.200.1.1", "2001:db8::1", "::1"];

/// A moment: a multiple of 20 minutes after noon.
pub(crate) fn moment(place: usize) -> Timestamp {
    at("2026-11-22T12:00:00Z").plus_ms(i64::try_from(place).unwrap() * 20 * 60_000)
}

/// A moment around the expiry of the entries of the plan `free`.
pub(crate) fn late(place: usize) -> Timestamp {
    at("2026-12-22T23:59:59.999Z").plus_ms(i64::try_from(place).unwrap())
}

/// The workspace, and a neighbour whose id begins with its own.
pub(crate) fn workspace(plan: Plan, is_neighbour: bool) -> Workspace {
    fixtures::workspace(if is_neighbour { "ws_a-b" } else { "ws_a" }, plan, moment(0))
}

/// An entry. The last three are the neighbour's. The plan decides whether it expires, but not its
/// id.
pub(crate) fn entry(place: usize, plan: Plan) -> Entry {
    let workspace = workspace(plan, place >= ENTRIES - 3);
    let kind = if place.is_multiple_of(2) { "project" } else { "member" };
    let action = if place.is_multiple_of(3) { "project.create" } else { "project.update" };
    let target = target(kind, &format!("t#{}", place % 4));
    let email = place.is_multiple_of(5).then(|| "ada@example.com".to_owned());
    let who = Actor { email, ..actor(&format!("u_{}", place % 3)) };
    let content = Content {
        user_agent: place.is_multiple_of(4).then(|| "agent".repeat(20)),
        old_value: place.is_multiple_of(7).then(|| value_of(200)),
        new_value: place.is_multiple_of(5).then(|| value_of(1_500)),
        external_id: Some(format!("evt_{place}")),
        request_id: (!place.is_multiple_of(4)).then(|| format!("r_{}", place % 3)),
        ip_address: (!place.is_multiple_of(8)).then(|| ADDRESSES[place % 5].to_owned()),
        outcome: Outcome::ALL[place % 5 % 3],
        targets: further_targets(place),
        ..Content::new(moment(place % 9), who, action, target)
    };
    Entry { recorded_at: moment(place), ..fixtures::entry_with(&workspace, content) }
}

/// Some entries have further targets, which can be the first target of other entries.
fn further_targets(place: usize) -> Vec<Target> {
    match place % 6 {
        1 => vec![target("project", "t#2")],
        4 => vec![target("project", "t#1"), target("member", "t#3")],
        _ => Vec::new(),
    }
}

/// A span that ends at ids of entries or at the beginning of a moment. Its ends can lie within a
/// moment, where entries are ordered by the digests in their ids.
pub(crate) fn span(first: usize, last: usize) -> Span {
    let (first, last) = (first.min(last), first.max(last));
    let low = if first.is_multiple_of(2) {
        EntryId::first_of(moment(first % 9))
    } else {
        entry(first, Plan::Free).id
    };
    Span { low: low.min(entry(last, Plan::Free).id), high: low.max(entry(last, Plan::Free).id) }
}

/// One of the filters.
pub(crate) fn filter(place: usize) -> Filter {
    let some = |text: &str, bit: usize| (place & bit > 0).then(|| text.to_owned());
    Filter {
        action: some(if place & 32 > 0 { "-project.update" } else { "project.update" }, 1)
            .map(|text| text.parse().unwrap()),
        target_type: some("project", 2).or(some("project", 8)).map(Into::into),
        actor: (place & 4 > 0).then(|| actor("u_1").key()),
        target_id: some("t#2", 8),
        outcome: (place & 16 > 0)
            .then(|| Selection::new([Outcome::Failure, Outcome::Denied]))
            .flatten(),
        external_id: some("evt_7", 32),
        request_id: some("r_1", 64),
        actor_email: some("ada@example.com", 128),
        ip_address: (place & 256 > 0)
            .then_some(if place & 16 > 0 { "10.1.0.2" } else { "10.96.0.0/11" })
            .map(|range| range.parse().unwrap()),
        ..Filter::default()
    }
}

pub(crate) fn credential(place: usize, expires_at: Option<Timestamp>) -> Credential {
    Credential {
        key_id: KeyId::parse(&format!("{place:016x}")).unwrap(),
        secret_sha256: [u8::try_from(place).unwrap(); 32],
        scopes: vec![Scope::EntriesRead],
        workspace_id: None,
        name: Some("key".to_owned()),
        admin: None,
        issued_by: (place == 2).then(|| KeyId::parse("0000000000000001").unwrap()),
        created_at: moment(0),
        expires_at,
        revoked_at: None,
    }
}

/// An export of the workspace, or its retention job.
pub(crate) fn job(place: usize, run: u64) -> Job {
    let workspace_id = workspace(Plan::Free, false).id;
    if place == 0 {
        let key = JobKey { workspace_id, name: JobName::Retention };
        let work = Work::Retention(RetentionWork::new(Plan::Pro));
        return Job::new(key, run, work, moment(1));
    }
    let spec = ExportSpec {
        format: FileFormat::Csv,
        bom: false,
        compression: Compression::None,
        filter: filter(place),
        as_of: moment(1),
        requested_by: actor("u_1"),
        rows_expected: Some(7),
    };
    let name = JobName::Export(entry(place, Plan::Free).id);
    let work = Work::Export(Box::new(ExportWork::new(spec)));
    Job::new(JobKey { workspace_id, name }, run, work, moment(1))
}

pub(crate) fn period(level: usize, place: usize) -> Period {
    Period::holding(Level::ALL[level % 4], moment(place))
}

/// A node that has folded the journal up to a number, put over the previous node.
pub(crate) fn node(period: Period, through: u64) -> Node {
    let (action, target_type) = ("project.update".into(), "project".into());
    let cell = Cell { action, target_type, outcome: Outcome::Success };
    let id = EntryId::first_of(period.start());
    Node::empty(period).folded([(0, id, cell)], through)
}

/// A segment that begins at one of the moments, with this many entries.
pub(crate) fn segment(from: usize, entries: usize) -> Segment {
    let numbered = |place: usize| {
        let entry = entry(place, Plan::Free);
        Numbered { recorded_at: moment(from + 1), id: entry.id, kind: Cell::of(&entry) }
    };
    Segment {
        from: if from == 0 { Timestamp::MIN } else { moment(from) },
        through: moment(from + 1),
        first: u64::try_from(from * 100).unwrap(),
        entries: (0..entries).map(numbered).collect(),
    }
}

/// A marker of some entries.
pub(crate) fn marker(at: usize, entries: &[usize]) -> Marker {
    let mut ids: Vec<_> = entries.iter().map(|place| entry(*place, Plan::Free).id).collect();
    ids.sort_unstable();
    Marker { at: moment(at), ids, confirmed: Vec::new() }
}

/// The same marker when it confirms some of them.
pub(crate) fn confirming(at: usize, entries: &[usize], confirmed: &[usize]) -> Marker {
    let stored = |place: &usize| {
        let entry = entry(*place, Plan::Free);
        let recorded_at = moment(at).plus_ms(i64::try_from(*place).unwrap());
        (entry.id, Numbered { recorded_at, id: entry.id, kind: Cell::of(&entry) })
    };
    marker(at, entries).confirming(&confirmed.iter().map(stored).collect())
}

/// A checkpoint of folding.
pub(crate) fn folded(generation: u32, next: u64) -> Folded {
    let (through, touched) = (moment(usize::try_from(next).unwrap()), vec![period(2, 3)]);
    Folded { generation, next, through, touched }
}
