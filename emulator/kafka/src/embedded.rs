//! librdkafka's in-process broker: the real protocol over TCP, records in memory.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc;

use emulator_runtime::while_none_starts;
use emulator_template::model::Topic;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use tokio::sync::oneshot;

use crate::error::KafkaError;
use crate::listener::{ClientOptions, Listener};

/// The id of the one broker: librdkafka counts from 1.
const BROKER: i32 = 1;

/// A handle to the broker's thread; the broker stops when it is dropped.
#[derive(Debug)]
pub(crate) struct EmbeddedBroker {
    commands: mpsc::Sender<Command>,
    pub bootstrap: String,
    listener: Listener,
}

enum Command {
    CreateTopic {
        topic: Topic,
        done: oneshot::Sender<Result<Created, KafkaError>>,
    },
    SetReachable {
        reachable: bool,
        done: oneshot::Sender<Result<(), KafkaError>>,
    },
}

/// Whether a topic was created.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Created {
    Now,
    /// It existed, with so many partitions.
    Existed(i32),
}

impl EmbeddedBroker {
    pub async fn start(clients: ClientOptions) -> Result<Self, KafkaError> {
        let (commands, received) = mpsc::channel();
        let (started, bootstrap) = oneshot::channel();
        // The cluster holds raw pointers, so it lives and dies on one thread.
        std::thread::Builder::new()
            .name("embedded-kafka".to_owned())
            .spawn(move || run(started, &received))
            .map_err(|error| KafkaError::EmbeddedThread(Some(error)))?;
        let bootstrap = bootstrap
            .await
            .map_err(|_| KafkaError::EmbeddedThread(None))??;
        let address = bootstrap
            .parse()
            .expect("BUG: librdkafka's mock listens on an address");
        let port = clients.port;
        let listener = Listener::open(clients, address).await;
        let listener = listener.map_err(|source| KafkaError::Listener { port, source })?;
        Ok(Self {
            commands,
            bootstrap,
            listener,
        })
    }

    /// Where other clients than librdkafka's reach it.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    pub async fn create_topic(&self, topic: &Topic) -> Result<Created, KafkaError> {
        let topic = topic.clone();
        self.command(|done| Command::CreateTopic { topic, done })
            .await
    }

    /// Lets the broker close its port with all connections, or open it again with all its records.
    pub async fn set_reachable(&self, reachable: bool) -> Result<(), KafkaError> {
        self.command(|done| Command::SetReachable { reachable, done })
            .await
    }

    async fn command<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, KafkaError>>) -> Command,
    ) -> Result<T, KafkaError> {
        let (done, result) = oneshot::channel();
        self.commands
            .send(command(done))
            .map_err(|_| KafkaError::EmbeddedThread(None))?;
        result.await.map_err(|_| KafkaError::EmbeddedThread(None))?
    }
}

fn run(started: oneshot::Sender<Result<String, KafkaError>>, commands: &mpsc::Receiver<Command>) {
    let cluster = match MockCluster::new(1) {
        Ok(cluster) => cluster,
        Err(error) => {
            if started.send(Err(KafkaError::Embedded(error))).is_err() {
                tracing::debug!("the embedded broker's start was abandoned");
            }
            return;
        }
    };
    if started.send(Ok(cluster.bootstrap_servers())).is_err() {
        return;
    }
    let mut partitions = HashMap::new();
    while let Ok(command) = commands.recv() {
        let is_awaited = match command {
            Command::CreateTopic { topic, done } => {
                done.send(create(&cluster, &mut partitions, topic)).is_ok()
            }
            Command::SetReachable { reachable, done } => {
                let result = if reachable {
                    cluster.broker_up(BROKER)
                } else {
                    // librdkafka closes its listener, opens it anew on the same port, and aborts where that is taken.
                    while_none_starts(|| cluster.broker_down(BROKER))
                };
                done.send(result.map_err(KafkaError::Embedded)).is_ok()
            }
        };
        if !is_awaited {
            tracing::debug!("a command of the embedded broker was abandoned by its caller");
        }
    }
}

fn create(
    cluster: &MockCluster<'_, DefaultProducerContext>,
    partitions: &mut HashMap<String, i32>,
    topic: Topic,
) -> Result<Created, KafkaError> {
    if let Some(existing) = partitions.get(&topic.name) {
        return Ok(Created::Existed(*existing));
    }
    cluster
        .create_topic(&topic.name, topic.partitions, 1)
        .map_err(|source| KafkaError::Topic {
            topic: topic.name.clone(),
            source,
        })?;
    partitions.insert(topic.name, topic.partitions);
    Ok(Created::Now)
}
