//! What drives the ticks.

use std::sync::Arc;

use api::{close_notice, operations};
use app::ticks::{DriveTicks, DueMessages, Ports};
use domain::PriceModel;
use messaging::producer::KafkaTickPublisher;
use messaging::push::PushClient;
use store::ticks::DynamoTicks;

use crate::clients::Clients;
use crate::clock::SystemClock;
use crate::config::Tables;
use crate::kafka::{self, KafkaCluster, KafkaError};
use crate::{live, snapshots};

/// Drives the ticks. Must be called within a Tokio runtime.
///
/// # Errors
/// [`KafkaError`] names what is missing or wrong.
pub fn drive_ticks(
    clients: &Clients,
    tables: &Tables,
    cluster: &KafkaCluster,
    push: PushClient,
    prices: PriceModel,
) -> Result<DriveTicks, KafkaError> {
    let ticks = DynamoTicks::new(clients.dynamodb(), tables.users.clone(), &tables.feed);
    let producer = Arc::new(kafka::producer(clients, cluster)?);
    let feed = Arc::new(live::store(clients, tables));
    let ports = Ports {
        clock: Arc::new(SystemClock),
        publisher: Arc::new(KafkaTickPublisher::new(producer)),
        store: Arc::new(ticks),
        snapshots: Arc::new(snapshots::store(clients, tables)),
        feed: Arc::clone(&feed) as _,
        progress: feed,
        push: Arc::new(push),
    };
    let messages = DueMessages {
        close_notice: close_notice::authentication_timeout(),
        ping: operations::ping(),
    };
    Ok(DriveTicks::new(ports, prices, messages))
}
