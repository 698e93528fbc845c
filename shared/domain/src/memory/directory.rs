//! Reads and keeps the profiles of the directory.

use super::MemoryStore;
use super::script::Call;
use super::size::{read_units, write_units};
use super::state::{ProfileKey, StoredProfile};
use crate::directory::{AddressProfile, Day, Followed, MalformedProfile, Profile};
use crate::entry::ActorKey;
use crate::ports::{
    Consistency, Direction, FindAddresses, Found, KeepFollowed, KeepProfiles, KeepTerms, Kept,
    ReadFollowed, ReadProfiles, ReadUnusual, Replacing, StoreError,
};
use crate::timestamp::Timestamp;
use crate::unusual::UnusualDay;
use crate::workspace::WorkspaceId;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Items that one call gets by their keys.
const ITEMS_PER_CALL: usize = 100;
/// What a profile's item weighs besides its bytes: its names, keys and numbers.
const ITEM_BYTES: usize = 110;
/// The kind of the items with unusual days.
const UNUSUAL: &str = "unusual";
/// Unusual days that one call reads. A real store reads 1 MB.
const DAYS_PER_CALL: usize = 40;
/// What the item of a term weighs besides the term and the id of its actor.
const TERM_BYTES: usize = 120;

impl<P: Profile> ReadProfiles<P> for MemoryStore {
    async fn profiles(
        &self,
        workspace: &WorkspaceId,
        keys: &[P::Key],
        consistency: Consistency,
    ) -> Result<BTreeMap<P::Key, Kept<P>>, StoreError> {
        let mut found = Vec::new();
        for keys in keys.chunks(ITEMS_PER_CALL) {
            let read = self.look(Call::Profiles, consistency == Consistency::Strong, |view| {
                let (mut found, mut units) = (Vec::new(), 0.0);
                for key in keys {
                    let stored = view.state.profiles.get(view.at, &key_of::<P>(workspace, key));
                    // A missing item costs what a small one does.
                    units += read_units(stored.map_or(0, |it| ITEM_BYTES + it.bytes.len()));
                    found.extend(stored.map(|stored| (key.clone(), stored.clone())));
                }
                (found, units)
            });
            found.extend(read.await?);
        }
        let read = |(key, stored): (P::Key, StoredProfile)| {
            let profile = read_profile(&stored.bytes)?;
            Ok((key, Kept { profile, version: stored.version, ends: stored.ends }))
        };
        found.into_iter().map(read).collect()
    }
}

impl<P: Profile> KeepProfiles<P> for MemoryStore {
    async fn keep_profile(
        &self,
        workspace: &WorkspaceId,
        key: &P::Key,
        new: &Replacing<P>,
    ) -> Result<bool, StoreError> {
        let refused = |error: MalformedProfile| StoreError::Refused(error.into());
        let bytes = new.profile.to_bytes().map_err(refused)?;
        let version = new.seen.unwrap_or_default() + 1;
        let stored = StoredProfile { version, bytes, ends: new.ends };
        let key = key_of::<P>(workspace, key);
        self.change(Call::KeepProfile, |state, at| {
            // The profile is the one that was read.
            if state.profiles.get(at, &key).map(|stored| stored.version) != new.seen {
                return Ok((false, 0.0));
            }
            state.profiles.put(at, key.clone(), Some(stored.clone()));
            Ok((true, write_units(ITEM_BYTES + stored.bytes.len())))
        })
        .await
    }

