//! `DELETE /api/v1/users/me`: deletes the caller.
//!
//! It answers once the account is gone and what else is kept of the user is erased, or is sure to be: what
//! takes longer is the business of `erase-users`.

use api::problem::Problem;
use api::rest::{Responder, no_fields};
use app::users::{CurrentUser, DeleteUser};
use bootstrap::config::{Tables, TokenSecret};
use bootstrap::push::{self, PushEndpoint};
use bootstrap::{Error, Start, rest, users};
use feed::Answering;
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
        push: PushEndpoint,
    }
}

struct DeleteMe {
    responder: Responder,
    delete: DeleteUser,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let tokens = clients.secrets().token_keys(&config.tokens).await?;
    let push = push::client(&clients, config.push)?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let delete_me = &DeleteMe {
        responder: config.responder,
        delete: users::delete_user(&clients, &config.tables, push, Answering::default()),
    };
    let delete = |user, request, now_ms| delete_me.delete(user, request, now_ms);
    rest::run_for_users(&delete_me.responder, &authenticator, delete).await
}

impl DeleteMe {
    async fn delete(
        &self,
        user: CurrentUser,
        request: Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        no_fields(&request)?;
        self.delete.delete(&user, now_ms).await?;
        Ok(self.responder.no_content())
    }
}
