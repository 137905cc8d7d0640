//! `POST /api/v1/users/password`: the caller's password becomes another, and all their other sessions end.

use api::problem::Problem;
use api::rest::{Responder, SessionCookie, new_password};
use app::sessions::ChangePassword;
use app::users::CurrentUser;
use bootstrap::config::{SessionCookies, Tables, TokenSecret};
use bootstrap::{Error, Start, rest, users};
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
        cookies: SessionCookies,
    }
}

struct Change {
    responder: Responder,
    cookie: SessionCookie,
    passwords: ChangePassword,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let (tokens, cookie) = secrets
        .keys_and_cookie(&config.tokens, &config.cookies)
        .await?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let change = &Change {
        responder: config.responder,
        cookie,
        passwords: users::change_password(&clients, &config.tables),
    };
    let answer = |user, request, now_ms| change.change(user, request, now_ms);
    rest::run_for_users(&change.responder, &authenticator, answer).await
}

impl Change {
    async fn change(
        &self,
        user: CurrentUser,
        request: Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        let claim = self.cookie.read(&request);
        let own = claim.filter(|claim| claim.user_id == user.id());
        let wanted = new_password(&request, own)?;
        self.passwords.change(&user, wanted, now_ms).await?;
        Ok(self.responder.no_content())
    }
}
