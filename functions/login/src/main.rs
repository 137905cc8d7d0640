//! Wires `POST /api/v1/users/login`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, telemetry};
use lambda_http::{Error, service_fn};
use login::{Config, Login};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let config = Config::read(&Env::process())?;
    let aws = clients::aws_config().await;
    let users = clients::user_store(&aws, config.users_table);
    let login = &Login {
        users: Box::new(users.clone()),
        attempts: Box::new(users),
        tokens: Box::new(Secrets::new(&aws).token_keys(&config.token_secret).await?),
        responder: Responder::new(config.allowed_origin),
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(login.handle(&request, now_ms()).await)
    }))
    .await
}
