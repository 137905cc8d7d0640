//! `POST /api/v1/users/login`: exchanges an email address and its password for an access token.
//!
//! An unknown address and a wrong password get the same answer after the same work.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::{Responder, TokenBody, credentials};
use app::users::login_user;
use bootstrap::config::{Tables, TokenSecret};
use bootstrap::secrets::TokenKeys;
use bootstrap::users::{self, DynamoUserStore};
use bootstrap::{Error, Start, rest};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
    }
}

struct Login {
    responder: Responder,
    users: DynamoUserStore,
    tokens: Arc<TokenKeys>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let login = &Login {
        responder: config.responder,
        users: users::store(&clients, &config.tables),
        tokens: clients.secrets().token_keys(&config.tokens).await?,
    };
    rest::run(&login.responder, |request, now_ms| {
        login.login(request, now_ms)
    })
    .await
}

impl Login {
    async fn login(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let credentials = credentials(&request)?;
        let (users, tokens) = (&self.users, &self.tokens);
        let token = login_user(users, users, tokens, credentials, now_ms).await?;
        Ok(self.responder.ok(StatusCode::OK, &TokenBody::from(token)))
    }
}
