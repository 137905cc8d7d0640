//! Wires `PATCH /api/v1/users/me`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, telemetry};
use lambda_http::{Error, service_fn};
use update_me::UpdateMe;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let secrets = Secrets::new(&aws);
    let update_me = &UpdateMe {
        responder: Responder::new(env.parse("ALLOWED_ORIGIN")?),
        tokens: Box::new(secrets.token_keys(&env.required("TOKEN_SECRET")?).await?),
        users: Box::new(clients::user_store(&aws, env.required("USERS_TABLE")?)),
        prices: secrets.price_model(&env.required("PRICE_SECRET")?).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(update_me.handle(&request, now_ms()).await)
    }))
    .await
}
