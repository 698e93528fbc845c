//! The feed against a plain list of what was recorded, in the order in which it was recorded.

mod limits;

use super::*;
use crate::clock::Clock;
use crate::counting::Budget;
use crate::entry::{Content, NewEntry, Outcome};
use crate::filter::Selection;
use crate::memory::fixtures::{actor, at, entry_of, target, workspace};
use crate::memory::{Asked, Call, Failure, Fate, MemoryStore, finish, interleave};
use crate::plan::Plan;
use crate::recording::record_all;
use crate::sequencing::seal;
use proptest::prelude::*;
use std::pin::Pin;
use std::time::Duration;

const START: &str = "2026-11-22T14:05:00Z";
const ACTIONS: [&str; 3] = ["project.update", "project.create", "project.delete"];

struct Log {
    store: MemoryStore,
    workspace: Workspace,
    clock: Clock,
}

impl Log {
    fn new(plan: Plan) -> Self {
        let start = at(START);
        let workspace = workspace("ws_a", plan, start.plus_days(-400));
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        Self { store, workspace, clock: Clock::manual(start) }
    }

    /// An entry of one of three actions and outcomes, by one of two actors, about one of four
    /// projects, of one of seven requests.
    fn entry(&self, ago_ms: i64, n: u32) -> Entry {
        entry_of(&self.workspace, self.clock.now().plus_ms(-ago_ms), n, |content: &mut Content| {
            content.action = ACTIONS[usize::try_from(n % 3).unwrap()].to_owned();
            content.actor = actor(&format!("u_{}", n % 2));
            content.target = target("project", &format!("p_{}", n % 4));
            content.outcome = Outcome::ALL[usize::try_from(n / 3 % 3).unwrap()];
            content.request_id = Some(format!("r_{}", n % 7));
            if n.is_multiple_of(5) {
                content.targets = vec![target("member", "m_1")];
            }
        })
    }

    fn record_entries(&self, entries: impl IntoIterator<Item = Entry>) {
        let new = |entry| NewEntry { entry, delete_at: None };
        let mut entries: Vec<_> = entries.into_iter().map(new).collect();
        for batch in entries.chunks_mut(100) {
            let outcomes = finish(record_all(&self.store, &self.clock, batch));
            assert!(outcomes.iter().all(Result::is_ok));
        }
    }

    fn record(&self, ago_ms: i64, count: u32, first: u32) {
        self.record_entries((first..first + count).map(|n| self.entry(ago_ms, n)));
    }

    fn pass(&self, ms: i64) {
        self.clock.set(self.clock.now().plus_ms(ms));
    }

    fn seal(&self) {
        let budget = Budget::new(f64::INFINITY, Duration::from_mins(1));
        finish(seal(&self.store, &self.workspace.id, self.clock.now(), &budget)).unwrap();
    }

    fn read(&self, store: &MemoryStore, query: &FeedQuery) -> Result<FeedPage, FeedError> {
        finish(read_feed(store, &self.workspace, query, self.clock.now()))
    }

    /// What is stored, in the order in which it was recorded.
    fn plain(&self) -> Vec<Entry> {
        let mut entries = self.store.stored(&self.workspace);
        entries.sort_by_key(|entry| (entry.recorded_at, entry.id));
        entries
    }

    /// Reads the feed from a number to its end, in parts of `limit`.
    fn all(&self, after: Option<u64>, limit: usize, filter: &Filter) -> Vec<FeedItem> {
        let mut query = FeedQuery { after, limit, filter: filter.clone(), with_values: false };
        let mut items = Vec::new();
        loop {
            let page = self.read(&self.store, &query).unwrap();
            assert!(page.items.len() <= limit);
            assert!(page.next >= query.after, "it never goes back");
            items.extend(page.items);
            if !page.has_more {
                return items;
            }
            assert!(page.next > query.after, "a reader comes forward");
            query.after = page.next;
        }
    }
}

