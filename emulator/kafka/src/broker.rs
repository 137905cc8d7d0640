//! The broker, embedded or external, and its topics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use emulator_template::model::Topic;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::Metadata;
use tracing::warn;

use crate::embedded::{Created, EmbeddedBroker};
use crate::error::KafkaError;
use crate::listener::ClientOptions;

/// How long a broker may take to answer while the emulator starts.
pub(crate) const ANSWER: Duration = Duration::from_secs(10);
/// Replicas of a topic where there are enough brokers, as the template asks of MSK.
const REPLICAS: usize = 3;

type Admin = AdminClient<DefaultClientContext>;

/// A Kafka broker. Cheap to clone; the embedded one stops when the last clone is dropped.
#[derive(Clone)]
pub struct Broker {
    kind: Arc<Kind>,
    topics: Arc<Mutex<Vec<Topic>>>,
}

enum Kind {
    Embedded(EmbeddedBroker),
    External {
        bootstrap: String,
        admin: Arc<Admin>,
    },
}

impl Broker {
    /// Starts librdkafka's in-process broker, in memory. It keeps 5 MiB (or 100,000 batches) of each partition and drops the
    /// oldest beyond.
    ///
    /// # Errors
    /// When it can't be started, or the port is taken.
    pub async fn embedded(clients: ClientOptions) -> Result<Self, KafkaError> {
        let broker = EmbeddedBroker::start(clients).await?;
        Ok(Self::new(Kind::Embedded(broker)))
    }

    /// Uses the broker at `bootstrap` (`host:port,host:port`), without TLS or authentication.
    ///
    /// # Errors
    /// When none answers within ten seconds.
    pub async fn external(bootstrap: &str) -> Result<Self, KafkaError> {
        Self::external_within(bootstrap, ANSWER).await
    }

