//! The start, step by step.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::deferred::Deferred;
use super::stand_ins::{self, StandIns};
use super::{Stack, data_dir, feed_url, load, ports};
use crate::cli::Cli;
use crate::display::{Progress, summary};
use crate::front::Front;
use crate::kafka::Triggers;
use crate::model::{Model, Schedule};
use crate::rest::RestApi;
use crate::runtime::{Endpoints, Pool, PoolOptions, Services};
use crate::schedule;
use crate::serve::serve;
use crate::status::{self, Addresses, Status};
use crate::websocket::WebSocketApi;

/// Lambda gives a function so long to ask for its first invocation.
const INIT: Duration = Duration::from_secs(10);

/// Starts everything; returns it and the URL of the front door.
pub(super) async fn start(cli: &Cli) -> Result<(Stack, String)> {
    let started = Instant::now();
    let mut progress = Progress::default();
    // What is wrong with template, port or data directory is said before anything starts.
    let model = load(cli, "", &[])?;
    progress.done("template", summary(&model));
    let listener = bind(cli.port).await?;
    let ports = ports::take(cli, &model.services)?;
    let data_lock = data_dir::lock(&cli.data_dir)?;

    let mut stand_ins = stand_ins::start(cli, &model, &mut progress).await?;
    let mut model = load(cli, stand_ins.broker.bootstrap_servers(), &ports)?;
    feed_url::point_at(&mut model, listener.local_addr()?);
    let mut options = pool_options(cli, &stand_ins)?;
    // They get ready while the functions do, which may need them from the first record on.
    let addressed = ports::addressed(&model, &ports);
    let services = Arc::new(Services::start(&addressed, &options)?);
    let (pool, websocket) = start_functions(cli, &model, &mut options).await?;
    progress.done(
        "functions",
        format!("{} start when needed", model.functions.len()),
    );
    services.healthy().await?;
    progress.done("services", ports::summary(&ports));
    let triggers = Triggers::start(&stand_ins.broker, &model.kafka_triggers, pool.clone()).await?;
    let triggers = Arc::new(RwLock::new(Some(triggers)));

    let addresses = addresses(listener.local_addr()?, &stand_ins, &websocket, &options);
    let front = Front {
        rest: model.rest.map(|rest| RestApi::new(rest, pool.clone())),
        websocket: websocket.clone(),
        status: Status {
            pool: pool.clone(),
            triggers: triggers.clone(),
            broker: stand_ins.broker.clone(),
            websocket: websocket.clone(),
            services: services.clone(),
            outbox: stand_ins.outbox.clone(),
            addresses: addresses.clone(),
            started,
        },
    };
    stand_ins.servers.push(open_front(listener, front));
    let stop = CancellationToken::new();
    let (polled, scheduled) = (model.kafka_triggers.len(), model.schedules.len());
    let schedules = start_schedules(model.schedules, &pool, &stop);
    progress.done("triggers", format!("{polled} Kafka, {scheduled} scheduled"));
    progress.finish(&cli.template.display().to_string(), &addresses);
    let stack = Stack {
        pool,
        websocket,
        triggers,
        schedules,
        services,
        stand_ins,
        stop,
        _ports: ports,
        _data_lock: data_lock,
    };
    Ok((stack, addresses.rest))
}

fn open_front(listener: TcpListener, front: Front) -> JoinHandle<()> {
    let front = Arc::new(front);
    tokio::spawn(serve(listener, move |request, client| {
        let front = front.clone();
        async move { front.answer(request, client).await }
    }))
}

fn start_schedules(
    declared: Vec<Schedule>,
    pool: &Arc<Pool>,
    stop: &CancellationToken,
) -> TaskTracker {
    let schedules = TaskTracker::new();
    for one in declared {
        let tasks = schedules.clone();
        schedules.spawn(schedule::run(one, pool.clone(), tasks, stop.clone()));
    }
    schedules
}

async fn bind(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| {
            format!(
                "port {port} can't be had: is an emulator running already? --port takes another"
            )
        })
}

/// How functions and services are run; the URL of `@connections` is not known yet.
fn pool_options(cli: &Cli, stand_ins: &StandIns) -> Result<PoolOptions> {
    let executable = std::env::current_exe().context("the emulator does not find itself")?;
    let bin_dir = match &cli.bin_dir {
        // Relative to where the emulator was started, which functions need not know.
        Some(dir) => std::path::absolute(dir)?,
        None => executable
            .parent()
            .map(ToOwned::to_owned)
            .unwrap_or_default(),
    };
    Ok(PoolOptions {
        bin_dir,
        environment: cli.environment(),
        endpoints: Endpoints {
            dynamodb: Some(stand_ins.dynamodb.clone()),
            secrets_manager: Some(stand_ins.aws.clone()),
            messages: stand_ins.messages.clone(),
            management: None,
            aws: cli.aws_endpoint.clone(),
        },
        idle: Duration::from_secs(cli.idle_seconds),
        init: INIT,
        executable: Some(executable),
    })
}

/// The process pool, and the WebSocket API with its `@connections`. Functions need the URL of those, and the API
/// needs the functions.
async fn start_functions(
    cli: &Cli,
    model: &Model,
    options: &mut PoolOptions,
) -> Result<(Arc<Pool>, Option<WebSocketApi>)> {
    let functions = Arc::new(Deferred::default());
    let websocket = model
        .websocket
        .clone()
        .map(|api| WebSocketApi::new(api, functions.clone(), cli.websocket_limits()));
    if let Some(api) = &websocket {
        let address = api
            .serve_management()
            .context("@connections can't be served")?;
        options.endpoints.management = Some(api.management_url(address));
    }
    let pool = Pool::start(&model.functions, options.clone()).await?;
    functions.set(pool.clone());
    Ok((pool, websocket))
}

fn addresses(
    front: SocketAddr,
    stand_ins: &StandIns,
    websocket: &Option<WebSocketApi>,
    options: &PoolOptions,
) -> Addresses {
    Addresses {
        rest: format!("http://{front}"),
        websocket: websocket.as_ref().map(|_| format!("ws://{front}")),
        status: format!("http://{front}{}", status::PATH),
        kafka: Some(stand_ins.broker.bootstrap_servers().to_owned()),
        dynamodb: Some(stand_ins.dynamodb.clone()),
        aws: Some(stand_ins.aws.clone()),
        outbox: stand_ins
            .outbox
            .as_ref()
            .map(|_| format!("http://{front}{}/outbox", status::PATH)),
        management: options.endpoints.management.clone(),
    }
}
