//! The Kafka triggers alone, for functions that run elsewhere.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use emulator_kafka::{Broker, Triggers};
use emulator_lambda::DeployedFunctions;

use crate::args::TriggersArgs;
use crate::display::{self, StartProgress};
use crate::signals::Stop;
use crate::template::{self, Place};

/// How long invocations that are under way may take to end before the process does: their batches are delivered again.
const DRAIN: Duration = Duration::from_secs(10);

/// Polls until a signal, or until standard input closes where that is asked for.
///
/// # Errors
/// If the template, Kafka or the functions are not as they must be.
pub(crate) async fn run(args: &TriggersArgs) -> Result<()> {
    let mut stop = Stop::listen(args.stop_on_stdin_close)?;
    let triggers = tokio::select! {
        started = start(args) => started?,
        () = stop.wait() => return Ok(()),
    };
    writeln!(std::io::stdout(), "ready").context("standard output is closed")?;
    stop.wait().await;
    display::print("\nstopping, a second Ctrl-C ends at once\n");
    tokio::select! {
        ended = tokio::time::timeout(DRAIN, triggers.stop()) => if ended.is_err() {
            tracing::warn!("invocations did not end within {DRAIN:?}: their batches are delivered again at the next start");
        },
        () = stop.wait_for_another() => display::print("\nended at once\n"),
    }
    Ok(())
}

async fn start(args: &TriggersArgs) -> Result<Triggers> {
    let mut progress = StartProgress::default();
    let place = Place {
        kafka: &args.kafka,
        concurrency: 1,
        ..Place::default()
    };
    let mut model = template::load(&args.template, place)?;
    args.consumers.prefix_groups(&mut model.kafka_triggers);
    let file = args.template.file.display();
    let triggers = &model.kafka_triggers;
    ensure!(
        !triggers.is_empty(),
        "{file} has no Kafka trigger to poll for"
    );
    progress.done("template", display::summary(&model));

    let broker = Broker::external(&args.kafka).await?;
    broker.create_topics(&model.topics).await?;
    progress.done("kafka", broker.bootstrap_servers());

    let functions: BTreeSet<&str> = triggers
        .iter()
        .map(|trigger| trigger.function.as_str())
        .collect();
    let functions = DeployedFunctions::find(&args.functions_endpoint, &args.stack, functions);
    let functions = Arc::new(functions.await?);
    progress.done("functions", &args.functions_endpoint);

    let consumers = args.consumers.consumers_per_trigger;
    let started = Triggers::start(&broker, triggers, functions.clone(), consumers).await?;
    progress.done("triggers", format!("{} Kafka", triggers.len()));
    let polled = triggers.iter().map(|trigger| {
        let name = &functions.names()[&trigger.function];
        (trigger.topic.as_str(), name.as_str())
    });
    progress.finish_polling(&file.to_string(), polled);
    Ok(started)
}
