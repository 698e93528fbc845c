//! `openapi.yaml` against the running service, the code and the guide: routes, problems, limits,
//! examples, and every answer it lists.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod answers;
mod contract;
mod document;
mod examples;
mod faults;
mod generators;
mod limits;
mod names;
mod problems;
mod recordings;
mod refusals;
mod routes;
mod successes;
mod tried;
