//! Random histories against plain models: background jobs, and everything together.

mod jobs;
mod simulation;
