//! `GET /api/v1/users/me`: the caller's profile with the live price.
//!
//! It reads the profile and nothing else: the price is computed.

use api::rest::{MeBody, Responder};
use app::users::{CurrentUser, show_me};
use bootstrap::config::{KeySecrets, Tables};
use bootstrap::{Error, Start, rest, users};
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
    prices: PriceModel,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let me = &Me {
        responder: config.responder,
        prices,
    };
    let show = async |user, _: Request, now_ms| Ok(me.show(&user, now_ms));
    rest::run_for_users(&me.responder, &authenticator, show).await
}

impl Me {
    fn show(&self, user: &CurrentUser, now_ms: u64) -> Response<Body> {
        let me = show_me(user, &self.prices, now_ms);
        self.responder.ok(StatusCode::OK, &MeBody::from(&me))
    }
}
