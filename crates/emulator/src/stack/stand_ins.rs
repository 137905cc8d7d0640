//! What stands in for AWS: Kafka, DynamoDB, Secrets Manager, SES, SNS.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::aws::AwsEndpoint;
use crate::cli::Cli;
use crate::display::Progress;
use crate::dynamodb;
use crate::kafka::Broker;
use crate::model::Model;
use crate::outbox::Outbox;
use crate::runtime::Messages;
use crate::secrets::Secrets;

/// The stand-ins and their addresses.
pub(super) struct StandIns {
    pub(super) broker: Broker,
    /// URL.
    pub(super) dynamodb: String,
    /// URL of Secrets Manager, SES and SNS and, where the command line says so, of other services.
    pub(super) aws: String,
    /// What SES and SNS are given, unless the command line sends that elsewhere.
    pub(super) outbox: Option<Arc<Outbox>>,
    /// Where functions and services find SES and SNS.
    pub(super) messages: Messages,
    /// HTTP servers that end when they are aborted.
    pub(super) servers: Vec<JoinHandle<()>>,
    /// Those that end by themselves after `stop`.
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

/// Starts them with the template's topics, tables and secrets.
pub(super) async fn start(cli: &Cli, model: &Model, progress: &mut Progress) -> Result<StandIns> {
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
    let (aws, outbox) = match &cli.aws_endpoint {
        Some(url) => (url.clone(), None),
        None => {
            let outbox = Arc::new(Outbox::default());
            let endpoint = AwsEndpoint {
                secrets: Secrets::open(&model.secrets, &cli.data_dir)?,
                outbox: outbox.clone(),
            };
            let (url, server) = endpoint
                .start()
                .await
                .context("Secrets Manager, SES and SNS can't be served")?;
            servers.push(server);
            (url, Some(outbox))
        }
    };
    let (messages, outbox) = match (&cli.deliver, outbox) {
        (Some(deliver), _) => (deliver.clone(), None),
        (None, Some(outbox)) => (Messages::At(aws.clone()), Some(outbox)),
        (None, None) => (Messages::Elsewhere, None),
    };
    progress.done("aws", &aws);
    Ok(StandIns {
        broker,
        dynamodb,
        aws,
        outbox,
        messages,
        servers,
        tasks,
        stop,
    })
}
