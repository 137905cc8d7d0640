//! `POST /api/v1/users/login`: exchanges an email address and its password for an access token, and begins a session if that
//! is asked for.
//!
//! An unknown address and a wrong password get the same answer after the same work.

use std::sync::Arc;

use api::origin::Origin;
use api::problem::Problem;
use api::rest::{Responder, SessionCookie, TokenBody, login_request};
use app::sessions::UserSessions;
use app::users::login_user;
use bootstrap::config::{OriginSecret, SessionCookies, Tables, TokenSecret};
use bootstrap::ids::new_session_id;
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
        cookies: SessionCookies,
        origin: OriginSecret,
    }
}

struct Login {
    responder: Responder,
    users: DynamoUserStore,
    tokens: Arc<TokenKeys>,
    cookie: SessionCookie,
    origin: Origin,
    sessions: UserSessions,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let ((tokens, cookie), origin) = tokio::try_join!(
        secrets.keys_and_cookie(&config.tokens, &config.cookies),
        secrets.origin(&config.origin)
    )?;
    let login = &Login {
        responder: config.responder,
        users: users::store(&clients, &config.tables),
        tokens: Arc::clone(&tokens),
        cookie,
        origin,
        sessions: users::user_sessions(&clients, &config.tables, tokens),
    };
    rest::run(&login.responder, |request, now_ms| {
        login.login(request, now_ms)
    })
    .await
}

impl Login {
    async fn login(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let wanted = login_request(&request, self.origin.network(&request))?;
        let (users, tokens) = (&self.users, &self.tokens);
        let logged_in = login_user(users, users, tokens, wanted.credentials, now_ms).await?;
        let body = TokenBody::from(logged_in.token);
        let mut response = self.responder.ok(StatusCode::OK, &body);
        if wanted.session {
            let begun = self
                .sessions
                .begin(logged_in.user_id, new_session_id(), now_ms);
            self.cookie.write(&mut response, &begun.await?, now_ms);
        }
        Ok(response)
    }
}
