//! The Lambda function `snapshot-writer`: see the library.

use std::sync::Arc;

use bootstrap::config::Env;
use bootstrap::trigger::KafkaEvent;
use bootstrap::{clients, clock, dead_letters, snapshots, telemetry};
use graphql_schema::LiveSchema;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use snapshot_writer::SnapshotWriter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let execute = Arc::new(LiveSchema::new());
    let write = snapshots::write_snapshots(&env, &aws, execute)?;
    let handler = &SnapshotWriter::new(write, dead_letters::dead_letters(&env, &aws)?);
    run(service_fn(
        move |event: LambdaEvent<KafkaEvent>| async move {
            handler.handle(event.payload, clock::now_ms()).await
        },
    ))
    .await
}
