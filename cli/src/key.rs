//! Makes, shows, lists and revokes keys, which are the API's credentials.

use crate::args::{KeyCommand, NewKey};
use crate::failure::Failure;
use crate::output::{Answer, columns, fields, quoted};
use domain::credential::{Admin, Credential, KeyId, REMEMBERED_FOR_MS, Scope, Token};
use domain::ports::{OperateCredentials, ReadControl, StoreError, WriteControl};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;
use std::collections::HashMap;

/// `audit key …`
pub(crate) async fn run<S>(
    store: &S,
    command: KeyCommand,
    now: Timestamp,
) -> Result<Answer, Failure>
where
    S: ReadControl + WriteControl + OperateCredentials,
{
    match command {
        KeyCommand::Create(new_key) => create(store, new_key, now).await,
        KeyCommand::Show { key_id } => show(store, &key_id, now).await,
        KeyCommand::List { workspace } => list(store, workspace.as_ref(), now).await,
        KeyCommand::Revoke { key_id } => revoke(store, &key_id, now).await,
    }
}

/// Whether a credential is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Expired,
    Revoked,
    /// A viewer token whose key is not in force any more.
    KeyEnded,
}

impl State {
    /// The state of a credential, given the key that issued it, if one did and it is there.
    fn of(credential: &Credential, issuer: Option<&Credential>, now: Timestamp) -> Self {
        let is_past = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
        let has_key =
            credential.issued_by.is_none() || issuer.is_some_and(|issuer| issuer.is_in_force(now));
        match (is_past(credential.revoked_at), is_past(credential.expires_at)) {
            (true, _) => Self::Revoked,
            (false, true) => Self::Expired,
            (false, false) if !has_key => Self::KeyEnded,
            (false, false) => Self::Active,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::KeyEnded => "key ended",
        }
    }
}

/// A credential as programs get it, without its secret.
#[derive(Debug, Serialize)]
struct KeyView<'a> {
    key_id: &'a str,
    state: State,
    scopes: &'a [Scope],
    workspace_id: Option<&'a WorkspaceId>,
    name: Option<&'a str>,
    /// The admin of a viewer token; `None` for a key.
    admin: Option<&'a Admin>,
    /// The key that made a viewer token, with which it ends; `None` for a key.
    issued_by: Option<&'a str>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// A new credential as programs get it, with its token, which is never shown again.
#[derive(Debug, Serialize)]
struct NewKeyView<'a> {
    token: String,
    #[serde(flatten)]
    key: KeyView<'a>,
}

/// The credentials as programs get them.
#[derive(Debug, Serialize)]
struct KeysView<'a> {
    keys: Vec<KeyView<'a>>,
}

/// A revocation as programs get it.
#[derive(Debug, Serialize)]
struct RevokedView<'a> {
    key_id: &'a str,
    revoked_at: Timestamp,
    /// From then on every function refuses it, and the viewer tokens that it made: before, one that
    /// reads or records may still have it cached.
    refused_everywhere_from: Timestamp,
}

impl<'a> KeyView<'a> {
    fn of(credential: &'a Credential, issuer: Option<&Credential>, now: Timestamp) -> Self {
        Self {
            key_id: credential.key_id.as_str(),
            state: State::of(credential, issuer, now),
            scopes: &credential.scopes,
            workspace_id: credential.workspace_id.as_ref(),
            name: credential.name.as_deref(),
            admin: credential.admin.as_ref(),
            issued_by: credential.issued_by.as_ref().map(KeyId::as_str),
            created_at: credential.created_at,
            expires_at: credential.expires_at,
            revoked_at: credential.revoked_at,
        }
    }

    fn scope_names(&self) -> String {
        self.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
    }

    /// Its name, or the admin for whom a viewer token was made.
    fn label(&self) -> Option<String> {
        let admin = self.admin.map(|admin| format!("viewer token of {}", quoted(&admin.id)));
        self.name.map(quoted).or(admin)
    }

    fn text(&self) -> String {
        let mut lines = vec![
            ("key", self.key_id.to_owned()),
            ("state", self.state.name().to_owned()),
            ("scopes", self.scope_names()),
            (
                "workspace",
                self.workspace_id
                    .map_or_else(|| "every workspace".to_owned(), WorkspaceId::to_string),
            ),
            ("created", self.created_at.rfc3339()),
            ("expires", self.expires_at.map_or_else(|| "never".to_owned(), Timestamp::rfc3339)),
        ];
        lines.extend(self.revoked_at.map(|since| ("revoked", since.rfc3339())));
        lines.extend(self.label().map(|label| ("name", label)));
        lines.extend(
            self.issued_by.map(|key_id| ("made by", format!("{key_id}, and ends with it"))),
        );
        fields(&lines)
    }

    fn row(&self) -> [String; 6] {
        [
            self.key_id.to_owned(),
            self.state.name().to_owned(),
            self.workspace_id.map_or_else(|| "*".to_owned(), WorkspaceId::to_string),
            self.expires_at.map_or_else(|| "never".to_owned(), Timestamp::rfc3339),
            self.scope_names(),
            self.label().unwrap_or_default(),
        ]
    }
}

