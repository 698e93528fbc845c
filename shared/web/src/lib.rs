//! What the functions share about requests: reading them, admitting them, and answering them.
//!
//! This crate knows the domain and its ports, and nothing of the adapters behind them.

mod admission;
pub mod batch;
pub mod body;
pub mod cache;
pub mod facts;
pub mod http;
pub mod integrity;
pub mod list_query;
pub mod logging;
pub mod problem;
pub mod query;
pub mod rates;
pub mod routes;
pub mod service;
