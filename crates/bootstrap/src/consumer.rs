//! Kafka consumers: batches come from Kafka triggers, and what can't be processed is published as dead letters.

use std::sync::Arc;

use app::notifications::Notifications;
use lambda_runtime::{LambdaEvent, service_fn};
use messaging::trigger::KafkaEvent;

pub use messaging::consumer::Batch;
pub use messaging::trigger::KafkaRecord;

use crate::Error;
use crate::clients::Clients;
use crate::clock::now_ms;
use crate::config::Tables;
use crate::dead_letters::DeadLetters;
use crate::kafka::KafkaCluster;
use crate::live::Feed;
use crate::notifications::{self, NotificationService};
use crate::push::PushEndpoint;

crate::config! {
    /// What a consumer reads that tells users what happened.
    #[derive(Debug)]
    pub struct ConsumerConfig {
        /// The tables.
        pub tables: Tables,
        push: PushEndpoint,
        cluster: KafkaCluster,
        notifications: NotificationService,
    }
}

/// A consumer, with the two ways in which it tells users what happened.
pub struct Consumer {
    /// Their connections.
    pub feed: Feed,
    /// Email and text messages.
    pub notifications: Arc<dyn Notifications>,
    name: &'static str,
    dead_letters: DeadLetters,
}

impl Consumer {
    /// A consumer whose dead letters bear this name.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn new(
        name: &'static str,
        clients: &Clients,
        config: &ConsumerConfig,
    ) -> Result<Self, Error> {
        Ok(Self {
            feed: Feed::new(clients, &config.tables, config.push.clone())?,
            notifications: notifications::client(clients, config.notifications.clone()),
            name,
            dead_letters: DeadLetters::new(clients, &config.cluster)?,
        })
    }

    /// Gives `handle` each batch and its instant, in milliseconds since the Unix epoch, and publishes the dead letters
    /// that it leaves. If one of the two fails, the batch comes again.
    ///
    /// # Errors
    /// If Lambda's runtime API can't be reached.
    pub async fn run<F>(&self, handle: F) -> Result<(), Error>
    where
        F: AsyncFn(&mut Batch, u64) -> app::Result<()>,
    {
        let (name, dead_letters, handle) = (self.name, &self.dead_letters, &handle);
        lambda_runtime::run(service_fn(async move |event: LambdaEvent<KafkaEvent>| {
            process(name, event.payload, dead_letters, handle)
                .await
                .map_err(Error::from)
        }))
        .await
    }
}

async fn process<F>(
    name: &'static str,
    event: KafkaEvent,
    dead_letters: &DeadLetters,
    handle: &F,
) -> app::Result<()>
where
    F: AsyncFn(&mut Batch, u64) -> app::Result<()>,
{
    let now_ms = now_ms();
    let mut batch = Batch::new(name, dead_letters.topics(), event, now_ms);
    handle(&mut batch, now_ms).await?;
    dead_letters.publish(batch.into_dead_letters()).await
}

#[cfg(test)]
mod tests;
