//! Runs what `template.yaml` declares on one machine: the very function binaries that ship, behind a
//! REST API, a WebSocket API, Kafka triggers and schedules.
//!
//! It emulates what the template declares, not AWS; a construct it does not know is an error, never
//! ignored. It builds no function into itself.

pub mod aws;
pub mod cli;
mod clock;
pub mod display;
pub mod dynamodb;
mod front;
pub mod invoke;
pub mod kafka;
pub mod model;
pub mod outbox;
pub mod rest;
pub mod runtime;
pub mod schedule;
pub mod secrets;
mod serve;
pub mod stack;
pub mod status;
pub mod template;
pub mod websocket;
