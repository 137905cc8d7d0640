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
mod tests;
