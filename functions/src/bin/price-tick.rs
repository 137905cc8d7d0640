//! Drives the ticks: started by a schedule each minute, it publishes every price at every five-second boundary until
//! the next invocation takes over.

use app::ticks;
use bootstrap::clock::now_ms;
use bootstrap::config::{ConfigError, Env, FromEnv, PriceSecret, Tables};
use bootstrap::kafka::KafkaCluster;
use bootstrap::push::{self, PushEndpoint};
use bootstrap::ticks::drive_ticks;
use bootstrap::{Error, Start, schedule};
use serde::Serialize;

struct Config {
    tables: Tables,
    prices: PriceSecret,
    push: PushEndpoint,
    cluster: KafkaCluster,
}

impl FromEnv for Config {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            tables: env.read()?,
            prices: env.read()?,
            push: env.read()?,
            cluster: env.read()?,
        })
    }
}

/// What an invocation came to.
#[derive(Serialize)]
struct Report {
    /// Ticks published and acknowledged.
    ticks: u64,
    /// `taken_over` by a later invocation, or `deadline` near.
    ended: &'static str,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let prices = clients.secrets().price_model(&config.prices).await?;
    let push = push::client(&clients, config.push)?;
    let drive = drive_ticks(&clients, &config.tables, &config.cluster, push, prices)?;
    schedule::run(async |context| {
        // A repeated invocation keeps its request id and is another owner nevertheless.
        let owner = format!("{}@{}", context.request_id, now_ms());
        Ok(Report::from(drive.run(&owner, context.deadline).await?))
    })
    .await
}

impl From<ticks::Report> for Report {
    fn from(report: ticks::Report) -> Self {
        let ended = match report.ended {
            ticks::Ended::TakenOver => "taken_over",
            ticks::Ended::Deadline => "deadline",
        };
        Self {
            ticks: report.ticks,
            ended,
        }
    }
}
