//! `POST /api/v1/users/password`: the caller's password becomes another, and all their other sessions end.

use api::origin::Origin;
use api::problem::Problem;
use api::rest::{Responder, SessionCookie, new_password};
use app::sessions::ChangePassword;
use app::users::CurrentUser;
use bootstrap::config::{OriginSecret, SessionCookies, Tables, TokenSecret};
use bootstrap::{Error, Start, rest, users};
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

struct Change {
    responder: Responder,
    cookie: SessionCookie,
    origin: Origin,
    passwords: ChangePassword,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let ((tokens, cookie), origin) = tokio::try_join!(
        secrets.keys_and_cookie(&config.tokens, &config.cookies),
        secrets.origin(&config.origin)
    )?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let change = &Change {
        responder: config.responder,
        cookie,
        origin,
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
        let wanted = new_password(&request, own, self.origin.network(&request))?;
        self.passwords.change(&user, wanted, now_ms).await?;
        Ok(self.responder.no_content())
    }
}