    pub(crate) async fn external_within(
        bootstrap: &str,
        patience: Duration,
    ) -> Result<Self, KafkaError> {
        let admin: Admin = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .create()
            .map_err(KafkaError::Client)?;
        let broker = Self::new(Kind::External {
            bootstrap: bootstrap.to_owned(),
            admin: Arc::new(admin),
        });
        broker.existing_topics(patience).await?;
        Ok(broker)
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind: Arc::new(kind),
            topics: Arc::default(),
        }
    }

    /// What functions get as `KAFKA_BOOTSTRAP_SERVERS`.
    pub fn bootstrap_servers(&self) -> &str {
        match &*self.kind {
            Kind::Embedded(broker) => &broker.bootstrap,
            Kind::External { bootstrap, .. } => bootstrap,
        }
    }

    /// Where every other Kafka client reaches it, whatever library it is made of.
    pub fn address(&self) -> String {
        match &*self.kind {
            Kind::Embedded(broker) => broker.address().to_string(),
            Kind::External { bootstrap, .. } => bootstrap.clone(),
        }
    }

    /// Makes the embedded broker unreachable, or reachable again: an injected outage. False if the broker is external.
    ///
    /// # Errors
    /// When the broker refuses.
    pub async fn set_reachable(&self, reachable: bool) -> Result<bool, KafkaError> {
        match &*self.kind {
            Kind::Embedded(broker) => broker.set_reachable(reachable).await.map(|()| true),
            Kind::External { .. } => Ok(false),
        }
    }

    /// Whether this is the emulator's own broker.
    pub fn is_embedded(&self) -> bool {
        matches!(*self.kind, Kind::Embedded(_))
    }

    /// Creates the topics that do not exist yet. A topic that exists with another number of partitions
    /// is left alone, with a warning in the log.
    ///
    /// # Errors
    /// When the broker refuses or does not answer.
    pub async fn create_topics(&self, topics: &[Topic]) -> Result<(), KafkaError> {
        match &*self.kind {
            Kind::Embedded(broker) => {
                for topic in topics {
                    if let Created::Existed(partitions) = broker.create_topic(topic).await? {
                        self.existed(topic, partitions);
                    }
                }
            }
            Kind::External { admin, .. } => self.create_external(admin, topics).await?,
        }
        for topic in topics {
            self.remember(topic.clone());
        }
        Ok(())
    }

    fn existed(&self, topic: &Topic, partitions: i32) {
        if partitions != topic.partitions {
            let (name, wanted) = (&topic.name, topic.partitions);
            warn!(
                "topic {name} exists with {partitions} partitions and is used so, although the template \
                 declares {wanted}: keys lie on other partitions than on AWS"
            );
        }
        self.remember(Topic {
            name: topic.name.clone(),
            partitions,
        });
    }

    fn remember(&self, topic: Topic) {
        let mut known = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|other| other.name == topic.name) {
            known.push(topic);
        }
    }

    /// The topics that were asked for, with the partitions that they have.
    pub(crate) fn topics(&self) -> Vec<Topic> {
        self.topics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How long the broker may hold a fetch back when there is nothing new. A real broker answers as
    /// soon as there is; the embedded one only looks again when the time is over, so it is short.
    pub(crate) fn fetch_wait(&self) -> Duration {
        Duration::from_millis(if self.is_embedded() { 3 } else { 500 })
    }

    async fn create_external(&self, admin: &Admin, topics: &[Topic]) -> Result<(), KafkaError> {
        let existing = self.existing_topics(ANSWER).await?;
        let replicas = existing.brokers.clamp(1, REPLICAS);
        let mut missing = Vec::new();
        for topic in topics {
            match existing.partitions_of(&topic.name) {
                Some(partitions) => self.existed(topic, partitions),
                None => missing.push(topic),
            }
        }
        let new: Vec<NewTopic<'_>> = missing
            .iter()
            .map(|topic| {
                let replicas = TopicReplication::Fixed(replicas as i32);
                NewTopic::new(&topic.name, topic.partitions, replicas)
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let options = AdminOptions::new().operation_timeout(Some(ANSWER));
        let failed = |topic: &str, source| KafkaError::Topic {
            topic: topic.to_owned(),
            source,
        };
        let results = admin
            .create_topics(&new, &options)
            .await
            .map_err(|source| failed(&missing[0].name, source))?;
        for result in results {
            match result {
                // Another client was quicker.
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => {
                    return Err(failed(&topic, rdkafka::error::KafkaError::AdminOp(code)));
                }
            }
        }
        self.wait_for(&missing).await
    }

    /// Brokers learn of a new topic a little after it was created.
    async fn wait_for(&self, topics: &[&Topic]) -> Result<(), KafkaError> {
        let deadline = tokio::time::Instant::now() + ANSWER;
        loop {
            let existing = self.existing_topics(ANSWER).await?;
            let missing = topics
                .iter()
                .find(|topic| existing.partitions_of(&topic.name).is_none());
            let Some(missing) = missing else {
                return Ok(());
            };
            if tokio::time::Instant::now() > deadline {
                let code = RDKafkaErrorCode::LeaderNotAvailable;
                let source = rdkafka::error::KafkaError::MetadataFetch(code);
                return Err(KafkaError::Topic {
                    topic: missing.name.clone(),
                    source,
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn existing_topics(&self, patience: Duration) -> Result<ExistingTopics, KafkaError> {
        let Kind::External { bootstrap, admin } = &*self.kind else {
            return Ok(ExistingTopics::default());
        };
        let (admin, bootstrap) = (Arc::clone(admin), bootstrap.clone());
        tokio::task::spawn_blocking(move || admin.inner().fetch_metadata(None, patience))
            .await
            .map_err(|error| KafkaError::Thread(error.into()))?
            .map(|metadata| ExistingTopics::from(&metadata))
            .map_err(|source| KafkaError::Unreachable { bootstrap, source })
    }
}

#[derive(Default)]
struct ExistingTopics {
    brokers: usize,
    topics: Vec<(String, i32)>,
}

impl ExistingTopics {
    fn from(metadata: &Metadata) -> Self {
        let ready = |topic: &&rdkafka::metadata::MetadataTopic| {
            let led = topic
                .partitions()
                .iter()
                .all(|partition| partition.leader() >= 0);
            topic.error().is_none() && led && !topic.partitions().is_empty()
        };
        Self {
            brokers: metadata.brokers().len(),
            topics: metadata
                .topics()
                .iter()
                .filter(ready)
                .map(|topic| (topic.name().to_owned(), topic.partitions().len() as i32))
                .collect(),
        }
    }

    fn partitions_of(&self, name: &str) -> Option<i32> {
        self.topics
            .iter()
            .find(|(topic, _)| topic == name)
            .map(|(_, partitions)| *partitions)
    }
}
