//! Wires `DELETE /api/v1/users/me`.

use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::{clients, telemetry, users};
use delete_me::DeleteMe;
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let delete_me = &DeleteMe {
        responder: Responder::new(env.parse("ALLOWED_ORIGIN")?),
        delete: users::delete_user(&env, &aws).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(delete_me.handle(&request, now_ms()).await)
    }))
    .await
}
