//! The start of every function: typed configuration from the environment, tracing, the clock, and
//! clients that are built once, at cold start.
//!
//! The only crate that names the adapters `store` and `messaging`. No request passes through it.

#[cfg(feature = "messaging")]
pub mod alerts;
pub mod clients;
pub mod clock;
pub mod config;
#[cfg(feature = "messaging")]
pub mod dead_letters;
#[cfg(feature = "messaging")]
pub mod fanout;
#[cfg(feature = "messaging")]
pub mod feed;
#[cfg(feature = "graphql")]
pub mod graphql;
#[cfg(feature = "messaging")]
pub mod kafka;
#[cfg(feature = "messaging")]
pub mod notifications;
#[cfg(feature = "messaging")]
mod operations;
#[cfg(feature = "messaging")]
pub mod push;
#[cfg(feature = "messaging")]
pub mod registrations;
pub mod secrets;
#[cfg(feature = "messaging")]
pub mod snapshots;
pub mod telemetry;
#[cfg(feature = "messaging")]
pub mod ticks;
#[cfg(feature = "messaging")]
pub mod trigger;
#[cfg(feature = "messaging")]
pub mod users;
