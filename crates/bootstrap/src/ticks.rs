//! What drives the ticks.

use std::sync::Arc;

use api::{farewell, operations};
use app::ticks::{DriveTicks, Ports, Words};
use domain::PriceModel;
use messaging::producer::KafkaTickPublisher;
use messaging::push::PushClient;
use store::ticks::DynamoTicks;

use crate::clients::Clients;
use crate::clock::SystemClock;
use crate::config::Tables;
use crate::kafka::{self, KafkaCluster, KafkaError};
use crate::live;

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
    let ticks = Arc::new(ticks);
    let producer = Arc::new(kafka::producer(clients, cluster, None)?);
    let ports = Ports {
        clock: Arc::new(SystemClock),
        publisher: Arc::new(KafkaTickPublisher::new(producer)),
        roster: Arc::<DynamoTicks>::clone(&ticks),
        lease: Arc::<DynamoTicks>::clone(&ticks),
        outbox: Arc::<DynamoTicks>::clone(&ticks),
        connections: ticks,
        audience: Arc::new(live::store(clients, tables)),
        push: Arc::new(push),
    };
    let words = Words {
        farewell: farewell::to_uninitialised(),
        ping: operations::ping().0.into_bytes(),
    };
    Ok(DriveTicks::new(ports, prices, words))
}
