//! Wires the schedule that finishes the erasure of deleted users.

use bootstrap::config::Env;
use bootstrap::{clients, telemetry, users};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let aws = clients::aws_config().await;
    let erase = users::erase_users(&Env::process(), &aws)?;
    let erase = &erase;
    run(service_fn(move |event: LambdaEvent<_>| async move {
        erase_users::handle(erase, event.payload, &event.context).await
    }))
    .await
}
