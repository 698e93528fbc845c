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
    assert_eq!(State::of(&active, None, at(10)), State::Active);
    assert_eq!(State::of(&ends, None, at(9)), State::Active);
    assert_eq!(State::of(&ends, None, at(10)), State::Expired);
    assert_eq!(
        State::of(&Credential { revoked_at: Some(at(5)), ..ends }, None, at(10)),
        State::Revoked
    );
}

#[test]
fn a_viewer_token_names_the_key_with_which_it_ends() {
    let new_key = NewKey { scopes: vec![], workspace: None, name: None, expires_in: None };
    let key = credential_of(new_key, &Token::random().unwrap(), Timestamp::clamped(0));
    let issuer = KeyId::parse("0123456789abcdef");
    let token = Credential { issued_by: issuer, ..key.clone() };
    let view = |credential, issuer| {
        let view = KeyView::of(credential, issuer, Timestamp::clamped(5));
        (view.text(), serde_json::to_value(&view).unwrap())
    };
    let (text, json) = view(&token, Some(&key));
    assert!(text.contains("0123456789abcdef, and ends with it"), "{text}");
    assert_eq!(
        (&json["issued_by"], &json["state"]),
        (&"0123456789abcdef".into(), &"active".into())
    );
    assert!(!view(&key, None).0.contains("ends with it"));
    let revoked = Credential { revoked_at: Some(Timestamp::clamped(5)), ..key.clone() };
    for ended in [None, Some(&revoked)] {
        assert_eq!(view(&token, ended).1["state"], "key_ended");
    }
}
