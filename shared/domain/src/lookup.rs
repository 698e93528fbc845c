//! Looks up who acted in a workspace, and from which addresses, in its directory.
//!
//! The directory follows the journal only when many entries share the writes. So a lookup lets it
//! follow first, at most every 30 seconds in a process: what was recorded in the last 40 seconds
//! may be missing.

mod behind;
mod judged;

pub use judged::Judged;

use crate::budget::Budget;
use crate::directory::{
    ActorProfile, AddressProfile, Day, Profile, Roster, beginning_with, folded, is_found,
};
use crate::entry::ActorKey;
use crate::following::{Follow, FollowStore, Following, follow};
use crate::plan::GraceDays;
use crate::ports::{Consistency, FindAddresses, KeepProfiles, KeepTerms, RememberLogs, StoreError};
use crate::remembered::FollowedLately;
use crate::sequencing::{SealStore, seal};
use crate::timestamp::Timestamp;
use crate::unusual::Rules;
use crate::workspace::Workspace;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;

/// What the store must do for lookups.
pub trait LookupStore: SealStore + FollowStore + FindAddresses + RememberLogs {}
impl<S: SealStore + FollowStore + FindAddresses + RememberLogs> LookupStore for S {}

/// How often a process lets the directory of a workspace follow.
const FOLLOWED_EACH_MS: i64 = 30_000;
/// The most terms, and the most addresses, that a search reads. The profiles of 200 actors are 100
/// RCU.
const MOST_FOUND: usize = 200;

/// Whose directory is asked, and when.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// How long a lowered plan can be raised again.
    pub grace: GraceDays,
    /// By which rules entries are judged.
    pub rules: &'a Rules,
    /// The current time: what only expired or hidden entries tell is not shown.
    pub now: Timestamp,
}

/// What a search has found, the last seen first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits<K, P> {
    /// Those of the page.
    pub items: Vec<(K, P)>,
    /// How many there are on all pages.
    pub total: usize,
    /// Whether there are not more. Otherwise a longer text finds what is missing.
    pub is_whole: bool,
}

impl<K: Ord, P: Profile> Hits<K, P> {
    fn none() -> Self {
        Self { items: Vec::new(), total: 0, is_whole: true }
    }

    /// A page of all that was found.
    fn of(mut found: Vec<(K, P)>, is_whole: bool, page: Range<usize>) -> Self {
        found.sort_by(last_seen_first);
        let total = found.len();
        let items = found.into_iter().skip(page.start).take(page.len()).collect();
        Self { items, total, is_whole }
    }
}

