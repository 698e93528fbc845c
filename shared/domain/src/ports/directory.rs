//! The ports to the directory: the profiles of actors and addresses, and how far they have followed
//! the journal.

use super::{Consistency, Direction, StoreError};
use crate::directory::{AddressProfile, Day, Followed, Profile};
use crate::entry::ActorKey;
use crate::timestamp::Timestamp;
use crate::unusual::UnusualDay;
use crate::workspace::WorkspaceId;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;

/// A profile as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<P> {
    /// The profile.
    pub profile: P,
    /// How often it was stored: the optimistic lock.
    pub version: u64,
    /// When it and its terms are deleted.
    pub ends: Ends,
}

/// When the items of a profile may be deleted; `None` means never. In whole seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// The profile: when its last entry has expired.
    pub profile: Option<Timestamp>,
    /// Its terms: then, or some days later.
    pub terms: Option<Timestamp>,
}

/// A profile that takes the place of the one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacing<P> {
    /// The profile.
    pub profile: P,
    /// The version of the one that was read. `None` means that none was stored.
    pub seen: Option<u64>,
    /// When it and its terms may be deleted.
    pub ends: Ends,
}

/// Reads profiles of one kind: `BatchGetItem` on the control table.
pub trait ReadProfiles<P: Profile> {
    /// The profiles under these keys. Those that are not stored are left out.
    fn profiles(
        &self,
        workspace: &WorkspaceId,
        keys: &[P::Key],
        consistency: Consistency,
    ) -> impl Future<Output = Result<BTreeMap<P::Key, Kept<P>>, StoreError>> + Send;
}

/// Keeps profiles of one kind: `PutItem` and `TransactWriteItems` on the control table.
pub trait KeepProfiles<P: Profile>: ReadProfiles<P> {
    /// Stores a profile if the stored one has the version that was seen (optimistic lock), and
    /// answers whether it did. The new version is one more.
    fn keep_profile(
        &self,
        workspace: &WorkspaceId,
        key: &P::Key,
        new: &Replacing<P>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Stores profiles and unusual days all or nothing, each if the stored one has the version that
    /// was seen, and answers whether it did. At most 100 together.
    fn keep_judged(
        &self,
        workspace: &WorkspaceId,
        profiles: &[(P::Key, Replacing<P>)],
        days: &[(Day, Replacing<UnusualDay>)],
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Reads the unusual entries of a workspace: `BatchGetItem` and `Query` on the control table.
pub trait ReadUnusual {
    /// The unusual entries of these days. Days without any are left out.
    fn unusual_on(
        &self,
        workspace: &WorkspaceId,
        days: &[Day],
        consistency: Consistency,
    ) -> impl Future<Output = Result<BTreeMap<Day, Kept<UnusualDay>>, StoreError>> + Send;
    /// The days from `first` to `last` that have unusual entries, in order: as many as one call
    /// reads, 1 MB. The reader may be a second behind.
    fn unusual_between(
        &self,
        workspace: &WorkspaceId,
        first: Day,
        last: Day,
        direction: Direction,
    ) -> impl Future<Output = Result<Found<(Day, UnusualDay)>, StoreError>> + Send;
}

/// Keeps the terms by which actors are found: `PutItem` and `Query` on the control table.
pub trait KeepTerms {
    /// Stores a term of an actor, on no condition.
    fn put_term(
        &self,
        workspace: &WorkspaceId,
        term: &str,
        actor: &ActorKey,
        delete_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// The actors of the terms that begin with `beginning`, in the order of these terms.
    /// At most `most` terms are read, strongly consistent.
    fn actors_with(
        &self,
        workspace: &WorkspaceId,
        beginning: &str,
        most: usize,
    ) -> impl Future<Output = Result<Found<ActorKey>, StoreError>> + Send;
}

/// Finds addresses: `Query` on the control table.
pub trait FindAddresses {
    /// The addresses from `first` to `last`, with their profiles, in order, at most `most`,
    /// strongly consistent.
    fn addresses(
        &self,
        workspace: &WorkspaceId,
        first: IpAddr,
        last: IpAddr,
        most: usize,
    ) -> impl Future<Output = Result<Found<(IpAddr, AddressProfile)>, StoreError>> + Send;
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What it has found.
    pub items: Vec<T>,
    /// Whether these are all. Otherwise there may be more.
    pub is_whole: bool,
}

/// Deletes the directory and the unusual days of a workspace, for operators: `Query` and
/// `DeleteItem` on the control table.
pub trait ClearDirectory {
    /// Deletes all profiles, terms and unusual days, and answers how many items these were. The
    /// checkpoint stays.
    fn clear_directory(
        &self,
        workspace: &WorkspaceId,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Reads how far the profiles have followed the journal: `GetItem` on the control table.
pub trait ReadFollowed {
    /// How far they have followed, strongly consistent. `None` means that nothing was ever added.
    fn followed(
        &self,
        workspace: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<Followed>, StoreError>> + Send;
}

/// Keeps how far the profiles have followed the journal: `PutItem` on the control table.
pub trait KeepFollowed: ReadFollowed {
    /// Stores `after` as the checkpoint, and answers whether it did (optimistic lock). It does so
    /// if the stored checkpoint has the generation and the number of `before`, or if no checkpoint
    /// is stored and `before` is `None`.
    fn put_followed(
        &self,
        workspace: &WorkspaceId,
        before: Option<Followed>,
        after: Followed,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
