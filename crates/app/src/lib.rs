//! What Fastfusion does: its use cases, the ports they need and the one [`Error`] they return.
//!
//! Who gets what over a WebSocket is the business of `feed`, below this crate.
//!
//! Nothing here knows HTTP, Kafka, DynamoDB or a wire format, and nothing here reads the clock or the
//! environment: adapters live in `store`, `messaging` and `api`, and `bootstrap` joins them.

pub mod alerts;
pub mod analytics;
pub mod directory;
mod error;
pub mod market;
pub mod notifications;
pub mod publisher;
pub mod registrations;
pub mod sessions;
pub mod snapshots;
pub mod ticks;
pub mod users;

pub use error::{Error, FieldError, Result};
pub use feed::Causes;
