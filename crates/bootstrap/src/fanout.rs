//! Everything that the fan-out of prices takes, built once.

use std::sync::Arc;

use app::feed::fanout::{EncodeFrames, FanOut};
use aws_config::SdkConfig;
use store::feed::DynamoFeed;

pub use messaging::codec::{DecodeError, decode_market_summary, decode_price_update};

use crate::clock::SystemClock;
use crate::config::Env;
use crate::{clients, push};

/// The fan-out from `FEED_TABLE` and `WEBSOCKET_URL`, with `frames` as its wire format.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub fn fan_out(
    env: &Env,
    aws: &SdkConfig,
    frames: Arc<dyn EncodeFrames>,
) -> Result<FanOut, Box<dyn std::error::Error + Send + Sync>> {
    let table = env.required("FEED_TABLE")?;
    let feed = DynamoFeed::new(clients::dynamodb(aws), table, Arc::new(SystemClock));
    let push = push::client(env, aws)?;
    Ok(FanOut::new(Arc::new(feed), frames, Arc::new(push)))
}
