//! Queries the entries table or one of its indexes, one page at a time, by DynamoDB's rules: a page
//! ends at its limit or at 1 MB, whatever the filter leaves of it, and only a missing last key is
//! the end.

use super::View;
use super::size::{MAX_PAGE_BYTES, entry_bytes, index_bytes, read_units};
use super::state::StoredEntry;
use crate::entry::{Actor, ActorKey, Outcome};
use crate::filter::{AddressRange, Selection};
use crate::identity::EntryId;
use crate::ports::{Direction, Stretch};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

/// Which entries a query reads, before any filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Partition<'a> {
    /// The whole log: the table.
    Log,
    /// One actor: an index.
    Actor(&'a ActorKey),
    /// One target: an index.
    Target(&'a str, &'a str),
}

/// A query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'a> {
    workspace: &'a WorkspaceId,
    span: Span,
    partition: Partition<'a>,
    action: Option<&'a Selection<String>>,
    target_type: Option<&'a Selection<String>>,
    outcome: Option<&'a Selection<Outcome>>,
    actor: Option<&'a ActorKey>,
    actor_email: Option<&'a str>,
    ip_address: Option<AddressRange>,
    external_id: Option<&'a str>,
    request_id: Option<&'a str>,
    /// Only what was recorded by then.
    recorded_by: Option<Timestamp>,
    direction: Direction,
}

/// A page of a query.
#[derive(Debug)]
pub(super) struct QueryPage<'a> {
    /// What the filter left.
    pub(super) items: Vec<&'a StoredEntry>,
    /// How many entries were read.
    pub(super) scanned: usize,
    /// The last entry read; `None` at the end of the query.
    pub(super) last: Option<EntryId>,
    /// The units, eventually consistent.
    pub(super) units: f64,
}

impl<'a> Query<'a> {
    /// All entries of a span.
    pub(super) fn of_span(workspace: &'a WorkspaceId, span: Span, direction: Direction) -> Self {
        Self {
            workspace,
            span,
            partition: Partition::Log,
            action: None,
            target_type: None,
            outcome: None,
            actor: None,
            actor_email: None,
            ip_address: None,
            external_id: None,
            request_id: None,
            recorded_by: None,
            direction,
        }
    }

    /// The entries of a stretch, read from the index by target if a target is given, else the one
    /// by actor, else the table; what the keys do not say, a filter does.
    pub(super) fn of_stretch(stretch: &Stretch<'a>, direction: Direction) -> Self {
        let filter = stretch.filter;
        let of_log = Self {
            action: filter.action.as_ref(),
            target_type: filter.target_type.as_ref(),
            outcome: filter.outcome.as_ref(),
            actor_email: filter.actor_email.as_deref(),
            ip_address: filter.ip_address,
            external_id: filter.external_id.as_deref(),
            request_id: filter.request_id.as_deref(),
            recorded_by: stretch.recorded_by,
            ..Self::of_span(&stretch.workspace.id, stretch.span, direction)
        };
        let actor = filter.actor.as_ref();
        match (filter.target(), actor) {
            (Some((kind, id)), _) => {
                let partition = Partition::Target(kind, id);
                Self { partition, target_type: None, actor, ..of_log }
            }
            (None, Some(actor)) => Self { partition: Partition::Actor(actor), ..of_log },
            (None, None) => of_log,
        }
    }

    /// Whether an index is read, and not the table.
    pub(super) fn is_index(&self) -> bool {
        self.partition != Partition::Log
    }

    /// Whether something besides the keys decides.
    pub(super) fn has_filter(&self) -> bool {
        let Self { action, target_type, outcome, actor, external_id, request_id, .. } = self;
        action.is_some()
            || target_type.is_some()
            || outcome.is_some()
            || actor.is_some()
            || self.actor_email.is_some()
            || self.ip_address.is_some()
            || external_id.is_some()
            || request_id.is_some()
    }

    /// The page that follows `start`, or the first.
    pub(super) fn page<'v>(
        &self,
        view: &View<'v>,
        limit: usize,
        start: Option<EntryId>,
    ) -> QueryPage<'v> {
        let rest = match (start, self.direction) {
            (None, _) => Some(self.span),
            (Some(start), Direction::NewestFirst) => self.span.older_than(start),
            (Some(start), Direction::OldestFirst) => self.span.newer_than(start),
        };
        let (mut page, mut bytes) =
            (QueryPage { items: vec![], scanned: 0, last: None, units: 0.0 }, 0);
        let limit = limit.max(1).min(view.page);
        let rows = rest.map(|span| {
            let key = |id| (self.workspace.clone(), id);
            view.state.entries.range(view.at, key(span.low)..=key(span.high))
        });
        let mut rows = rows.into_iter().flatten();
        let next = || match self.direction {
            Direction::NewestFirst => rows.next_back(),
            Direction::OldestFirst => rows.next(),
        };
        for (_, item) in std::iter::from_fn(next).filter(|(_, item)| self.holds(item)) {
            page.scanned += 1;
            let size = if self.is_index() { index_bytes } else { entry_bytes };
            bytes += size(&item.entry);
            if self.keeps(item) {
                page.items.push(item);
            }
            if page.scanned >= limit || bytes >= MAX_PAGE_BYTES {
                page.last = Some(item.entry.id);
                break;
            }
        }
        QueryPage { units: read_units(bytes), ..page }
    }

    /// Whether an entry is in the partition.
    fn holds(&self, item: &StoredEntry) -> bool {
        let content = &item.entry.content;
        match self.partition {
            Partition::Log => true,
            Partition::Actor(actor) => is_actor(&content.actor, actor),
            Partition::Target(kind, id) => std::iter::once(&content.target)
                .chain(&content.targets)
                .any(|target| target.kind == kind && target.id == id),
        }
    }

    /// Whether the filter leaves an entry in.
    fn keeps(&self, item: &StoredEntry) -> bool {
        let is = |wanted: Option<&Selection<String>>, text: &str| {
            wanted.is_none_or(|wanted| wanted.has(text))
        };
        let has = |wanted: Option<&str>, id: &Option<String>| {
            wanted.is_none_or(|wanted| id.as_deref() == Some(wanted))
        };
        let content = &item.entry.content;
        is(self.action, &content.action)
            && is(self.target_type, &content.target.kind)
            && self.outcome.is_none_or(|wanted| wanted.has(&content.outcome))
            && has(self.actor_email, &content.actor.email)
            && self.ip_address.is_none_or(|range| {
                content.ip_address.as_deref().is_some_and(|address| range.has(address))
            })
            && has(self.external_id, &content.external_id)
            && has(self.request_id, &content.request_id)
            && self.actor.is_none_or(|actor| is_actor(&content.actor, actor))
            && self.recorded_by.is_none_or(|by| item.entry.recorded_at <= by)
    }
}

fn is_actor(actor: &Actor, key: &ActorKey) -> bool {
    actor.kind == key.kind && actor.id == key.id
}
