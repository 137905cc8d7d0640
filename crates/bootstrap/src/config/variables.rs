use api::rest::CookieSecurity;

use super::{ConfigError, Env, FromEnv};

/// The names of the DynamoDB tables. The template gives every function all of them, and its role says which it may
/// use.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Profiles, logins, the roster and the outbox.
    pub users: String,
    /// Connections, subscriptions and alerts.
    pub feed: String,
    /// Snapshots and their statistics.
    pub snapshots: String,
}

/// Id or ARN of the secret that holds the token keys.
#[derive(Debug, Clone)]
pub struct TokenSecret(pub String);

/// Id or ARN of the secret that keys the price model.
#[derive(Debug, Clone)]
pub struct PriceSecret(pub String);

/// Id or ARN of the secret that the CDN in front of the APIs is known by.
#[derive(Debug, Clone)]
pub struct OriginSecret(pub String);

crate::config! {
    /// The secrets of a function that knows its callers and computes prices.
    #[derive(Debug, Clone)]
    pub struct KeySecrets {
        /// For access tokens.
        pub tokens: TokenSecret,
        /// For the price model.
        pub prices: PriceSecret,
    }
}

/// What the cookies of sessions are made with.
#[derive(Debug, Clone)]
pub struct SessionCookies {
    /// Id or ARN of the secret that keys the refresh tokens.
    pub secret: String,
    /// Where the cookies go.
    pub security: CookieSecurity,
}

/// The largest number of users at which all of them can be watched at once.
#[derive(Debug, Clone, Copy)]
pub struct EveryoneLimit(pub usize);

impl FromEnv for Tables {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            users: env.required("USERS_TABLE")?,
            feed: env.required("FEED_TABLE")?,
            snapshots: env.required("SNAPSHOTS_TABLE")?,
        })
    }
}

impl FromEnv for TokenSecret {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.required("TOKEN_SECRET").map(Self)
    }
}

impl FromEnv for PriceSecret {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.required("PRICE_SECRET").map(Self)
    }
}

impl FromEnv for OriginSecret {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.required("ORIGIN_SECRET").map(Self)
    }
}

impl FromEnv for SessionCookies {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let security = env.required("SECURE_COOKIES")?;
        Ok(Self {
            secret: env.required("SESSION_SECRET")?,
            security: match security.as_str() {
                "on" => CookieSecurity::Secure,
                "off" => CookieSecurity::Plain,
                _ => {
                    return Err(ConfigError::Invalid {
                        name: "SECURE_COOKIES".to_owned(),
                        reason: "it is neither".to_owned(),
                        value: security,
                    });
                }
            },
        })
    }
}

impl FromEnv for EveryoneLimit {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        env.parse("MARKET_SUBSCRIPTION_USERS").map(Self)
    }
}
