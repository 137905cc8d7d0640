//! The Lambda function `price-tick`: see the library.

use bootstrap::config::Env;
use bootstrap::{clients, telemetry, ticks};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let aws = clients::aws_config().await;
    let drive = ticks::drive_ticks(&Env::process(), &aws, price_tick::due_messages()).await?;
    let drive = &drive;
    run(service_fn(move |event: LambdaEvent<_>| async move {
        price_tick::handle(drive, event.payload, &event.context).await
    }))
    .await
}
