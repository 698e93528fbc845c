//! Owns what is measured: the cases, the pages that are requested for each case, and the correct
//! answer to each request.

use crate::workload::{COMMON_ACTION, COMMON_TARGET_TYPE, Log, RARE_ACTION};
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use fastrand::Rng;
use std::ops::Range;

/// Entries on a page.
pub(crate) const PAGE: usize = 20;

/// The filter by action and target type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinds {
    /// No filter.
    All,
    /// A common action.
    Common,
    /// A common action together with a common target type.
    CommonPair,
    /// The rarest action.
    Rare,
}

impl Kinds {
    pub(crate) const EVERY: [Self; 4] = [Self::All, Self::Common, Self::CommonPair, Self::Rare];

    pub(crate) fn action(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Common | Self::CommonPair => Some(COMMON_ACTION),
            Self::Rare => Some(RARE_ACTION),
        }
    }

    pub(crate) fn target_type(self) -> Option<&'static str> {
        (self == Self::CommonPair).then_some(COMMON_TARGET_TYPE)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "none",
            Self::Common => "common action",
            Self::CommonPair => "common action and target type",
            Self::Rare => "rarest action",
        }
    }

    fn place(self) -> usize {
        Self::EVERY.iter().position(|one| *one == self).unwrap_or_default()
    }
}

/// Which page is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    Middle,
    Last,
    Any,
    /// The page after any page, by that page's token.
    Next,
}

/// A case: one line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) kinds: Kinds,
    /// The length of the time range, at a random place of the log; `None` means the whole log.
    pub(crate) days: Option<i64>,
    pub(crate) place: Place,
}

impl Case {
    /// All cases, in the order of the table.
    pub(crate) fn all() -> Vec<Self> {
        let of_kinds =
            |kinds| {
                let whole = [Place::First, Place::Middle, Place::Last, Place::Next]
                    .map(|place| Self { kinds, days: None, place });
                let ranges =
                    [7, 90].map(|days| Self { kinds, days: Some(days), place: Place::Any });
                whole.into_iter().chain(ranges)
            };
        Kinds::EVERY.into_iter().flat_map(of_kinds).collect()
    }

    pub(crate) fn time(self) -> String {
        self.days.map_or_else(|| "all".to_owned(), |days| format!("{days} days"))
    }

    pub(crate) fn page(self) -> &'static str {
        match self.place {
            Place::First => "first",
            Place::Middle => "middle",
            Place::Last => "last",
            Place::Any => "any",
            Place::Next => "next, by token",
        }
    }
}

/// A requested page, and the correct answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) kinds: Kinds,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    /// The page's number, from 1.
    pub(crate) page: usize,
    /// Whether it is requested by the token of the page before.
    pub(crate) by_token: bool,
    /// How many entries match.
    pub(crate) total: usize,
    /// The newest entry on the page.
    pub(crate) newest: Option<EntryId>,
    /// The last entry of the page before, from which a token continues.
    pub(crate) above: Option<EntryId>,
}

impl Ask {
    /// How many entries come before the page.
    pub(crate) fn offset(&self) -> usize {
        (self.page - 1) * PAGE
    }

    /// The query string that requests this page by its number, or the page before it if this page
    /// is requested by token.
    pub(crate) fn query(&self) -> String {
        let page = if self.by_token { self.page - 1 } else { self.page };
        let times = [("from", self.from), ("to", self.to)]
            .map(|(name, at)| (name, at.map(|at| at.rfc3339().replace(':', "%3A"))));
        let texts = [("action", self.kinds.action()), ("target_type", self.kinds.target_type())]
            .map(|(name, text)| (name, text.map(str::to_owned)));
        let parameters = texts
            .into_iter()
            .chain(times)
            .filter_map(|(name, text)| Some(format!("{name}={}&", text?)));
        parameters.collect::<String>() + &format!("page_size={PAGE}&page={page}")
    }
}

/// The log as a plain list, in which the correct answers are looked up.
#[derive(Debug)]
pub(crate) struct Answers<'a> {
    log: &'a Log,
    /// The entries of each of [`Kinds::EVERY`], the oldest first.
    of_kinds: [Vec<EntryId>; 4],
}

impl<'a> Answers<'a> {
    pub(crate) fn of(log: &'a Log) -> Self {
        let matches = |kinds: Kinds, place: usize| {
            let (action, target_type) = log.kind(place);
            kinds.action().is_none_or(|wanted| wanted == action)
                && kinds.target_type().is_none_or(|wanted| wanted == target_type)
        };
        let of_kinds = Kinds::EVERY.map(|kinds| {
            log.ids
                .iter()
                .enumerate()
                .filter(|(place, _)| matches(kinds, *place))
                .map(|(_, id)| *id)
                .collect()
        });
        Self { log, of_kinds }
    }

    /// A random page of this case, with the correct answer at `now` when `recorded` entries are
    /// stored; `None` means that there is no such page.
    pub(crate) fn ask(
        &self,
        case: Case,
        recorded: usize,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Option<Ask> {
        let visible_from = self.log.workspace.visible_from(now).unwrap_or(Timestamp::MIN);
        let newest = self.log.ids.get(recorded.checked_sub(1)?)?;
        let start = visible_from.max(self.log.ids.first()?.occurred_at());
        let from = case.days.map(|days| {
            let last = now.plus_days(-days).ms().max(start.ms() + 1);
            let at = rng.i64(start.ms()..last);
            Timestamp::clamped(at - at.rem_euclid(60_000))
        });
        let to = from.zip(case.days).map(|(from, days)| from.plus_days(days));
        let found =
            self.found(case.kinds, from.unwrap_or(visible_from).max(visible_from), to, *newest);
        let pages = found.len().div_ceil(PAGE).max(1);
        let page = match case.place {
            Place::First => 1,
            Place::Last => pages,
            Place::Any => rng.usize(1..=pages),
            Place::Middle if pages > 2 => rng.usize(2..pages),
            Place::Next if pages > 1 => rng.usize(2..=pages),
            Place::Middle | Place::Next => return None,
        };
        let ids = self.of_kinds.get(case.kinds.place())?;
        let id_at = |rank: usize| {
            found
                .end
                .checked_sub(1 + rank)
                .filter(|place| found.contains(place))
                .and_then(|place| ids.get(place))
                .copied()
        };
        let above = ((page - 1) * PAGE).checked_sub(1).and_then(id_at);
        let newest = id_at((page - 1) * PAGE);
        Some(Ask {
            kinds: case.kinds,
            from,
            to,
            page,
            by_token: case.place == Place::Next,
            total: found.len(),
            newest,
            above,
        })
    }

    /// The range of matching entries in the list of these kinds.
    fn found(
        &self,
        kinds: Kinds,
        from: Timestamp,
        to: Option<Timestamp>,
        newest: EntryId,
    ) -> Range<usize> {
        let Some(ids) = self.of_kinds.get(kinds.place()) else { return 0..0 };
        let start = ids.partition_point(|id| id.occurred_at() < from);
        let end =
            ids.partition_point(|id| *id <= newest && to.is_none_or(|to| id.occurred_at() < to));
        start..end.max(start)
    }
}
