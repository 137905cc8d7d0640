//! `PATCH /api/v1/users/me`: changes the caller's name, telephone number and notifications.
//!
//! It answers what `GET /api/v1/users/me` then shows.

use api::problem::Problem;
use api::rest::{MeBody, Responder, profile_change};
use app::users::{CurrentUser, change_me};
use bootstrap::config::{KeySecrets, Tables};
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
    users: DynamoUserStore,
    prices: PriceModel,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let update_me = &UpdateMe {
        responder: config.responder,
        users: users::store(&clients, &config.tables),
        prices,
    };
    let update = |user, request, now_ms| update_me.update(user, request, now_ms);
    rest::run_for_users(&update_me.responder, &authenticator, update).await
}

impl UpdateMe {
    async fn update(
        &self,
        user: CurrentUser,
        request: Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        let change = profile_change(&request)?;
        let me = change_me(&self.users, &self.prices, &user, &change, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &MeBody::from(&me)))
    }
}
