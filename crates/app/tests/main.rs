//! Use cases on the real stores and an embedded database, by aggregate.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should panic")]

mod alerts;
mod analytics;
mod deletion;
mod directory;
mod market;
mod registrations;
mod saving;
mod sessions;
mod snapshots;
mod ticks;
mod users;
