//! The AWS services that functions and services call, on this machine: DynamoDB embedded, Secrets Manager with generated values,
//! SES and SNS as a capture of what would have been sent; or what the template declares of them, made in another emulator of AWS.
//!
//! It must not send a message to the outside, nor emulate more of a service than the template's resources need.

mod capture;
pub mod dynamodb;
mod endpoint;
mod provision;
mod secrets;

use aws_sdk_dynamodb::config::Credentials;

pub use capture::{Capture, CapturedMessage, Channel, Faults, Message};
pub use endpoint::AwsEndpoint;
pub use provision::{ProvisionError, provision};
pub use secrets::{Secrets, SecretsError};

/// Emulators of AWS ask for a signature and don't verify it. They tell accounts apart by the key, so everybody signs with the same
/// one: functions do (`emulator-runtime`).
fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "emulator")
}
