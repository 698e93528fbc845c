//! Random histories against plain models: background jobs, and everything together.

mod fuzz;
mod jobs;
mod simulation;
