//! Follows the journal with the directory: adds what entries say about their actors and addresses
//! to the profiles of these actors and addresses.
//!
//! The order does not matter. Adding an entry to a profile is idempotent and commutative
//! ([`crate::directory`]). So a follower that is killed, races with another, or continues from an
//! old checkpoint makes the same profiles. A profile that is deleted is made again by following
//! from the first entry on.
//!
//! With the profile of an actor changes what is unusual of its entries ([`crate::unusual`]). Both
//! are stored in one transaction.

use crate::budget::Budget;
use crate::directory::{
    ActorProfile, AddressProfile, Day, Followed, Profile, Roster, Sighting, Term,
};
use crate::entry;
use crate::feed::rows_of_numbered;
use crate::identity::EntryId;
use crate::journal::Numbered;
use crate::plan::GraceDays;
use crate::ports::{
    Consistency, Ends, FindRows, KeepFollowed, KeepProfiles, KeepTerms, Kept, Metered, ReadJournal,
    ReadProfiles, ReadUnusual, Replacing, StoreError,
};
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use crate::unusual::{Change, Flagged, Judged, Rules, UnusualDay};
use crate::workspace::{Workspace, WorkspaceId};
use futures::{StreamExt, TryStreamExt};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What the store must do to follow.
pub trait FollowStore:
    Metered
    + ReadJournal
    + FindRows
    + KeepFollowed
    + KeepProfiles<ActorProfile>
    + KeepProfiles<AddressProfile>
    + KeepProfiles<Roster<ActorProfile>>
    + KeepProfiles<Roster<AddressProfile>>
    + KeepTerms
    + ReadUnusual
    + Sync
{
}
impl<S> FollowStore for S where
    S: Metered
        + ReadJournal
        + FindRows
        + KeepFollowed
        + KeepProfiles<ActorProfile>
        + KeepProfiles<AddressProfile>
        + KeepProfiles<Roster<ActorProfile>>
        + KeepProfiles<Roster<AddressProfile>>
        + KeepTerms
        + ReadUnusual
        + Sync
{
}

/// Entries of one step, so that memory is bounded however much is to be followed. Entries of a step
/// share the writes of their actors and addresses: of 8,000 entries by 200 actors from 256
/// addresses, a step writes 200 profiles of 3 KB and 256 of 1 KB, or 0.107 WCU an entry.
pub const STEP_ENTRIES: usize = 8_000;
/// Profiles that are read with one call.
const PROFILES_TOGETHER: usize = 100;
/// Profiles written at the same time.
const CONCURRENT_WRITES: usize = 16;
/// Terms are stored to live so many days longer than the profile, and again when they would end
/// before it. So an actor that acts each day has its terms stored once in that time.
const TERMS_LONGER_DAYS: i64 = 14;
/// Profiles that are stored in one transaction with what has become unusual.
const JUDGED_TOGETHER: usize = 25;
/// Unusual days that are stored in one transaction. With the profiles, they are at most 100 items.
const DAYS_TOGETHER: usize = 60;
/// How often a profile is read again after somebody else has stored it.
const TRIES: usize = 4;

/// When to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// If a whole step of entries is there, which share their writes.
    WhenItPays,
    /// In any case, all that has a number.
    Now,
}

/// What was followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Following {
    /// How many entries were added, whether they were new to the profiles or not.
    pub entries: u64,
    /// How many profiles were stored.
    pub profiles: u64,
    /// Whether nothing is left that is to be added. Otherwise the budget was spent.
    pub is_finished: bool,
    /// The number up to which every entry was added, exclusive.
    pub next: u64,
}

