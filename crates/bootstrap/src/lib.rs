//! The start of every function: typed configuration from the environment, tracing, the clock, and
//! clients that are built once, at cold start.
//!
//! The only crate that names the adapters `store` and `messaging`. No request passes through it.

pub mod alerts;
pub mod clients;
pub mod clock;
pub mod config;
pub mod dead_letters;
pub mod fanout;
pub mod feed;
pub mod kafka;
pub mod notifications;
pub mod push;
pub mod registrations;
pub mod secrets;
pub mod snapshots;
pub mod telemetry;
pub mod ticks;
pub mod trigger;
