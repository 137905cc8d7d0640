//! Wires `$default` of the WebSocket API.

use bootstrap::config::Env;
use bootstrap::{clients, feed, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use ws_message::WsMessage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let env = Env::process();
    let aws = clients::aws_config().await;
    let (connections, session, control) = feed::messages(&env, &aws).await?;
    let handler = &WsMessage {
        connections,
        session,
        control,
    };
    run(service_fn(move |event: LambdaEvent<_>| {
        handler.handle(event.payload)
    }))
    .await
}
