//! Use cases on the real stores and an embedded database, by aggregate.

mod analytics;
mod deletion;
mod saving;
mod users;
