//! Kafka consumers: batches come from Kafka triggers, and what can't be processed is published as dead letters.

use lambda_runtime::{LambdaEvent, service_fn};
use messaging::trigger::KafkaEvent;

pub use messaging::consumer::Batch;
pub use messaging::trigger::KafkaRecord;

use crate::Error;
use crate::clock::now_ms;
use crate::dead_letters::DeadLetters;

/// Gives `handle` each batch and its instant, in milliseconds since the Unix epoch, and publishes the dead letters
/// that it leaves. If one of the two fails, the batch comes again. `consumer` is the name that dead letters bear.
///
/// # Errors
/// If Lambda's runtime API can't be reached.
pub async fn run<F>(
    consumer: &'static str,
    dead_letters: &DeadLetters,
    handle: F,
) -> Result<(), Error>
where
    F: AsyncFn(&mut Batch, u64) -> app::Result<()>,
{
    let handle = &handle;
    let process = async move |event: LambdaEvent<KafkaEvent>| {
        let now_ms = now_ms();
        let mut batch = Batch::new(consumer, event.payload, now_ms);
        handle(&mut batch, now_ms).await?;
        dead_letters.publish(batch.into_dead_letters()).await?;
        Ok::<_, Error>(())
    };
    lambda_runtime::run(service_fn(process)).await
}
