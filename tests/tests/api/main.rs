//! The service in this process, over HTTP and an embedded DynamoDB; and its events, as Lambda
//! hands them over. One binary, so that what all of it depends on is linked once.

mod access;
mod alterations;
mod batch;
mod capacity;
mod catalog;
mod check;
mod concurrency;
mod directory;
mod events;
mod expiry;
mod export;
mod faults;
mod feed;
mod get;
mod habits;
mod hostile;
mod integrity;
mod job_event;
mod list;
mod log_lines;
mod openapi;
mod private;
mod rates;
mod record;
mod restored;
mod revocation;
mod roles;
mod silence;
mod tally;
mod tally_event;
mod unusual;
mod viewer;
mod words;
mod workspace;
