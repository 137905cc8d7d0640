//! The end-to-end tests: every route and trigger as its user sees it, on the binaries that ship.
//!
//! Files mirror routes and triggers. Nothing sleeps: a test waits for the event it is about.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should panic")]

// cargo fmt does not see these modules: `make lint` checks their formatting.
automod::dir!("e2e");
