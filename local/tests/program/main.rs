//! The `local` program and its embedded object store, each as its clients see it.

mod alterations;
mod objects;
mod restart;