/// Adds the entries that have a number and were not added yet.
///
/// 1. Read the checkpoint, and the segments from it on.
/// 2. Read their entries. What is absent is read again, strongly consistent; what is still absent
///    has expired.
/// 3. Read the profiles of their actors and addresses, merge, and store those that changed, on the
///    condition that each is still the one that was read. Otherwise read it again. If other entries
///    of an actor have become unusual, or some are not any more, the same transaction stores the
///    days that hold them.
/// 4. Store the checkpoint, on the condition that it is still the one that was read. So a follower
///    that began before the directory was begun again does not move it.
///
/// Stopped anywhere, it is done again, and adds nothing twice because adding is idempotent.
///
/// # Errors
/// When the store fails; [`StoreError::Changed`] when another follower was faster.
pub async fn follow<S: FollowStore>(
    store: &S,
    workspace: &Workspace,
    grace: GraceDays,
    rules: &Rules,
    when: Follow,
    budget: &Budget,
) -> Result<Following, StoreError> {
    let mut following = Following::default();
    let mut checkpoint = store.followed(&workspace.id).await?;
    loop {
        let from = checkpoint.unwrap_or(Followed::NOTHING);
        following.next = from.next;
        let step = Step::read(store, &workspace.id, from, STEP_ENTRIES).await?;
        let is_worth_it = when == Follow::Now || step.entries.len() >= STEP_ENTRIES;
        if step.entries.is_empty() || !is_worth_it {
            return Ok(Following { is_finished: true, ..following });
        }
        let sightings = step.sightings(store, &workspace.id, rules).await?;
        let writer = Writer { store, workspace, grace, rules, sightings: by_id(&sightings) };
        following.profiles += writer.add(news::<ActorProfile>(&sightings)).await?;
        following.profiles += writer.add(news::<AddressProfile>(&sightings)).await?;
        following.profiles += writer.add(news::<Roster<ActorProfile>>(&sightings)).await?;
        following.profiles += writer.add(news::<Roster<AddressProfile>>(&sightings)).await?;
        let first = sightings.iter().map(Sighting::at).chain(from.first).min();
        let to = Followed { first, ..step.to };
        if !store.put_followed(&workspace.id, checkpoint, to).await? {
            // Another follower was faster, or the directory was begun again.
            return Err(StoreError::Changed);
        }
        checkpoint = Some(to);
        following.next = step.to.next;
        following.entries += u64::try_from(step.entries.len()).unwrap_or(u64::MAX);
        if budget.is_spent(store) {
            return Ok(following);
        }
    }
}

/// Segments that are followed together.
pub(crate) struct Step {
    /// The checkpoint after.
    pub(crate) to: Followed,
    /// The sequence number of the first entry. The others follow without a gap.
    first: u64,
    pub(crate) entries: Vec<Numbered>,
}

impl Step {
    /// Reads the segments after a checkpoint until there are `enough` entries, or to the end.
    pub(crate) async fn read<S: ReadJournal>(
        store: &S,
        workspace: &WorkspaceId,
        from: Followed,
        enough: usize,
    ) -> Result<Self, StoreError> {
        let mut step = Self { to: from, first: from.next, entries: Vec::new() };
        while step.entries.len() < enough {
            let through = step.to.through;
            let page = store.segments(workspace, through, usize::MAX, Consistency::Strong).await?;
            let is_end = page.stopped_at.is_none();
            for segment in page.items {
                let (next, through) = (segment.next(), segment.through);
                step.to = Followed { next, through, ..step.to };
                step.entries.extend(segment.entries);
                if step.entries.len() >= enough {
                    break;
                }
            }
            if is_end {
                break;
            }
        }
        Ok(step)
    }

    /// What its entries tell, in the order of their sequence numbers.
    async fn sightings<S: FindRows + Sync>(
        &self,
        store: &S,
        workspace: &WorkspaceId,
        rules: &Rules,
    ) -> Result<Vec<Sighting>, StoreError> {
        let entries = stored(store, workspace, &self.entries).await?;
        let entries: BTreeMap<EntryId, entry::Entry> =
            entries.map(|entry| (entry.id, entry)).collect();
        let numbered = (self.first..).zip(&self.entries);
        Ok(numbered
            .filter_map(|(number, of)| Some(rules.sighting(entries.get(&of.id)?, number)))
            .collect())
    }
}

fn by_id(sightings: &[Sighting]) -> BTreeMap<EntryId, &Sighting> {
    sightings.iter().map(|sighting| (sighting.id, sighting)).collect()
}

