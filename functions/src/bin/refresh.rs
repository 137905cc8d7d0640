//! `POST /api/v1/users/refresh` and `POST /api/v1/users/logout`: what a refresh token is for. The cookie that holds it
//! authenticates these two requests, and no other.

use api::problem::Problem;
use api::rest::{Responder, SessionCookie, TokenBody, cookie_request, route};
use app::Error as AppError;
use app::sessions::UserSessions;
use bootstrap::config::{SessionCookies, Tables, TokenSecret};
use bootstrap::{Error, Start, rest, users};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

const REFRESH: &str = "/api/v1/users/refresh";
const LOGOUT: &str = "/api/v1/users/logout";

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
        cookies: SessionCookies,
    }
}

struct Refresh {
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
    let refresh = &Refresh {
        responder: config.responder,
        cookie,
        sessions: users::user_sessions(&clients, &config.tables, tokens),
    };
    rest::run(&refresh.responder, |request, now_ms| {
        refresh.answer(request, now_ms)
    })
    .await
}

impl Refresh {
    async fn answer(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        match route(&request).unwrap_or_default().as_str() {
            REFRESH => self.refresh(&request, now_ms).await,
            LOGOUT => self.log_out(&request).await,
            _ => Err(Problem::no_such_route()),
        }
    }

    async fn refresh(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        cookie_request(request)?;
        let refreshed = match self.cookie.read(request) {
            Some(claim) => self.sessions.refresh(claim, now_ms).await,
            None => Err(AppError::SessionEnded),
        };
        match refreshed {
            Ok(refreshed) => {
                let body = TokenBody::from(refreshed.access);
                let mut response = self.responder.ok(StatusCode::OK, &body);
                self.cookie.write(&mut response, &refreshed.claim, now_ms);
                Ok(response)
            }
            Err(error @ AppError::SessionEnded) => {
                let mut response = self.responder.problem(&error.into());
                self.cookie.remove(&mut response);
                Ok(response)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn log_out(&self, request: &Request) -> Result<Response<Body>, Problem> {
        cookie_request(request)?;
        if let Some(claim) = self.cookie.read(request) {
            self.sessions.log_out(claim).await?;
        }
        let mut response = self.responder.no_content();
        self.cookie.remove(&mut response);
        Ok(response)
    }
}
