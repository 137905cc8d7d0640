//! The start, step by step.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use emulator_gateway::{ManagementPort, RestApi, WebSocketApi};
use emulator_kafka::{RecordStreams, Triggers};
use emulator_runtime::{Endpoints, Pool, RuntimeOptions, Services, Supervisor};
use emulator_template::Model;
use emulator_template::model::{KafkaTrigger, Schedule};
use tokio_util::sync::CancellationToken;

use super::backends::{self, Backends};
use super::load::load;
use super::ports::ServicePort;
use super::running::{Processes, Stack};
use super::{data_dir, ports, site, websocket_url};
use crate::args::Args;
use crate::clients::Clients;
use crate::console::{self, Addresses, Console};
use crate::display::{StartProgress, summary};
use crate::front_door::{Behind, FrontDoor, Listeners};
use crate::schedules;

/// Lambda gives a function so long to ask for its first invocation.
const INIT: Duration = Duration::from_secs(10);

/// Starts everything; returns it and the URL of the front door.
pub(super) async fn start(args: &Args) -> Result<(Stack, String)> {
    let started = Instant::now();
    let mut progress = StartProgress::default();
    // What is wrong with template, port or data directory is said before anything starts.
    let model = load(args, "", &[])?;
    let site = site::open(args)?;
    progress.done("template", summary(&model));
    let listeners = Listeners::bind(args.listen, args.port).await?;
    let front = listeners.local()?;
    let ports = ports::take(args, &model.services)?;
    let data_lock = data_dir::lock(&args.data_dir)?;

    let backends = backends::start(args, &model, &mut progress).await?;
    let mut model = load(args, backends.broker.bootstrap_servers(), &ports)?;
    websocket_url::point_at(&mut model, front);
    let (processes, options) = start_processes(args, &model, &backends, &ports).await?;
    let pool = &processes.pool;
    progress.done(
        "functions",
        format!("{} start when needed", model.functions.len()),
    );
    processes.services.healthy().await?;
    progress.done("services", ports::summary(args, &ports));
    let (broker, consumers) = (&backends.broker, args.consumers.consumers_per_trigger);
    let starting = Triggers::start(broker, &model.kafka_triggers, pool.clone(), consumers);
    let triggers = Arc::new(starting.await?);

    let addresses = addresses(args, front, &backends, &options);
    let closing = CancellationToken::new();
    let console = console(
        args, &processes, &backends, &triggers, &addresses, &closing, started,
    );
    site::report(args, site.as_ref()).await;
    let behind = Behind {
        site,
        rest: model.rest.map(|rest| RestApi::new(rest, pool.clone())),
        websocket: processes.websocket.clone(),
    };
    let front_door = FrontDoor::open(listeners, console.router(), behind, closing);
    let stop_schedules = CancellationToken::new();
    let (polled, scheduled) = (model.kafka_triggers.len(), model.schedules.len());
    let only_scheduled = only_scheduled(&model.schedules, &model.kafka_triggers);
    let schedules = schedules::start(model.schedules, pool, &stop_schedules);
    progress.done("triggers", format!("{polled} Kafka, {scheduled} scheduled"));
    progress.finish(&args.template.file.display().to_string(), &addresses);
    let stack = Stack {
        processes,
        triggers,
        schedules,
        stop_schedules,
        scheduled: only_scheduled,
        front_door,
        backends,
        _ports: ports,
        _data_lock: data_lock,
    };
    Ok((stack, addresses.rest))
}

fn console(
    args: &Args,
    processes: &Processes,
    backends: &Backends,
    triggers: &Arc<Triggers>,
    addresses: &Addresses,
    closing: &CancellationToken,
    started: Instant,
) -> Console {
    Console {
        clients: Clients::calling(args.allow_host.clone()),
        pool: processes.pool.clone(),
        triggers: triggers.clone(),
        broker: backends.broker.clone(),
        records: RecordStreams::new(&backends.broker, closing.child_token()),
        websocket: processes.websocket.clone(),
        services: processes.services.clone(),
        capture: backends.capture.clone(),
        addresses: addresses.clone(),
        started,
    }
}

