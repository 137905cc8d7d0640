//! The AWS services that functions and services call, on this machine: DynamoDB embedded, Secrets Manager with generated values,
//! SES and SNS as a capture of what would have been sent.
//!
//! It must not send anything to the outside, nor emulate more of a service than the template's resources need.

mod capture;
pub mod dynamodb;
mod endpoint;
mod secrets;

pub use capture::{Capture, CapturedMessage, Channel, Faults, Message};
pub use endpoint::AwsEndpoint;
pub use secrets::{Secrets, SecretsError};
