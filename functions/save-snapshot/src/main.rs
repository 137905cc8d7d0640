//! Wires `POST /api/v1/users/save-snapshot`.

use api::rest::Responder;
use bootstrap::config::Env;
use bootstrap::{clients, snapshots, telemetry};
use lambda_http::{Error, service_fn};
use save_snapshot::{SaveSnapshot, new_snapshot_id};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let save_snapshot = &SaveSnapshot {
        responder: Responder::new(env.parse("ALLOWED_ORIGIN")?),
        save: snapshots::save_snapshot(&env, &aws).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(save_snapshot.handle(&request, new_snapshot_id()).await)
    }))
    .await
}
