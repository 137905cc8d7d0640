//! Everything that telling whether users exist, deleting them and erasing them takes, built once.

use std::error::Error;
use std::sync::Arc;

use api::close_notice;
use app::users::{DeleteUser, EraseUser, EraseUsers, Erasers, VerifyExisting};
use aws_config::SdkConfig;
use feed::EraseConnections;
use store::feed::{DynamoAlerts, DynamoFeed};
use store::snapshots::DynamoSnapshots;
use store::users::DynamoUserStore;

use crate::clock::SystemClock;
use crate::config::{ConfigError, Env};
use crate::secrets::Secrets;
use crate::{clients, push};

type Anything = Box<dyn Error + Send + Sync>;

/// What verifies tokens of users who still exist, from `TOKEN_SECRET` and `USERS_TABLE`.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn verify_existing(env: &Env, aws: &SdkConfig) -> Result<VerifyExisting, Anything> {
    let token_secret = env.required("TOKEN_SECRET")?;
    Ok(VerifyExisting {
        profiles: Box::new(store(env, aws)?),
        tokens: Box::new(Secrets::new(aws).token_keys(&token_secret).await?),
    })
}

/// What deletes users, from `TOKEN_SECRET`, `USERS_TABLE` and what [`erase_users`] needs.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn delete_user(env: &Env, aws: &SdkConfig) -> Result<DeleteUser, Anything> {
    let token_secret = env.required("TOKEN_SECRET")?;
    Ok(DeleteUser {
        accounts: Box::new(store(env, aws)?),
        places: places(env, aws)?,
        tokens: Box::new(Secrets::new(aws).token_keys(&token_secret).await?),
    })
}

/// What finishes the erasure of deleted users, from `USERS_TABLE`, `FEED_TABLE`, `SNAPSHOTS_TABLE` and
/// `WEBSOCKET_URL`.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub fn erase_users(env: &Env, aws: &SdkConfig) -> Result<EraseUsers, Anything> {
    Ok(EraseUsers {
        clock: Arc::new(SystemClock),
        deletions: Box::new(store(env, aws)?),
        places: places(env, aws)?,
    })
}

/// Every place but the users table where something is kept of users.
pub(crate) fn places(env: &Env, aws: &SdkConfig) -> Result<Box<dyn EraseUser>, Anything> {
    let dynamodb = clients::dynamodb(aws);
    let feed_table = env.required("FEED_TABLE")?;
    let feed = DynamoFeed::new(dynamodb.clone(), feed_table, Arc::new(SystemClock));
    let connections = EraseConnections {
        connections: Arc::new(feed.clone()),
        push: Arc::new(push::client(env, aws)?),
        farewell: close_notice::account_deleted(),
    };
    let snapshots = DynamoSnapshots::new(dynamodb, env.required("SNAPSHOTS_TABLE")?);
    Ok(Box::new(Erasers(vec![
        Box::new(connections),
        Box::new(DynamoAlerts::new(feed)),
        Box::new(snapshots),
    ])))
}

fn store(env: &Env, aws: &SdkConfig) -> Result<DynamoUserStore, ConfigError> {
    Ok(clients::user_store(aws, env.required("USERS_TABLE")?))
}
