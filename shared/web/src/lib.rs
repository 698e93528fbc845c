//! What the functions share about requests: reading them, admitting them, and answering them.
//!
//! It knows the domain and nothing of AWS stores.

pub mod batch;
pub mod body;
pub mod cache;
pub mod http;
pub mod list_query;
pub mod problem;
pub mod query;
pub mod routes;
pub mod service;
