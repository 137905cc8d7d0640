//! Wires the route `subscribe` of the WebSocket API.

use std::sync::Arc;

use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, feed, graphql, telemetry};
use graphql_schema::LiveSchema;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use ws_operation::WsOperation;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let live = Arc::new(LiveSchema::new());
    let secret = env.required("TOKEN_SECRET")?;
    let handler = &WsOperation {
        operations: feed::operations(&env, &aws, live).await?,
        schema: graphql::schema(&env, &aws).await?,
        tokens: Arc::new(Secrets::new(&aws).token_keys(&secret).await?),
    };
    run(service_fn(move |event: LambdaEvent<_>| {
        handler.handle(event.payload, now_ms())
    }))
    .await
}
