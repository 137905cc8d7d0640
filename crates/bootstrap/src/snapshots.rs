//! Everything that asking for snapshots, looking them up, saving them and their analytics takes, built
//! once.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use app::analytics::ShowAnalytics;
use app::snapshots::{FindSnapshot, PublishSnapshot, SaveSnapshot, WritePorts, WriteSnapshots};
use aws_config::SdkConfig;
use feed::ExecuteOperations;
use messaging::producer::KafkaSnapshotPublisher;
use store::feed::DynamoFeed;
use store::snapshots::DynamoSnapshots;

pub use messaging::codec::decode_snapshot_requested;

use crate::clock::SystemClock;
use crate::config::{ConfigError, Env};
use crate::secrets::Secrets;
use crate::{clients, kafka, notifications, operations};

/// Somebody waits for the answer: what Kafka has not acknowledged by then has failed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(3);

/// What asks for snapshots, from `USERS_TABLE`, `SNAPSHOTS_TABLE`, `TOKEN_SECRET`, `PRICE_SECRET` and
/// Kafka's variables.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn save_snapshot(
    env: &Env,
    aws: &SdkConfig,
) -> Result<SaveSnapshot, Box<dyn Error + Send + Sync>> {
    let (token_secret, price_secret) =
        (env.required("TOKEN_SECRET")?, env.required("PRICE_SECRET")?);
    let users = clients::user_store(aws, env.required("USERS_TABLE")?);
    let snapshots = store(env, aws)?;
    let publisher = publisher(env, aws)?;
    let secrets = Secrets::new(aws);
    let (tokens, prices) = tokio::join!(
        secrets.token_keys(&token_secret),
        secrets.price_model(&price_secret)
    );
    Ok(SaveSnapshot {
        tokens: Box::new(tokens?),
        profiles: Box::new(users),
        prices: prices?,
        reservations: Box::new(snapshots),
        publisher,
    })
}

/// What publishes that snapshots were asked for, from Kafka's variables.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub(crate) fn publisher(
    env: &Env,
    aws: &SdkConfig,
) -> Result<Box<dyn PublishSnapshot>, Box<dyn Error + Send + Sync>> {
    let mut config = kafka::config(env, aws)?;
    config.delivery_timeout = DELIVERY_TIMEOUT;
    let producer = Arc::new(kafka::start(config)?);
    Ok(Box::new(KafkaSnapshotPublisher::new(producer)))
}

/// Where snapshots are looked up, in `SNAPSHOTS_TABLE`.
///
/// # Errors
/// If the variable is missing.
pub fn find_snapshot(env: &Env, aws: &SdkConfig) -> Result<Box<dyn FindSnapshot>, ConfigError> {
    Ok(Box::new(store(env, aws)?))
}

/// What shows analytics, from `USERS_TABLE`, `SNAPSHOTS_TABLE`, `TOKEN_SECRET` and `PRICE_SECRET`.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn show_analytics(
    env: &Env,
    aws: &SdkConfig,
) -> Result<ShowAnalytics, Box<dyn Error + Send + Sync>> {
    let (token_secret, price_secret) =
        (env.required("TOKEN_SECRET")?, env.required("PRICE_SECRET")?);
    let users = clients::user_store(aws, env.required("USERS_TABLE")?);
    let history = store(env, aws)?;
    let secrets = Secrets::new(aws);
    let (tokens, prices) = tokio::join!(
        secrets.token_keys(&token_secret),
        secrets.price_model(&price_secret)
    );
    Ok(ShowAnalytics {
        tokens: Box::new(tokens?),
        profiles: Box::new(users),
        history: Box::new(history),
        prices: prices?,
    })
}

/// What saves snapshots, from `SNAPSHOTS_TABLE`, `USERS_TABLE`, `FEED_TABLE`, `WEBSOCKET_URL` and the
/// notification service's variables, with `execute` as what executes
/// the operations that users subscribed to.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub fn write_snapshots(
    env: &Env,
    aws: &SdkConfig,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<WriteSnapshots, Box<dyn Error + Send + Sync>> {
    let feed_table = env.required("FEED_TABLE")?;
    let feed = DynamoFeed::new(clients::dynamodb(aws), feed_table, Arc::new(SystemClock));
    Ok(WriteSnapshots::new(WritePorts {
        store: Arc::new(store(env, aws)?),
        profiles: Arc::new(clients::user_store(aws, env.required("USERS_TABLE")?)),
        dispatcher: operations::dispatcher(env, aws, &Arc::new(feed), execute)?,
        notifications: notifications::client(env, aws)?,
    }))
}

pub(crate) fn store(env: &Env, aws: &SdkConfig) -> Result<DynamoSnapshots, ConfigError> {
    let table = env.required("SNAPSHOTS_TABLE")?;
    Ok(DynamoSnapshots::new(clients::dynamodb(aws), table))
}
