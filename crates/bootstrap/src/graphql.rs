//! The GraphQL schema, with the use cases that its resolvers call.

use std::str::FromStr;
use std::sync::Arc;

use app::directory::ListUsers;
use app::market::ShowMarket;
use app::users::Users;
use domain::PriceModel;
use feed::Answering;
use graphql_schema::{Schema, UseCases};
use uuid::Uuid;

use crate::Error;
use crate::clients::Clients;
use crate::config::{ConfigError, Env, EveryoneLimit, FromEnv, Tables};
use crate::push::{self, PushEndpoint};
use crate::secrets::TokenKeys;
use crate::{alerts, live, snapshots, users};

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

impl FromEnv for Introspection {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.parse("GRAPHQL_INTROSPECTION")
    }
}

crate::config! {
    /// What the schema's use cases need.
    #[derive(Debug, Clone)]
    pub struct SchemaConfig {
        /// The tables.
        pub tables: Tables,
        /// Where connections are posted to.
        pub push: PushEndpoint,
        /// The largest number of users at which all of them can be watched at once.
        pub everyone_limit: EveryoneLimit,
        introspection: Introspection,
    }
}

/// The schema on the use cases of REST, executed for connections that are `answering`, if for any. Must be called within a
/// Tokio runtime.
///
/// # Errors
/// Names what is missing or wrong.
pub fn schema(
    clients: &Clients,
    config: &SchemaConfig,
    tokens: &Arc<TokenKeys>,
    prices: PriceModel,
    answering: Answering,
) -> Result<Schema, Error> {
    let tables = &config.tables;
    let everyone = live::directory(clients, tables);
    let push = push::client(clients, config.push.clone())?;
    let user_store = users::store(clients, tables);
    let users: Arc<dyn Users> = Arc::new(user_store.clone());
    let use_cases = UseCases {
        authenticator: users::authenticator(clients, tables, Arc::clone(tokens)),
        issuer: Box::new(Arc::clone(tokens)),
        users: Arc::clone(&users),
        attempts: Box::new(user_store),
        list: ListUsers { users },
        market: ShowMarket::new(Arc::new(everyone), prices, config.everyone_limit.0),
        delete: users::delete_user(clients, tables, push, answering),
        save: snapshots::save_snapshot(clients, tables, prices),
        snapshots: Arc::new(snapshots::store(clients, tables)),
        analytics: snapshots::show_analytics(clients, tables, prices),
        alerts: alerts::user_alerts(clients, tables),
        prices,
        new_uuid: Uuid::now_v7,
    };
    let has_introspection = config.introspection == Introspection::On;
    Ok(Schema::new(use_cases, has_introspection))
}

#[cfg(test)]
mod tests;
