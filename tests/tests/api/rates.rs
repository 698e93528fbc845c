//! The rates of one workspace, one key, and senders of invented tokens; and that none of them
//! slows another tenant.

use domain::clock::Clock;
use domain::credential::{Credential, Scope, Token};
use domain::plan::Plan;
use domain::ports::WriteControl;
use serde_json::Value;
use tests::raw::RawRequest;
use tests::scene::{assert_well_formed, unknown_token};
use tests::{Api, NOON, Response, Setup, TestService, at};
use web::rates::{Rate, Rates};

const GUIDE: &str = include_str!("../../../docs/api.md");

const ENTRIES: &str = "/v1/workspaces/ws_a/entries";
/// What a bucket holds at a rate of 1 a second.
const BURST: usize = 2;

/// A service at noon with these rates and the workspaces `ws_a` and `ws_b`.
async fn start(rates: Rates) -> TestService {
    let setup = Setup { rates, ..Setup::at(Clock::manual(at(NOON))) };
    let service = TestService::with(setup).await;
    for id in ["ws_a", "ws_b"] {
        drop(service.fixed_workspace(id, Plan::Basic));
    }
    service
}

fn pass(service: &TestService, ms: i64) {
    service.clock.set(service.clock.now().plus_ms(ms));
}

/// The statuses of so many lists.
async fn statuses(api: &Api, path: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(api.get(path).await.status);
    }
    statuses
}

/// Fails unless the answer says to come back after a second.
fn assert_too_fast(answer: &Response) {
    assert_eq!((answer.status, answer.problem()), (429, "rate-limited"), "{answer:?}");
    assert_eq!(answer.header("retry-after"), "1", "{answer:?}");
    assert!(answer.text_at("/detail").contains("faster"), "{answer:?}");
}

#[tokio::test]
async fn a_workspace_has_a_rate_whatever_the_keys() {
    let rates = Rates { per_workspace: Rate::per_second(1), ..Rates::UNLIMITED };
    let service = start(rates).await;
    let (one, two) = (service.operator().await, service.operator().await);
    let path = format!("{ENTRIES}?page_size=1");
    assert_eq!(statuses(&one, &path, BURST / 2).await, [200; BURST / 2]);
    assert_eq!(statuses(&two, &path, BURST / 2).await, [200; BURST / 2]);
    let _ = service.proxy.take_calls();
    for api in [&one, &two] {
        assert_too_fast(&api.get(&path).await);
    }
    assert!(service.proxy.take_calls().is_empty(), "a refused request reads nothing");
    let other = "/v1/workspaces/ws_b/entries";
    assert_eq!(statuses(&one, other, BURST).await, [200; BURST], "another workspace has its own");
    // Requests that are refused do not use up the rate.
    let stranger = service.api(&service.key(&Scope::ALL, Some("ws_b")).await);
    let without_scope = service.api(&service.key(&[], Some("ws_a")).await);
    pass(&service, 1_000);
    assert_eq!(statuses(&stranger, &path, 20).await, [404; 20]);
    assert_eq!(statuses(&without_scope, &path, 20).await, [403; 20]);
    assert_eq!(one.get(&path).await.status, 200);
    assert_too_fast(&one.get(&path).await);
}

#[tokio::test]
async fn a_key_has_a_rate_whatever_the_workspaces() {
    let rates = Rates { per_key: Rate::per_second(1), ..Rates::UNLIMITED };
    let service = start(rates).await;
    let (one, two) = (service.operator().await, service.operator().await);
    for id in ["ws_a", "ws_b"] {
        let path = format!("/v1/workspaces/{id}/entries");
        assert_eq!(statuses(&one, &path, BURST / 2).await, [200; BURST / 2]);
    }
    let _ = service.proxy.take_calls();
    assert_too_fast(&one.get(ENTRIES).await);
    let catalog = domain::catalog::default_catalog();
    assert_too_fast(&one.put("/v1/catalog", &serde_json::json!(catalog)).await);
    assert!(service.proxy.take_calls().is_empty(), "a refused request reads nothing");
    assert_eq!(two.get(ENTRIES).await.status, 200, "another key has its own");
    pass(&service, 1_000);
    assert_eq!(statuses(&one, ENTRIES, 2).await, [200, 429]);
}

