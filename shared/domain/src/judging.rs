//! Reads the unusual entries of a log from their index.

use crate::directory::Day;
use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::ports::{
    Consistency, Direction, FindRows, Found, ListEntries, Matches, ReadFollowed, ReadUnusual,
    RememberLogs, Slice, StoreError, Stretch,
};
use crate::reason::Reasons;
use crate::timestamp::Timestamp;
use crate::unusual::{Flagged, Judgement, Thresholds, UnusualDay};
use crate::workspace::WorkspaceId;
use std::collections::{BTreeMap, BTreeSet};

/// Days that lie so close together are read with one query.
const QUERIED_DAYS: u32 = 31;
/// How long a process remembers up to which entry a log is judged.
const REMEMBERED_MS: i64 = 30_000;
/// Rows that are read together.
const ROWS_TOGETHER: usize = 100;

impl Judgement {
    /// Reads it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(
        store: &impl ReadFollowed,
        workspace: &WorkspaceId,
        limits: &Thresholds,
    ) -> Result<Self, StoreError> {
        Ok(Self::of(store.followed(workspace).await?, limits))
    }

    /// Reads it, and remembers it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn now(
        store: &(impl ReadFollowed + RememberLogs),
        workspace: &WorkspaceId,
        limits: &Thresholds,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let judgement = Self::read(store, workspace, limits).await?;
        store.remembered().has_judged(workspace, now, judgement);
        Ok(judgement)
    }

    /// The judgement as it was less than 30 seconds ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lately(
        store: &(impl ReadFollowed + RememberLogs),
        workspace: &WorkspaceId,
        limits: &Thresholds,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let known = store.remembered().judged(workspace);
        match known.filter(|(at, _)| at.plus_ms(REMEMBERED_MS) > now) {
            Some((_, judgement)) => Ok(judgement),
            None => Self::now(store, workspace, limits, now).await,
        }
    }

    /// Why each of these entries is unusual. Those that are not are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reasons_of(
        &self,
        store: &impl ReadUnusual,
        workspace: &WorkspaceId,
        ids: impl IntoIterator<Item = EntryId>,
    ) -> Result<BTreeMap<EntryId, Reasons>, StoreError> {
        let ids: BTreeSet<EntryId> = ids.into_iter().collect();
        let days: BTreeSet<Day> = ids.iter().map(|id| Day::of(id.occurred_at())).collect();
        let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
            return Ok(BTreeMap::new());
        };
        let mut found = Vec::new();
        if last.days_since(first) < QUERIED_DAYS {
            let mut from = Some(first);
            while let Some(first) = from {
                let part = store.unusual_between(workspace, first, last, Direction::OldestFirst);
                let Found { items, is_whole } = part.await?;
                let end = items.last().map(|(day, _)| day.plus_days(1)).filter(|_| !is_whole);
                from = end.filter(|next| *next <= last);
                found.extend(items.into_iter().map(|(_, day)| day));
            }
        } else {
            let days: Vec<Day> = days.into_iter().collect();
            let kept = store.unusual_on(workspace, &days, Consistency::Eventual).await?;
            found.extend(kept.into_values().map(|kept| kept.profile));
        }
        let all = found.iter().flat_map(UnusualDay::iter).filter(|(id, _)| ids.contains(id));
        let held = all.map(|(id, flagged)| (id, self.holding(id, flagged.reasons)));
        Ok(held.filter(|(_, reasons)| !reasons.is_empty()).collect())
    }
}

/// The unusual entries of a log as a list.
#[derive(Debug, Clone, Copy)]
pub struct Unusual<'a, S> {
    /// The store.
    pub store: &'a S,
    /// Up to which entry they are known.
    pub judgement: Judgement,
}

/// The next unusual entries of a stretch, by the index alone.
struct Candidates {
    found: Vec<(EntryId, Flagged)>,
    /// The day to go on with. `None` means that the end is reached.
    rest: Option<Day>,
    /// Whether days have more than they keep.
    is_cut: bool,
}

