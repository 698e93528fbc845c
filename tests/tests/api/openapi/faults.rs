//! The answers when the store fails: 429, 500, 503.

use crate::openapi::contract::Contract;
use domain::clock::Clock;
use futures::future::join_all;
use serde_json::Value;
use tests::{Fault, Setup, TestService};

/// What DynamoDB answers, and what our answer to it must be.
const FAULTS: [(&str, u16); 3] =
    [("ThrottlingException", 429), ("ValidationException", 500), ("InternalServerError", 503)];

/// Provokes each of them for every operation that lists it, at its first call of the store and at
/// its last.
pub(crate) async fn see(contract: &Contract) {
    let faults =
        FAULTS.into_iter().flat_map(|(code, status)| [(code, status, true), (code, status, false)]);
    join_all(
        faults.map(|(code, status, at_once)| at_every_operation(contract, code, status, at_once)),
    )
    .await;
}

async fn at_every_operation(contract: &Contract, code: &'static str, status: u16, at_once: bool) {
    let clock = Clock::manual(Clock::System.now());
    let service = TestService::with(Setup::at(clock.clone())).await;
    let api = service.workspace("ws_acme", "free").await;
    let log = api.get("/v1/workspaces/ws_acme/entries").await;
    // By then, no instance remembers the catalogue.
    clock.set(clock.now().plus_ms(60_000));
    // One that no instance has read yet.
    let api = if at_once { service.operator().await } else { api };
    let operator = service.operator().await;
    service.proxy.fail(move |operation, request| {
        match (at_once, is_control_read(operation, request)) {
            (false, true) => Fault::None,
            _ => Fault::Refuse(code),
        }
    });
    let operations = contract
        .document
        .operations()
        .into_iter()
        .filter(|operation| operation.statuses().contains(&429));
    // An export is one item of the control table, and so is the number of the catalogue's version.
    let of_control = ["getExport", "getCatalog"];
    let operations = operations.filter(|operation| at_once || !of_control.contains(&operation.id));
    let asker = |id: &str| if id == "putCatalog" { &operator } else { &api };
    let answers = operations.map(|operation| async {
        let request = contract.request(
            operation.id,
            "ws_acme",
            log.text_at("/entries/0/id"),
            Clock::System.now(),
        );
        contract.check(operation.id, status, &request.send(asker(operation.id)).await);
    });
    join_all(answers).await;
}

fn is_control_read(operation: &str, request: &Value) -> bool {
    operation == "GetItem" && request["TableName"] == "control"
}
