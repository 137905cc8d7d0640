//! The wire types of REST and of the WebSocket feed, access tokens, and the one mapping from
//! [`app::Error`] to each transport.
//!
//! It calls no use case and does no IO.

pub mod close_notice;
pub mod feed;
pub mod frames;
pub mod graphql;
pub mod instant;
pub mod market;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod operations;
pub mod origin;
pub mod problem;
mod request_error;
pub mod rest;
pub mod schedule;
pub mod token;
