use std::error::Error;
use std::time::Duration;

use aws_config::Region;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_msk_iam_sasl_signer::generate_auth_token_from_credentials_provider;
use rdkafka::client::OAuthToken;
use tokio::runtime::Handle;

/// Credentials come from the environment of a function; elsewhere they may take a request.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes the tokens that MSK takes for AWS IAM: a signed request to connect, good for fifteen minutes.
pub(super) struct TokenSource {
    region: String,
    credentials: SharedCredentialsProvider,
    runtime: Handle,
}

impl TokenSource {
    pub(super) fn new(
        region: String,
        credentials: SharedCredentialsProvider,
        runtime: Handle,
    ) -> Self {
        Self {
            region,
            credentials,
            runtime,
        }
    }

    /// Blocks: librdkafka asks from its polling thread.
    pub(super) fn token(&self) -> Result<OAuthToken, Box<dyn Error>> {
        let region = Region::new(self.region.clone());
        let signing =
            generate_auth_token_from_credentials_provider(region, self.credentials.clone());
        let signed = self
            .runtime
            .block_on(async { tokio::time::timeout(TOKEN_TIMEOUT, signing).await });
        let (token, lifetime_ms) = signed??;
        // MSK reads who connects from the token; librdkafka only wants a name.
        Ok(OAuthToken {
            token,
            principal_name: "fastfusion".to_owned(),
            lifetime_ms,
        })
    }
}

#[cfg(test)]
mod tests;
