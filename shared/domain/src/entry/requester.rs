//! Owns who asks the service to do something that it records itself: an export, a viewer token, a
//! change of plan.

use super::{Actor, ActorType, Content, Target, adjust};
use crate::adjusted::{Adjusted, Adjustment};
use crate::fields::Fields;
use crate::json::Repairs;
use crate::key_id::KeyId;
use crate::text;
use crate::timestamp::Timestamp;
use crate::validation::Errors;
use serde::{Deserialize, Serialize};

/// An admin of a workspace, as the backend describes the person for whom it acts: at the moment
/// when it makes a viewer token, or changes a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// The id of the admin in the publishing product.
    pub id: String,
    /// The name at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The email address at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The IP address of the admin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// The text that was sent as the IP address, if it is no address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address_text: Option<String>,
    /// The user agent of the admin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// What did not fit and was changed, with pointers into the entries that carry it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjusted: Vec<Adjustment>,
}

/// The fields of an admin that name a person. In an entry they are fields of the actor.
const PERSON: [&str; 2] = ["name", "email"];
/// The fields of an admin that say from where the request came. In an entry they have no parent.
const ORIGIN: [&str; 2] = ["ip_address", "user_agent"];
/// Where the admin is in the body of a request.
const ADMIN: &str = "admin";

/// Whether a lone surrogate at this place of a request that carries an `admin` is replaced: the
/// admin chooses the text there. The place is the first segments of its pointer.
#[must_use]
pub fn may_be_repaired_in_admin(place: &[&str]) -> bool {
    matches!(place, [parent, field, ..]
        if *parent == ADMIN && (PERSON.contains(field) || ORIGIN.contains(field)))
}

/// The same repairs with the pointers of an entry in which the admin is the actor.
fn in_entry(repairs: &Repairs) -> Repairs {
    let pointers = repairs.pointers.iter().map(|pointer| pointer_in_entry(pointer)).collect();
    Repairs { pointers, has_more: repairs.has_more }
}

/// The pointer into an entry for a pointer to a field of a request's admin. Any other pointer is
/// kept.
fn pointer_in_entry(pointer: &str) -> String {
    let field = pointer.strip_prefix("/admin/").map(|rest| rest.split('/').next());
    match field {
        Some(Some(field)) if PERSON.contains(&field) => pointer.replacen("/admin", "/actor", 1),
        Some(Some(field)) if ORIGIN.contains(&field) => pointer.replacen("/admin", "", 1),
        _ => pointer.to_owned(),
    }
}

impl Admin {
    /// Reads the admin of a request. What an admin can choose is adjusted as in an entry, so that
    /// no admin escapes the log by a strange name. `repairs` are the places in the body of the
    /// request at which lone surrogates were replaced; see [`may_be_repaired_in_admin`].
    pub fn read(mut fields: Fields, repairs: &Repairs, errors: &mut Errors) -> Option<Self> {
        let id = fields.text("id", errors, text::id);
        // The pointers are those of the entries in which the admin is the actor.
        let mut person = fields.split_off(&PERSON, "/actor");
        let mut origin = fields.split_off(&ORIGIN, "");
        let mut adjusted = Adjusted::default();
        adjust::note_repairs(&in_entry(repairs), &mut adjusted);
        let named = adjust::read_person(&mut person, &mut adjusted);
        let (ip_address, ip_address_text) = adjust::address(&mut origin, &mut adjusted);
        let user_agent = adjust::user_agent(&mut origin, &mut adjusted);
        fields.refuse_the_rest(errors);
        Some(Self {
            id: id?,
            name: named.name,
            email: named.email,
            ip_address,
            ip_address_text,
            user_agent,
            adjusted: adjusted.into_vec(),
        })
    }
}

/// Who asks, from where, and with which credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requester {
    actor: Actor,
    admin: Option<Admin>,
    /// The credential with which it asks. `None` means an operator's tool.
    pub key_id: Option<KeyId>,
}

impl Requester {
    /// A program that acts for itself.
    #[must_use]
    pub fn program(actor: Actor, key_id: Option<KeyId>) -> Self {
        Self { actor, admin: None, key_id }
    }

    /// An admin, for whom a credential is used.
    #[must_use]
    pub fn admin(admin: Admin, key_id: KeyId) -> Self {
        let actor = Actor {
            name: admin.name.clone(),
            email: admin.email.clone(),
            ..Actor::new(ActorType::User, &admin.id)
        };
        Self { actor, admin: Some(admin), key_id: Some(key_id) }
    }

