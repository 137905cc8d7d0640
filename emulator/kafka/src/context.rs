use std::sync::Arc;

use emulator_runtime::Invoke;
use emulator_template::model::KafkaTrigger;
use rdkafka::producer::FutureProducer;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::activity::Activity;
use crate::arrivals::Arrivals;
use crate::client::TriggerClient;
use crate::progress::TriggerProgress;

/// What the consumers of one trigger share.
pub(crate) struct Context {
    pub trigger: KafkaTrigger,
    pub invoke: Arc<dyn Invoke>,
    pub client: Arc<TriggerClient>,
    pub progress: Arc<TriggerProgress>,
    pub bootstrap: String,
    /// For batches whose retries are exhausted, where the trigger has a destination.
    pub producer: Option<FutureProducer>,
    /// Of the embedded broker.
    pub arrivals: Option<Arc<Arrivals>>,
    pub runtime: Handle,
    pub activity: Activity,
    /// All batches that are being delivered, those of earlier generations too.
    pub deliveries: TaskTracker,
    pub stop: CancellationToken,
}