/// How many credentials were read since the last time.
fn credentials_read(service: &TestService) -> usize {
    let calls = service.proxy.take_calls();
    let pk =
        |request: &Value| request.pointer("/Key/pk/S").and_then(Value::as_str).map(str::to_owned);
    let keys = calls.iter().filter_map(|call| pk(&call.request));
    keys.filter(|pk| pk.starts_with("key#")).count()
}

async fn with_token(service: &TestService, token: &str) -> Response {
    RawRequest::new("GET", ENTRIES).token(token).send(&service.address).await
}

#[tokio::test]
async fn an_invented_token_is_read_once_in_a_minute_and_many_at_a_rate() {
    let service = start(Rates::OF_AN_INSTANCE).await;
    let tenant = service.operator().await;
    assert_eq!(tenant.get(ENTRIES).await.status, 200);
    let _ = credentials_read(&service);
    let token = unknown_token();
    for _ in 0..20 {
        let answer = with_token(&service, &token).await;
        assert_eq!((answer.status, answer.problem()), (401, "unauthenticated"));
    }
    assert_eq!(credentials_read(&service), 1);
    let (mut unauthenticated, mut too_fast) = (0, 0);
    for _ in 0..200 {
        let answer = with_token(&service, &unknown_token()).await;
        assert_well_formed_or_too_fast(&answer);
        unauthenticated += usize::from(answer.status == 401);
        too_fast += usize::from(answer.status == 429);
    }
    // 2 a second for 2 seconds, one of which is used up.
    assert_eq!((unauthenticated, too_fast), (3, 197));
    assert_eq!(credentials_read(&service), 3);
    // This instance knows the tenant's key, so it is served, also when the key is read again.
    for ms in [0, 59_999, 1, 60_000] {
        pass(&service, ms);
        assert_eq!(tenant.get(ENTRIES).await.status, 200, "{ms}");
    }
}

fn assert_well_formed_or_too_fast(answer: &Response) {
    if answer.status == 429 { assert_too_fast(answer) } else { assert_well_formed("", answer) }
}

#[tokio::test]
async fn a_key_that_was_tried_too_early_works_within_a_minute() {
    let service = start(Rates::OF_AN_INSTANCE).await;
    let token = Token::random().unwrap();
    assert_eq!(with_token(&service, &token.text()).await.status, 401);
    let credential = Credential::of(&token, vec![Scope::EntriesRead], service.clock.now());
    service.store.put_credential(&credential, None).await.unwrap();
    let elsewhere = service.another_instance(&token.text()).await;
    assert_eq!(elsewhere.get(ENTRIES).await.status, 200, "at once where it was not tried");
    pass(&service, 59_999);
    assert_eq!(with_token(&service, &token.text()).await.status, 401);
    pass(&service, 1);
    assert_eq!(with_token(&service, &token.text()).await.status, 200);
}

#[test]
fn the_guide_says_the_rates_of_an_instance_and_of_the_gateway() {
    let rate = |line: &str| {
        let row = GUIDE.lines().find(|row| row.starts_with(line)).unwrap();
        let words = row.split(|one: char| !one.is_ascii_digit());
        let numbers: Vec<u32> = words.filter_map(|text| text.parse().ok()).collect();
        let [rate, at_once] = numbers[..] else { panic!("{row}") };
        assert_eq!(at_once, 2 * rate, "{line}");
        Rate::per_second(rate)
    };
    let said = Rates {
        per_workspace: rate("| requests to one workspace"),
        per_key: rate("| requests with one key"),
        unknown_keys: rate("| tokens from one address"),
        all_unknown_keys: rate("| such tokens from all addresses"),
    };
    assert_eq!(said, Rates::OF_AN_INSTANCE);
    let template = local::template::document().unwrap();
    let default = |name: &str| template.pointer(&format!("/Parameters/{name}/Default")).unwrap();
    let of_gateway = GUIDE.split_once("The gateway has a limit of its own").unwrap().1;
    let (rate, burst) = (default("ThrottleRate"), default("ThrottleBurst"));
    assert!(
        of_gateway.replace('\n', " ").contains(&format!("{rate} a second and {burst} at once"))
    );
    assert!(of_gateway.contains(r#"{"message":"Too Many Requests"}"#));
}
