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
    assert_eq!(State::of(&Credential { revoked_at: Some(at(5)), ..ends }, at(10)), State::Revoked);
}
