//! Wires `GET /health`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::{clients, telemetry};
use health::{Config, Health};
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let config = Config::read(&Env::process())?;
    let users = clients::user_store(&clients::aws_config().await, config.users_table);
    let health = &Health::new(Box::new(users), Responder::new(config.allowed_origin));
    lambda_http::run(service_fn(move |_: Request| async move {
        Ok::<_, Error>(health.handle(now_ms()).await)
    }))
    .await
}
