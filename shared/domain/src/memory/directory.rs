//! Reads and keeps the profiles of the directory.

use super::MemoryStore;
use super::script::Call;
use super::size::{read_units, write_units};
use super::state::{ProfileKey, StoredProfile};
use crate::directory::{Followed, MalformedProfile, Profile};
use crate::ports::{Consistency, KeepFollowed, KeepProfiles, Kept, Replacing, StoreError};
use crate::workspace::WorkspaceId;
use std::collections::BTreeMap;

/// Items that one call gets by their keys.
const ITEMS_PER_CALL: usize = 100;
/// What a profile's item weighs besides its bytes: its names, keys and numbers.
const ITEM_BYTES: usize = 110;

impl<P: Profile> KeepProfiles<P> for MemoryStore {
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
            let profile = P::from_bytes(&stored.bytes);
            let profile = profile.map_err(|error| StoreError::Malformed(error.into()))?;
            Ok((key, Kept { profile, version: stored.version }))
        };
        found.into_iter().map(read).collect()
    }

    async fn keep_profile(
        &self,
        workspace: &WorkspaceId,
        key: &P::Key,
        new: &Replacing<P>,
    ) -> Result<bool, StoreError> {
        let refused = |error: MalformedProfile| StoreError::Refused(error.into());
        let bytes = new.profile.to_bytes().map_err(refused)?;
        let version = new.seen.unwrap_or_default() + 1;
        let stored = StoredProfile { version, bytes, delete_at: new.delete_at };
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
}

impl KeepFollowed for MemoryStore {
    async fn followed(&self, workspace: &WorkspaceId) -> Result<Option<Followed>, StoreError> {
        self.look_now(Call::GetFollowed, |view| {
            (view.state.followed.get(view.at, workspace).copied(), read_units(ITEM_BYTES))
        })
        .await
    }

    async fn put_followed(
        &self,
        workspace: &WorkspaceId,
        followed: Followed,
    ) -> Result<(), StoreError> {
        self.change(Call::PutFollowed, |state, at| {
            state.followed.put(at, workspace.clone(), Some(followed));
            Ok(((), write_units(ITEM_BYTES)))
        })
        .await
    }
}

fn key_of<P: Profile>(workspace: &WorkspaceId, key: &P::Key) -> ProfileKey {
    (workspace.clone(), P::KIND, P::key_text(key))
}
