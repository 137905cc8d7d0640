//! `PATCH /api/v1/users/me`: changes the caller's name, telephone number and notifications.
//!
//! It answers what `GET /api/v1/users/me` then shows.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::{MeBody, Responder, bearer_token, profile_change};
use app::users::change_me;
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

struct UpdateMe {
    responder: Responder,
    tokens: Arc<TokenKeys>,
    users: DynamoUserStore,
    prices: PriceModel,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let update_me = &UpdateMe {
        responder: config.responder,
        tokens,
        users: users::store(&clients, &config.tables),
        prices,
    };
    rest::run(&update_me.responder, |request, now_ms| {
        update_me.update(request, now_ms)
    })
    .await
}

impl UpdateMe {
    async fn update(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let change = profile_change(&request)?;
        let (tokens, users, prices) = (&self.tokens, &self.users, &self.prices);
        let token = bearer_token(&request);
        let me = change_me(tokens, users, prices, token, &change, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &MeBody::from(&me)))
    }
}
