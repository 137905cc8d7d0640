//! The Lambda function `price-fanout`: see the library.

use std::sync::Arc;

use bootstrap::config::Env;
use bootstrap::trigger::KafkaEvent;
use bootstrap::{alerts, clients, clock, dead_letters, fanout, telemetry};
use graphql_schema::LiveSchema;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use price_fanout::PriceFanout;

// One thread: the function has one vCPU, and posts that need not wake another thread are cheaper.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let execute = Arc::new(LiveSchema::new());
    let fan_out = fanout::fan_out(&env, &aws, execute.clone())?;
    let alerts = alerts::fire_alerts(&env, &aws, execute)?;
    let dead_letters = dead_letters::dead_letters(&env, &aws)?;
    let handler = &PriceFanout::new(fan_out, alerts, dead_letters);
    run(service_fn(
        move |event: LambdaEvent<KafkaEvent>| async move {
            handler.handle(event.payload, clock::now_ms()).await
        },
    ))
    .await
}
