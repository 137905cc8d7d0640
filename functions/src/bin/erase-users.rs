//! Finishes the erasure of deleted users: started by a schedule each minute.
//!
//! `delete-me` erases what it can while its caller waits. What it had no time for, what failed, and what others
//! wrote who had found the user in existence is erased here.

use app::users::ErasureReport;
use bootstrap::config::{ConfigError, Env, FromEnv, Tables};
use bootstrap::push::{self, PushEndpoint};
use bootstrap::{Error, Start, schedule, users};
use serde::Serialize;

struct Config {
    tables: Tables,
    push: PushEndpoint,
}

impl FromEnv for Config {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            tables: env.read()?,
            push: env.read()?,
        })
    }
}

/// What an invocation came to, in users.
#[derive(Serialize)]
struct Report {
    /// Of whom nothing is left.
    finished: usize,
    /// Who are to be erased again by the next invocation.
    waiting: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let push = push::client(&clients, config.push)?;
    let erase = users::erase_users(&clients, &config.tables, push);
    schedule::run(async |context| report(erase.run(context.deadline).await?)).await
}

/// Fails if somebody could not be erased, so that the failure is counted as one of the function.
fn report(report: ErasureReport) -> Result<Report, Error> {
    let ErasureReport {
        finished,
        waiting,
        failed,
    } = report;
    if failed > 0 {
        return Err(format!("{failed} deleted users could not be erased: the log says why").into());
    }
    Ok(Report { finished, waiting })
}
