//! librdkafka's in-process broker: the real protocol over TCP, records in memory.

use std::collections::HashMap;
use std::sync::mpsc;

use rdkafka::mocking::MockCluster;
use tokio::sync::oneshot;

use super::KafkaError;
use crate::model::Topic;

/// A handle to the broker's thread; the broker stops when it is dropped.
#[derive(Debug)]
pub(super) struct EmbeddedBroker {
    commands: mpsc::Sender<CreateTopic>,
    pub bootstrap: String,
}

struct CreateTopic {
    topic: Topic,
    done: oneshot::Sender<Result<Created, KafkaError>>,
}

/// What became of a wish for a topic.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Created {
    Now,
    /// It was there, with so many partitions.
    Before(i32),
}

impl EmbeddedBroker {
    pub async fn start() -> Result<Self, KafkaError> {
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
        Ok(Self {
            commands,
            bootstrap,
        })
    }

    pub async fn create_topic(&self, topic: &Topic) -> Result<Created, KafkaError> {
        let (done, created) = oneshot::channel();
        self.commands
            .send(CreateTopic {
                topic: topic.clone(),
                done,
            })
            .map_err(|_| KafkaError::EmbeddedThread(None))?;
        created
            .await
            .map_err(|_| KafkaError::EmbeddedThread(None))?
    }
}

fn run(
    started: oneshot::Sender<Result<String, KafkaError>>,
    commands: &mpsc::Receiver<CreateTopic>,
) {
    let cluster = match MockCluster::new(1) {
        Ok(cluster) => cluster,
        Err(error) => {
            if started.send(Err(KafkaError::Embedded(error))).is_err() {
                tracing::debug!("nobody waits for the embedded broker any more");
            }
            return;
        }
    };
    if started.send(Ok(cluster.bootstrap_servers())).is_err() {
        return;
    }
    let mut partitions: HashMap<String, i32> = HashMap::new();
    while let Ok(CreateTopic { topic, done }) = commands.recv() {
        let result = if let Some(existing) = partitions.get(&topic.name) {
            Ok(Created::Before(*existing))
        } else {
            cluster
                .create_topic(&topic.name, topic.partitions, 1)
                .map(|()| Created::Now)
                .map_err(|source| KafkaError::Topic {
                    topic: topic.name.clone(),
                    source,
                })
        };
        if matches!(result, Ok(Created::Now)) {
            partitions.insert(topic.name, topic.partitions);
        }
        if done.send(result).is_err() {
            tracing::debug!("nobody waits for the topic any more");
        }
    }
}
