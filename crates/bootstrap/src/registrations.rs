//! Everything that following up registrations takes, built once.

use std::sync::Arc;

use app::registrations::FollowUpRegistrations;
use aws_config::SdkConfig;
use feed::ExecuteOperations;

pub use messaging::codec::decode_user_registered;

use crate::config::Env;
use crate::secrets::Secrets;
use crate::{clients, fanout, notifications};

/// Builds it from `USERS_TABLE`, `FEED_TABLE`, `WEBSOCKET_URL`, `PRICE_SECRET` and the notification service's
/// variables, with `execute` as what executes the operations that
/// others subscribed to.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn follow_up(
    env: &Env,
    aws: &SdkConfig,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<FollowUpRegistrations, Box<dyn std::error::Error + Send + Sync>> {
    let price_secret = env.required("PRICE_SECRET")?;
    Ok(FollowUpRegistrations {
        fan_out: fanout::fan_out(env, aws, execute)?,
        profiles: Arc::new(clients::user_store(aws, env.required("USERS_TABLE")?)),
        notifications: notifications::client(env, aws)?,
        prices: Secrets::new(aws).price_model(&price_secret).await?,
    })
}
