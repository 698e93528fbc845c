//! The `local` program and its embedded object store, each as its clients see it.

mod objects;
mod restart;
