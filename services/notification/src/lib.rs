//! The notification service: tells people things by email and text message, each once per idempotency key.
//!
//! It knows templates, providers and its own table. It must not know why something is told, nor store a
//! recipient or a text.

mod auth;
mod check;
mod config;
mod content;
mod deadline;
mod error;
mod fields;
mod masked;
mod notification;
mod notify;
mod ports;
mod providers;
mod request;
mod server;
mod service;
mod status;
mod store;

pub use auth::{Tokens, TokensError};
pub use check::check;
pub use config::{Config, listen_address};
pub use notify::{Limits, Notifier};
pub use providers::{SesMailer, SnsTexter};
pub use server::{Server, listen, stop_on_signal};
pub use store::DynamoNotifications;
