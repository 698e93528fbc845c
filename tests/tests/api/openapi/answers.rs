//! Every answer that is published, from the running service.

use crate::openapi::contract::Contract;
use crate::openapi::{faults, refusals, successes};
use std::collections::BTreeSet;

/// Listed answers that no test can provoke: these operations use no store that could fail.
const NOT_PROVOKED: [(&str, u16); 5] = [
    ("getHealth", 500),
    ("getIndex", 500),
    ("getRoot", 500),
    ("getViewer", 500),
    ("getViewerAsset", 500),
];

#[tokio::test]
async fn every_published_answer_is_given_as_it_is_published() {
    let contract = Contract::load();
    successes::see(&contract).await;
    refusals::see(&contract).await;
    faults::see(&contract).await;
    let excepted: BTreeSet<_> =
        NOT_PROVOKED.iter().map(|(operation, status)| ((*operation).to_owned(), *status)).collect();
    assert_eq!(contract.unseen(), excepted);
}
