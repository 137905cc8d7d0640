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

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;

    use super::*;

    fn aws() -> SdkConfig {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    #[test]
    fn the_override_comes_before_the_url_of_the_api() {
        let url = (WEBSOCKET_URL, "http://api.example/live");
        let client_of = |env: &Env| format!("{:?}", client(env, &aws()).unwrap());
        assert!(client_of(&Env::from_pairs([url])).contains("api.example"));
        let local = (ENDPOINT_OVERRIDE, "http://127.0.0.1:8001/feed");
        assert!(client_of(&Env::from_pairs([url, local])).contains("127.0.0.1:8001"));
    }

    #[test]
    fn a_url_that_can_not_be_posted_to_is_named() {
        let env = Env::from_pairs([(WEBSOCKET_URL, "wss://api.example/live")]);
        let error = client(&env, &aws()).unwrap_err().to_string();
        assert!(
            error.starts_with(r#"WEBSOCKET_URL is "wss://api.example/live": its scheme is "wss""#),
            "{error}"
        );
        let error = client(&Env::from_pairs([]), &aws())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("WEBSOCKET_URL is not set"), "{error}");
    }

    #[test]
    fn nothing_is_posted_unsigned() {
        let env = Env::from_pairs([(WEBSOCKET_URL, "http://api.example/live")]);
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .build();
        let error = client(&env, &aws).unwrap_err().to_string();
        assert_eq!(error, "posting to WebSocket connections needs a region");
    }
}