fn entries(items: &[FeedItem]) -> Vec<Entry> {
    let entry = |item: &FeedItem| match &item.told {
        Told::Entry(entry) => (**entry).clone(),
        other => panic!("{other:?}"),
    };
    items.iter().map(entry).collect()
}

fn first_page(limit: usize) -> FeedQuery {
    FeedQuery { limit, ..FeedQuery::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_holds_each_entry_once_in_the_order_of_recording(
        bursts in prop::collection::vec(
            (
                prop_oneof![Just(0_i64), 0..9_000_i64, -200_000..9_000_000_i64],
                1_u32..120,
                1_i64..90_000,
            ),
            1..12,
        ),
        limit in prop_oneof![1_usize..9, 50_usize..400],
        after in 0_u64..600,
        is_sealed_by_others in any::<bool>(),
    ) {
        let log = Log::new(Plan::Enterprise);
        let mut first = 0;
        for (ago_ms, count, pause_ms) in bursts {
            log.record(ago_ms, count, first);
            first += count;
            log.pass(pause_ms);
            if is_sealed_by_others {
                log.seal();
            }
        }
        log.pass(10_000);
        let plain = log.plain();
        let items = log.all(None, limit, &Filter::default());
        let numbers: Vec<_> = items.iter().map(|item| item.sequence).collect();
        prop_assert_eq!(numbers, (0..u64::from(first)).collect::<Vec<_>>());
        prop_assert_eq!(entries(&items), plain.clone());
        let after = after % u64::from(first);
        let rest = log.all(Some(after), limit, &Filter::default());
        prop_assert_eq!(entries(&rest), plain[usize::try_from(after).unwrap() + 1..].to_vec());
    }

    #[test]
    fn a_filter_leaves_out_and_adds_nothing(
        count in 1_u32..700,
        limit in 1_usize..100,
        actions in prop::collection::vec(prop::sample::select(ACTIONS.to_vec()), 0..3),
        outcomes in prop::collection::vec(prop::sample::select(Outcome::ALL.to_vec()), 0..3),
        target_type in prop::option::of(prop_oneof![Just("project"), Just("member")]),
        has_target in any::<bool>(),
        has_actor in any::<bool>(),
        has_request in any::<bool>(),
        excludes in any::<bool>(),
    ) {
        let log = Log::new(Plan::Enterprise);
        for n in 0..count {
            log.record(i64::from(n % 7) * 3_000, 1, n);
            log.pass(700);
        }
        log.pass(10_000);
        let target_id = target_type.filter(|_| has_target);
        let filter = Filter {
            action: if excludes {
                Selection::all_but(actions.into_iter().map(str::to_owned))
            } else {
                Selection::new(actions.into_iter().map(str::to_owned))
            },
            outcome: Selection::new(outcomes),
            target_type: target_type.map(Into::into),
            target_id: target_id
                .map(|kind| (if kind == "member" { "m_1" } else { "p_3" }).to_owned()),
            actor: has_actor.then(|| actor("u_1").key()),
            request_id: has_request.then(|| "r_2".to_owned()),
            ..Filter::default()
        };
        let plain = log.plain();
        let expected = (0_u64..).zip(plain).filter(|(_, entry)| filter.matches(entry));
        let expected: Vec<_> = expected.collect();
        let items = log.all(None, limit, &filter);
        let numbers = items.iter().map(|item| item.sequence);
        prop_assert_eq!(numbers.zip(entries(&items)).collect::<Vec<_>>(), expected);
    }

    /// Two pollers, while entries are recorded, a third of them late, and sealers are killed. Time
    /// passes at each step, so a writer's entry lands long after the pollers have begun.
    #[test]
    fn pollers_get_each_entry_once_whatever_goes_on_meanwhile(
        steps in prop::collection::vec((0_u8..10, 1_i64..4_000), 40..160),
        kills in prop::collection::vec(0_u64..40, 6),
    ) {
        let log = Log::new(Plan::Enterprise);
        let mut pollers: Vec<(FeedQuery, Vec<FeedItem>)> =
            [7, 400].map(|limit| (first_page(limit), Vec::new())).into();
        let (mut recorded, mut kills) = (0, kills.into_iter());
        let poll = |store: &MemoryStore, (query, items): &mut (FeedQuery, Vec<FeedItem>)| {
            if let Ok(page) = log.read(store, query) {
                query.after = page.next;
                items.extend(page.items);
            }
        };
        for (step, pause_ms) in steps {
            match step {
                0..6 => {
                    let ago_ms = if recorded % 3 == 0 { 3_000_000 } else { 100 };
                    log.record(ago_ms + i64::from(recorded), 1 + recorded % 4, recorded);
                    recorded += 1 + recorded % 4;
                }
                6 => log.seal(),
                7 => {
                    let dies_at = kills.next().unwrap_or(9);
                    let store = log.store.scripted(move |asked: Asked| match asked.number {
                        number if number < dies_at => Fate::Pass,
                        _ => Fate::FailAfter(Failure::Unavailable),
                    });
                    for poller in &mut pollers {
                        poll(&store, poller);
                    }
                }
                8 => poll(&log.store, &mut pollers[0]),
                _ => poll(&log.store, &mut pollers[1]),
            }
            log.pass(pause_ms);
        }
        log.pass(10_000);
        for poller in &mut pollers {
            let (query, items) = poller;
            items.extend(log.all(query.after, 100, &Filter::default()));
            let numbers: Vec<_> = items.iter().map(|item| item.sequence).collect();
            prop_assert_eq!(numbers, (0..u64::from(recorded)).collect::<Vec<_>>());
            prop_assert_eq!(entries(items), log.plain());
        }
    }

    /// Replicas that lag, and queries that end early, cost a part of an answer and never an entry.
    #[test]
    fn a_lagging_replica_hides_no_entry(
        lags in prop::collection::vec((0_u64..30, prop::option::of(1_usize..4)), 1..80),
        limit in 1_usize..40,
    ) {
        let log = Log::new(Plan::Enterprise);
        for n in 0..60 {
            log.record(i64::from(n % 5) * 20_000, 3, n * 3);
            log.pass(6_000);
            log.seal();
        }
        log.pass(10_000);
        let mut lags = lags.into_iter().cycle();
        let store = log.store.scripted(move |asked: Asked| match lags.next() {
            Some((_, Some(items))) => Fate::ShortPage(items),
            Some((lag, None)) => Fate::Stale(asked.version.saturating_sub(lag)),
            None => Fate::Pass,
        });
        let (mut query, mut items) = (first_page(limit), Vec::new());
        for _ in 0..400 {
            let page = log.read(&store, &query).unwrap();
            items.extend(page.items);
            query.after = page.next;
        }
        prop_assert_eq!(entries(&items), log.plain());
    }

    #[test]
    fn racing_pollers_and_sealers_agree(schedule in prop::collection::vec(0_usize..3, 0..80)) {
        let log = Log::new(Plan::Enterprise);
        for n in 0..10 {
            log.record(i64::from(n % 3) * 4_000, 70, n * 70);
            log.pass(2_500);
        }
        log.pass(10_000);
        let (store, query) = (log.store.stepping(), first_page(1_000));
        let tasks = (0..3).map(|_| -> Pin<Box<dyn Future<Output = FeedPage> + '_>> {
            let read = read_feed(&store, &log.workspace, &query, log.clock.now());
            Box::pin(async { read.await.unwrap() })
        });
        for page in interleave(tasks, schedule) {
            prop_assert_eq!(entries(&page.items), log.plain()[..page.items.len()].to_vec());
        }
        prop_assert_eq!(entries(&log.all(None, 1_000, &Filter::default())), log.plain());
    }
}

