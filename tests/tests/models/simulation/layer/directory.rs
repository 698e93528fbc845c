//! The directory. No history here has enough entries for it; a change of plan has it begin again.

use super::{Layer, answered};
use crate::simulation::gate::Purpose;
use domain::directory::{AddressProfile, Day, Followed, Profile};
use domain::entry::ActorKey;
use domain::ports::{
    Consistency, Direction, FindAddresses, Found, KeepFollowed, KeepProfiles, KeepTerms, Kept,
    ReadFollowed, ReadProfiles, ReadUnusual, Replacing, StoreError,
};
use domain::timestamp::Timestamp;
use domain::unusual::UnusualDay;
use domain::workspace::WorkspaceId;
use std::collections::BTreeMap;
use std::net::IpAddr;

impl<P: Profile> ReadProfiles<P> for Layer {
    async fn profiles(
        &self,
        workspace: &WorkspaceId,
        keys: &[P::Key],
        consistency: Consistency,
    ) -> Result<BTreeMap<P::Key, Kept<P>>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read profiles".to_owned()).await?;
        answered(&passage, self.inner.profiles(workspace, keys, consistency).await?)
    }
}

impl<P: Profile> KeepProfiles<P> for Layer {
    async fn keep_profile(
        &self,
        workspace: &WorkspaceId,
        key: &P::Key,
        new: &Replacing<P>,
    ) -> Result<bool, StoreError> {
        let passage = self.pass(Purpose::Control, || "keep a profile".to_owned()).await?;
        answered(&passage, self.inner.keep_profile(workspace, key, new).await?)
    }

    async fn keep_judged(
        &self,
        workspace: &WorkspaceId,
        profiles: &[(P::Key, Replacing<P>)],
        days: &[(Day, Replacing<UnusualDay>)],
    ) -> Result<bool, StoreError> {
        let passage = self.pass(Purpose::Control, || "keep unusual days".to_owned()).await?;
        answered(&passage, self.inner.keep_judged(workspace, profiles, days).await?)
    }
}

impl ReadUnusual for Layer {
    async fn unusual_on(
        &self,
        workspace: &WorkspaceId,
        days: &[Day],
        consistency: Consistency,
    ) -> Result<BTreeMap<Day, Kept<UnusualDay>>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read unusual days".to_owned()).await?;
        answered(&passage, self.inner.unusual_on(workspace, days, consistency).await?)
    }

    async fn unusual_between(
        &self,
        workspace: &WorkspaceId,
        first: Day,
        last: Day,
        direction: Direction,
    ) -> Result<Found<(Day, UnusualDay)>, StoreError> {
        let passage = self.pass(Purpose::Control, || "query unusual days".to_owned()).await?;
        answered(&passage, self.inner.unusual_between(workspace, first, last, direction).await?)
    }
}

impl KeepTerms for Layer {
    async fn put_term(
        &self,
        workspace: &WorkspaceId,
        term: &str,
        actor: &ActorKey,
        delete_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let passage = self.pass(Purpose::Control, || "put a term".to_owned()).await?;
        answered(&passage, self.inner.put_term(workspace, term, actor, delete_at).await?)
    }

    async fn actors_with(
        &self,
        workspace: &WorkspaceId,
        beginning: &str,
        most: usize,
    ) -> Result<Found<ActorKey>, StoreError> {
        let passage = self.pass(Purpose::Control, || "find actors".to_owned()).await?;
        answered(&passage, self.inner.actors_with(workspace, beginning, most).await?)
    }
}

impl FindAddresses for Layer {
    async fn addresses(
        &self,
        workspace: &WorkspaceId,
        first: IpAddr,
        last: IpAddr,
        most: usize,
    ) -> Result<Found<(IpAddr, AddressProfile)>, StoreError> {
        let passage = self.pass(Purpose::Control, || "find addresses".to_owned()).await?;
        answered(&passage, self.inner.addresses(workspace, first, last, most).await?)
    }
}

impl ReadFollowed for Layer {
    async fn followed(&self, workspace: &WorkspaceId) -> Result<Option<Followed>, StoreError> {
        let passage =
            self.pass(Purpose::Control, || "read how far the directory is".to_owned()).await?;
        answered(&passage, self.inner.followed(workspace).await?)
    }
}

impl KeepFollowed for Layer {
    async fn put_followed(
        &self,
        workspace: &WorkspaceId,
        before: Option<Followed>,
        after: Followed,
    ) -> Result<bool, StoreError> {
        let passage =
            self.pass(Purpose::Control, || "put how far the directory is".to_owned()).await?;
        answered(&passage, self.inner.put_followed(workspace, before, after).await?)
    }
}
