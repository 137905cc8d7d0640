use crate::clients::Clients;
use crate::config::{Env, FromEnv};
use crate::telemetry;

/// What ends the start of a function. `main` prints it.
pub type Error = lambda_runtime::Error;

/// What a function has before it builds anything of its own.
#[derive(Debug)]
pub struct Start<C> {
    /// What the environment says, validated.
    pub config: C,
    /// The AWS clients.
    pub clients: Clients,
}

/// Starts a function: logging first, then its configuration, then the AWS clients.
///
/// # Errors
/// Names the variable that is missing or wrong.
pub async fn start<C: FromEnv>() -> Result<Start<C>, Error> {
    telemetry::init()?;
    let config = Env::process().read()?;
    let clients = Clients::load().await;
    Ok(Start { config, clients })
}
