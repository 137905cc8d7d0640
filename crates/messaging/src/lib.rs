//! The platform's messages: Kafka records, both ways, WebSocket frames, and notifications.
//!
//! It owns the wire format of every topic, the client of API Gateway's `@connections` and the one of the
//! notification service. It decides
//! neither what to send nor to whom.

pub mod codec;
pub mod consumer;
pub mod notifications;
pub mod producer;
pub mod push;
mod roots;
pub mod trigger;
