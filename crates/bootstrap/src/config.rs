//! Typed configuration from environment variables.
//!
//! There are no silent defaults: a value that is missing or can't be read ends the start of the
//! function with the variable's name and what would be right. `template.yaml` sets every variable.

use std::fmt;
use std::str::FromStr;

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
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_blank_variable_is_named_with_what_would_be_right() {
        for env in [Env::from_pairs([]), Env::from_pairs([("USERS_TABLE", " ")])] {
            let error = env.required("USERS_TABLE").unwrap_err();
            assert_eq!(
                error.to_string(),
                "USERS_TABLE is not set; it must be the name of the DynamoDB table that holds users"
            );
        }
    }

    #[test]
    fn a_bad_value_is_shown_with_the_reason() {
        let env = Env::from_pairs([("MARKET_SUBSCRIPTION_USERS", "many")]);
        let error = env.parse::<u32>("MARKET_SUBSCRIPTION_USERS").unwrap_err();
        assert_eq!(
            format!("{error:?}"),
            "MARKET_SUBSCRIPTION_USERS is \"many\": invalid digit found in string; \
             it must be a number of users, 0 or more"
        );
        assert!(
            env.parse_optional::<u32>("MARKET_SUBSCRIPTION_USERS")
                .is_err()
        );
    }

    #[test]
    fn good_values_are_read() {
        let env = Env::from_pairs([("A", " 7 "), ("B", "text")]);
        assert_eq!(env.parse::<u32>("A"), Ok(7));
        assert_eq!(env.required("B"), Ok("text".to_owned()));
        assert_eq!(env.parse_optional::<u32>("C"), Ok(None));
        assert_eq!(env.optional("C"), None);
    }
}
