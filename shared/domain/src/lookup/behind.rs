//! Finds the actors behind a filter by email address or IP address, so that the index by actor
//! finds its entries.
//!
//! Every entry is either followed, so that its terms and profiles are stored, or its number is not
//! below the checkpoint, or it has no number yet. Those of the last two kinds are looked at one by
//! one. The checkpoint is read first, and terms and profiles are read strongly consistent; so what
//! is followed meanwhile is found twice, and nothing is missed. Terms and profiles are deleted when
//! the entries that they tell of may be, or later.

use super::Directory;
use crate::counting::recorded_after;
use crate::directory::{Followed, folded};
use crate::entry::ActorKey;
use crate::filter::Filter;
use crate::following::{Step, stored};
use crate::journal::Numbered;
use crate::lookup::LookupStore;
use crate::ports::{ReadSpan, StoreError};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The most actors whose part of the index is read for one page.
const MOST_ACTORS: usize = 8;
/// The most terms, and the most addresses, that are read to find them.
const MOST_READ: usize = 100;
/// If more entries are not followed yet, the directory follows first: looking at 1,000 costs 60
/// RCU, and following them some 450 WCU with the actors of the benchmark.
const MOST_UNFOLLOWED: usize = 1_000;
/// If more than this are not followed, it follows if it has not done so for some time. So a quiet
/// log does not pay 60 RCU for each page.
const FEW_UNFOLLOWED: usize = 100;
const FOLLOWED_EACH_MS: i64 = 5 * 60_000;

impl Directory<'_> {
    /// The actors by whom all visible entries are that a filter selects by email address or by IP
    /// address. There may be more actors than these entries have. `None` means that they are not
    /// known or too many, or that the filter does not ask for such an address alone
    /// ([`Filter::has_directory`]).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn actors_behind<S: LookupStore + ReadSpan>(
        &self,
        store: &S,
        filter: &Filter,
    ) -> Result<Option<BTreeSet<ActorKey>>, StoreError> {
        if !filter.has_directory() {
            return Ok(None);
        }
        let Some(unfollowed) = self.unfollowed(store).await? else { return Ok(None) };
        let by_email = match &filter.actor_email {
            Some(email) => Some(self.actors_with_email(store, email).await?),
            None => None,
        };
        let from_address = match filter.ip_address {
            Some(range) => Some(self.actors_of_addresses(store, range.ends()).await?),
            None => None,
        };
        // Each of them holds all actors of the entries. One that is not known says nothing.
        let known: Vec<_> = [by_email, from_address].into_iter().flatten().flatten().collect();
        let Some((first, others)) = known.split_first() else { return Ok(None) };
        let is_in_all = |actor: &&ActorKey| others.iter().all(|other| other.contains(*actor));
        let mut actors: BTreeSet<_> = first.iter().filter(is_in_all).cloned().collect();
        let entries = stored(store, &self.workspace.id, &unfollowed).await?;
        let selected =
            entries.filter(|entry| filter.matches_email(entry) && filter.matches_address(entry));
        actors.extend(selected.map(|entry| entry.content.actor.key()));
        Ok((actors.len() <= MOST_ACTORS).then_some(actors))
    }

    /// The entries that the directory has not followed. `None` means that they are too many.
    async fn unfollowed<S: LookupStore + ReadSpan>(
        &self,
        store: &S,
    ) -> Result<Option<Vec<Numbered>>, StoreError> {
        let id = &self.workspace.id;
        let unfollowed = self.read_unfollowed(store).await?;
        let lately = store.remembered().followed(id);
        let is_due = lately.is_none_or(|last| last.at.plus_ms(FOLLOWED_EACH_MS) <= self.now);
        match &unfollowed {
            Some(entries) if entries.len() <= FEW_UNFOLLOWED || !is_due => return Ok(unfollowed),
            _ => {}
        }
        self.follow_now(store).await?;
        self.read_unfollowed(store).await
    }

    async fn read_unfollowed<S: LookupStore + ReadSpan>(
        &self,
        store: &S,
    ) -> Result<Option<Vec<Numbered>>, StoreError> {
        let id = &self.workspace.id;
        let from = store.followed(id).await?.unwrap_or(Followed::NOTHING);
        let Step { to, mut entries, .. } = Step::read(store, id, from, MOST_UNFOLLOWED + 1).await?;
        if entries.len() > MOST_UNFOLLOWED {
            return Ok(None);
        }
        let Some(tail) = recorded_after(store, id, to.through, self.now).await? else {
            return Ok(None);
        };
        entries.extend(tail);
        Ok((entries.len() <= MOST_UNFOLLOWED).then_some(entries))
    }

    /// The actors of followed entries with an email address that begins like this one.
    async fn actors_with_email<S: LookupStore>(
        &self,
        store: &S,
        email: &str,
    ) -> Result<Option<BTreeSet<ActorKey>>, StoreError> {
        let term = folded(email);
        if term.is_empty() {
            return Ok(None);
        }
        let found = store.actors_with(&self.workspace.id, &term, MOST_READ).await?;
        Ok(found.is_whole.then(|| found.items.into_iter().collect()))
    }

    /// The actors of followed entries from these addresses.
    async fn actors_of_addresses<S: LookupStore>(
        &self,
        store: &S,
        (first, last): (IpAddr, IpAddr),
    ) -> Result<Option<BTreeSet<ActorKey>>, StoreError> {
        let found = store.addresses(&self.workspace.id, first, last, MOST_READ).await?;
        let are_all = found.is_whole && found.items.iter().all(|(_, of)| !of.actors.is_cut());
        let actors = found.items.iter().flat_map(|(_, profile)| profile.actors.iter().cloned());
        Ok(are_all.then(|| actors.collect()))
    }
}
