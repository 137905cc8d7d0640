//! The start of every function: typed configuration from the environment, tracing, the clock, clients that are built
//! once, at cold start, and the loop that gives events to a handler.
//!
//! The only crate that names the adapters `store` and `messaging`. It decides nothing about a request.

#[cfg(feature = "functions")]
pub mod alerts;
pub mod clients;
pub mod clock;
pub mod config;
#[cfg(feature = "functions")]
pub mod consumer;
#[cfg(feature = "functions")]
pub mod dead_letters;
#[cfg(feature = "functions")]
pub mod graphql;
mod https;
#[cfg(feature = "functions")]
pub mod ids;
#[cfg(feature = "functions")]
pub mod kafka;
#[cfg(feature = "functions")]
pub mod live;
#[cfg(feature = "functions")]
pub mod memo;
#[cfg(feature = "functions")]
pub mod notifications;
#[cfg(feature = "functions")]
pub mod push;
#[cfg(feature = "functions")]
pub mod registrations;
#[cfg(feature = "functions")]
pub mod rest;
#[cfg(feature = "functions")]
pub mod schedule;
pub mod secrets;
#[cfg(feature = "functions")]
pub mod snapshots;
#[cfg(feature = "functions")]
mod start;
pub mod telemetry;
#[cfg(feature = "functions")]
pub mod ticks;
#[cfg(feature = "functions")]
pub mod users;
#[cfg(feature = "functions")]
pub mod websocket;

#[cfg(feature = "functions")]
pub use start::{Error, Start, start};
