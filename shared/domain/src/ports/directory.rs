//! The ports to the directory: the profiles of actors and addresses, and how far they have followed
//! the journal.

use super::{Consistency, StoreError};
use crate::directory::{Followed, Profile};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::collections::BTreeMap;
use std::future::Future;

/// A profile as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<P> {
    /// The profile.
    pub profile: P,
    /// How often it was stored: the optimistic lock.
    pub version: u64,
}

/// A profile that takes the place of the one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacing<P> {
    /// The profile.
    pub profile: P,
    /// The version of the one that was read. `None` means that none was stored.
    pub seen: Option<u64>,
    /// The moment from which it may be deleted, because its last entry has expired. `None` means
    /// never.
    pub delete_at: Option<Timestamp>,
}

/// Reads and keeps profiles of one kind: `BatchGetItem` and `PutItem` on the control table.
pub trait KeepProfiles<P: Profile> {
    /// The profiles under these keys. Those that are not stored are left out.
    fn profiles(
        &self,
        workspace: &WorkspaceId,
        keys: &[P::Key],
        consistency: Consistency,
    ) -> impl Future<Output = Result<BTreeMap<P::Key, Kept<P>>, StoreError>> + Send;
    /// Stores a profile if the stored one has the version that was seen (optimistic lock), and
    /// answers whether it did. The new version is one more.
    fn keep_profile(
        &self,
        workspace: &WorkspaceId,
        key: &P::Key,
        new: &Replacing<P>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Keeps how far the profiles have followed the journal: `GetItem` and `PutItem` on the control
/// table.
pub trait KeepFollowed {
    /// How far they have followed, strongly consistent. `None` means that nothing was ever added.
    fn followed(
        &self,
        workspace: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<Followed>, StoreError>> + Send;
    /// Stores how far they have followed, on no condition.
    fn put_followed(
        &self,
        workspace: &WorkspaceId,
        followed: Followed,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
