//! Makes viewer tokens: short-lived credentials with which one admin reads one workspace.

use crate::admin_body::admin_body;
use domain::credential::{Admin, Credential, MAX_VIEWER_LIFE_SECONDS, Scope, Token, VIEWER_SCOPES};
use domain::entry::{Content, Target};
use domain::fields::Fields;
use domain::identify::identify;
use domain::json::{Json, JsonText, Repairs};
use domain::ports::{ActorSalts, Metered, ReadControl, WriteControl};
use domain::recording::stamp;
use domain::timestamp::Timestamp;
use domain::validation::Errors;
use domain::workspace::WorkspaceId;
use lambda_http::http::StatusCode;
use serde::Serialize;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::{Access, Service};

/// How many seconds a token may live.
const LIFE_SECONDS: std::ops::RangeInclusive<i64> = 60..=MAX_VIEWER_LIFE_SECONDS;
const DEFAULT_LIFE_SECONDS: i64 = 900;

/// The wire form of a new token; `ViewerToken` in `openapi.yaml`. Its text is shown only here.
#[derive(Debug, Serialize)]
struct ViewerTokenView<'a> {
    token: String,
    key_id: &'a str,
    workspace_id: &'a WorkspaceId,
    scopes: &'a [Scope],
    expires_at: Option<Timestamp>,
}

/// `POST /v1/workspaces/{workspace_id}/viewer-tokens`
///
/// 1. Credential, read anew because the token outlasts the request, workspace, scope: 401, 404,
///    403.
/// 2. Query, which must be empty, media type, size, JSON: 400, 415, 413, 400.
/// 3. The admin and the life: 422.
/// 4. The token is stored together with the entry that tells of it, or not at all: 201.
pub(crate) async fn create_viewer_token<
    S: Metered + ReadControl + WriteControl + ActorSalts + Sync,
>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter_strongly(request, workspace_id, Scope::ViewerTokensCreate).await?;
    Query::parse(&request.query, &[])?;
    let (admin, life_seconds) = read_request(admin_body(request)?)?;
    let token = Token::random_of_viewer().map_err(|error| ApiError::internal(&error))?;
    let credential = viewer_credential(&access, &token, admin, life_seconds);
    let content = token_content(&access, &credential)?;
    let key_id = Some(&access.credential.key_id);
    let (workspace, grace) = (&access.workspace, service.grace);
    let new = identify(&service.store, workspace, content, key_id, grace, access.now).await?;
    let new = stamp(new, &service.clock)?;
    service.store.put_credential(&credential, Some(&new)).await?;
    let view = ViewerTokenView {
        token: token.text(),
        key_id: credential.key_id.as_str(),
        workspace_id: &access.workspace.id,
        scopes: &credential.scopes,
        expires_at: credential.expires_at,
    };
    Ok(Answer::json(StatusCode::CREATED, &view))
}

/// Reads the admin and how many seconds the token is to live.
fn read_request((body, repairs): (Json, Repairs)) -> Result<(Admin, i64), ApiError> {
    let mut errors = Errors::default();
    let read = Fields::of(body, "", &mut errors).and_then(|mut fields| {
        let admin = fields
            .object("admin", &mut errors)
            .and_then(|admin| Admin::read(admin, &repairs, &mut errors));
        let life_seconds = match fields.take("expires_in_seconds") {
            None | Some(Json::Null) => Some(DEFAULT_LIFE_SECONDS),
            Some(Json::Number(text)) => {
                whole(&text).filter(|seconds| LIFE_SECONDS.contains(seconds))
            }
            Some(_) => None,
        };
        if life_seconds.is_none() {
            errors.add(
                "/expires_in_seconds",
                format!(
                    "must be a whole number from {} to {}",
                    LIFE_SECONDS.start(),
                    LIFE_SECONDS.end()
                ),
            );
        }
        fields.refuse_the_rest(&mut errors);
        admin.zip(life_seconds)
    });
    errors.into_result(read).map_err(ApiError::ValidationFailed)
}

/// A whole number however it is written: `60`, `60.0` and `6e1` are one integer (JSON Schema
/// 2020-12, "Validation", section 6.1.1).
fn whole(number: &str) -> Option<i64> {
    let value = number.parse::<f64>().ok().filter(|value| value.fract() == 0.0)?;
    format!("{value:.0}").parse().ok()
}

/// Makes the credential. It names the key that makes it, and ends with it at the latest. Its end is
/// rounded down to a second, the unit in which it is stored.
fn viewer_credential(
    access: &Access,
    token: &Token,
    admin: Admin,
    life_seconds: i64,
) -> Credential {
    let end = access.now.plus_ms(life_seconds * 1_000);
    let end = access.credential.expires_at.map_or(end, |end_of_key| end_of_key.min(end));
    Credential {
        key_id: token.key_id().clone(),
        secret_sha256: token.secret_sha256(),
        scopes: VIEWER_SCOPES.to_vec(),
        workspace_id: Some(access.workspace.id.clone()),
        name: None,
        admin: Some(admin),
        issued_by: Some(access.credential.key_id.clone()),
        created_at: access.now,
        expires_at: Some(Timestamp::clamped(end.epoch_seconds() * 1_000)),
        revoked_at: None,
    }
}

/// The content of the entry that tells the workspace's admins of the token: for whom it is, until
/// when, and its key id. The actor is the admin; the entry's `key_id` names the backend's key.
fn token_content(access: &Access, credential: &Credential) -> Result<Content, ApiError> {
    let text = |name: &str, value: &str| (name.to_owned(), Json::Text(value.to_owned()));
    let mut members = vec![text("key_id", credential.key_id.as_str())];
    members.extend(credential.expires_at.map(|end| text("expires_at", &end.rfc3339())));
    let new_value =
        JsonText::of(&Json::Object(members)).map_err(|error| ApiError::internal(&error))?;
    let target = Target::new("audit_log", access.workspace.id.as_str());
    Ok(Content {
        new_value: Some(new_value),
        ..credential.requester().content(access.now, "audit_log.viewer_token.create", target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_or_an_exponent() {
        for number in ["60", "60.0", "6e1", "600E-1"] {
            assert_eq!(whole(number), Some(60), "{number}");
        }
        for number in ["60.5", "1e400", "1e30", "5e-1"] {
            assert_eq!(whole(number), None, "{number}");
        }
    }
}