/// These entries without their values, as far as they are there.
pub(crate) async fn stored<S: FindRows + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    entries: &[Numbered],
) -> Result<impl Iterator<Item = entry::Entry>, StoreError> {
    let wanted: Vec<&Numbered> = entries.iter().collect();
    let mut rows = rows_of_numbered(store, workspace, &wanted).await?;
    let ids = entries.iter().map(|entry| entry.id);
    let absent: Vec<_> = ids.filter(|id| !rows.contains_key(id)).collect();
    let again = store.rows_of(workspace, &absent, Consistency::Strong).await?;
    rows.extend(again.into_iter().map(|row| (row.entry.id, row)));
    Ok(rows.into_values().map(|row| row.entry))
}

/// Has the directory follow again from the first entry on. Profiles and terms stay.
///
/// # Errors
/// When the store fails, or others move the checkpoint at each try.
pub async fn begin_again<S: KeepFollowed>(
    store: &S,
    workspace: &WorkspaceId,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let before = store.followed(workspace).await?;
        let after = before.unwrap_or(Followed::NOTHING).begun_again();
        if store.put_followed(workspace, before, after).await? {
            return Ok(());
        }
    }
    Err(StoreError::Changed)
}

/// What entries tell of an actor, or of another whose profile is kept.
struct New<'a, P: Profile> {
    profile: P,
    /// The entries, in the order of their sequence numbers.
    sightings: Vec<&'a Sighting>,
    /// All terms. A profile keeps a few names, and each of these entries may have another one.
    terms: BTreeSet<Term>,
}

/// What the entries tell, by the keys of the profiles.
fn news<P: Profile>(sightings: &[Sighting]) -> BTreeMap<P::Key, New<'_, P>> {
    let mut news = BTreeMap::<P::Key, New<'_, P>>::new();
    for sighting in sightings {
        let Some((key, profile)) = P::seen_in(sighting) else { continue };
        let terms = profile.terms(&key);
        match news.entry(key) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.profile.merge(&profile);
                known.terms.extend(terms);
                known.sightings.push(sighting);
            }
            Entry::Vacant(place) => {
                place.insert(New { profile, terms, sightings: vec![sighting] });
            }
        }
    }
    news
}

/// Adds profiles to those that are stored.
struct Writer<'a, S> {
    store: &'a S,
    workspace: &'a Workspace,
    grace: GraceDays,
    rules: &'a Rules,
    /// The entries of the step.
    sightings: BTreeMap<EntryId, &'a Sighting>,
}

/// A profile that is to be stored.
struct Merged<P> {
    replacing: Replacing<P>,
    /// The terms to be stored before.
    terms: BTreeSet<Term>,
    /// What has become unusual, or is not any more.
    changes: Vec<Change>,
}

/// Profiles with what is new to them, by their keys.
type All<'a, P> = Vec<(<P as Profile>::Key, New<'a, P>)>;

