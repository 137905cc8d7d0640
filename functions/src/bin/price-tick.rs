//! Drives the ticks: started by a schedule each minute, it publishes every price at every five-second boundary until
//! the next invocation takes over.

use api::schedule::TicksBody;
use bootstrap::clock::now_ms;
use bootstrap::config::{PriceSecret, Tables};
use bootstrap::kafka::KafkaCluster;
use bootstrap::push::{self, PushEndpoint};
use bootstrap::ticks::drive_ticks;
use bootstrap::{Error, Start, schedule};

bootstrap::config! {
    struct Config {
        tables: Tables,
        prices: PriceSecret,
        push: PushEndpoint,
        cluster: KafkaCluster,
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let prices = clients.secrets().price_model(&config.prices).await?;
    let push = push::client(&clients, config.push)?;
    let drive = drive_ticks(&clients, &config.tables, &config.cluster, push, prices)?;
    schedule::run(async |context| {
        // A repeated invocation keeps its request id and is another owner nevertheless.
        let owner = format!("{}@{}", context.request_id, now_ms());
        Ok(TicksBody::from(drive.run(&owner, context.deadline).await?))
    })
    .await
}
