//! The client of the notification service as the environment describes it.

use std::sync::Arc;
use std::time::Duration;

use app::notifications::{Notification, NotificationError, Notifications};
use async_trait::async_trait;
use aws_config::SdkConfig;
use messaging::notifications::{NotificationClient, NotificationEndpoint};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use crate::config::{ConfigError, Env};
use crate::secrets::{SecretError, Secrets};

/// A client for `NOTIFICATION_URL` with the token in the first line of the secret `NOTIFICATION_SECRET`. It reads the
/// secret and connects when it is first used: most processes that send prices never see an alert, and none of them
/// shall fail to start because of one.
///
/// # Errors
/// If a variable is missing or wrong.
pub fn client(env: &Env, aws: &SdkConfig) -> Result<Arc<dyn Notifications>, ConfigError> {
    Ok(Arc::new(LazyClient {
        endpoint: env.parse("NOTIFICATION_URL")?,
        secret_id: env.required("NOTIFICATION_SECRET")?,
        secrets: Secrets::new(aws),
        client: OnceCell::new(),
    }))
}

struct LazyClient {
    endpoint: NotificationEndpoint,
    secret_id: String,
    secrets: Secrets,
    client: OnceCell<NotificationClient>,
}

impl LazyClient {
    async fn start(&self) -> Result<NotificationClient, SecretError> {
        let secret = self.secrets.read(&self.secret_id).await?;
        let token = secret.lines().next().unwrap_or_default().trim();
        NotificationClient::new(&self.endpoint, token).map_err(|error| SecretError::Unusable {
            id: self.secret_id.clone(),
            reason: error.to_string(),
        })
    }
}

#[async_trait]
impl Notifications for LazyClient {
    async fn send(
        &self,
        notification: &Notification,
        budget: Duration,
    ) -> Result<(), NotificationError> {
        let start = Instant::now();
        let client = timeout(budget, self.client.get_or_try_init(|| self.start()))
            .await
            .map_err(|error| NotificationError::Unavailable(Box::new(error)))?
            .map_err(|error| NotificationError::Unavailable(Box::new(error)))?;
        let left = budget.saturating_sub(start.elapsed());
        client.send(notification, left).await
    }
}

#[cfg(test)]
mod tests {
    use aws_config::BehaviorVersion;

    use super::*;

    #[test]
    fn a_bad_variable_is_named() {
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .build();
        for (env, expected) in [
            (Env::from_pairs([]), "NOTIFICATION_URL is not set"),
            (
                Env::from_pairs([("NOTIFICATION_URL", "https://there:8002")]),
                "NOTIFICATION_URL is \"https://there:8002\": not the http URL",
            ),
        ] {
            let Err(error) = client(&env, &aws) else {
                panic!("it was accepted")
            };
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}
