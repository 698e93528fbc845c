//! The `local` program and its embedded object store, each as its clients see it.

mod alterations;
mod metrics;
mod objects;
mod restart;
