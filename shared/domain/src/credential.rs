//! Owns credentials: the text of a bearer token, what is stored of it, and what it permits.

pub use crate::entry::Admin;
use crate::entry::{Actor, ActorType, Requester};
pub use crate::key_id::KeyId;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// For how many milliseconds a function caches a credential or a workspace: 60 s. A change of plan
/// takes effect in every instance within this time, and so does a revocation for requests that read
/// or record. Requests with a lasting effect read the credential anew.
pub const REMEMBERED_FOR_MS: i64 = 60 * 1_000;

/// The prefix of a bearer token. It lets secret scanners recognize tokens.
const PREFIX: &str = "cwa";
/// The scopes of a viewer token.
pub const VIEWER_SCOPES: [Scope; 2] = [Scope::EntriesRead, Scope::EntriesExport];
/// The longest life of a viewer token, in seconds: an hour.
pub const MAX_VIEWER_LIFE_SECONDS: i64 = 3_600;
/// How far the clocks of two instances may differ, in seconds: 5 minutes.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// A permission of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Record entries.
    #[serde(rename = "entries:write")]
    EntriesWrite,
    /// List and get entries.
    #[serde(rename = "entries:read")]
    EntriesRead,
    /// Export entries.
    #[serde(rename = "entries:export")]
    EntriesExport,
    /// Read a workspace and its plan.
    #[serde(rename = "workspaces:read")]
    WorkspacesRead,
    /// Create workspaces and change their plan.
    #[serde(rename = "workspaces:write")]
    WorkspacesWrite,
    /// Create viewer tokens.
    #[serde(rename = "viewer_tokens:create")]
    ViewerTokensCreate,
    /// Set the catalogue. Only in a credential for every workspace: the catalogue is the product's.
    #[serde(rename = "catalog:write")]
    CatalogWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 7] = [
        Self::EntriesWrite,
        Self::EntriesRead,
        Self::EntriesExport,
        Self::WorkspacesRead,
        Self::WorkspacesWrite,
        Self::ViewerTokensCreate,
        Self::CatalogWrite,
    ];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EntriesWrite => "entries:write",
            Self::EntriesRead => "entries:read",
            Self::EntriesExport => "entries:export",
            Self::WorkspacesRead => "workspaces:read",
            Self::WorkspacesWrite => "workspaces:write",
            Self::ViewerTokensCreate => "viewer_tokens:create",
            Self::CatalogWrite => "catalog:write",
        }
    }

    /// The scope with this name. `None` means that there is no such scope.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A bearer token: `cwa_<key id, 16 hex>_<secret, 64 hex>_<checksum, 8 hex>` with hexadecimal
/// digits in lower case. The key id of a viewer token begins with `v` instead.
///
/// The checksum is the CRC-32 of everything before its underscore. A mistyped token is refused
/// without a read of the store.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    key_id: KeyId,
    secret: [u8; 32],
}

impl Token {
    /// A new token with 64 random bits of key id and 256 random bits of secret.
    ///
    /// # Errors
    /// When the operating system gives no random bits.
    pub fn random() -> Result<Self, getrandom::Error> {
        Self::with(KeyId::of_bytes)
    }

    /// A new viewer token with 60 random bits of key id and 256 random bits of secret.
    ///
    /// # Errors
    /// When the operating system gives no random bits.
    pub fn random_of_viewer() -> Result<Self, getrandom::Error> {
        Self::with(KeyId::of_viewer)
    }

    fn with(key_id: impl FnOnce([u8; 8]) -> KeyId) -> Result<Self, getrandom::Error> {
        let (mut bytes, mut secret) = ([0; 8], [0; 32]);
        getrandom::fill(&mut bytes)?;
        getrandom::fill(&mut secret)?;
        Ok(Self { key_id: key_id(bytes), secret })
    }

    /// Reads a token. `None` means another spelling or a wrong checksum.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let (prefix, key_id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let secret = HEXLOWER.decode(secret.as_bytes()).ok()?.try_into().ok()?;
        let token = Self { key_id: KeyId::parse(key_id)?, secret };
        (prefix == PREFIX && token.text() == text).then_some(token)
    }

    /// The text of the token. It is a secret: it is shown once, and never stored or logged.
    #[must_use]
    pub fn text(&self) -> String {
        let text = format!("{PREFIX}_{}_{}", self.key_id.as_str(), HEXLOWER.encode(&self.secret));
        format!("{text}_{:08x}", crc32fast::hash(text.as_bytes()))
    }

    /// The public part.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The stored form of the secret. The secret has 256 random bits, so it cannot be guessed, and
    /// a slow hash would add nothing.
    #[must_use]
    pub fn secret_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, …)", self.key_id.as_str())
    }
}

