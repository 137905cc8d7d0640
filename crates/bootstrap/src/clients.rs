//! AWS clients, built once at cold start. The SDK's own variables (`AWS_REGION`,
//! `AWS_ENDPOINT_URL_DYNAMODB` and so on) say where to.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

/// Everything is in the same region: a connection that takes longer than this will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// DynamoDB and Secrets Manager answer in milliseconds; the rest of an invocation's ten seconds goes to retries.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// The first attempt and two retries, with the SDK's own backoff and jitter.
const MAX_ATTEMPTS: u32 = 3;

/// The configuration that all AWS clients of a function share.
pub async fn aws_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
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

/// The users table: profiles, logins and failed attempts.
#[must_use]
pub fn user_store(config: &SdkConfig, table: String) -> store::users::DynamoUserStore {
    store::users::DynamoUserStore::new(dynamodb(config), table)
}