/// The functions that schedules invoke and triggers don't.
fn only_scheduled(schedules: &[Schedule], triggers: &[KafkaTrigger]) -> Vec<String> {
    let functions = schedules.iter().map(|schedule| &schedule.function);
    functions
        .filter(|function| {
            triggers
                .iter()
                .all(|trigger| trigger.function != **function)
        })
        .cloned()
        .collect()
}

/// Functions and services, and the WebSocket API with its `@connections`, whose URL functions are told.
async fn start_processes(
    args: &Args,
    model: &Model,
    backends: &Backends,
    ports: &[ServicePort],
) -> Result<(Processes, RuntimeOptions)> {
    let executable =
        std::env::current_exe().context("the emulator can't find its own executable")?;
    let supervisor = Supervisor::start(Some(&executable))?;
    let management = bind_management(args, model)?;
    let url = management.as_ref().map(|(_, url)| url);
    let options = options(args, &executable, backends, url)?;
    // They get ready while the functions do, which may need them from the first record on.
    let addressed = ports::addressed(model, ports);
    let services = Arc::new(Services::start(&addressed, &options, &supervisor)?);
    let pool = Pool::start(&model.functions, &options, &supervisor).await?;
    let websocket = start_websocket(args, model, &pool, management)?;
    let processes = Processes {
        supervisor,
        services,
        pool,
        websocket,
    };
    Ok((processes, options))
}

/// The port of `@connections` and its URL, which functions are told.
fn bind_management(args: &Args, model: &Model) -> Result<Option<(ManagementPort, String)>> {
    let Some(api) = &model.websocket else {
        return Ok(None);
    };
    let clients = Clients::calling(args.allow_host.clone());
    let port = ManagementPort::bind(move |headers| clients.admit(headers))
        .context("@connections has no port")?;
    let url = port.url(api).context("@connections has no port")?;
    Ok(Some((port, url)))
}

fn start_websocket(
    args: &Args,
    model: &Model,
    pool: &Arc<Pool>,
    management: Option<(ManagementPort, String)>,
) -> Result<Option<WebSocketApi>> {
    let (Some(api), Some((port, _))) = (&model.websocket, management) else {
        return Ok(None);
    };
    let api = WebSocketApi::start(api.clone(), pool.clone(), args.websocket_limits(), port);
    api.context("@connections can't be served").map(Some)
}

fn options(
    args: &Args,
    executable: &Path,
    backends: &Backends,
    management: Option<&String>,
) -> Result<RuntimeOptions> {
    let bin_dir = match &args.bin_dir {
        // Relative to where the emulator was started, which functions need not know.
        Some(dir) => std::path::absolute(dir)?,
        None => executable
            .parent()
            .map(ToOwned::to_owned)
            .unwrap_or_default(),
    };
    Ok(RuntimeOptions {
        bin_dir,
        environment: args.environment(),
        endpoints: Endpoints {
            dynamodb: Some(backends.dynamodb.clone()),
            secrets_manager: Some(backends.aws.clone()),
            messages: backends.messages.clone(),
            management: management.cloned(),
            aws: args.aws_endpoint.clone(),
        },
        idle: Duration::from_secs(args.idle_seconds),
        init: INIT,
    })
}

fn addresses(
    args: &Args,
    front: SocketAddr,
    backends: &Backends,
    options: &RuntimeOptions,
) -> Addresses {
    let management = options.endpoints.management.clone();
    Addresses {
        rest: format!("http://{front}"),
        site: args.site.as_ref().map(|_| format!("http://{front}/")),
        websocket: management.as_ref().map(|_| format!("ws://{front}")),
        status: format!("http://{front}{}", console::PATH),
        kafka: Some(backends.broker.address()),
        dynamodb: Some(backends.dynamodb.clone()),
        aws: Some(backends.aws.clone()),
        outbox: backends
            .capture
            .as_ref()
            .map(|_| format!("http://{front}{}/outbox", console::PATH)),
        management,
    }
}
