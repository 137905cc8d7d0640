//! The Lambda function `registration-fanout`: see the library.

use std::sync::Arc;

use bootstrap::config::Env;
use bootstrap::trigger::KafkaEvent;
use bootstrap::{clients, clock, dead_letters, registrations, telemetry};
use graphql_schema::LiveSchema;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use registration_fanout::RegistrationFanout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let execute = Arc::new(LiveSchema::new());
    let follow_up = registrations::follow_up(&env, &aws, execute).await?;
    let dead_letters = dead_letters::dead_letters(&env, &aws)?;
    let handler = &RegistrationFanout::new(follow_up, dead_letters);
    run(service_fn(
        move |event: LambdaEvent<KafkaEvent>| async move {
            handler.handle(event.payload, clock::now_ms()).await
        },
    ))
    .await
}
