//! `POST /api/v1/users/graphql`, and `GET` for queries: GraphQL over HTTP. Browsers get a page to try it with.

mod page;

use api::graphql::{GraphqlResponder, ResponseMedia, graphql_request, media_type, wants_page};
use api::origin::Origin;
use api::rest::{Responder, bearer_token};
use bootstrap::config::{KeySecrets, OriginSecret};
use bootstrap::graphql::{SchemaConfig, schema};
use bootstrap::{Error, Start, rest};
use feed::Answering;
use graphql_schema::{Caller, OperationType, Rejected, Schema};
use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};

use page::{FeedUrl, Page};

bootstrap::config! {
    struct Config {
        responder: Responder,
        feed_url: FeedUrl,
        secrets: KeySecrets,
        origin: OriginSecret,
        schema: SchemaConfig,
    }
}

struct Graphql {
    responder: GraphqlResponder,
    page: Page,
    origin: Origin,
    schema: Schema,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let ((tokens, prices), origin) = tokio::try_join!(
        secrets.keys_and_prices(&config.secrets),
        secrets.origin(&config.origin)
    )?;
    let graphql = &Graphql {
        responder: GraphqlResponder::new(config.responder.clone()),
        page: Page::new(&config.feed_url),
        origin,
        schema: schema(
            &clients,
            &config.schema,
            &tokens,
            prices,
            Answering::default(),
        )?,
    };
    rest::serve(&config.responder, async |request, now_ms| {
        Ok(graphql.answer(request, now_ms).await)
    })
    .await
}

impl Graphql {
    async fn answer(&self, request: Request, now_ms: u64) -> Response<Body> {
        if wants_page(&request) {
            let (html, policy) = self.page.parts();
            return self.responder.page(html, policy);
        }
        match media_type(&request) {
            Ok(media) => {
                let answer = self.execute(&request, media, now_ms).await;
                answer.unwrap_or_else(|rejected| self.rejected(media, &rejected))
            }
            Err(_) => self.responder.not_acceptable(),
        }
    }

    async fn execute(
        &self,
        request: &Request,
        media: ResponseMedia,
        now_ms: u64,
    ) -> Result<Response<Body>, Rejected> {
        let wanted = match graphql_request(request) {
            Ok(wanted) => wanted,
            Err(malformed) => return Ok(self.responder.malformed(media, &malformed)),
        };
        let prepared = self.schema.prepare(graphql_schema::Request {
            query: wanted.query,
            operation_name: wanted.operation_name,
            variables: wanted.variables,
        })?;
        let is_mutation = prepared.operation() == OperationType::Mutation;
        if request.method() == Method::GET && is_mutation {
            return Ok(self.responder.mutation_by_get(media));
        }
        let caller = Caller {
            token: bearer_token(request).map(str::to_owned),
            network: self.origin.network(request),
            now_ms,
        };
        let done = self.schema.execute(prepared, caller).await?;
        Ok(self.responder.executed(media, &done.body, done.is_complete))
    }

    fn rejected(&self, media: ResponseMedia, rejected: &Rejected) -> Response<Body> {
        let body = rejected.body();
        self.responder.rejected(media, &body, rejected.is_syntax)
    }
}
