//! Wires `$default` of the WebSocket API.

use std::sync::Arc;

use bootstrap::config::Env;
use bootstrap::{clients, feed, push, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use ws_message::{PushReplies, WsMessage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let env = Env::process();
    let aws = clients::aws_config().await;
    let replies = PushReplies::new(Arc::new(push::client(&env, &aws)?));
    let (connections, session, control) = feed::messages(&env, &aws, Arc::new(replies)).await?;
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
