//! How long a credential works: to the millisecond of its end, and at most a minute after it was
//! revoked.

use crate::expiry::WORKSPACE;
use domain::credential::{Scope, Token};
use domain::plan::Plan;
use domain::ports::OperateCredentials;
use domain::timestamp::Timestamp;
use tests::{Api, NOON, TestService, at};

async fn start() -> TestService {
    let service = TestService::at_noon().await;
    drop(service.fixed_workspace("ws_a", Plan::Free));
    service
}

/// The status of a list now.
async fn status(service: &TestService, api: &Api, now: Timestamp) -> u16 {
    service.clock.set(now);
    let listed = api.get(&format!("{WORKSPACE}/entries")).await;
    assert!(listed.status == 200 || listed.problem() == "unauthenticated", "{listed:?}");
    listed.status
}

#[tokio::test]
async fn a_revoked_key_works_for_a_minute_at_most() {
    let service = start().await;
    let token = service.key(&Scope::ALL, None).await;
    let (here, there) = (service.api(&token), service.another_instance(&token).await);
    let now = |ms: i64| at(NOON).plus_ms(ms);
    assert_eq!(status(&service, &here, now(0)).await, 200);
    service.clock.set(now(1));
    let key_id = Token::parse(&token).unwrap().key_id().clone();
    assert_eq!(service.store.revoke(&key_id, now(1)).await.unwrap(), Some(now(1)));
    assert_eq!(status(&service, &there, now(1)).await, 401, "at once where it is not remembered");
    // It is used all the time meanwhile. A use must not prolong how long it is remembered.
    for ms in [2, 20_000, 40_000, 59_999] {
        let remembered = status(&service, &here, now(ms)).await;
        assert!(matches!(remembered, 200 | 401), "it may work until it is read again");
    }
    for ms in [60_000, 60_001, 119_999, 10_000_000] {
        assert_eq!(status(&service, &here, now(ms)).await, 401, "{ms} ms after it was read");
    }
}

#[tokio::test]
async fn an_expired_key_does_not_work_a_millisecond_longer() {
    let service = start().await;
    let end = at(NOON).plus_ms(30_000);
    let token = service
        .credential(|credential| {
            credential.scopes = Scope::ALL.to_vec();
            credential.expires_at = Some(end);
        })
        .await;
    let api = service.api(&token);
    for (moment, expected) in [
        (at(NOON), 200),
        (end.plus_ms(-1), 200),
        (end, 401),
        (end.plus_ms(1), 401),
        (end.plus_ms(59_000), 401),
    ] {
        assert_eq!(status(&service, &api, moment).await, expected, "{}", moment.rfc3339());
    }
    let viewer = service.api(&service.viewer_token("ws_a", end).await);
    for (moment, expected) in [(end.plus_ms(-1), 200), (end, 401)] {
        assert_eq!(
            status(&service, &viewer, moment).await,
            expected,
            "a viewer token at {}",
            moment.rfc3339()
        );
    }
}

#[tokio::test]
async fn a_key_without_an_end_works_on() {
    let service = start().await;
    let api = service.operator().await;
    for moment in [at(NOON), at(NOON).plus_days(10_000), at("9999-12-31T23:59:59.999Z")] {
        assert_eq!(status(&service, &api, moment).await, 200);
    }
}
