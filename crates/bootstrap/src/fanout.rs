//! Everything that the fan-out of prices takes, built once.

use std::sync::Arc;

use aws_config::SdkConfig;
use feed::ExecuteOperations;
use feed::fanout::FanOut;
use store::feed::DynamoFeed;

pub use messaging::codec::{DecodeError, decode_market_summary, decode_price_update};

use crate::clock::SystemClock;
use crate::config::Env;
use crate::{clients, operations};

/// The fan-out from `FEED_TABLE` and `WEBSOCKET_URL`, with `execute` as what executes the operations that others subscribed to.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub fn fan_out(
    env: &Env,
    aws: &SdkConfig,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<FanOut, Box<dyn std::error::Error + Send + Sync>> {
    let table = env.required("FEED_TABLE")?;
    let feed = DynamoFeed::new(clients::dynamodb(aws), table, Arc::new(SystemClock));
    let ports = operations::delivery(env, aws, &Arc::new(feed), execute)?;
    Ok(FanOut::new(ports))
}
