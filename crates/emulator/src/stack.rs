//! Starts everything in order, and stops it in the reverse.

mod data_dir;
mod deferred;
mod feed_url;
mod ports;
mod signals;
mod stand_ins;
mod start;

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Cli;
use crate::display;
use crate::kafka::Triggers;
use crate::model::Model;
use crate::runtime::{Pool, Services};
use crate::template;
use crate::websocket::WebSocketApi;

use ports::ServicePort;
use stand_ins::StandIns;

/// How long connections, then batches, may take to end before their functions are stopped.
const DRAIN: Duration = Duration::from_secs(3);

/// Everything that runs.
struct Stack {
    pool: Arc<Pool>,
    websocket: Option<WebSocketApi>,
    triggers: Arc<tokio::sync::RwLock<Option<Triggers>>>,
    schedules: TaskTracker,
    services: Arc<Services>,
    stand_ins: StandIns,
    /// No new work.
    stop: CancellationToken,
    _ports: Vec<ServicePort>,
    _data_lock: File,
}

/// Runs the template until a signal, or until standard input closes where that is asked for.
///
/// # Errors
/// If something can't be started.
pub async fn run(cli: &Cli) -> Result<()> {
    let mut stop = signals::Stop::listen(cli.stop_on_stdin_close)?;
    let (stack, url) = tokio::select! {
        started = start::start(cli) => started?,
        () = stop.wait() => return Ok(()),
    };
    writeln!(std::io::stdout(), "ready {url}").context("standard output is closed")?;
    stop.wait().await;
    display::print("\nstopping\n");
    stack.shutdown().await;
    Ok(())
}

/// Reads the template and says what it has.
///
/// # Errors
/// All that is wrong with the template.
pub fn check(cli: &Cli) -> Result<String> {
    let model = load(cli, "127.0.0.1:9092", &[])?;
    Ok(format!(
        "{}: {}",
        cli.template.display(),
        display::summary(&model)
    ))
}

fn load(cli: &Cli, kafka: &str, ports: &[ServicePort]) -> Result<Model> {
    let file = cli.template.display().to_string();
    let text = std::fs::read_to_string(&cli.template)
        .with_context(|| format!("{file} can't be read: name the template with --template"))?;
    let offered = [
        ("KafkaBootstrapServers", kafka),
        ("KafkaSecurity", "plaintext"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = template::Options {
        parameters: cli.parameters(),
        offered: offered.into_iter().chain(ports::urls(ports)).collect(),
        concurrency: cli.concurrency,
        secrets_by_name: cli.aws_endpoint.is_some(),
    };
    Ok(template::load(&file, &text, &options)?)
}

impl Stack {
    async fn shutdown(self) {
        self.stop.cancel();
        // What was not delivered in time ends with the functions' processes.
        if let Some(triggers) = self.triggers.write().await.take() {
            within("Kafka triggers", triggers.stop()).await;
        }
        if let Some(websocket) = &self.websocket {
            within("WebSockets", websocket.shutdown()).await;
        }
        self.pool.shutdown().await;
        self.schedules.close();
        within("schedules", self.schedules.wait()).await;
        // After the functions that call them.
        self.services.shutdown().await;
        for server in &self.stand_ins.servers {
            server.abort();
        }
        self.stand_ins.stop.cancel();
        self.stand_ins.tasks.close();
        within("DynamoDB", self.stand_ins.tasks.wait()).await;
    }
}

async fn within(what: &str, end: impl Future<Output = ()>) {
    if tokio::time::timeout(DRAIN, end).await.is_err() {
        tracing::warn!("{what} took too long to end and were cut off");
    }
}
