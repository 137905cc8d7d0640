//! Wires `/api/v1/users/alerts` and what is below it.

use alerts::{Alerts, new_alert_id};
use api::rest::Responder;
use bootstrap::config::Env;
use bootstrap::{clients, telemetry};
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let alerts = &Alerts {
        responder: Responder::new(env.parse("ALLOWED_ORIGIN")?),
        alerts: bootstrap::alerts::user_alerts(&env, &aws).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(alerts.handle(&request, new_alert_id()).await)
    }))
    .await
}