/// A credential as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The public part of the token.
    pub key_id: KeyId,
    /// SHA-256 of the secret of the token.
    pub secret_sha256: [u8; 32],
    /// The permissions.
    pub scopes: Vec<Scope>,
    /// The only workspace in which the permissions apply. `None` means every workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// The name that operators gave it.
    pub name: Option<String>,
    /// The admin for whom it was created. `None` means that it is not a viewer token.
    pub admin: Option<Admin>,
    /// The key with which it was created through the API. It is in force only while that key is.
    /// `None` means that an operator created it.
    pub issued_by: Option<KeyId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires. `None` means never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked. `None` means that it is not revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Credential {
    /// The credential of a token that an operator creates: in every workspace, without a name, and
    /// until it is revoked.
    #[must_use]
    pub fn of(token: &Token, scopes: Vec<Scope>, created_at: Timestamp) -> Self {
        Self {
            key_id: token.key_id().clone(),
            secret_sha256: token.secret_sha256(),
            scopes,
            workspace_id: None,
            name: None,
            admin: None,
            issued_by: None,
            created_at,
            expires_at: None,
            revoked_at: None,
        }
    }

    /// Whether `token` has the secret of this credential, which must be in force at `now`. The
    /// secrets are compared in constant time. A credential that a key has issued is in force only
    /// while that key is: this is for the caller to check, who can read it.
    #[must_use]
    pub fn admits(&self, token: &Token, now: Timestamp) -> bool {
        let secret_is_right: bool = self.secret_sha256.ct_eq(&token.secret_sha256()).into();
        secret_is_right
            && self.is_in_force(now)
            && self.key_id == token.key_id
            && self.is_of_its_kind(now)
    }

    /// Whether the credential itself has neither expired nor been revoked at `now`.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
            && self.revoked_at.is_none_or(|since| now < since)
    }

    /// Whether a viewer token permits no more than a viewer token may: reading one workspace for
    /// an hour. A stored one that permits more was not made by this service.
    fn is_of_its_kind(&self, now: Timestamp) -> bool {
        let last = now.plus_ms((MAX_VIEWER_LIFE_SECONDS + CLOCK_SKEW_SECONDS) * 1_000);
        !self.key_id.is_of_viewer()
            || (self.scopes.iter().all(|scope| VIEWER_SCOPES.contains(scope))
                && self.workspace_id.is_some()
                && self.admin.is_some()
                && self.expires_at.is_some_and(|end| end <= last))
    }

    /// Who asks for what is done with this credential: the admin of a viewer token, or else the
    /// key.
    #[must_use]
    pub fn requester(&self) -> Requester {
        if let Some(admin) = &self.admin {
            return Requester::admin(admin.clone(), self.key_id.clone());
        }
        let actor = Actor::new(ActorType::ApiKey, self.key_id.as_str());
        let actor = Actor { name: self.name.clone(), ..actor };
        Requester::program(actor, Some(self.key_id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "cwa_0123456789abcdef_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff_";

    #[test]
    fn a_token_is_read_in_its_one_spelling_with_the_right_checksum() {
        let text = format!("{TEXT}{:08x}", crc32fast::hash(TEXT.trim_end_matches('_').as_bytes()));
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.text(), text);
        let last = text.len() - 1;
        let other_digit = if text.ends_with('0') { "1" } else { "0" };
        for alias in [
            "",
            "cwa",
            "cwa___",
            &text.to_uppercase(),
            &format!(" {text}"),
            &format!("{text}_"),
            &text[..last],
            &format!("{}{other_digit}", &text[..last]),
            &text.replacen("cwa", "cwb", 1),
            &text.replacen("0123", "0124", 1),
            &format!("{text},{text}"),
        ] {
            assert_eq!(Token::parse(alias), None, "{alias}");
        }
    }

    #[test]
    fn debug_text_shows_no_secret() {
        let token = Token::random().unwrap();
        assert!(!format!("{token:?}").contains(&HEXLOWER.encode(&token.secret)));
    }

    #[test]
    fn a_credential_admits_its_own_token_while_it_is_in_force() {
        let at = Timestamp::clamped;
        let token = Token::random().unwrap();
        let credential =
            Credential { expires_at: Some(at(100)), ..Credential::of(&token, vec![], at(0)) };
        assert!(credential.admits(&token, at(99)));
        assert!(!credential.admits(&token, at(100)));
        assert!(!credential.admits(&Token { secret: [0; 32], ..token.clone() }, at(99)));
        assert!(!Credential { revoked_at: Some(at(50)), ..credential }.admits(&token, at(99)));
    }

    #[test]
    fn a_viewer_token_that_permits_more_than_it_may_admits_nobody() {
        let now = Timestamp::clamped(1_000_000_000_000);
        let token = Token::random_of_viewer().unwrap();
        assert_eq!(Token::parse(&token.text()), Some(token.clone()));
        let of_viewer = Credential {
            workspace_id: WorkspaceId::parse("ws_a"),
            admin: Some(Admin::default()),
            expires_at: Some(now.plus_ms(3_600_000)),
            ..Credential::of(&token, VIEWER_SCOPES.to_vec(), now)
        };
        assert!(of_viewer.admits(&token, now));
        let changes: [fn(&mut Credential); 5] = [
            |one| one.scopes.push(Scope::EntriesWrite),
            |one| one.workspace_id = None,
            |one| one.admin = None,
            |one| one.expires_at = None,
            |one| one.expires_at = one.expires_at.map(|end| end.plus_ms(300_001)),
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut other = of_viewer.clone();
            change(&mut other);
            assert!(!other.admits(&token, now), "{place}");
        }
        let other = Credential { key_id: KeyId::of_viewer([1; 8]), ..of_viewer };
        assert!(!other.admits(&token, now), "stored under another key");
    }
}
