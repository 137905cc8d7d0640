//! What functions and services call: Kafka, DynamoDB, Secrets Manager, SES, SNS, local ones unless the command line says
//! otherwise.

use std::sync::Arc;

use anyhow::{Context, Result};
use emulator_aws::{AwsEndpoint, Capture, Secrets, dynamodb};
use emulator_kafka::Broker;
use emulator_runtime::MessageTarget;
use emulator_template::Model;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::args::Args;
use crate::clients::Clients;
use crate::display::StartProgress;

/// The backends and their addresses.
pub(super) struct Backends {
    pub(super) broker: Broker,
    /// URL.
    pub(super) dynamodb: String,
    /// URL of Secrets Manager, SES and SNS and, where the command line says so, of other services.
    pub(super) aws: String,
    /// What SES and SNS are given, unless the command line sends that elsewhere.
    pub(super) capture: Option<Arc<Capture>>,
    /// Where functions and services find SES and SNS.
    pub(super) messages: MessageTarget,
    aws_server: Option<JoinHandle<()>>,
    /// DynamoDB's, which end by themselves after `stop`.
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Starts them with the template's topics, tables and secrets.
pub(super) async fn start(
    args: &Args,
    model: &Model,
    progress: &mut StartProgress,
) -> Result<Backends> {
    let broker = match &args.kafka {
        Some(bootstrap) => Broker::external(bootstrap).await?,
        None => Broker::embedded(args.kafka_clients()).await?,
    };
    broker.create_topics(&model.topics).await?;
    let kind = if broker.is_embedded() {
        "embedded, in memory"
    } else {
        "external"
    };
    progress.done("kafka", format!("{} ({kind})", broker.address()));

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let dynamodb = match &args.dynamodb {
        Some(url) => url.clone(),
        None => dynamodb::embedded(&args.data_dir, &tasks, stop.clone()).await?,
    };
    dynamodb::create_tables(&dynamodb, &model.tables).await?;
    progress.done("dynamodb", &dynamodb);

    let (aws, capture, aws_server) = match &args.aws_endpoint {
        Some(url) => (url.clone(), None, None),
        None => {
            let capture = Arc::new(Capture::default());
            let clients = Clients::calling(args.allow_host.clone());
            let endpoint = AwsEndpoint {
                admits: Box::new(move |headers| clients.admit(headers)),
                secrets: Secrets::open(&model.secrets, &args.data_dir)?,
                capture: capture.clone(),
            };
            let (url, server) = endpoint
                .start()
                .await
                .context("Secrets Manager, SES and SNS can't be served")?;
            (url, Some(capture), Some(server))
        }
    };
    let (messages, capture) = match (&args.deliver, capture) {
        (Some(deliver), _) => (deliver.clone(), None),
        (None, Some(capture)) => (MessageTarget::Endpoint(aws.clone()), Some(capture)),
        (None, None) => (MessageTarget::Default, None),
    };
    progress.done("aws", &aws);
    Ok(Backends {
        broker,
        dynamodb,
        aws,
        capture,
        messages,
        aws_server,
        tasks,
        stop,
    })
}

impl Backends {
    /// Ends the local ones.
    pub(super) async fn stop(&self) {
        if let Some(server) = &self.aws_server {
            server.abort();
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
