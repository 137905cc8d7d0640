//! Use cases on the real stores and an embedded database, by aggregate.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should panic")]

mod analytics;
mod deletion;
mod saving;
mod users;
