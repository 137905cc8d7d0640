//! What functions use: Kafka, DynamoDB, Secrets Manager.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Cli;
use crate::display::Progress;
use crate::dynamodb;
use crate::kafka::Broker;
use crate::model::Model;
use crate::secrets::Secrets;
use crate::serve::serve;

/// The services and their addresses.
pub(super) struct Services {
    pub(super) broker: Broker,
    /// URL.
    pub(super) dynamodb: String,
    /// URL of Secrets Manager and, where the command line says so, of other services.
    pub(super) aws: String,
    /// HTTP servers that end when they are aborted.
    pub(super) servers: Vec<JoinHandle<()>>,
    /// Services that end by themselves after `stop`.
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

/// Starts the services with the template's topics, tables and secrets.
pub(super) async fn start(cli: &Cli, model: &Model, progress: &mut Progress) -> Result<Services> {
    let broker = match &cli.kafka {
        Some(bootstrap) => Broker::external(bootstrap).await?,
        None => Broker::embedded().await?,
    };
    broker.create_topics(&model.topics).await?;
    let kind = if broker.is_embedded() {
        "embedded, in memory"
    } else {
        "external"
    };
    progress.done("kafka", format!("{} ({kind})", broker.bootstrap_servers()));

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let dynamodb = match &cli.dynamodb {
        Some(url) => url.clone(),
        None => dynamodb::embedded(&cli.data_dir, &tasks, stop.clone()).await?,
    };
    dynamodb::create_tables(&dynamodb, &model.tables).await?;
    progress.done("dynamodb", &dynamodb);

    let mut servers = Vec::new();
    let aws = match &cli.aws_endpoint {
        Some(url) => url.clone(),
        None => {
            let (url, server) = serve_secrets(cli, model).await?;
            servers.push(server);
            url
        }
    };
    progress.done("secrets", &aws);
    Ok(Services {
        broker,
        dynamodb,
        aws,
        servers,
        tasks,
        stop,
    })
}

async fn serve_secrets(cli: &Cli, model: &Model) -> Result<(String, JoinHandle<()>)> {
    let secrets = Arc::new(Secrets::open(&model.secrets, &cli.data_dir)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("Secrets Manager can't be served")?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(serve(listener, move |request, _client| {
        let secrets = secrets.clone();
        async move { secrets.answer(request).await }
    }));
    Ok((url, server))
}