    /// The actor of what is done.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The content of the entry that tells of what is done at `now`.
    #[must_use]
    pub fn content(&self, now: Timestamp, action: &str, target: Target) -> Content {
        let content = Content::new(now, self.actor.clone(), action, target);
        let Some(admin) = self.admin.clone() else { return content };
        Content {
            ip_address: admin.ip_address,
            ip_address_text: admin.ip_address_text,
            user_agent: admin.user_agent,
            adjusted: admin.adjusted,
            ..content
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjusted::Reason;
    use crate::json::{parse, parse_repaired};

    #[test]
    fn an_admin_with_a_strange_name_is_still_the_actor() {
        let json = r#"{"id":"u_1","name":"","email":"nobody","ip_address":"[::1]:5",
                       "user_agent":{"a":1}}"#;
        let mut errors = Errors::default();
        let fields = Fields::of(parse(json.as_bytes()).unwrap(), "/admin", &mut errors).unwrap();
        let admin = Admin::read(fields, &Repairs::default(), &mut errors).unwrap();
        assert!(errors.into_vec().is_empty());
        let requester = Requester::admin(admin, KeyId::parse("0123456789abcdef").unwrap());
        let now = Timestamp::clamped(0);
        let content = requester.content(now, "audit_log.export", Target::new("audit_log", "w"));
        assert_eq!(content.actor.key(), Actor::new(ActorType::User, "u_1").key());
        assert_eq!(content.ip_address.as_deref(), Some("::1"));
        assert_eq!(content.user_agent.as_deref(), Some(r#"{"a":1}"#));
        let adjusted: Vec<_> =
            content.adjusted.iter().map(|one| (one.pointer.as_str(), one.reason)).collect();
        let expected = [
            ("/actor/email", Reason::NotAnEmail),
            ("/actor/name", Reason::Empty),
            ("/ip_address", Reason::AddressOnly),
            ("/user_agent", Reason::NotText),
        ];
        assert_eq!(adjusted, expected);
    }

    /// The admin of a body, or the pointers of what is wrong with it.
    fn admin_of(body: &str) -> Result<Admin, Vec<String>> {
        let mut errors = Errors::default();
        let (json, repairs) = parse_repaired(body.as_bytes(), may_be_repaired_in_admin)
            .map_err(|_not_json| Vec::new())?;
        let mut fields = Fields::of(json, "", &mut errors).unwrap();
        let admin = fields
            .object("admin", &mut errors)
            .and_then(|fields| Admin::read(fields, &repairs, &mut errors));
        let read = errors.into_result(admin);
        read.map_err(|errors| errors.into_iter().map(|error| error.pointer).collect())
    }

    #[test]
    fn half_of_a_surrogate_pair_in_what_an_admin_chooses_is_replaced_and_noted() {
        let admin = admin_of(
            r#"{"admin":{"id":"u","name":"Ada \ud83d","email":{"\ud83d":"\ud83d"},
                "ip_address":"\ude00","user_agent":["\udc00\ud800"]}}"#,
        )
        .unwrap();
        assert_eq!(admin.name.as_deref(), Some("Ada \u{fffd}"));
        assert_eq!(admin.email.as_deref(), Some("{\"\u{fffd}\":\"\u{fffd}\"}"));
        assert_eq!(admin.ip_address_text.as_deref(), Some("\u{fffd}"));
        assert_eq!(admin.user_agent.as_deref(), Some("[\"\u{fffd}\u{fffd}\"]"));
        let repaired: Vec<_> = admin
            .adjusted
            .iter()
            .filter(|one| one.reason == Reason::LoneSurrogate)
            .map(|one| one.pointer.as_str())
            .collect();
        let expected = [
            "/actor/email", "/actor/email/\u{fffd}", "/actor/name", "/ip_address", "/user_agent/0",
        ];
        assert_eq!(repaired, expected);
    }

    #[test]
    fn half_of_a_surrogate_pair_in_what_the_program_chooses_is_refused() {
        for body in [
            r#"{"admin":{"id":"\ud83d","name":"Ada"}}"#,
            r#"{"admin":{"id":"u","\ud83d":1}}"#,
            r#"{"admin":"\ud83d"}"#,
            r#"{"admin":{"id":"u"},"name":"\ud83d"}"#,
            r#"{"admin":{"id":"u"},"plan":"\ud83d"}"#,
        ] {
            assert_eq!(admin_of(body), Err(Vec::new()), "{body}");
        }
    }

    #[test]
    fn an_admin_needs_an_id_and_has_no_other_fields() {
        let mut errors = Errors::default();
        let json = parse(br#"{"name":"Ada","role":"owner"}"#).unwrap();
        let fields = Fields::of(json, "/admin", &mut errors).unwrap();
        assert_eq!(Admin::read(fields, &Repairs::default(), &mut errors), None);
        let pointers: Vec<_> = errors.into_vec().into_iter().map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/admin/id", "/admin/role"]);
    }
}
