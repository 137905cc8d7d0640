//! `/api/v1/users/sessions`: where the caller is logged in is shown, and ended.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::{Responder, SessionCookie, SessionsBody, route};
use app::sessions::UserSessions;
use app::users::CurrentUser;
use bootstrap::config::{SessionCookies, Tables, TokenSecret};
use bootstrap::{Error, Start, rest, users};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};

const SESSIONS: &str = "/api/v1/users/sessions";
const SESSION: &str = "/api/v1/users/sessions/{id}";

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
        cookies: SessionCookies,
    }
}

struct Sessions {
    responder: Responder,
    cookie: SessionCookie,
    sessions: UserSessions,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let (tokens, cookie) = secrets
        .keys_and_cookie(&config.tokens, &config.cookies)
        .await?;
    let authenticator = users::authenticator(&clients, &config.tables, Arc::clone(&tokens));
    let sessions = &Sessions {
        responder: config.responder,
        cookie,
        sessions: users::user_sessions(&clients, &config.tables, tokens),
    };
    let answer = |user, request, now_ms| sessions.answer(user, request, now_ms);
    rest::run_for_users(&sessions.responder, &authenticator, answer).await
}

impl Sessions {
    async fn answer(
        &self,
        user: CurrentUser,
        request: Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        let route = route(&request).unwrap_or_default();
        match (request.method(), route.as_str()) {
            (&Method::GET, SESSIONS) => {
                let claim = self.cookie.read(&request);
                let own = claim.filter(|claim| claim.user_id == user.id());
                let sessions = self.sessions.list(&user, now_ms).await?;
                let body = SessionsBody::of(&sessions, own.map(|claim| claim.session));
                Ok(self.responder.ok(StatusCode::OK, &body))
            }
            (&Method::DELETE, SESSIONS) => {
                self.sessions.end_all(&user).await?;
                Ok(self.responder.no_content())
            }
            (&Method::DELETE, SESSION) => {
                let parameters = request.path_parameters();
                let id = parameters.first("id").unwrap_or_default();
                self.sessions.end_one(&user, id).await?;
                Ok(self.responder.no_content())
            }
            _ => Err(Problem::no_such_route()),
        }
    }
}
