//! The platform's messages: Kafka records, both ways, and WebSocket frames.
//!
//! It owns the wire format of every topic and the client of API Gateway's `@connections`. It decides
//! neither what to send nor to whom.

pub mod codec;
pub mod producer;
pub mod push;
pub mod trigger;
