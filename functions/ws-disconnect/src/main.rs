//! Wires `$disconnect` of the WebSocket API.

use bootstrap::config::Env;
use bootstrap::{clients, feed, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let aws = clients::aws_config().await;
    let connections = feed::connections(&Env::process(), &aws)?;
    let connections = &*connections;
    run(service_fn(move |event: LambdaEvent<_>| {
        ws_disconnect::handle(connections, event.payload)
    }))
    .await
}
