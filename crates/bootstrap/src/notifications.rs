//! The client of the notification service.

use std::sync::Arc;
use std::time::Duration;

use app::notifications::{Notification, NotificationError, Notifications};
use async_trait::async_trait;
use messaging::notifications::{NotificationClient, NotificationEndpoint};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use crate::clients::Clients;
use crate::config::{ConfigError, Env, FromEnv};
use crate::secrets::{SecretError, Secrets};

/// The notification service, and the secret whose first line is the token for it.
#[derive(Debug, Clone)]
pub struct NotificationService {
    endpoint: NotificationEndpoint,
    secret_id: String,
}

impl FromEnv for NotificationService {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            endpoint: env.parse("NOTIFICATION_URL")?,
            secret_id: env.required("NOTIFICATION_SECRET")?,
        })
    }
}

/// A client that reads the secret and connects when it is first used: most processes that send prices never see an
/// alert, and none of them shall fail to start because of one.
#[must_use]
pub fn client(clients: &Clients, service: NotificationService) -> Arc<dyn Notifications> {
    Arc::new(LazyClient {
        service,
        secrets: clients.secrets(),
        client: OnceCell::new(),
    })
}

struct LazyClient {
    service: NotificationService,
    secrets: Secrets,
    client: OnceCell<NotificationClient>,
}

impl LazyClient {
    async fn start(&self) -> Result<NotificationClient, SecretError> {
        let NotificationService {
            endpoint,
            secret_id,
        } = &self.service;
        let secret = self.secrets.read(secret_id).await?;
        let token = secret.lines().next().unwrap_or_default().trim();
        NotificationClient::new(endpoint, token).map_err(|error| SecretError::Unusable {
            id: secret_id.clone(),
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
mod tests;