    async fn keep_judged(
        &self,
        workspace: &WorkspaceId,
        profiles: &[(P::Key, Replacing<P>)],
        days: &[(Day, Replacing<UnusualDay>)],
    ) -> Result<bool, StoreError> {
        let mut writes = Vec::new();
        for (key, new) in profiles {
            let bytes = new.profile.to_bytes();
            let bytes = bytes.map_err(|error| StoreError::Refused(error.into()))?;
            writes.push((key_of::<P>(workspace, key), new.seen, bytes, new.ends));
        }
        for (day, new) in days {
            let bytes = new.profile.to_bytes(*day);
            let bytes = bytes.map_err(|error| StoreError::Refused(error.into()))?;
            writes.push((day_key(workspace, *day), new.seen, bytes, new.ends));
        }
        self.change(Call::KeepJudged, |state, at| {
            let version = |key| state.profiles.get(at, key).map(|stored| stored.version);
            // All are those that were read.
            if writes.iter().any(|(key, seen, ..)| version(key) != *seen) {
                return Ok((false, 0.0));
            }
            let mut units = 0.0;
            for (key, seen, bytes, ends) in &writes {
                let version = seen.unwrap_or_default() + 1;
                let stored = StoredProfile { version, bytes: bytes.clone(), ends: *ends };
                state.profiles.put(at, key.clone(), Some(stored));
                // A transaction writes each item twice.
                units += 2.0 * write_units(ITEM_BYTES + bytes.len());
            }
            Ok((true, units))
        })
        .await
    }
}

impl ReadUnusual for MemoryStore {
    async fn unusual_on(
        &self,
        workspace: &WorkspaceId,
        days: &[Day],
        consistency: Consistency,
    ) -> Result<BTreeMap<Day, Kept<UnusualDay>>, StoreError> {
        let mut found = BTreeMap::new();
        for days in days.chunks(ITEMS_PER_CALL) {
            let read = self.look(Call::UnusualDays, consistency == Consistency::Strong, |view| {
                let (mut found, mut units) = (Vec::new(), 0.0);
                for day in days {
                    let stored = view.state.profiles.get(view.at, &day_key(workspace, *day));
                    units += read_units(stored.map_or(0, |it| ITEM_BYTES + it.bytes.len()));
                    found.extend(stored.map(|stored| (*day, stored.clone())));
                }
                (found, units)
            });
            for (day, StoredProfile { version, bytes, ends }) in read.await? {
                let profile = read_day(day, &bytes)?;
                found.insert(day, Kept { profile, version, ends });
            }
        }
        Ok(found)
    }

    async fn unusual_between(
        &self,
        workspace: &WorkspaceId,
        first: Day,
        last: Day,
        direction: Direction,
    ) -> Result<Found<(Day, UnusualDay)>, StoreError> {
        let found = self.look(Call::UnusualDays, false, |view| {
            let all = view.state.profiles.iter(view.at);
            let mut found: Vec<_> = all
                .filter(|((of, kind, _), _)| of == workspace && *kind == UNUSUAL)
                .filter_map(|((_, _, text), stored)| {
                    let day = Day::parse(text).filter(|day| (first..=last).contains(day))?;
                    Some((day, stored.bytes.clone()))
                })
                .collect();
            if direction == Direction::NewestFirst {
                found.reverse();
            }
            let is_whole = found.len() <= DAYS_PER_CALL;
            found.truncate(DAYS_PER_CALL);
            let bytes = found.iter().map(|(_, bytes)| ITEM_BYTES + bytes.len()).sum();
            (Found { items: found, is_whole }, read_units(bytes))
        });
        let Found { items, is_whole } = found.await?;
        let items = items.into_iter().map(|(day, bytes)| Ok((day, read_day(day, &bytes)?)));
        Ok(Found { items: items.collect::<Result<_, StoreError>>()?, is_whole })
    }
}

fn day_key(workspace: &WorkspaceId, day: Day) -> ProfileKey {
    (workspace.clone(), UNUSUAL, day.to_string())
}

fn read_day(day: Day, bytes: &[u8]) -> Result<UnusualDay, StoreError> {
    UnusualDay::from_bytes(day, bytes).map_err(|error| StoreError::Malformed(error.into()))
}