#[test]
fn what_has_expired_is_a_number_and_nothing_else() {
    let log = Log::new(Plan::Free);
    log.record(25 * 86_400_000, 2, 0);
    log.record(0, 1, 2);
    log.pass(10 * 86_400_000);
    let told = |filter: &Filter| -> Vec<_> {
        let items = log.all(None, 10, filter).into_iter();
        items.map(|item| (item.sequence, matches!(item.told, Told::Expired))).collect()
    };
    let expected = vec![(0, true), (1, true), (2, false)];
    assert_eq!(told(&Filter::default()), expected);
    let action = Filter { action: Some("project.delete".into()), ..Filter::default() };
    assert_eq!(told(&action), [(2, false)], "a filter would tell what an expired entry was");
    log.store.delete_expired(log.clock.now());
    assert_eq!(told(&Filter::default()), expected);
}

#[test]
fn an_entry_that_is_gone_before_its_time_is_missing() {
    let log = Log::new(Plan::Free);
    // Deleted by a defect: its life says so although the plan keeps it.
    let mut gone = NewEntry { entry: log.entry(0, 1), delete_at: Some(log.clock.now()) };
    assert!(finish(record_all(&log.store, &log.clock, std::slice::from_mut(&mut gone)))[0].is_ok());
    log.pass(1);
    log.record(0, 1, 2);
    log.pass(10_000);
    log.seal();
    log.store.delete_expired(log.clock.now());
    let items = log.all(None, 10, &Filter::default());
    assert_eq!(items[0], FeedItem { sequence: 0, told: Told::Missing });
    assert!(matches!(items[1].told, Told::Entry(_)));
    let other = Filter { action: Some("project.delete".into()), ..Filter::default() };
    assert_eq!(log.all(None, 10, &other).len(), 1, "its kind is known not to match");
}

