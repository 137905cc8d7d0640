//! What subscriptions to operations take, built once.

use std::sync::Arc;

use api::operations::OperationFrames;
use aws_config::SdkConfig;
use feed::{ExecuteOperations, OperationPorts, TellPorts, TellUser};
use store::feed::DynamoFeed;

use crate::config::Env;
use crate::push;

/// The operations and subscriptions of `feed`, with `execute` as what executes them.
pub(crate) fn ports(feed: &Arc<DynamoFeed>, execute: Arc<dyn ExecuteOperations>) -> OperationPorts {
    OperationPorts {
        operations: Arc::<DynamoFeed>::clone(feed),
        execute,
        encode: Arc::new(OperationFrames),
        subscriptions: Arc::<DynamoFeed>::clone(feed),
    }
}

/// What tells users what concerns them alone, from `WEBSOCKET_URL`.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub(crate) fn tell_user(
    env: &Env,
    aws: &SdkConfig,
    feed: &Arc<DynamoFeed>,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<TellUser, Box<dyn std::error::Error + Send + Sync>> {
    Ok(TellUser::new(TellPorts {
        connections: Arc::<DynamoFeed>::clone(feed),
        audience: Arc::<DynamoFeed>::clone(feed),
        push: Arc::new(push::client(env, aws)?),
        operations: ports(feed, execute),
    }))
}
