//! AWS clients, built once at cold start. The SDK's own variables (`AWS_REGION`,
//! `AWS_ENDPOINT_URL_DYNAMODB` and so on) say where to.

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

use crate::https;
use crate::secrets::Secrets;

/// Everything is in the same region: a connection that takes longer than this will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// DynamoDB and Secrets Manager answer in milliseconds; the rest of an invocation's ten seconds goes to retries.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// The first attempt and two retries, with the SDK's own backoff and jitter.
const MAX_ATTEMPTS: u32 = 3;

/// The configuration that all AWS clients of a function share.
pub async fn aws_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(https::client())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .load()
        .await
}

/// A DynamoDB client.
#[must_use]
pub fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(config)
}

/// The clients of one process, each built when it is first asked for: then all who use it share its connections.
#[derive(Debug)]
pub struct Clients {
    pub(crate) sdk: SdkConfig,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
}

impl Clients {
    /// Clients for the region and with the credentials of this process.
    pub async fn load() -> Self {
        aws_config().await.into()
    }

    /// The DynamoDB client.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| dynamodb(&self.sdk)).clone()
    }

    /// A reader of secrets.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        Secrets::new(&self.sdk)
    }
}

impl From<SdkConfig> for Clients {
    fn from(sdk: SdkConfig) -> Self {
        Self {
            sdk,
            dynamodb: OnceLock::new(),
        }
    }
}
