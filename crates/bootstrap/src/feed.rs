//! Everything that the WebSocket functions take, built once.

use std::error::Error;
use std::sync::Arc;

use app::feed::ReadAudience;
use app::feed::session::{OpenConnection, SendReplies, Session, SessionPorts};
use aws_config::SdkConfig;
use store::feed::{DynamoDirectory, DynamoFeed};

use crate::clients;
use crate::clock::SystemClock;
use crate::config::{ConfigError, Env};
use crate::secrets::Secrets;
use crate::users::verify_existing;

/// Connections, subscriptions and the audience, in `FEED_TABLE`.
///
/// # Errors
/// If the variable is missing.
pub fn audience(env: &Env, aws: &SdkConfig) -> Result<Arc<dyn ReadAudience>, ConfigError> {
    Ok(store(env, aws)?)
}

/// What opens connections, from `FEED_TABLE`, `USERS_TABLE` and `TOKEN_SECRET`.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn open_connection(
    env: &Env,
    aws: &SdkConfig,
) -> Result<OpenConnection, Box<dyn Error + Send + Sync>> {
    let connections = store(env, aws)?;
    Ok(OpenConnection {
        clock: Arc::new(SystemClock),
        tokens: Arc::new(verify_existing(env, aws).await?),
        connections,
    })
}

/// What answers messages, from `FEED_TABLE`, `USERS_TABLE`, `TOKEN_SECRET`, `PRICE_SECRET` and
/// `MARKET_SUBSCRIPTION_USERS`. `replies` sends all replies to a message but the last.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn session(
    env: &Env,
    aws: &SdkConfig,
    replies: Arc<dyn SendReplies>,
) -> Result<Session, Box<dyn Error + Send + Sync>> {
    let feed = store(env, aws)?;
    let users = DynamoDirectory::new(clients::dynamodb(aws), env.required("USERS_TABLE")?);
    let everyone_limit = env.parse("MARKET_SUBSCRIPTION_USERS")?;
    let price_secret = env.required("PRICE_SECRET")?;
    let secrets = Secrets::new(aws);
    let (tokens, model) = tokio::join!(
        verify_existing(env, aws),
        secrets.price_model(&price_secret)
    );
    let ports = SessionPorts {
        clock: Arc::new(SystemClock),
        tokens: Arc::new(tokens?),
        connections: Arc::<DynamoFeed>::clone(&feed),
        subscriptions: Arc::<DynamoFeed>::clone(&feed),
        audience: feed,
        users: Arc::new(users),
        replies,
    };
    Ok(Session::new(ports, model?, everyone_limit))
}

fn store(env: &Env, aws: &SdkConfig) -> Result<Arc<DynamoFeed>, ConfigError> {
    let table = env.required("FEED_TABLE")?;
    Ok(Arc::new(DynamoFeed::new(
        clients::dynamodb(aws),
        table,
        Arc::new(SystemClock),
    )))
}
