//! Wires `GET` and `POST` of `/api/v1/users/graphql`.

use api::graphql::GraphqlResponder;
use api::rest::Responder;
use bootstrap::clock::now_ms;
use bootstrap::config::Env;
use bootstrap::{clients, telemetry};
use graphql::{Graphql, Page};
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init()?;
    let (env, aws) = (Env::process(), clients::aws_config().await);
    let graphql = &Graphql {
        responder: GraphqlResponder::new(Responder::new(env.parse("ALLOWED_ORIGIN")?)),
        page: Page::new(&env.parse("FEED_URL")?),
        schema: bootstrap::graphql::schema(&env, &aws).await?,
    };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(graphql.handle(&request, now_ms()).await)
    }))
    .await
}
