//! What the environment says.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use bootstrap::config::{ConfigError, Env};
use domain::user::Email;

use crate::Limits;

/// The configuration of the service.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub address: SocketAddr,
    /// The table of notifications.
    pub table: String,
    /// Id or ARN of the secret with the callers' tokens.
    pub secret: String,
    /// Who emails come from.
    pub sender: Email,
    /// How much one recipient may get.
    pub limits: Limits,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the first variable that is missing or wrong.
    pub fn read(env: &Env) -> Result<Self, ConfigError> {
        let sender = env.required("EMAIL_SENDER")?;
        let sender = Email::parse(&sender).map_err(|error| ConfigError::Invalid {
            name: "EMAIL_SENDER".to_owned(),
            value: sender,
            reason: error.to_string(),
        })?;
        Ok(Self {
            sender,
            address: listen_address(env)?,
            table: env.required("NOTIFICATIONS_TABLE")?,
            secret: env.required("NOTIFICATION_SECRET")?,
            limits: Limits {
                emails_per_hour: env.parse::<NonZeroU32>("EMAILS_PER_HOUR")?.get(),
                texts_per_hour: env.parse::<NonZeroU32>("SMS_PER_HOUR")?.get(),
            },
        })
    }
}

/// Where the service listens.
///
/// # Errors
/// If `LISTEN_ADDRESS` is missing or no address.
pub fn listen_address(env: &Env) -> Result<SocketAddr, ConfigError> {
    env.parse("LISTEN_ADDRESS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_that_is_no_address_ends_the_start() {
        let env = Env::from_pairs([("EMAIL_SENDER", "Fastfusion")]);
        assert_eq!(
            Config::read(&env).unwrap_err().to_string(),
            "EMAIL_SENDER is \"Fastfusion\": is not an email address: expected one such as ada@example.com; \
             it must be the address that emails come from"
        );
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let env = Env::from_pairs([
            ("EMAIL_SENDER", "hello@fastfusion.example"),
            ("LISTEN_ADDRESS", "127.0.0.1:0"),
            ("NOTIFICATIONS_TABLE", "notifications"),
            ("NOTIFICATION_SECRET", "secret"),
            ("EMAILS_PER_HOUR", "0"),
        ]);
        let error = Config::read(&env).unwrap_err().to_string();
        assert!(error.starts_with("EMAILS_PER_HOUR is \"0\""), "{error}");
    }
}
