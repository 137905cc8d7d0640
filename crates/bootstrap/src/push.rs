//! The client of the WebSocket API's `@connections`.

use messaging::push::PushClient;
pub use messaging::push::PushEndpoint;

use crate::clients::Clients;
use crate::config::{ConfigError, Env, FromEnv};

/// The SDK's own name for another endpoint of `@connections`; the emulator sets it.
const ENDPOINT_OVERRIDE: &str = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";
/// The URL of the WebSocket API's stage.
const WEBSOCKET_URL: &str = "WEBSOCKET_URL";

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Requests must be signed.
    #[error("posting to WebSocket connections needs {0}")]
    NotFromAws(&'static str),
}

impl FromEnv for PushEndpoint {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        match env.parse_optional(ENDPOINT_OVERRIDE)? {
            Some(endpoint) => Ok(endpoint),
            None => env.parse(WEBSOCKET_URL),
        }
    }
}

/// A client for this endpoint.
///
/// # Errors
/// [`PushError`] names what is missing.
pub fn client(clients: &Clients, endpoint: PushEndpoint) -> Result<PushClient, PushError> {
    let aws = &clients.sdk;
    let region = aws.region().ok_or(PushError::NotFromAws("a region"))?;
    let credentials = aws
        .credentials_provider()
        .ok_or(PushError::NotFromAws("credentials"))?;
    Ok(PushClient::new(endpoint, region.to_string(), credentials))
}

#[cfg(test)]
mod tests;
