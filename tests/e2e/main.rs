//! The end-to-end tests: every route and trigger as its user sees it, on the binaries that ship.
//!
//! Files mirror routes and triggers. Nothing sleeps: a test waits for the event it is about.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should panic")]

mod alerts;
mod analytics;
mod delete_me;
mod drift;
mod emulator;
mod erase_users;
mod graphiql;
mod graphql;
mod graphql_conformance;
mod graphql_http;
mod health;
mod jwks;
mod login;
mod me;
mod notification;
mod notification_reflection;
mod openapi;
mod price_fanout;
mod price_tick;
mod register;
mod registration_fanout;
mod save_snapshot;
mod snapshot_status;
mod snapshot_writer;
mod update_me;
mod ws_connect;
mod ws_disconnect;
mod ws_message;
mod ws_operation;
mod ws_operation_crashes;
mod ws_operation_ends;
mod ws_operation_privacy;