impl Directory<'_> {
    /// The first moment of which something may be shown.
    #[must_use]
    pub fn visible_from(&self) -> Timestamp {
        self.workspace.visible_from(self.now).unwrap_or(Timestamp::MIN)
    }

    /// The day of that moment.
    #[must_use]
    pub fn visible_day(&self) -> Day {
        Day::of(self.visible_from())
    }

    /// Lets the directory follow what is settled, unless this process has done so lately. Answers
    /// whether it has followed all of it: a log that nobody has followed yet takes several
    /// requests.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn catch_up<S: LookupStore>(&self, store: &S) -> Result<bool, StoreError> {
        let id = &self.workspace.id;
        let lately = store.remembered().followed(id);
        if lately.is_some_and(|lately| lately.at.plus_ms(FOLLOWED_EACH_MS) > self.now) {
            return Ok(true);
        }
        self.follow_now(store).await
    }

    /// Numbers what is settled and lets the directory follow it, as far as a request's budget goes.
    /// Answers whether it has followed all of it.
    async fn follow_now<S: LookupStore>(&self, store: &S) -> Result<bool, StoreError> {
        let (id, budget) = (&self.workspace.id, Budget::of_request());
        let is_sealed = seal(store, id, self.now, &budget).await?.is_finished;
        match follow(store, self.workspace, self.grace, self.rules, Follow::Now, &budget).await {
            Ok(Following { is_finished, next, .. }) if is_sealed && is_finished => {
                store.remembered().has_followed(id, FollowedLately { at: self.now, next });
                Ok(true)
            }
            // Others follow at the same time, and store the same.
            Ok(_) | Err(StoreError::Changed) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The actors of whom a name, from any of its first words on, an email address or the id begins
    /// with a text; without a text, those who were seen last.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn actors<S>(
        &self,
        store: &S,
        search: &str,
        page: Range<usize>,
    ) -> Result<Hits<ActorKey, ActorProfile>, StoreError>
    where
        S: KeepProfiles<ActorProfile> + KeepProfiles<Roster<ActorProfile>> + KeepTerms + Sync,
    {
        if search.trim().is_empty() {
            return self.last_seen(store, page).await;
        }
        let search = folded(search);
        if search.is_empty() {
            return Ok(Hits::none());
        }
        let found = store.actors_with(&self.workspace.id, &search, MOST_FOUND).await?;
        let actors: BTreeSet<_> = found.items.into_iter().collect();
        let actors: Vec<_> = actors.into_iter().collect();
        let day = self.visible_day();
        let mut profiles = self.profiles::<ActorProfile, _>(store, &actors).await?;
        // A term may tell of a name that is not shown any more.
        profiles.retain(|key, profile| {
            profile.seen_since(day).is_some_and(|seen| is_found(key, &seen, &search))
        });
        Ok(Hits::of(profiles.into_iter().collect(), found.is_whole, page))
    }

    /// The addresses whose text begins with another, or that are in the range that it names;
    /// without a text, those from which somebody acted last.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn addresses<S>(
        &self,
        store: &S,
        search: &str,
        page: Range<usize>,
    ) -> Result<Hits<IpAddr, AddressProfile>, StoreError>
    where
        S: KeepProfiles<AddressProfile>
            + KeepProfiles<Roster<AddressProfile>>
            + FindAddresses
            + Sync,
    {
        let search = search.trim().to_lowercase();
        if search.is_empty() {
            return self.last_seen(store, page).await;
        }
        let is_range = search.contains('/');
        let (mut found, mut is_whole) = (Vec::new(), true);
        for (first, last) in beginning_with(&search) {
            let most = MOST_FOUND.saturating_sub(found.len());
            let part = store.addresses(&self.workspace.id, first, last, most).await?;
            is_whole &= part.is_whole;
            found.extend(part.items);
            if found.len() >= MOST_FOUND {
                break;
            }
        }
        found.retain(|(address, profile)| {
            let is_visible = Day::of(profile.last) >= self.visible_day();
            is_visible && (is_range || address.to_string().starts_with(&search))
        });
        Ok(Hits::of(found, is_whole, page))
    }

    /// Those who were seen last.
    async fn last_seen<P: Profile, S>(
        &self,
        store: &S,
        page: Range<usize>,
    ) -> Result<Hits<P::Key, P>, StoreError>
    where
        S: KeepProfiles<P> + KeepProfiles<Roster<P>>,
    {
        let rosters = self.profiles::<Roster<P>, _>(store, &[()]).await?;
        let Some(roster) = rosters.get(&()) else { return Ok(Hits::none()) };
        let from = self.visible_from();
        let keys = roster.since(from);
        let of_page = keys.iter().skip(page.start).take(page.len());
        let of_page: Vec<P::Key> = of_page.map(|key| (*key).clone()).collect();
        let mut items: Vec<_> = self.profiles(store, &of_page).await?.into_iter().collect();
        items.sort_by(last_seen_first);
        Ok(Hits { items, total: keys.len(), is_whole: !roster.is_cut_since(from) })
    }

    /// The profiles of a kind under these keys, as far as they are known.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn profiles<P: Profile, S: KeepProfiles<P>>(
        &self,
        store: &S,
        keys: &[P::Key],
    ) -> Result<BTreeMap<P::Key, P>, StoreError> {
        let found = store.profiles(&self.workspace.id, keys, Consistency::Eventual).await?;
        Ok(found.into_iter().map(|(key, kept)| (key, kept.profile)).collect())
    }
}

/// The order of what is found: by the last entry, the newest first.
fn last_seen_first<K: Ord, P: Profile>((a, of_a): &(K, P), (b, of_b): &(K, P)) -> Ordering {
    of_b.last().cmp(&of_a.last()).then(a.cmp(b))
}

#[cfg(test)]
mod tests;
