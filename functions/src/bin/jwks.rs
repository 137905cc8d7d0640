//! `GET /.well-known/jwks.json`: the public keys that verify access tokens.

use std::sync::Arc;

use api::problem::Problem;
use api::rest::Responder;
use bootstrap::config::TokenSecret;
use bootstrap::secrets::TokenKeys;
use bootstrap::{Error, Start, rest};
use lambda_http::{Body, Response};

/// How long anybody may keep the answer: what [`TokenKeys`] keeps the keys for itself. A new key
/// should be published for as long before it signs.
const MAX_AGE_SECS: u32 = 300;

bootstrap::config! {
    struct Config {
        responder: Responder,
        tokens: TokenSecret,
    }
}

struct Jwks {
    responder: Responder,
    keys: Arc<TokenKeys>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let jwks = &Jwks {
        responder: config.responder,
        keys: clients.secrets().token_keys(&config.tokens).await?,
    };
    rest::run(&jwks.responder, |_, now_ms| jwks.show(now_ms)).await
}

impl Jwks {
    async fn show(&self, now_ms: u64) -> Result<Response<Body>, Problem> {
        let keys = self.keys.jwks(now_ms).await;
        Ok(self.responder.cacheable(&keys, MAX_AGE_SECS))
    }
}
