//! What leaves the platform as messages: Kafka records and WebSocket frames.
//!
//! It owns the wire format of every topic and the client of API Gateway's `@connections`. It decides
//! neither what to send nor to whom.

pub mod codec;
pub mod producer;
pub mod push;
