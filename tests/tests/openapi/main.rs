//! `openapi.yaml` against the running service, the code and the guide: routes, problems, limits, examples, and every answer it lists.

mod answers;
mod contract;
mod document;
mod examples;
mod faults;
mod limits;
mod problems;
mod refusals;
mod routes;
mod successes;
