//! Wires `GET /health`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::{clients, telemetry};
use futures_util::FutureExt as _;
use health::{Config, Health};
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let config = Config::read(&Env::process())?;
    let users = clients::user_store(&clients::aws_config().await, config.users_table);
    let check = move || {
        let users = users.clone();
        async move { users.check_health().await }.boxed()
    };
    let health = &Health::new(Box::new(check), Responder::new(config.allowed_origin));
    lambda_http::run(service_fn(move |_: Request| async move {
        Ok::<_, Error>(health.handle(now_ms()).await)
    }))
    .await
}