#[test]
fn what_a_replica_does_not_know_yet_is_read_again_and_not_called_missing() {
    let log = Log::new(Plan::Free);
    let before = log.store.version();
    log.record(0, 3, 0);
    log.pass(10_000);
    let store = log.store.scripted(move |asked: Asked| match asked.call {
        Call::RowsWithin | Call::RowsOf => Fate::Stale(before),
        _ => Fate::Pass,
    });
    let page = log.read(&store, &first_page(10)).unwrap();
    assert_eq!(entries(&page.items).len(), 3);
}

/// The workspace of a request may be a minute old.
#[test]
fn an_entry_that_a_newer_plan_hides_has_expired() {
    let mut log = Log::new(Plan::Enterprise);
    let old = log.entry(100 * 86_400_000, 0);
    let mut new = NewEntry { entry: old, delete_at: Some(log.clock.now()) };
    assert!(finish(record_all(&log.store, &log.clock, std::slice::from_mut(&mut new)))[0].is_ok());
    log.pass(10_000);
    log.seal();
    let cached = log.workspace.clone();
    log.workspace.plan = Plan::Free;
    log.store.put_plain_workspace(&log.workspace);
    log.store.delete_expired(log.clock.now());
    log.workspace = cached;
    let items = log.all(None, 10, &Filter::default());
    assert_eq!(items, [FeedItem { sequence: 0, told: Told::Expired }]);
}

#[test]
fn an_empty_log_says_so_and_a_number_beyond_the_end_is_refused() {
    let log = Log::new(Plan::Free);
    let page = log.read(&log.store, &first_page(10)).unwrap();
    let nothing = FeedPage { items: vec![], next: None, closed_through: None, has_more: false };
    assert_eq!(page, nothing);
    log.record(0, 3, 0);
    log.pass(10_000);
    let after = |after| {
        let query = FeedQuery { after: Some(after), ..first_page(10) };
        log.read(&log.store, &query)
    };
    assert!(matches!(after(3), Err(FeedError::Beyond)));
    assert!(matches!(after(u64::MAX), Err(FeedError::Beyond)));
    let page = after(2).unwrap();
    assert_eq!((page.items.len(), page.next, page.has_more), (0, Some(2), false));
    assert!(page.closed_through.is_some());
}
