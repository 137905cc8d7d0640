//! The client of the WebSocket API's `@connections` as the environment describes it.

use aws_config::SdkConfig;
use messaging::push::{PushClient, PushEndpoint};

use crate::config::{ConfigError, Env};

/// The SDK's own name for another endpoint of `@connections`; the emulator sets it.
const ENDPOINT_OVERRIDE: &str = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";
/// The URL of the WebSocket API's stage.
const WEBSOCKET_URL: &str = "WEBSOCKET_URL";

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Requests must be signed.
    #[error("posting to WebSocket connections needs {0}")]
    NotFromAws(&'static str),
    /// The system's root certificates can't be loaded.
    #[error("the system's root certificates can't be loaded: {0}")]
    Roots(std::io::Error),
}

/// A client for the endpoint that the environment names.
///
/// # Errors
/// [`PushError`] names what is missing or wrong.
pub fn client(env: &Env, aws: &SdkConfig) -> Result<PushClient, PushError> {
    let endpoint: PushEndpoint = match env.parse_optional(ENDPOINT_OVERRIDE)? {
        Some(endpoint) => endpoint,
        None => env.parse(WEBSOCKET_URL)?,
    };
    let region = aws.region().ok_or(PushError::NotFromAws("a region"))?;
    let credentials = aws
        .credentials_provider()
        .ok_or(PushError::NotFromAws("credentials"))?;
    PushClient::new(endpoint, region.to_string(), credentials).map_err(PushError::Roots)
}
