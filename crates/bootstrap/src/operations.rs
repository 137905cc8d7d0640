//! What sending events to subscribers takes, built once.

use std::sync::Arc;

use api::feed::FeedFrames;
use api::operations::OperationFrames;
use aws_config::SdkConfig;
use feed::{DeliveryPorts, EventDispatcher, ExecuteOperations};
use store::feed::DynamoFeed;

use crate::config::Env;
use crate::push;

/// The connections and subscriptions of `feed`, with `execute` as what executes operations, from `WEBSOCKET_URL`.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub(crate) fn delivery(
    env: &Env,
    aws: &SdkConfig,
    feed: &Arc<DynamoFeed>,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<DeliveryPorts, Box<dyn std::error::Error + Send + Sync>> {
    Ok(DeliveryPorts {
        connections: Arc::<DynamoFeed>::clone(feed),
        audience: Arc::<DynamoFeed>::clone(feed),
        subscriptions: Arc::<DynamoFeed>::clone(feed),
        execute,
        feed: Arc::new(FeedFrames),
        operations: Arc::new(OperationFrames),
        push: Arc::new(push::client(env, aws)?),
    })
}

/// What dispatches events to the users whom they concern, likewise.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub(crate) fn dispatcher(
    env: &Env,
    aws: &SdkConfig,
    feed: &Arc<DynamoFeed>,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<EventDispatcher, Box<dyn std::error::Error + Send + Sync>> {
    Ok(EventDispatcher::new(delivery(env, aws, feed, execute)?))
}