impl KeepTerms for MemoryStore {
    async fn put_term(
        &self,
        workspace: &WorkspaceId,
        term: &str,
        actor: &ActorKey,
        delete_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let key = (workspace.clone(), (term.to_owned(), actor.clone()));
        self.change(Call::PutTerm, |state, at| {
            state.terms.put(at, key.clone(), Some(delete_at));
            Ok(((), write_units(TERM_BYTES + term.len() + actor.id.len())))
        })
        .await
    }

    async fn actors_with(
        &self,
        workspace: &WorkspaceId,
        beginning: &str,
        most: usize,
    ) -> Result<Found<ActorKey>, StoreError> {
        self.look(Call::FindTerms, true, |view| {
            let all = view.state.terms.iter(view.at).map(|(key, _)| key);
            let of_this =
                all.filter(|(of, (text, _))| of == workspace && text.starts_with(beginning));
            let found: Vec<_> = of_this.take(most).map(|(_, term)| term).collect();
            let bytes = found.iter().map(|(text, actor)| TERM_BYTES + text.len() + actor.id.len());
            let units = read_units(bytes.sum());
            let is_whole = found.len() < most;
            let items = found.into_iter().map(|(_, actor)| actor.clone()).collect();
            // A query that its limit stopped does not know whether more follows.
            (Found { items, is_whole }, units)
        })
        .await
    }
}

impl FindAddresses for MemoryStore {
    async fn addresses(
        &self,
        workspace: &WorkspaceId,
        first: IpAddr,
        last: IpAddr,
        most: usize,
    ) -> Result<Found<(IpAddr, AddressProfile)>, StoreError> {
        let [first, last] = [first, last].map(|end| AddressProfile::key_text(&end));
        let found = self.look(Call::FindAddresses, true, |view| {
            let all = view.state.profiles.iter(view.at);
            let mut found: Vec<_> = all
                .filter(|((of, kind, _), _)| of == workspace && *kind == AddressProfile::KIND)
                .filter(|((_, _, text), _)| (&first..=&last).contains(&text))
                .map(|((_, _, text), stored)| (text.clone(), stored.bytes.clone()))
                .collect();
            found.truncate(most);
            let is_whole = found.len() < most;
            let bytes = found.iter().map(|(_, bytes)| ITEM_BYTES + bytes.len()).sum();
            (Found { items: found, is_whole }, read_units(bytes))
        });
        let Found { items, is_whole } = found.await?;
        let items = items.into_iter().map(|(text, bytes)| {
            let address = AddressProfile::key_of(&text);
            let address = address.ok_or_else(|| StoreError::Malformed(MalformedProfile.into()))?;
            Ok((address, read_profile(&bytes)?))
        });
        Ok(Found { items: items.collect::<Result<_, StoreError>>()?, is_whole })
    }
}

impl ReadFollowed for MemoryStore {
    async fn followed(&self, workspace: &WorkspaceId) -> Result<Option<Followed>, StoreError> {
        self.look_now(Call::GetFollowed, |view| {
            (view.state.followed.get(view.at, workspace).copied(), read_units(ITEM_BYTES))
        })
        .await
    }
}

impl KeepFollowed for MemoryStore {
    async fn put_followed(
        &self,
        workspace: &WorkspaceId,
        before: Option<Followed>,
        after: Followed,
    ) -> Result<bool, StoreError> {
        let lock = |followed: Followed| (followed.generation, followed.next);
        self.change(Call::PutFollowed, |state, at| {
            let stored = state.followed.get(at, workspace).copied();
            if stored.map(lock) != before.map(lock) {
                return Ok((false, 0.0));
            }
            state.followed.put(at, workspace.clone(), Some(after));
            Ok((true, write_units(ITEM_BYTES)))
        })
        .await
    }
}

fn read_profile<P: Profile>(bytes: &[u8]) -> Result<P, StoreError> {
    P::from_bytes(bytes).map_err(|error| StoreError::Malformed(error.into()))
}

fn key_of<P: Profile>(workspace: &WorkspaceId, key: &P::Key) -> ProfileKey {
    (workspace.clone(), P::KIND, P::key_text(key))
}
