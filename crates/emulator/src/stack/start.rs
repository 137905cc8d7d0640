//! The start, step by step.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::deferred::Deferred;
use super::services::{self, Services};
use super::{Stack, data_dir, load};
use crate::cli::Cli;
use crate::display::{Progress, summary};
use crate::front::Front;
use crate::kafka::Triggers;
use crate::model::Model;
use crate::rest::RestApi;
use crate::runtime::{Endpoints, Pool, PoolOptions};
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
    let model = load(cli, "")?;
    progress.done("template", summary(&model));
    let listener = bind(cli.port).await?;
    let data_lock = data_dir::lock(&cli.data_dir)?;

    let mut services = services::start(cli, &model, &mut progress).await?;
    let model = load(cli, services.broker.bootstrap_servers())?;
    let (pool, websocket, management) = start_functions(cli, &model, &services).await?;
    progress.done(
        "functions",
        format!("{} start when needed", model.functions.len()),
    );
    let triggers = Triggers::start(&services.broker, &model.kafka_triggers, pool.clone()).await?;
    let triggers = Arc::new(RwLock::new(Some(triggers)));

    let addresses = addresses(listener.local_addr()?, &services, &websocket, management);
    let front = Arc::new(Front {
        rest: model.rest.map(|rest| RestApi::new(rest, pool.clone())),
        websocket: websocket.clone(),
        status: Status {
            pool: pool.clone(),
            triggers: triggers.clone(),
            broker: services.broker.clone(),
            websocket: websocket.clone(),
            addresses: addresses.clone(),
            started,
        },
    });
    services
        .servers
        .push(tokio::spawn(serve(listener, move |request, client| {
            let front = front.clone();
            async move { front.answer(request, client).await }
        })));
    let stop = CancellationToken::new();
    let schedules = TaskTracker::new();
    let scheduled = model.schedules.len();
    for declared in model.schedules {
        let tasks = schedules.clone();
        schedules.spawn(schedule::run(declared, pool.clone(), tasks, stop.clone()));
    }
    let polled = model.kafka_triggers.len();
    progress.done("triggers", format!("{polled} Kafka, {scheduled} scheduled"));
    progress.finish(&cli.template.display().to_string(), &addresses);
    let stack = Stack {
        pool,
        websocket,
        triggers,
        schedules,
        services,
        stop,
        _data_lock: data_lock,
    };
    Ok((stack, addresses.rest))
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

/// The process pool, and the WebSocket API with the URL of its `@connections`. Functions need that
/// URL, and the API needs the functions.
async fn start_functions(
    cli: &Cli,
    model: &Model,
    services: &Services,
) -> Result<(Arc<Pool>, Option<WebSocketApi>, Option<String>)> {
    let functions = Arc::new(Deferred::default());
    let websocket = model
        .websocket
        .clone()
        .map(|api| WebSocketApi::new(api, functions.clone(), cli.websocket_limits()));
    let management = match &websocket {
        Some(api) => {
            let address = api
                .serve_management()
                .context("@connections can't be served")?;
            Some(api.management_url(address))
        }
        None => None,
    };
    let executable = std::env::current_exe().context("the emulator does not find itself")?;
    let bin_dir = match &cli.bin_dir {
        // Relative to where the emulator was started, which functions need not know.
        Some(dir) => std::path::absolute(dir)?,
        None => executable
            .parent()
            .map(ToOwned::to_owned)
            .unwrap_or_default(),
    };
    let options = PoolOptions {
        bin_dir,
        environment: cli.environment(),
        endpoints: Endpoints {
            dynamodb: Some(services.dynamodb.clone()),
            secrets_manager: Some(services.aws.clone()),
            management: management.clone(),
            aws: cli.aws_endpoint.clone(),
        },
        idle: Duration::from_secs(cli.idle_seconds),
        init: INIT,
        executable: Some(executable),
    };
    let pool = Pool::start(&model.functions, options).await?;
    functions.set(pool.clone());
    Ok((pool, websocket, management))
}

fn addresses(
    front: SocketAddr,
    services: &Services,
    websocket: &Option<WebSocketApi>,
    management: Option<String>,
) -> Addresses {
    Addresses {
        rest: format!("http://{front}"),
        websocket: websocket.as_ref().map(|_| format!("ws://{front}")),
        status: format!("http://{front}{}", status::PATH),
        kafka: Some(services.broker.bootstrap_servers().to_owned()),
        dynamodb: Some(services.dynamodb.clone()),
        aws: Some(services.aws.clone()),
        management,
    }
}
