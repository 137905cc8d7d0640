//! Wires `GET /api/v1/users/snapshots/{id}`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::{clients, snapshots, telemetry, users};
use lambda_http::{Error, service_fn};
use snapshot_status::ShowStatus;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let status = &ShowStatus {
        responder: Responder::new(env.parse("ALLOWED_ORIGIN")?),
        snapshots: snapshots::find_snapshot(&env, &aws)?,
        authenticator: users::authenticator(&env, &aws).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(status.handle(&request, now_ms()).await)
    }))
    .await
}
