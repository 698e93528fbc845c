//! Owns credentials: the bearer token's text, what is stored of it, and what it allows.

use crate::entry::{Actor, ActorType};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// For how long a function uses a credential or a workspace after it was read, in milliseconds. A
/// revocation or a change of plan takes effect everywhere within this time.
pub const REMEMBERED_FOR_MS: i64 = 60_000;

/// What a bearer token begins with, so that secret scanners can find it.
const PREFIX: &str = "cwa";
/// A viewer token carries these scopes, and no others.
pub const VIEWER_SCOPES: [Scope; 2] = [Scope::EntriesRead, Scope::EntriesExport];

/// One thing a credential may do.
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
    /// See a workspace's plan.
    #[serde(rename = "workspaces:read")]
    WorkspacesRead,
    /// Make workspaces and change their plan.
    #[serde(rename = "workspaces:write")]
    WorkspacesWrite,
    /// Make viewer tokens.
    #[serde(rename = "viewer_tokens:create")]
    ViewerTokensCreate,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] = [
        Self::EntriesWrite,
        Self::EntriesRead,
        Self::EntriesExport,
        Self::WorkspacesRead,
        Self::WorkspacesWrite,
        Self::ViewerTokensCreate,
    ];

    /// The scope's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EntriesWrite => "entries:write",
            Self::EntriesRead => "entries:read",
            Self::EntriesExport => "entries:export",
            Self::WorkspacesRead => "workspaces:read",
            Self::WorkspacesWrite => "workspaces:write",
            Self::ViewerTokensCreate => "viewer_tokens:create",
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The public part of a credential: 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Reads a key id; anything but its one spelling is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 16 && is_hex).then(|| Self(text.to_owned()))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bearer token: `cwa_<key id, 16 hex>_<secret, 64 hex>_<checksum, 8 hex>`, hexadecimal in lower
/// case.
///
/// The checksum is the CRC-32 of all before its underscore: it lets a mistyped or invented token be
/// refused without a read.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    key_id: KeyId,
    secret: [u8; 32],
}

impl Token {
    /// A new token of 64 + 256 random bits.
    ///
    /// # Errors
    /// When the operating system has no random bits to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let (mut key_id, mut secret) = ([0; 8], [0; 32]);
        getrandom::fill(&mut key_id)?;
        getrandom::fill(&mut secret)?;
        Ok(Self { key_id: KeyId(HEXLOWER.encode(&key_id)), secret })
    }

    /// Reads a token; anything but the one spelling with the right checksum is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let (prefix, key_id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let secret = HEXLOWER.decode(secret.as_bytes()).ok()?.try_into().ok()?;
        let token = Self { key_id: KeyId::parse(key_id)?, secret };
        (prefix == PREFIX && token.text() == text).then_some(token)
    }

    /// The token's text: a secret; it is shown once and never stored or logged.
    #[must_use]
    pub fn text(&self) -> String {
        let text = format!("{PREFIX}_{}_{}", self.key_id.0, HEXLOWER.encode(&self.secret));
        format!("{text}_{:08x}", crc32fast::hash(text.as_bytes()))
    }

    /// The public part.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// What is stored of the secret. It is 256 random bits, so a plain hash is as good as a slow
    /// one.
    #[must_use]
    pub fn secret_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, …)", self.key_id.0)
    }
}

/// The admin a viewer token was made for; stands as the actor of what the admin does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// The admin's id in the publishing product.
    pub id: String,
    /// The name at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The email address at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A credential as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The public part of the token.
    pub key_id: KeyId,
    /// SHA-256 of the token's secret.
    pub secret_sha256: [u8; 32],
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The one workspace it may do it in; none is every workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// What operators call it.
    pub name: Option<String>,
    /// The admin it was made for, if it is a viewer token.
    pub admin: Option<Admin>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused; none is never.
    pub expires_at: Option<Timestamp>,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Credential {
    /// Whether `token` is this credential's and it is in force at `now`. The secrets are compared
    /// in constant time.
    #[must_use]
    pub fn admits(&self, token: &Token, now: Timestamp) -> bool {
        let secret_is_right: bool = self.secret_sha256.ct_eq(&token.secret_sha256()).into();
        let is_in_force = self.expires_at.is_none_or(|end| now < end)
            && self.revoked_at.is_none_or(|since| now < since);
        secret_is_right && is_in_force
    }

    /// The actor of what is done with this credential: the admin of a viewer token, else the key.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match &self.admin {
            Some(admin) => Actor {
                kind: ActorType::User,
                id: admin.id.clone(),
                name: admin.name.clone(),
                email: admin.email.clone(),
            },
            None => Actor {
                kind: ActorType::ApiKey,
                id: self.key_id.0.clone(),
                name: self.name.clone(),
                email: None,
            },
        }
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
        let credential = Credential {
            key_id: token.key_id().clone(),
            secret_sha256: token.secret_sha256(),
            scopes: vec![],
            workspace_id: None,
            name: None,
            admin: None,
            created_at: at(0),
            expires_at: Some(at(100)),
            revoked_at: None,
        };
        assert!(credential.admits(&token, at(99)));
        assert!(!credential.admits(&token, at(100)));
        assert!(!credential.admits(&Token { secret: [0; 32], ..token.clone() }, at(99)));
        assert!(!Credential { revoked_at: Some(at(50)), ..credential }.admits(&token, at(99)));
    }
}
