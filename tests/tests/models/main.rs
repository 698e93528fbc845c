//! Randomized tests against simple models: the fuzz targets, background jobs under faults, and the
//! simulation of the whole service.

mod fuzz;
mod jobs;
mod simulation;
