//! Makes, shows, lists and revokes credentials.

use crate::args::{KeyCommand, NewKey};
use crate::failure::Failure;
use crate::output::{Answer, columns, fields, quoted};
use domain::credential::REMEMBERED_FOR_MS;
use domain::credential::{Admin, Credential, KeyId, Scope, Token};
use domain::ports::{OperateCredentials, ReadControl, StoreError, WriteControl};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;

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
}

impl State {
    fn of(credential: &Credential, now: Timestamp) -> Self {
        let is_past = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
        match (is_past(credential.revoked_at), is_past(credential.expires_at)) {
            (true, _) => Self::Revoked,
            (false, true) => Self::Expired,
            (false, false) => Self::Active,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A credential as programs get it; nothing of its secret.
#[derive(Debug, Serialize)]
struct KeyView<'a> {
    key_id: &'a str,
    state: State,
    scopes: &'a [Scope],
    workspace_id: Option<&'a WorkspaceId>,
    name: Option<&'a str>,
    /// The admin, if it is a viewer token.
    admin: Option<&'a Admin>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// A new credential as programs get it: the only time its token is shown.
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
    /// From then on no function admits it: until then one may remember it as it was.
    refused_everywhere_from: Timestamp,
}

impl<'a> KeyView<'a> {
    fn of(credential: &'a Credential, now: Timestamp) -> Self {
        Self {
            key_id: credential.key_id.as_str(),
            state: State::of(credential, now),
            scopes: &credential.scopes,
            workspace_id: credential.workspace_id.as_ref(),
            name: credential.name.as_deref(),
            admin: credential.admin.as_ref(),
            created_at: credential.created_at,
            expires_at: credential.expires_at,
            revoked_at: credential.revoked_at,
        }
    }

    fn scope_names(&self) -> String {
        self.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
    }

    /// What it is called: its name, or whom it was made for.
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

/// `audit key create`: the token alone on stdout, so that it can be captured.
async fn create(
    store: &(impl ReadControl + WriteControl),
    new_key: NewKey,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let missing_workspace = match &new_key.workspace {
        Some(id) if store.workspace(id).await?.is_none() => Some(id.clone()),
        _ => None,
    };
    let token = Token::random().map_err(|error| Failure::Random(error.into()))?;
    let credential = credential_of(new_key, &token, now);
    store.put_credential(&credential, None).await.map_err(|error| match error {
        // Throttled is not "not written" either: the SDK's earlier tries may have been.
        StoreError::Unavailable(_) | StoreError::Throttled(_) => {
            Failure::Unconfirmed(credential.key_id.as_str().to_owned(), error)
        }
        _ => error.into(),
    })?;
    let key = KeyView::of(&credential, now);
    let note = format!(
        "{}\n\nThis token is shown only now: what is stored is a hash of its secret. Keep it where secrets are kept.",
        key.text()
    );
    let mut answer =
        Answer::new(token.text(), &NewKeyView { token: token.text(), key })?.with_note(note);
    if let Some(id) = missing_workspace {
        answer = answer.with_warning(&format!(
            "there is no workspace {id} yet: until it is made, this key finds nothing in it"
        ));
    }
    Ok(answer)
}

fn credential_of(new_key: NewKey, token: &Token, now: Timestamp) -> Credential {
    // Each scope once, in the order of the catalogue of scopes.
    let scopes = Scope::ALL.into_iter().filter(|scope| new_key.scopes.contains(scope)).collect();
    Credential {
        key_id: token.key_id().clone(),
        secret_sha256: token.secret_sha256(),
        scopes,
        workspace_id: new_key.workspace,
        name: new_key.name,
        admin: None,
        created_at: now,
        expires_at: new_key.expires_in.map(|life| life.end(now)),
        revoked_at: None,
    }
}

/// `audit key show`
async fn show(store: &impl ReadControl, key_id: &KeyId, now: Timestamp) -> Result<Answer, Failure> {
    let credential = store.credential(key_id).await?.ok_or_else(|| absent(key_id))?;
    let key = KeyView::of(&credential, now);
    Answer::new(key.text(), &key)
}

/// `audit key list`: the oldest first.
async fn list(
    store: &impl OperateCredentials,
    workspace: Option<&WorkspaceId>,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let mut credentials = store.list().await?;
    credentials
        .retain(|credential| workspace.is_none() || credential.workspace_id.as_ref() == workspace);
    credentials
        .sort_by(|a, b| (a.created_at, a.key_id.as_str()).cmp(&(b.created_at, b.key_id.as_str())));
    let keys: Vec<_> = credentials.iter().map(|credential| KeyView::of(credential, now)).collect();
    if keys.is_empty() {
        return Ok(Answer::new(String::new(), &KeysView { keys })?
            .with_note("There are no such keys.".to_owned()));
    }
    let header = ["KEY", "STATE", "WORKSPACE", "EXPIRES", "SCOPES", "NAME"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(keys.iter().map(KeyView::row)).collect();
    Answer::new(columns(&rows), &KeysView { keys })
}

/// `audit key revoke`: a second time changes nothing.
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
            format!("key {} is revoked since {since}; nothing is changed", view.key_id),
            &view,
        );
    }
    let seconds = REMEMBERED_FOR_MS / 1_000;
    let answer = Answer::new(format!("key {} is revoked at {since}", view.key_id), &view)?;
    Ok(answer.with_note(format!("It takes effect within {seconds} seconds, for which functions remember the credentials they have read.")))
}

fn absent(key_id: &KeyId) -> Failure {
    Failure::Absent("key", key_id.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Life;

    #[test]
    fn a_new_credential_has_each_scope_once_and_ends_when_asked() {
        let now = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let token = Token::random().unwrap();
        let scopes = vec![Scope::EntriesRead, Scope::EntriesWrite, Scope::EntriesRead];
        let new_key = NewKey {
            scopes,
            workspace: None,
            name: None,
            expires_in: Some(Life::parse("90d").unwrap()),
        };
        let credential = credential_of(new_key, &token, now);
        assert_eq!(credential.scopes, [Scope::EntriesWrite, Scope::EntriesRead]);
        assert_eq!(
            credential.expires_at.map(Timestamp::rfc3339).as_deref(),
            Some("2027-02-20T14:05:06.000Z")
        );
        assert!(credential.admits(&token, now));
    }

    #[test]
    fn a_revoked_key_is_revoked_even_after_its_end() {
        let at = Timestamp::clamped;
        let new_key = NewKey { scopes: vec![], workspace: None, name: None, expires_in: None };
        let active = credential_of(new_key, &Token::random().unwrap(), at(0));
        let ends = Credential { expires_at: Some(at(10)), ..active.clone() };
        assert_eq!(State::of(&active, at(10)), State::Active);
        assert_eq!(State::of(&ends, at(9)), State::Active);
        assert_eq!(State::of(&ends, at(10)), State::Expired);
        assert_eq!(
            State::of(&Credential { revoked_at: Some(at(5)), ..ends }, at(10)),
            State::Revoked
        );
    }
}
