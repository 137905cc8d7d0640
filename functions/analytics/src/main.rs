//! Wires `GET /analytics/user/{id}` and `GET /analytics/user/{id}/prices`.

use analytics::Analytics;
use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::{clients, snapshots, telemetry};
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let analytics = &Analytics {
        responder: Responder::new(env.parse("ALLOWED_ORIGIN")?),
        show: snapshots::show_analytics(&env, &aws).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(analytics.handle(&request, now_ms()).await)
    }))
    .await
}
