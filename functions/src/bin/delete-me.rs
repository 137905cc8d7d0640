//! `DELETE /api/v1/users/me`: deletes the caller.
//!
//! It answers once the account is gone and what else is kept of the user is erased, or is sure to be: what
//! takes longer is the business of `erase-users`.

use api::problem::Problem;
use api::rest::{Responder, bearer_token, no_fields};
use app::users::DeleteUser;
use bootstrap::config::{Tables, TokenSecret};
use bootstrap::push::{self, PushEndpoint};
use bootstrap::{Error, Start, rest, users};
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
    let delete_me = &DeleteMe {
        responder: config.responder,
        delete: users::delete_user(&clients, &config.tables, push, tokens),
    };
    rest::run(&delete_me.responder, |request, now_ms| {
        delete_me.delete(request, now_ms)
    })
    .await
}

impl DeleteMe {
    async fn delete(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        no_fields(&request)?;
        self.delete.delete(bearer_token(&request), now_ms).await?;
        Ok(self.responder.no_content())
    }
}
