//! Everything that keeping and firing alerts takes, built once.

use std::error::Error;
use std::sync::Arc;

use app::alerts::{AlertPorts, FireAlerts, UserAlerts};
use aws_config::SdkConfig;
use feed::ExecuteOperations;
use store::feed::{DynamoAlerts, DynamoFeed};

use crate::clock::SystemClock;
use crate::config::{ConfigError, Env};
use crate::secrets::Secrets;
use crate::{clients, notifications, operations};

/// The alerts in `FEED_TABLE`: where users keep them, the fan-out finds them, and they are erased.
///
/// # Errors
/// If the variable is missing.
pub fn store(env: &Env, aws: &SdkConfig) -> Result<DynamoAlerts, ConfigError> {
    Ok(DynamoAlerts::new(feed(env, aws)?))
}

/// What users do with their alerts, from `USERS_TABLE`, `FEED_TABLE` and `TOKEN_SECRET`.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn user_alerts(
    env: &Env,
    aws: &SdkConfig,
) -> Result<UserAlerts, Box<dyn Error + Send + Sync>> {
    let token_secret = env.required("TOKEN_SECRET")?;
    let users = clients::user_store(aws, env.required("USERS_TABLE")?);
    Ok(UserAlerts {
        tokens: Box::new(Secrets::new(aws).token_keys(&token_secret).await?),
        profiles: Box::new(users),
        alerts: Box::new(store(env, aws)?),
    })
}

/// What fires alerts, from `USERS_TABLE`, `FEED_TABLE`, `WEBSOCKET_URL` and the notification service's variables,
/// with `execute` as what executes the operations that users
/// subscribed to.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub fn fire_alerts(
    env: &Env,
    aws: &SdkConfig,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<FireAlerts, Box<dyn Error + Send + Sync>> {
    let feed = feed(env, aws)?;
    let alerts = Arc::new(DynamoAlerts::new(feed.clone()));
    let dispatcher = operations::dispatcher(env, aws, &Arc::new(feed), execute)?;
    Ok(FireAlerts::new(AlertPorts {
        alerts: Arc::<DynamoAlerts>::clone(&alerts),
        eraser: alerts,
        profiles: Arc::new(clients::user_store(aws, env.required("USERS_TABLE")?)),
        notifications: notifications::client(env, aws)?,
        dispatcher: Arc::new(dispatcher),
    }))
}

fn feed(env: &Env, aws: &SdkConfig) -> Result<DynamoFeed, ConfigError> {
    let table = env.required("FEED_TABLE")?;
    Ok(DynamoFeed::new(
        clients::dynamodb(aws),
        table,
        Arc::new(SystemClock),
    ))
}
