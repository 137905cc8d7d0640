//! `GET /api/v1/users/me`: the caller's profile with the live price.
//!
//! It reads the profile and nothing else: the price is computed.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::{MeBody, Responder, bearer_token};
use app::users::show_me;
use bootstrap::config::{KeySecrets, Tables};
use bootstrap::secrets::TokenKeys;
use bootstrap::users::{self, DynamoUserStore};
use bootstrap::{Error, Start, rest};
use domain::PriceModel;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        secrets: KeySecrets,
    }
}

struct Me {
    responder: Responder,
    tokens: Arc<TokenKeys>,
    users: DynamoUserStore,
    prices: PriceModel,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let me = &Me {
        responder: config.responder,
        tokens,
        users: users::store(&clients, &config.tables),
        prices,
    };
    rest::run(&me.responder, |request, now_ms| me.show(request, now_ms)).await
}

impl Me {
    async fn show(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let token = bearer_token(&request);
        let me = show_me(&self.tokens, &self.users, &self.prices, token, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &MeBody::from(&me)))
    }
}
