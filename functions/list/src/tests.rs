//! Pages over the store in memory, against a plain sorted list.

mod limits;
mod pages;
mod unusual;

use crate::by_actors::Entries;
use crate::found::FoundPage;
use crate::listing::Listing;
use crate::{by_entry, by_position, by_tally};
use domain::clock::Clock;
use domain::counting::{Budget, Fold, fold};
use domain::entry::{Entry, NewEntry, Outcome};
use domain::filter::{Filter, Selection};
use domain::following::{Follow, follow};
use domain::identity::EntryId;
use domain::lookup::Directory;
use domain::memory::fixtures::{actor, at, entry_of, target, workspace};
use domain::memory::{MemoryStore, finish};
use domain::plan::{GraceDays, Plan};
use domain::ports::Metered;
use domain::recording::record;
use domain::sequencing::seal;
use domain::timestamp::Timestamp;
use domain::unusual::Rules;
use domain::workspace::Workspace;
use std::sync::LazyLock;
use std::time::Duration;
use web::list_query::{Edge, ListQuery, Position};

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Rules by which the entries of a month are unusual.
fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(|| {
        let thresholds = "learning_days=0,new_address_after_days=1,new_action_after_entries=3,\
                          returned_after_days=14,unusual_hour_after_days=1,burst_factor=2,\
                          burst_entries=2,many_denied_entries=2";
        Rules::new(thresholds.parse().unwrap(), [ACTIONS[0].to_owned()])
    });
    &RULES
}

/// What finding one page may cost.
#[derive(Debug, Clone, Copy)]
struct Effort {
    read_units: f64,
    limits: by_entry::Limits,
}

/// An effort that suffices for every log in these tests.
const AMPLE: Effort = Effort {
    read_units: 1e9,
    limits: by_entry::Limits { most_counted: by_entry::MOST_COUNTED, most_read: 40_000 },
};

impl Effort {
    fn budget(self) -> Budget {
        Budget::new(self.read_units, Duration::from_hours(1))
    }
}

/// A log in the store, and the same entries as a plain list.
struct Log {
    store: MemoryStore,
    workspace: Workspace,
    entries: Vec<Entry>,
    now: Timestamp,
}

/// The page that a plain list gives for a query.
#[derive(Debug, PartialEq, Eq)]
struct PlainPage {
    ids: Vec<EntryId>,
    /// The rank of its first entry, or where that would be.
    first: usize,
    total: usize,
}

/// Which of the names that a log uses an entry has.
#[derive(Debug, Clone, Copy)]
struct Names {
    action: usize,
    target: usize,
    actor: usize,
    outcome: Outcome,
    request: usize,
}

impl Names {
    /// The first of each.
    const FIRST: Self =
        Self { action: 0, target: 0, actor: 0, outcome: Outcome::Success, request: 0 };
}

const ACTIONS: [&str; 2] = ["project.update", "member.invite"];
const TARGETS: [(&str, &str); 3] = [("project", "p"), ("project", "q"), ("member", "p")];
const ACTORS: [&str; 2] = ["u_1", "u_2"];
const REQUESTS: [&str; 2] = ["r_1", "r_2"];
/// The email address of the actor in the entries of the second request.
const EMAIL: &str = "ada@example.com";
/// Where an actor acts from.
const ADDRESSES: [&str; 2] = ["203.0.114.7", "203.0.113.7"];

impl Log {
    fn new() -> Self {
        let now = at("2026-11-22T12:00:00Z");
        let workspace = workspace("ws_a", Plan::Free, now);
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        Self { store, workspace, entries: Vec::new(), now }
    }

    /// Makes an entry that no other equals.
    fn entry(&self, number: usize, moment: Timestamp, names: Names) -> Entry {
        entry_of(&self.workspace, moment, u32::try_from(number).unwrap(), |content| {
            let (kind, id) = TARGETS[names.target];
            content.action = ACTIONS[names.action].to_owned();
            content.target = target(kind, id);
            content.actor = actor(ACTORS[names.actor]);
            content.actor.email = (names.request == 1).then(|| EMAIL.to_owned());
            content.ip_address = Some(ADDRESSES[names.actor].to_owned());
            content.outcome = names.outcome;
            content.request_id = Some(REQUESTS[names.request].to_owned());
        })
    }

    /// Stores entries so long before now, each with its names.
    fn load(&mut self, sent: impl IntoIterator<Item = (i64, Names)>) {
        let loaded: Vec<_> = sent
            .into_iter()
            .zip(self.entries.len()..)
            .map(|((ago_ms, names), number)| self.entry(number, self.now.plus_ms(-ago_ms), names))
            .collect();
        self.store.load(&loaded);
        self.entries.extend(loaded);
    }

    /// Records an entry that happened so long ago, as `record` does, some time after the others.
    fn record(&mut self, ago_ms: i64, names: Names) {
        self.now = self.now.plus_ms(1);
        let entry = self.entry(self.entries.len(), self.now.plus_ms(-ago_ms), names);
        let mut new = NewEntry { entry, delete_at: None };
        finish(record(&self.store, &Clock::manual(self.now), &mut new)).unwrap();
        self.entries.push(new.entry);
    }

