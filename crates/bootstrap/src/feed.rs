//! Everything that the WebSocket functions take, built once.

use std::error::Error;
use std::sync::Arc;

use api::feed::FeedFrames;
use api::operations::OperationFrames;
use aws_config::SdkConfig;
use feed::operations::{Control, ControlPorts, Operations, RunPorts};
use feed::session::{OpenConnection, Session, SessionPorts};
use feed::{Connections, ExecuteOperations, VerifyToken};
use messaging::push::PushClient;
use store::feed::{DynamoDirectory, DynamoFeed};

use crate::clock::SystemClock;
use crate::config::{ConfigError, Env};
use crate::secrets::Secrets;
use crate::users::verify_existing;
use crate::{clients, push};

type Anything = Box<dyn Error + Send + Sync>;

/// The connections, in `FEED_TABLE`.
///
/// # Errors
/// If the variable is missing.
pub fn connections(env: &Env, aws: &SdkConfig) -> Result<Arc<dyn Connections>, ConfigError> {
    Ok(store(env, aws)?)
}

/// What opens connections, from `FEED_TABLE`, `USERS_TABLE` and `TOKEN_SECRET`.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn open_connection(env: &Env, aws: &SdkConfig) -> Result<OpenConnection, Anything> {
    let connections = store(env, aws)?;
    Ok(OpenConnection {
        clock: Arc::new(SystemClock),
        tokens: Arc::new(verify_existing(env, aws).await?),
        connections,
    })
}

/// What answers messages: what is known about connections, and the sessions of both protocols. From `FEED_TABLE`,
/// `USERS_TABLE`, `TOKEN_SECRET`, `PRICE_SECRET`, `WEBSOCKET_URL` and `MARKET_SUBSCRIPTION_USERS`.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn messages(
    env: &Env,
    aws: &SdkConfig,
) -> Result<(Arc<dyn Connections>, Session, Control), Anything> {
    let feed = store(env, aws)?;
    let users = directory(env, aws)?;
    let everyone_limit = env.parse("MARKET_SUBSCRIPTION_USERS")?;
    let price_secret = env.required("PRICE_SECRET")?;
    let secrets = Secrets::new(aws);
    let (tokens, model) = tokio::join!(
        verify_existing(env, aws),
        secrets.price_model(&price_secret)
    );
    let tokens: Arc<dyn VerifyToken> = Arc::new(tokens?);
    let push = Arc::new(push::client(env, aws)?);
    let control = Control::new(ControlPorts {
        clock: Arc::new(SystemClock),
        tokens: Arc::clone(&tokens),
        connections: Arc::<DynamoFeed>::clone(&feed),
        subscriptions: Arc::<DynamoFeed>::clone(&feed),
        push: Arc::<PushClient>::clone(&push),
        encode: Arc::new(OperationFrames),
    });
    let ports = SessionPorts {
        clock: Arc::new(SystemClock),
        tokens,
        connections: Arc::<DynamoFeed>::clone(&feed),
        subscriptions: Arc::<DynamoFeed>::clone(&feed),
        users,
        push,
        encode: Arc::new(FeedFrames),
    };
    Ok((feed, Session::new(ports, model?, everyone_limit), control))
}

/// What runs GraphQL operations, from `FEED_TABLE`, `USERS_TABLE`, `PRICE_SECRET`, `WEBSOCKET_URL` and
/// `MARKET_SUBSCRIPTION_USERS`. `execute` executes those of subscriptions.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn operations(
    env: &Env,
    aws: &SdkConfig,
    execute: Arc<dyn ExecuteOperations>,
) -> Result<Operations, Anything> {
    let feed = store(env, aws)?;
    let everyone_limit = env.parse("MARKET_SUBSCRIPTION_USERS")?;
    let model = Secrets::new(aws)
        .price_model(&env.required("PRICE_SECRET")?)
        .await?;
    let ports = RunPorts {
        clock: Arc::new(SystemClock),
        connections: Arc::<DynamoFeed>::clone(&feed),
        subscriptions: feed,
        users: directory(env, aws)?,
        push: Arc::new(push::client(env, aws)?),
        execute,
        encode: Arc::new(OperationFrames),
        feed: Arc::new(FeedFrames),
    };
    Ok(Operations::new(ports, model, everyone_limit))
}

fn directory(env: &Env, aws: &SdkConfig) -> Result<Arc<DynamoDirectory>, ConfigError> {
    let users_table = env.required("USERS_TABLE")?;
    let dynamodb = clients::dynamodb(aws);
    Ok(Arc::new(DynamoDirectory::new(dynamodb, users_table)))
}

fn store(env: &Env, aws: &SdkConfig) -> Result<Arc<DynamoFeed>, ConfigError> {
    let table = env.required("FEED_TABLE")?;
    Ok(Arc::new(DynamoFeed::new(
        clients::dynamodb(aws),
        table,
        Arc::new(SystemClock),
    )))
}
