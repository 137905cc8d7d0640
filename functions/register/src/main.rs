//! Wires `POST /api/v1/users/register`.

use api::rest::Responder;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, telemetry};
use lambda_http::{Error, service_fn};
use register::{Config, Register, new_user_id};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let config = Config::read(&Env::process())?;
    let aws = clients::aws_config().await;
    let register = &Register {
        users: Box::new(clients::user_store(&aws, config.users_table)),
        prices: Secrets::new(&aws).price_model(&config.price_secret).await?,
        responder: Responder::new(config.allowed_origin),
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(register.handle(&request, new_user_id()).await)
    }))
    .await
}