    /// Numbers and counts all that is settled.
    fn count(&self) {
        let (budget, id) = (AMPLE.budget(), &self.workspace.id);
        finish(seal(&self.store, id, self.now, &budget)).unwrap();
        finish(fold(&self.store, id, Fold::Now, &budget)).unwrap();
        let grace = GraceDays::default();
        finish(follow(&self.store, &self.workspace, grace, rules(), Follow::Now, &budget)).unwrap();
    }

    fn find(&self, query: &ListQuery, effort: Effort) -> FoundPage {
        let store = self.store.metered();
        match Listing::of(query, &self.workspace, self.now) {
            None => FoundPage::of_empty_list(query),
            Some(listing) if query.filter.needs_entry() => {
                self.find_by_entry(&store, &listing, effort)
            }
            Some(listing) => match finish(by_position::page(&store, &listing)).unwrap() {
                Some(page) => page,
                None => finish(by_tally::page(&store, &listing, effort.budget())).unwrap(),
            },
        }
    }

    fn find_by_entry(
        &self,
        store: &MemoryStore,
        listing: &Listing<'_>,
        effort: Effort,
    ) -> FoundPage {
        let entries = Entries::of(store, self.directory(), &listing.query.filter);
        finish(by_entry::page(&finish(entries).unwrap(), listing, effort.limits)).unwrap()
    }

    fn directory(&self) -> Directory<'_> {
        let (workspace, grace) = (&self.workspace, GraceDays::default());
        Directory { workspace, grace, rules: rules(), now: self.now }
    }

    /// The ids that a query can show, the newest first.
    fn ids(&self, query: &ListQuery) -> Vec<EntryId> {
        let mut ids: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.is_visible(&self.workspace, self.now))
            .filter(|entry| holds(&query.filter, entry))
            .filter(|entry| query.as_of.is_none_or(|as_of| entry.recorded_at <= as_of.recorded))
            .map(|entry| entry.id)
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids
    }

    fn plain(&self, query: &ListQuery) -> PlainPage {
        let ids = self.ids(query);
        let size = usize::from(query.page_size);
        let newer =
            |is_newer: &dyn Fn(EntryId) -> bool| ids.iter().take_while(|id| is_newer(**id)).count();
        let (first, end) = match query.position {
            Position::Number(number) => {
                let first = (usize::try_from(number).unwrap() - 1) * size;
                (first, first + size)
            }
            Position::Beside(Edge::OlderThan(edge)) => {
                let first = newer(&|id| id >= edge);
                (first, first + size)
            }
            Position::Beside(Edge::NewerThan(edge)) => {
                let end = newer(&|id| id > edge);
                (end.saturating_sub(1) / size * size, end)
            }
        };
        let page = ids.get(first.min(ids.len())..end.min(ids.len())).unwrap().to_vec();
        PlainPage { ids: page, first, total: ids.len() }
    }
}

fn holds(filter: &Filter, entry: &Entry) -> bool {
    let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|it| it == text);
    let has = |wanted: &Option<Selection<String>>, text: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.named().any(|it| it == text) != wanted.excludes())
    };
    let content = &entry.content;
    let is_from = |wanted: &str| match wanted {
        "203.0.112.0/23" => content.ip_address.as_deref() == Some(ADDRESSES[1]),
        other => panic!("no test asks for {other}"),
    };
    has(&filter.action, &content.action)
        && is(&filter.actor_email, content.actor.email.as_deref().unwrap_or_default())
        && filter.ip_address.is_none_or(|range| is_from(&range.to_string()))
        && has(&filter.target_type, &content.target.kind)
        && is(&filter.target_id, &content.target.id)
        && is(&filter.external_id, content.external_id.as_deref().unwrap_or_default())
        && is(&filter.request_id, content.request_id.as_deref().unwrap_or_default())
        && filter.outcome.as_ref().is_none_or(|wanted| wanted.has(&content.outcome))
        && filter.actor.as_ref().is_none_or(|actor| *actor == content.actor.key())
        && filter.from.is_none_or(|from| content.occurred_at >= from)
        && filter.to.is_none_or(|to| content.occurred_at < to)
}

fn ids(page: &FoundPage) -> Vec<EntryId> {
    page.entries.iter().map(|entry| entry.id).collect()
}

/// The first page of a list.
fn first_page(filter: Filter, page_size: u8) -> ListQuery {
    ListQuery { filter, page_size, position: Position::FIRST, as_of: None, counted: None }
}

/// The query of the next older page, as its token asks for it.
fn older(query: &ListQuery, page: &FoundPage) -> Option<ListQuery> {
    let position = Position::Beside(Edge::OlderThan(page.neighbours.older_than?));
    let counted = page.counted_through();
    Some(ListQuery { position, as_of: page.as_of, counted, ..query.clone() })
}

/// The query of the next newer page, as its token asks for it.
fn newer(query: &ListQuery, page: &FoundPage) -> Option<ListQuery> {
    let position = Position::Beside(Edge::NewerThan(page.neighbours.newer_than?));
    let counted = page.counted_before();
    Some(ListQuery { position, as_of: page.as_of, counted, ..query.clone() })
}
