//! Follows the journal with the directory: adds what entries say about their actors and addresses
//! to the profiles of these actors and addresses.
//!
//! The order does not matter. Adding an entry to a profile is idempotent and commutative
//! ([`crate::directory`]). So a follower that is killed, races with another, or continues from an
//! old checkpoint makes the same profiles. A profile that is deleted is made again by following
//! from the first entry on.

use crate::budget::Budget;
use crate::directory::{ActorProfile, AddressProfile, Followed, Profile, Roster, Sighting, Term};
use crate::entry;
use crate::feed::rows_of_numbered;
use crate::journal::Numbered;
use crate::plan::GraceDays;
use crate::ports::{
    Consistency, Ends, FindRows, KeepFollowed, KeepProfiles, KeepTerms, Kept, Metered, ReadJournal,
    Replacing, StoreError,
};
use crate::timestamp::Timestamp;
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
        + Sync
{
}

/// Entries of one step, so that memory is bounded however much is to be followed. Entries of a step
/// share the writes of their actors and addresses: of 4,000 entries by 200 actors from 256
/// addresses, a step writes 456 profiles of 1 KB, or 0.114 WCU an entry.
pub const STEP_ENTRIES: usize = 4_000;
/// Profiles that are read with one call.
const PROFILES_TOGETHER: usize = 100;
/// Profiles written at the same time.
const CONCURRENT_WRITES: usize = 16;
/// Terms are stored to live so many days longer than the profile, and again when they would end
/// before it. So an actor that acts each day has its terms stored once in that time.
const TERMS_LONGER_DAYS: i64 = 14;
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
///    condition that each is still the one that was read. Otherwise read it again.
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
        let entries = stored(store, &workspace.id, &step.entries).await?;
        let sightings: Vec<_> = entries.map(|entry| Sighting::of(&entry)).collect();
        let writer = Writer { store, workspace, grace };
        following.profiles += writer.add(news::<ActorProfile>(&sightings)).await?;
        following.profiles += writer.add(news::<AddressProfile>(&sightings)).await?;
        following.profiles += writer.add(news::<Roster<ActorProfile>>(&sightings)).await?;
        following.profiles += writer.add(news::<Roster<AddressProfile>>(&sightings)).await?;
        if !store.put_followed(&workspace.id, checkpoint, step.to).await? {
            // Another follower was faster, or the directory was begun again.
            return Err(StoreError::Changed);
        }
        checkpoint = Some(step.to);
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
        let mut step = Self { to: from, entries: Vec::new() };
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
struct New<P: Profile> {
    profile: P,
    /// All terms. A profile keeps a few names, and each of these entries may have another one.
    terms: BTreeSet<Term>,
}

/// What the entries tell, by the keys of the profiles.
fn news<P: Profile>(sightings: &[Sighting]) -> BTreeMap<P::Key, New<P>> {
    let mut news = BTreeMap::<P::Key, New<P>>::new();
    for (key, profile) in sightings.iter().filter_map(P::seen_in) {
        let terms = profile.terms(&key);
        match news.entry(key) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.profile.merge(&profile);
                known.terms.extend(terms);
            }
            Entry::Vacant(place) => drop(place.insert(New { profile, terms })),
        }
    }
    news
}

/// Adds profiles to those that are stored.
struct Writer<'a, S> {
    store: &'a S,
    workspace: &'a Workspace,
    grace: GraceDays,
}

impl<S: FollowStore> Writer<'_, S> {
    /// Adds profiles, and returns how many were stored.
    async fn add<P: Profile>(&self, new: BTreeMap<P::Key, New<P>>) -> Result<u64, StoreError>
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
    async fn add_once<P: Profile>(
        &self,
        new: Vec<(P::Key, New<P>)>,
    ) -> Result<(u64, Vec<(P::Key, New<P>)>), StoreError>
    where
        S: KeepProfiles<P>,
    {
        let (store, workspace) = (self.store, &self.workspace.id);
        let keys: Vec<_> = new.iter().map(|(key, _)| key.clone()).collect();
        let stored = KeepProfiles::<P>::profiles(store, workspace, &keys, Consistency::Strong);
        let mut known = stored.await?;
        let changed = new.into_iter().filter_map(|(key, new)| {
            let known = known.remove(&key);
            Some((self.merged(known, &key, &new)?, key, new))
        });
        let writes = changed.map(|((replacing, terms), key, new)| async move {
            // Before the profile, which tells that they are stored.
            for (term, actor) in &terms {
                store.put_term(workspace, term, actor, replacing.ends.terms).await?;
            }
            let is_kept = store.keep_profile(workspace, &key, &replacing).await?;
            Ok::<_, StoreError>((is_kept, (key, new)))
        });
        let writes: Vec<_> =
            futures::stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).try_collect().await?;
        let (kept, others): (Vec<_>, Vec<_>) =
            writes.into_iter().partition(|(is_kept, _)| *is_kept);
        let others = others.into_iter().map(|(_, other)| other).collect();
        Ok((u64::try_from(kept.len()).unwrap_or(u64::MAX), others))
    }

    /// The stored profile with what is new, and the terms to be stored. `None` means that there is
    /// nothing new, and that it ends when it should.
    fn merged<P: Profile>(
        &self,
        known: Option<Kept<P>>,
        key: &P::Key,
        new: &New<P>,
    ) -> Option<(Replacing<P>, BTreeSet<Term>)> {
        let New { profile, terms } = new;
        let Some(Kept { profile: known, version, ends }) = known else {
            let ends = self.ends(profile, None);
            return Some((Replacing { profile: profile.clone(), seen: None, ends }, terms.clone()));
        };
        let mut merged = known.clone();
        merged.merge(profile);
        let ends_now = self.ends(&merged, Some(ends));
        let mut terms = &merged.terms(key) | terms;
        if ends_now.terms == ends.terms {
            let stored = known.terms(key);
            terms.retain(|term| !stored.contains(term));
        }
        // A profile that keeps nothing of an entry may still lack its terms.
        if merged == known && ends_now == ends && terms.is_empty() {
            return None;
        }
        Some((Replacing { profile: merged, seen: Some(version), ends: ends_now }, terms))
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