impl<S: FollowStore> Writer<'_, S> {
    /// Adds profiles, and returns how many were stored.
    async fn add<P: Judged>(&self, new: BTreeMap<P::Key, New<'_, P>>) -> Result<u64, StoreError>
    where
        S: KeepProfiles<P>,
    {
        let (mut rest, mut stored): (Vec<_>, u64) = (new.into_iter().collect(), 0);
        while !rest.is_empty() {
            let mut left: Vec<_> = rest.drain(..PROFILES_TOGETHER.min(rest.len())).collect();
            let mut tries = 0;
            while !left.is_empty() {
                if tries == TRIES {
                    return Err(StoreError::Changed);
                }
                tries += 1;
                let (kept, others) = self.add_once(left).await?;
                stored += kept;
                left = others;
            }
        }
        Ok(stored)
    }

    /// Adds profiles to those that are stored now. Returns how many it stored, and the profiles
    /// that another follower has stored in between.
    async fn add_once<'n, P: Judged>(
        &self,
        new: All<'n, P>,
    ) -> Result<(u64, All<'n, P>), StoreError>
    where
        S: KeepProfiles<P>,
    {
        let (store, workspace) = (self.store, &self.workspace.id);
        let keys: Vec<_> = new.iter().map(|(key, _)| key.clone()).collect();
        let stored = ReadProfiles::<P>::profiles(store, workspace, &keys, Consistency::Strong);
        let mut known = stored.await?;
        let changed = new.into_iter().filter_map(|(key, new)| {
            let known = known.remove(&key);
            Some((self.merged(known, &key, &new)?, key, new))
        });
        let (judged, others): (Vec<_>, Vec<_>) =
            changed.partition(|(merged, ..)| !merged.changes.is_empty());
        let mut writes = Vec::new();
        for (merged, key, new) in others {
            writes.push(self.keep(merged, key, new));
        }
        let mut writes: Vec<_> =
            futures::stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).try_collect().await?;
        // One after another, because they share their days.
        let mut judged = judged.into_iter().peekable();
        while judged.peek().is_some() {
            writes.push(self.keep_judged(judged.by_ref().take(JUDGED_TOGETHER)).await?);
        }
        let (kept, others): (Vec<_>, Vec<_>) =
            writes.into_iter().partition(|(is_kept, _)| *is_kept);
        let kept = kept.iter().map(|(_, profiles)| profiles.len()).sum::<usize>();
        let others = others.into_iter().flat_map(|(_, others)| others).collect();
        Ok((u64::try_from(kept).unwrap_or(u64::MAX), others))
    }

    /// Stores a profile of which nothing has become unusual. Answers whether it did, and the
    /// profile.
    async fn keep<'n, P: Judged>(
        &self,
        merged: Merged<P>,
        key: P::Key,
        new: New<'n, P>,
    ) -> Result<(bool, All<'n, P>), StoreError>
    where
        S: KeepProfiles<P>,
    {
        self.put_terms(&merged).await?;
        let is_kept = self.store.keep_profile(&self.workspace.id, &key, &merged.replacing).await?;
        Ok((is_kept, vec![(key, new)]))
    }

    /// Stores the terms of a profile: before the profile, which tells that they are stored.
    async fn put_terms<P>(&self, merged: &Merged<P>) -> Result<(), StoreError> {
        for (term, actor) in &merged.terms {
            let end = merged.replacing.ends.terms;
            self.store.put_term(&self.workspace.id, term, actor, end).await?;
        }
        Ok(())
    }

    /// Stores profiles with the days that hold what has become unusual. Answers whether it did, and
    /// the profiles.
    async fn keep_judged<'n, P: Judged>(
        &self,
        judged: impl Iterator<Item = (Merged<P>, P::Key, New<'n, P>)>,
    ) -> Result<(bool, All<'n, P>), StoreError>
    where
        S: KeepProfiles<P>,
    {
        let (mut profiles, mut all, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        for (merged, key, new) in judged {
            self.put_terms(&merged).await?;
            profiles.push((key.clone(), merged.replacing));
            changes.extend(merged.changes);
            all.push((key, new));
        }
        let days = self.days(&changes).await?;
        let mut parts = days.chunks(DAYS_TOGETHER).peekable();
        while let Some(part) = parts.next() {
            // The profiles come last: if this is stopped before, it is all done again.
            let profiles = if parts.peek().is_none() { profiles.as_slice() } else { &[] };
            if !self.store.keep_judged(&self.workspace.id, profiles, part).await? {
                return Ok((false, all));
            }
        }
        Ok((true, all))
    }

    /// The days that hold these entries, with what has changed.
    async fn days(
        &self,
        changes: &[Change],
    ) -> Result<Vec<(Day, Replacing<UnusualDay>)>, StoreError> {
        let id = &self.workspace.id;
        let day_of = |change: &Change| Day::of(change.id.occurred_at());
        let days: BTreeSet<Day> = changes.iter().map(day_of).collect();
        let days: Vec<Day> = days.into_iter().collect();
        let known = self.store.unusual_on(id, &days, Consistency::Strong).await?;
        let mut new: BTreeMap<Day, Replacing<UnusualDay>> = days
            .into_iter()
            .map(|day| {
                let known = known.get(&day);
                let end = self.workspace.plan.delete_at(day.end(), self.grace);
                let ends = Ends { profile: end.map(Timestamp::start_of_second), terms: None };
                let profile = known.map(|known| known.profile.clone()).unwrap_or_default();
                (day, Replacing { profile, seen: known.map(|known| known.version), ends })
            })
            .collect();
        let entries = self.entries(changes).await?;
        for change in changes {
            let Some(day) = new.get_mut(&day_of(change)) else { continue };
            day.profile.remove(change.id, change.removed.iter());
            // An entry that has expired is of no interest any more.
            let Some((kind, recorded_at)) = entries.get(&change.id).cloned() else { continue };
            if !change.added.is_empty() {
                let flagged = Flagged { reasons: change.added, kind, recorded_at };
                day.profile.add(change.id, flagged);
            }
        }
        Ok(new.into_iter().collect())
    }

    /// The kind of each of these entries, and when it was recorded. Those of the step are known. A
    /// late entry may make others unusual that came before the step.
    async fn entries(
        &self,
        changes: &[Change],
    ) -> Result<BTreeMap<EntryId, (Cell, Timestamp)>, StoreError> {
        let added = changes.iter().filter(|change| !change.added.is_empty());
        let (known, others): (Vec<_>, Vec<_>) =
            added.map(|change| change.id).partition(|id| self.sightings.contains_key(id));
        let rows = self.store.rows_of(&self.workspace.id, &others, Consistency::Strong).await?;
        let rows = rows.into_iter().map(|row| {
            let entry = row.entry;
            (entry.id, (Cell::of(&entry), entry.journal_time()))
        });
        let known = known.into_iter().filter_map(|id| {
            let sighting = self.sightings.get(&id)?;
            Some((id, (sighting.kind.clone(), sighting.recorded_at)))
        });
        Ok(rows.chain(known).collect())
    }

    /// The stored profile with what is new, and what is to be stored with it. `None` means that
    /// there is nothing new, and that it ends when it should.
    fn merged<P: Judged>(
        &self,
        known: Option<Kept<P>>,
        key: &P::Key,
        new: &New<'_, P>,
    ) -> Option<Merged<P>> {
        let limits = &self.rules.thresholds;
        let Some(Kept { profile: known, version, ends }) = known else {
            let mut profile = new.profile.clone();
            profile.count(&new.sightings);
            let ends = self.ends(&profile, None);
            let changes = P::changes(None, &profile, limits);
            profile.settle();
            let replacing = Replacing { profile, seen: None, ends };
            return Some(Merged { replacing, terms: new.terms.clone(), changes });
        };
        let mut merged = known.clone();
        merged.merge(&new.profile);
        merged.count(&new.sightings);
        let ends_now = self.ends(&merged, Some(ends));
        let mut changes = P::changes(Some(&known), &merged, limits);
        let all = P::changes(None, &merged, limits);
        merged.settle();
        let mut terms = &merged.terms(key) | &new.terms;
        if ends_now.terms == ends.terms {
            let stored = known.terms(key);
            terms.retain(|term| !stored.contains(term));
        }
        // A profile that keeps nothing of an entry may still lack its terms.
        if merged == known && ends_now == ends && terms.is_empty() {
            return None;
        }
        // If the plan has changed since, all unusual days live for another time.
        let is_same_plan = self.ends(&known, Some(ends)).profile == ends.profile;
        if !is_same_plan {
            changes.retain(|change| !change.removed.is_empty());
            changes.extend(all);
        }
        let replacing = Replacing { profile: merged, seen: Some(version), ends: ends_now };
        Some(Merged { replacing, terms, changes })
    }

    /// When the items of a profile end. Terms that end late enough are left as they are.
    fn ends<P: Profile>(&self, profile: &P, before: Option<Ends>) -> Ends {
        let end = self.workspace.plan.delete_at(profile.last(), self.grace);
        let end = end.map(Timestamp::start_of_second);
        let longest = end.map(|end| end.plus_days(TERMS_LONGER_DAYS));
        let is_kept = |terms: Option<Timestamp>| end <= terms && terms <= longest;
        let terms = before.map(|before| before.terms).filter(|terms| is_kept(*terms));
        Ends { profile: end, terms: terms.unwrap_or(longest) }
    }
}

#[cfg(test)]
mod tests;
