//! Owns the admission of requests by their credential: which credential a token names, whether it
//! is in force, how current that knowledge must be, and how much of it one instance reads. What the
//! credential permits is for the service to decide.

use crate::cache::Cache;
use crate::http::Request;
use crate::problem::ApiError;
use crate::rates::{Buckets, Rates};
use domain::credential::{Credential, KeyId, Token};
use domain::ports::ReadControl;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// How current the credential of a request must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// As it was less than 60 seconds ago: for requests that read or record.
    Remembered,
    /// Read in this request, strongly consistent: for requests with an effect that outlasts them,
    /// such as a token, an export, an address of a file, another plan or catalogue. A credential
    /// that was revoked before the request has no such effect.
    Strong,
}

/// What an instance knows of credentials, and what has been asked of it lately.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    /// The credentials that were found. One that is too old to be used still says that its key is
    /// no guess.
    credentials: Cache<KeyId, Credential>,
    /// The keys that were not found: they are not looked for again for 60 seconds.
    unknown: Cache<KeyId, ()>,
    of_workspaces: Buckets<WorkspaceId>,
    of_keys: Buckets<KeyId>,
    /// By network; `None` is for requests without an address.
    of_guesses: Buckets<Option<IpAddr>>,
    of_all_guesses: Buckets<()>,
}

impl Admission {
    /// The credential of a request, which is in force and whose secret the request knows.
    ///
    /// 1. The token, whose checksum must fit: else 401 without a read.
    /// 2. The credential that it names ([`Self::named`]). It must have the token's secret and be in
    ///    force: else 401. A wrong secret needs no further read, because the secret of a credential
    ///    never changes.
    /// 3. The rate of the key: else 429. It comes after the secret, so that nobody uses up the rate
    ///    of a key of which only the id is known, and before further reads.
    /// 4. For [`Check::Strong`], the credential as it is stored now, unless step 2 has just read
    ///    it.
    /// 5. The key that issued it, if there is one, as current as the check demands. It must be in
    ///    force: else 401.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`], [`ApiError::TooFast`], or that of the store.
    pub(crate) async fn credential(
        &self,
        store: &impl ReadControl,
        rates: &Rates,
        request: &Request,
        check: Check,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        let token = bearer_token(request).ok_or(ApiError::Unauthenticated)?;
        let key_id = token.key_id();
        let remembered = self.credentials.get(key_id, now);
        let is_remembered = remembered.is_some();
        let mut credential = match remembered {
            Some(credential) => credential,
            None => self.named(store, rates, &token, request.source, now).await?,
        };
        in_force(credential.admits(&token, now))?;
        self.of_keys.take(key_id, rates.per_key, now).map_err(ApiError::TooFast)?;
        if is_remembered && check == Check::Strong {
            credential = self.read(store, key_id, now).await?;
            in_force(credential.admits(&token, now))?;
        }
        if let Some(issuer) = &credential.issued_by {
            let issuer = self.issuer(store, issuer, check, now).await?;
            in_force(issuer.is_in_force(now))?;
        }
        Ok(credential)
    }

    /// Counts a request to a workspace.
    ///
    /// # Errors
    /// [`ApiError::TooFast`] when the rate of the workspace is used up.
    pub(crate) fn count(
        &self,
        workspace: &WorkspaceId,
        rates: &Rates,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        self.of_workspaces.take(workspace, rates.per_workspace, now).map_err(ApiError::TooFast)
    }

    /// The credential that a token names, which is not in the cache.
    ///
    /// 1. A key that was not found less than 60 seconds ago: 401 without a read.
    /// 2. A key that this instance has met: one read.
    /// 3. Any other key may be a guess. It is read only while the rates of guesses last, that of
    ///    the sender's network and that of all: else 429. If the token turns out to be right, it
    ///    does not count.
    async fn named(
        &self,
        store: &impl ReadControl,
        rates: &Rates,
        token: &Token,
        source: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        let key_id = token.key_id();
        if self.unknown.get(key_id, now).is_some() {
            return Err(ApiError::Unauthenticated);
        }
        if self.credentials.has_met(key_id) {
            return self.read(store, key_id, now).await;
        }
        let network = source.map(network);
        let too_fast = ApiError::TooFast;
        self.of_guesses.take(&network, rates.unknown_keys, now).map_err(too_fast)?;
        self.of_all_guesses.take(&(), rates.all_unknown_keys, now).map_err(too_fast)?;
        let credential = self.read(store, key_id, now).await?;
        if credential.admits(token, now) {
            self.of_guesses.give_back(&network, rates.unknown_keys);
            self.of_all_guesses.give_back(&(), rates.all_unknown_keys);
        }
        Ok(credential)
    }

    /// The key that issued a credential.
    async fn issuer(
        &self,
        store: &impl ReadControl,
        key_id: &KeyId,
        check: Check,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        if self.unknown.get(key_id, now).is_some() {
            return Err(ApiError::Unauthenticated);
        }
        let remembered = self.credentials.get(key_id, now).filter(|_| check == Check::Remembered);
        match remembered {
            Some(issuer) => Ok(issuer),
            None => self.read(store, key_id, now).await,
        }
    }

    /// Reads a credential and caches it, or caches that there is no such credential. So a
    /// revocation that one request has seen holds for the next ones too.
    async fn read(
        &self,
        store: &impl ReadControl,
        key_id: &KeyId,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        if let Some(credential) = store.credential(key_id).await? {
            return Ok(self.credentials.put(key_id.clone(), credential, now));
        }
        self.credentials.forget(key_id);
        self.unknown.put(key_id.clone(), (), now);
        Err(ApiError::Unauthenticated)
    }
}

fn in_force(is_in_force: bool) -> Result<(), ApiError> {
    if is_in_force { Ok(()) } else { Err(ApiError::Unauthenticated) }
}

/// The network of an address: an IPv4 address itself, or the first 64 bits of an IPv6 address. A
/// client that has one address of such a network has all of them (RFC 4291, section 2.5.4).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1). `None` also means that there
/// were two such headers: the gateway joins them with a comma, and the result is not a token.
fn bearer_token(request: &Request) -> Option<Token> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
}

#[cfg(test)]
mod tests;
