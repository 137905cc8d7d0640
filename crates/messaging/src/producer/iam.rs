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
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use aws_credential_types::Credentials;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    #[tokio::test]
    async fn a_token_is_a_signed_request_to_connect_good_for_fifteen_minutes() {
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI",
            Some("session".into()),
            None,
            "test",
        );
        let source = TokenSource::new(
            "eu-central-1".to_owned(),
            SharedCredentialsProvider::new(credentials),
            Handle::current(),
        );
        let token = tokio::task::spawn_blocking(move || source.token().map_err(|e| e.to_string()))
            .await
            .unwrap()
            .unwrap();

        let url = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(&token.token).unwrap()).unwrap();
        assert!(
            url.starts_with(
                "https://kafka.eu-central-1.amazonaws.com/?Action=kafka-cluster%3AConnect"
            ),
            "{url}"
        );
        for part in [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=AKIDEXAMPLE%2F",
            "%2Feu-central-1%2Fkafka-cluster%2Faws4_request",
            "X-Amz-Expires=900",
            "X-Amz-Security-Token=session",
            "X-Amz-Signature=",
        ] {
            assert!(url.contains(part), "{part} is not in {url}");
        }
        let now_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis() as i64;
        let lifetime_ms = token.lifetime_ms - now_ms;
        assert!((870_000..=900_000).contains(&lifetime_ms), "{lifetime_ms}");
    }
}
