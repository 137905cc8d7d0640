//! Wires `GET /.well-known/jwks.json`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, telemetry};
use jwks::{Config, ShowJwks};
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let config = Config::read(&Env::process())?;
    let aws = clients::aws_config().await;
    let jwks = &ShowJwks {
        keys: Secrets::new(&aws).token_keys(&config.token_secret).await?,
        responder: Responder::new(config.allowed_origin),
    };
    lambda_http::run(service_fn(move |_: Request| async move {
        Ok::<_, Error>(jwks.handle(now_ms()).await)
    }))
    .await
}
