//! Everything that the GraphQL schema's resolvers call, built once.

use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use app::alerts::UserAlerts;
use app::analytics::ShowAnalytics;
use app::directory::ListUsers;
use app::market::ShowMarket;
use app::snapshots::{SaveSnapshot, Snapshots};
use app::users::{Authenticator, DeleteUser, Users};
use aws_config::SdkConfig;
use domain::PriceModel;
use graphql_schema::{Schema, UseCases};
use store::feed::DynamoDirectory;
use uuid::Uuid;

use crate::config::Env;
use crate::secrets::{Secrets, TokenKeys};
use crate::{alerts, clients, snapshots, users};

type Anything = Box<dyn Error + Send + Sync>;

/// Whether clients may ask what the schema holds: `GRAPHQL_INTROSPECTION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introspection {
    /// They may.
    On,
    /// They may not.
    Off,
}

/// Why something is not `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is neither")]
pub struct IntrospectionError;

impl FromStr for Introspection {
    type Err = IntrospectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(IntrospectionError),
        }
    }
}

/// The schema, from the tables, `TOKEN_SECRET`, `PRICE_SECRET`, `WEBSOCKET_URL`, `MARKET_SUBSCRIPTION_USERS`,
/// `GRAPHQL_INTROSPECTION` and Kafka's variables.
///
/// # Errors
/// Whatever is missing, wrong or unreadable, by name.
pub async fn schema(env: &Env, aws: &SdkConfig) -> Result<Schema, Anything> {
    let introspection: Introspection = env.parse("GRAPHQL_INTROSPECTION")?;
    let has_introspection = introspection == Introspection::On;
    Ok(Schema::new(use_cases(env, aws).await?, has_introspection))
}

async fn use_cases(env: &Env, aws: &SdkConfig) -> Result<UseCases, Anything> {
    let users_table = env.required("USERS_TABLE")?;
    let everyone = DynamoDirectory::new(clients::dynamodb(aws), users_table.clone());
    let user_store = clients::user_store(aws, users_table);
    let market_limit = env.parse("MARKET_SUBSCRIPTION_USERS")?;
    let history = snapshots::store(env, aws)?;
    let alerts = alerts::store(env, aws)?;
    let (places, publisher) = (users::places(env, aws)?, snapshots::publisher(env, aws)?);
    let (tokens, prices) = secrets(env, aws).await?;
    let users: Arc<dyn Users> = Arc::new(user_store.clone());
    let snapshots: Arc<dyn Snapshots> = Arc::new(history);
    let token = || Box::new(Arc::clone(&tokens));
    let authenticator = || Authenticator {
        tokens: token(),
        users: Arc::clone(&users),
    };
    Ok(UseCases {
        authenticator: authenticator(),
        issuer: token(),
        users: Arc::clone(&users),
        attempts: Box::new(user_store.clone()),
        list: ListUsers {
            users: Arc::clone(&users),
        },
        market: ShowMarket::new(Arc::new(everyone), prices, market_limit),
        delete: DeleteUser {
            tokens: token(),
            deletions: Box::new(user_store),
            places,
        },
        save: SaveSnapshot {
            authenticator: authenticator(),
            prices,
            snapshots: Arc::clone(&snapshots),
            publisher,
        },
        analytics: ShowAnalytics {
            authenticator: authenticator(),
            snapshots: Arc::clone(&snapshots),
            prices,
        },
        snapshots,
        alerts: UserAlerts {
            tokens: token(),
            users,
            alerts: Arc::new(alerts),
        },
        prices,
        new_uuid: Uuid::now_v7,
    })
}

/// The token keys and the price model, read at the same time.
async fn secrets(env: &Env, aws: &SdkConfig) -> Result<(Arc<TokenKeys>, PriceModel), Anything> {
    let (token_secret, price_secret) =
        (env.required("TOKEN_SECRET")?, env.required("PRICE_SECRET")?);
    let secrets = Secrets::new(aws);
    let (tokens, prices) = tokio::join!(
        secrets.token_keys(&token_secret),
        secrets.price_model(&price_secret)
    );
    Ok((Arc::new(tokens?), prices?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introspection_is_on_or_off_and_never_guessed() {
        let read = |value| {
            Env::from_pairs([("GRAPHQL_INTROSPECTION", value)]).parse("GRAPHQL_INTROSPECTION")
        };
        assert_eq!(read("on"), Ok(Introspection::On));
        assert_eq!(read("off"), Ok(Introspection::Off));
        let error = read("true").unwrap_err();
        assert!(
            error.to_string().contains("must be `on` or `off`"),
            "{error}"
        );
    }
}
