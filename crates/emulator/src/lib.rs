//! Runs what `template.yaml` declares on one machine: the very function binaries that ship, behind a
//! REST API, a WebSocket API, Kafka triggers and schedules.
//!
//! It emulates what the template declares, not AWS; a construct it does not know is an error, never
//! ignored. It builds no function into itself.

pub mod invoke;
pub mod kafka;
pub mod model;
pub mod rest;
pub mod runtime;
pub mod template;
pub mod websocket;
