//! Typed configuration from environment variables.
//!
//! There are no silent defaults: a value that is missing or can't be read ends the start of the
//! function with the variable's name and what would be right. `template.yaml` sets every variable.

mod variables;

use std::fmt;
use std::str::FromStr;

pub use variables::{
    EveryoneLimit, KeySecrets, OriginSecret, PriceSecret, SessionCookies, Tables, TokenSecret,
};

/// What each variable must hold: the second half of every [`ConfigError`].
const EXPECTED: &[(&str, &str)] = &[
    (
        "ALLOWED_ORIGIN",
        "the origin that browsers may call from, or *",
    ),
    ("EMAILS_PER_HOUR", "how many emails one address may get"),
    ("EMAIL_SENDER", "the address that emails come from"),
    (
        "FEED_TABLE",
        "the name of the DynamoDB table that holds connections and subscriptions",
    ),
    (
        "FEED_URL",
        "the wss URL that clients open the WebSocket feed with",
    ),
    (
        "GRAPHQL_INTROSPECTION",
        "`on` or `off`: whether clients may ask what the schema holds",
    ),
    ("KAFKA_BOOTSTRAP_SERVERS", "brokers as host:port,host:port"),
    ("KAFKA_SECURITY", "`iam` or `plaintext`"),
    (
        "KAFKA_TOPIC_PREFIX",
        "what the names of topics begin with, or empty",
    ),
    ("LISTEN_ADDRESS", "an address such as 0.0.0.0:8002"),
    ("MARKET_SUBSCRIPTION_USERS", "a number of users, 0 or more"),
    (
        "NOTIFICATIONS_TABLE",
        "the name of the DynamoDB table that holds notifications",
    ),
    (
        "NOTIFICATION_SECRET",
        "the id or ARN of the secret that holds the callers' tokens",
    ),
    (
        "NOTIFICATION_URL",
        "the URL of the notification service, such as http://notification.internal:8002",
    ),
    (
        "ORIGIN_SECRET",
        "the id or ARN of the secret that the CDN is known by",
    ),
    (
        "PRICE_SECRET",
        "the id or ARN of the secret that keys the price model",
    ),
    (
        "RUST_LOG",
        "a log filter such as `info` or `info,store=debug`",
    ),
    (
        "SNAPSHOTS_TABLE",
        "the name of the DynamoDB table that holds snapshots",
    ),
    (
        "SECURE_COOKIES",
        "`on` or `off`: whether cookies go over TLS alone",
    ),
    (
        "SESSION_SECRET",
        "the id or ARN of the secret that keys the refresh tokens",
    ),
    ("SMS_PER_HOUR", "how many text messages one number may get"),
    (
        "TOKEN_SECRET",
        "the id or ARN of the secret that holds the token keys",
    ),
    (
        "USERS_TABLE",
        "the name of the DynamoDB table that holds users",
    ),
    (
        "WEBSOCKET_URL",
        "the https URL of the WebSocket API's stage",
    ),
];

/// A variable that keeps a function from starting.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The variable is unset or empty.
    #[error("{name} is not set; it must be {}", expected(.name))]
    Missing {
        /// The variable.
        name: String,
    },
    /// The variable holds something else than it should.
    #[error("{name} is {value:?}: {reason}; it must be {}", expected(.name))]
    Invalid {
        /// The variable.
        name: String,
        /// What it holds. No variable holds a secret: secrets are named, and read at start.
        value: String,
        /// Why that can't be used.
        reason: String,
    },
}

/// `main` prints the error that it returns with `Debug`, so this is the sentence meant for people.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Configuration, or a part of it that several functions share.
pub trait FromEnv: Sized {
    /// Reads and validates it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    fn from_env(env: &Env) -> Result<Self, ConfigError>;
}

/// Declares the configuration of a function, whose parts are read in their order.
#[macro_export]
macro_rules! config {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident {
        $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $part:ty,)*
    }) => {
        $(#[$attribute])*
        $visibility struct $name {
            $($(#[$field_attribute])* $field_visibility $field: $part,)*
        }

        impl $crate::config::FromEnv for $name {
            fn from_env(env: &$crate::config::Env) -> ::std::result::Result<Self, $crate::config::ConfigError> {
                ::std::result::Result::Ok(Self {
                    $($field: env.read()?,)*
                })
            }
        }
    };
}

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The environment that configuration is read from.
pub struct Env {
    lookup: Box<Lookup>,
}

impl Env {
    /// The environment of this process. A value that is not UTF-8 counts as missing.
    #[must_use]
    pub fn process() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var(name).ok()),
        }
    }

    /// A fixed environment, for tests.
    #[must_use]
    pub fn from_pairs<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            lookup: Box::new(move |name| {
                pairs
                    .iter()
                    .find(|(n, _)| n == name)
                    .map(|(_, value)| value.clone())
            }),
        }
    }

    /// Reads a part of the configuration.
    ///
    /// # Errors
    /// As [`FromEnv::from_env`].
    pub fn read<T: FromEnv>(&self) -> Result<T, ConfigError> {
        T::from_env(self)
    }

    /// The value of a variable, if it is set to something.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] if it is unset or empty.
    pub fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.optional(name).ok_or_else(|| ConfigError::Missing {
            name: name.to_owned(),
        })
    }

    /// The value of a variable that must be set, but may be empty.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] if it is unset.
    pub fn required_or_empty(&self, name: &str) -> Result<String, ConfigError> {
        (self.lookup)(name).ok_or_else(|| ConfigError::Missing {
            name: name.to_owned(),
        })
    }

    /// The value of a variable, read as `T`.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] if it is unset or empty, [`ConfigError::Invalid`] if `T` refuses it.
    pub fn parse<T>(&self, name: &str) -> Result<T, ConfigError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let value = self.required(name)?;
        parse_value(name, value)
    }

    /// The value of a variable, read as `T`, if it is set to something.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] if `T` refuses it.
    pub fn parse_optional<T>(&self, name: &str) -> Result<Option<T>, ConfigError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        self.optional(name)
            .map(|value| parse_value(name, value))
            .transpose()
    }
}

fn parse_value<T: FromStr<Err: fmt::Display>>(name: &str, value: String) -> Result<T, ConfigError> {
    value
        .trim()
        .parse()
        .map_err(|error: T::Err| ConfigError::Invalid {
            name: name.to_owned(),
            reason: error.to_string(),
            value,
        })
}

fn expected(name: &str) -> &'static str {
    EXPECTED
        .iter()
        .find(|(variable, _)| *variable == name)
        .map_or("set as in template.yaml", |(_, expected)| expected)
}

#[cfg(test)]
mod tests;
