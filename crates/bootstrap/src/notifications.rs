//! The client of the notification service as the environment describes it.

use std::sync::Arc;

use app::notifications::SendNotification;
use aws_config::SdkConfig;
use messaging::notifications::{NotificationClient, NotificationEndpoint};

use crate::config::{ConfigError, Env};
use crate::secrets::{SecretError, Secrets};

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum NotificationsError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The token can't be read, or is none.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// A client for `NOTIFICATION_URL` with the token in the first line of the secret `NOTIFICATION_SECRET`. It
/// connects when it is first used.
///
/// The service accepts the tokens of all lines. So to roll the token: add a second line with the new one, restart the
/// service, put the new one first, and remove the old one once no function runs that has read it.
///
/// # Errors
/// [`NotificationsError`] names what is missing, wrong or unreadable.
pub async fn client(
    env: &Env,
    aws: &SdkConfig,
) -> Result<Arc<dyn SendNotification>, NotificationsError> {
    let endpoint: NotificationEndpoint = env.parse("NOTIFICATION_URL")?;
    let id = env.required("NOTIFICATION_SECRET")?;
    let secret = Secrets::new(aws).read(&id).await?;
    let token = secret.lines().next().unwrap_or_default().trim();
    let client =
        NotificationClient::new(&endpoint, token).map_err(|error| SecretError::Unusable {
            id,
            reason: error.to_string(),
        })?;
    Ok(Arc::new(client))
}

#[cfg(test)]
mod tests {
    use aws_config::BehaviorVersion;

    use super::*;

    #[tokio::test]
    async fn a_bad_variable_is_named() {
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
            let Err(error) = client(&env, &aws).await else {
                panic!("it was accepted")
            };
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}
