//! Everything that driving the ticks takes, built once.

use std::sync::Arc;

use app::ticks::{DriveTicks, Ports, Words};
use aws_config::SdkConfig;
use messaging::producer::KafkaTickPublisher;
use store::feed::DynamoFeed;
use store::ticks::DynamoTicks;

use crate::clock::SystemClock;
use crate::config::Env;
use crate::secrets::Secrets;
use crate::{clients, kafka, push};

/// Builds the driver of the ticks from `PRICE_SECRET`, `USERS_TABLE`, `FEED_TABLE`, `WEBSOCKET_URL` and
/// Kafka's variables. `words` are what connections are told that are looked after.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn drive_ticks(
    env: &Env,
    aws: &SdkConfig,
    words: Words,
) -> Result<DriveTicks, Box<dyn std::error::Error + Send + Sync>> {
    let feed_table = env.required("FEED_TABLE")?;
    let dynamodb = clients::dynamodb(aws);
    let clock = Arc::new(SystemClock);
    let ticks = DynamoTicks::new(dynamodb.clone(), env.required("USERS_TABLE")?, &feed_table);
    let ticks = Arc::new(ticks);
    let feed = DynamoFeed::new(dynamodb, feed_table, Arc::<SystemClock>::clone(&clock));
    let producer = Arc::new(kafka::producer(env, aws)?);
    let ports = Ports {
        clock,
        publisher: Arc::new(KafkaTickPublisher::new(producer)),
        roster: Arc::<DynamoTicks>::clone(&ticks),
        lease: Arc::<DynamoTicks>::clone(&ticks),
        outbox: Arc::<DynamoTicks>::clone(&ticks),
        connections: ticks,
        feed: Arc::new(feed),
        push: Arc::new(push::client(env, aws)?),
    };
    let model = Secrets::new(aws)
        .price_model(&env.required("PRICE_SECRET")?)
        .await?;
    Ok(DriveTicks::new(ports, model, words))
}