impl<S: ReadUnusual + FindRows + Sync> Unusual<'_, S> {
    /// The unusual entries of a span with these reasons, by the days that one call reads.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all(
        &self,
        stretch: Stretch<'_>,
        most: usize,
    ) -> Result<(Vec<(EntryId, Flagged)>, bool), StoreError> {
        let (mut all, mut is_whole) = (Vec::new(), true);
        let mut from = Some(Day::of(stretch.span.high.occurred_at()));
        while let Some(day) = from {
            let part = self.part(stretch, Direction::NewestFirst, day).await?;
            is_whole &= !part.is_cut;
            all.extend(part.found);
            if all.len() > most {
                all.truncate(most);
                return Ok((all, false));
            }
            from = part.rest;
        }
        Ok((all, is_whole))
    }

    /// What one call reads from a day on.
    async fn part(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        from: Day,
    ) -> Result<Candidates, StoreError> {
        let Stretch { workspace, filter, span, recorded_by, .. } = stretch;
        let ends = [span.low, span.high].map(|id| Day::of(id.occurred_at()));
        let is_newest_first = direction == Direction::NewestFirst;
        let (first, last) = if is_newest_first { (ends[0], from) } else { (from, ends[1]) };
        let part = self.store.unusual_between(&workspace.id, first, last, direction);
        let Found { items, is_whole } = part.await?;
        let mut candidates = Candidates { found: Vec::new(), rest: None, is_cut: false };
        if let Some((day, _)) = items.last().filter(|_| !is_whole) {
            let next = if is_newest_first { day.plus_days(-1) } else { day.plus_days(1) };
            candidates.rest = Some(next).filter(|next| (first..=last).contains(next));
        }
        for (_, day) in items {
            candidates.is_cut |= day.is_cut;
            let mut of_day: Vec<_> = day
                .iter()
                .filter(|(id, flagged)| {
                    let reasons = self.judgement.holding(*id, flagged.reasons);
                    let kind = &flagged.kind;
                    span.contains(*id)
                        && !reasons.is_empty()
                        && recorded_by.is_none_or(|moment| flagged.recorded_at <= moment)
                        && filter.may_match(&kind.action, &kind.target_type, kind.outcome)
                })
                .map(|(id, flagged)| {
                    let reasons = self.judgement.holding(id, flagged.reasons);
                    (id, Flagged { reasons, ..flagged.clone() })
                })
                .collect();
            if is_newest_first {
                of_day.reverse();
            }
            candidates.found.extend(of_day);
        }
        Ok(candidates)
    }

    /// The entries of these, in their order, as far as the filter selects them.
    async fn selected(
        &self,
        stretch: Stretch<'_>,
        ids: &[EntryId],
    ) -> Result<Vec<Entry>, StoreError> {
        let Stretch { workspace, filter, .. } = stretch;
        let rows = self.store.rows_of(&workspace.id, ids, Consistency::Eventual).await?;
        let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.entry.id, row)).collect();
        let entries = ids.iter().filter_map(|id| rows.remove(id)).map(|row| row.entry);
        Ok(entries.filter(|entry| filter.matches(entry)).collect())
    }
}

/// Whether the index tells if an unusual entry matches.
fn is_told(filter: &Filter) -> bool {
    !filter.has_index() && !filter.is_searched()
}

impl<S: ReadUnusual + FindRows + Sync> ListEntries for Unusual<'_, S> {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let is_newest_first = direction == Direction::NewestFirst;
        let end = if is_newest_first { stretch.span.high } else { stretch.span.low };
        let mut from = Some(Day::of(end.occurred_at()));
        let mut slice = Slice::default();
        while let Some(day) = from {
            let part = self.part(stretch, direction, day).await?;
            let ids: Vec<EntryId> = part.found.into_iter().map(|(id, _)| id).collect();
            let mut rest = ids.as_slice();
            while !rest.is_empty() {
                let left = most_read.saturating_sub(slice.read).min(ROWS_TOGETHER);
                let missing = wanted - slice.entries.len();
                // If the index tells that all match, no more are read than are wanted.
                let most = if is_told(stretch.filter) { left.min(missing) } else { left };
                if most == 0 {
                    return Ok(slice);
                }
                let (ids, after) = rest.split_at(most.min(rest.len()));
                rest = after;
                slice.read += ids.len();
                slice.stopped_at = ids.last().copied();
                let mut selected = self.selected(stretch, ids).await?;
                if selected.len() > missing {
                    selected.truncate(missing);
                    slice.stopped_at = selected.last().map(|entry| entry.id);
                }
                slice.entries.extend(selected);
                if slice.entries.len() >= wanted {
                    return Ok(slice);
                }
            }
            from = part.rest;
        }
        slice.stopped_at = None;
        Ok(slice)
    }

    async fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> Result<Matches, StoreError> {
        let mut matches = Matches { is_whole: true, ..Matches::default() };
        let mut from = Some(Day::of(stretch.span.high.occurred_at()));
        while let Some(day) = from {
            let part = self.part(stretch, Direction::NewestFirst, day).await?;
            matches.is_whole &= !part.is_cut;
            let ids: Vec<EntryId> = part.found.iter().map(|(id, _)| *id).collect();
            for ids in ids.chunks(ROWS_TOGETHER) {
                let count = if is_told(stretch.filter) {
                    ids.len()
                } else if matches.read >= most_read {
                    return Ok(Matches { is_whole: false, ..matches });
                } else {
                    matches.read += ids.len();
                    self.selected(stretch, ids).await?.len()
                };
                matches.count += u64::try_from(count).unwrap_or(u64::MAX);
                if matches.count > most {
                    return Ok(Matches { is_whole: false, ..matches });
                }
            }
            from = part.rest;
        }
        Ok(matches)
    }
}