/// `audit key create`: only the token goes to stdout, so that a script can capture it.
async fn create(
    store: &(impl ReadControl + WriteControl),
    new_key: NewKey,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let token = Token::random().map_err(|error| Failure::Random(error.into()))?;
    // A read comes first: if the settings are wrong, it fails before anything may be stored.
    let missing_workspace = match &new_key.workspace {
        Some(id) if store.workspace(id).await?.is_none() => Some(id.clone()),
        Some(_) => None,
        None => {
            store.credential(token.key_id()).await?;
            None
        }
    };
    let credential = credential_of(new_key, &token, now);
    store.put_credential(&credential, None).await.map_err(|error| match error {
        // Throttled does not mean "not written" either: an earlier attempt may have been.
        StoreError::Unavailable(_) | StoreError::Throttled(_) => {
            Failure::Unconfirmed(credential.key_id.as_str().to_owned(), error)
        }
        _ => error.into(),
    })?;
    let key = KeyView::of(&credential, None, now);
    let note = format!(
        "{}\n\nThis token is shown only now, because only a hash of its secret is stored. \
         Keep it where you keep secrets.",
        key.text()
    );
    let mut answer =
        Answer::new(token.text(), &NewKeyView { token: token.text(), key })?.with_note(note);
    if let Some(id) = missing_workspace {
        answer = answer.with_warning(&format!(
            "there is no workspace {id} yet: the key has no use before it is made"
        ));
    }
    Ok(answer)
}

fn credential_of(new_key: NewKey, token: &Token, now: Timestamp) -> Credential {
    // Each scope once, in the order of `Scope::ALL`.
    let scopes = Scope::ALL.into_iter().filter(|scope| new_key.scopes.contains(scope)).collect();
    Credential {
        workspace_id: new_key.workspace,
        name: new_key.name,
        expires_at: new_key.expires_in.map(|life| life.end(now)),
        ..Credential::of(token, scopes, now)
    }
}

/// `audit key show`
async fn show(store: &impl ReadControl, key_id: &KeyId, now: Timestamp) -> Result<Answer, Failure> {
    let credential = store.credential(key_id).await?.ok_or_else(|| absent(key_id))?;
    let issuer = match &credential.issued_by {
        Some(issuer) => store.credential(issuer).await?,
        None => None,
    };
    let key = KeyView::of(&credential, issuer.as_ref(), now);
    Answer::new(key.text(), &key)
}

/// `audit key list`: oldest first.
async fn list(
    store: &impl OperateCredentials,
    workspace: Option<&WorkspaceId>,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let mut credentials = store.list().await?;
    credentials
        .sort_by(|a, b| (a.created_at, a.key_id.as_str()).cmp(&(b.created_at, b.key_id.as_str())));
    // Of all workspaces: the key of a viewer token may be one for every workspace.
    let by_id: HashMap<_, _> =
        credentials.iter().map(|credential| (&credential.key_id, credential)).collect();
    let issuer = |credential: &Credential| {
        credential.issued_by.as_ref().and_then(|key_id| by_id.get(key_id).copied())
    };
    let wanted = credentials
        .iter()
        .filter(|credential| workspace.is_none() || credential.workspace_id.as_ref() == workspace);
    let keys: Vec<_> =
        wanted.map(|credential| KeyView::of(credential, issuer(credential), now)).collect();
    if keys.is_empty() {
        return Ok(Answer::new(String::new(), &KeysView { keys })?
            .with_note("There are no such keys.".to_owned()));
    }
    let header = ["KEY", "STATE", "WORKSPACE", "EXPIRES", "SCOPES", "NAME"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(keys.iter().map(KeyView::row)).collect();
    Answer::new(columns(&rows), &KeysView { keys })
}

/// `audit key revoke`: revoking a key again changes nothing.
async fn revoke(
    store: &impl OperateCredentials,
    key_id: &KeyId,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let revoked_at = store.revoke(key_id, now).await?.ok_or_else(|| absent(key_id))?;
    let view = RevokedView {
        key_id: key_id.as_str(),
        revoked_at,
        refused_everywhere_from: revoked_at.plus_ms(REMEMBERED_FOR_MS),
    };
    let since = revoked_at.rfc3339();
    if revoked_at < now {
        return Answer::new(
            format!("key {} has been revoked since {since}; nothing is changed", view.key_id),
            &view,
        );
    }
    let seconds = REMEMBERED_FOR_MS / 1_000;
    let answer = Answer::new(format!("key {} was revoked at {since}", view.key_id), &view)?;
    Ok(answer.with_note(format!(
        "From now on it makes no viewer token, export, link or change. It and the viewer tokens \
         that it made stop reading and recording within {seconds} seconds, for which functions \
         cache credentials."
    )))
}

fn absent(key_id: &KeyId) -> Failure {
    Failure::Absent("key", key_id.as_str().to_owned())
}

#[cfg(test)]
mod tests;
