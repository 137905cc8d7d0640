//! Wires `GET /api/v1/users/me`.

use std::sync::Arc;

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, telemetry};
use lambda_http::{Error, service_fn};
use me::{Config, ShowMe};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let config = Config::read(&Env::process())?;
    let aws = clients::aws_config().await;
    let secrets = Secrets::new(&aws);
    let me = &ShowMe {
        tokens: Box::new(secrets.token_keys(&config.token_secret).await?),
        users: Arc::new(clients::user_store(&aws, config.users_table)),
        prices: secrets.price_model(&config.price_secret).await?,
        responder: Responder::new(config.allowed_origin),
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(me.handle(&request, now_ms()).await)
    }))
    .await
}
