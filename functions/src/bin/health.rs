//! `GET /health`: whether requests can be served, which is whether the users table answers.
//!
//! Anybody may ask, and the table is asked by a call that AWS limits for the whole account. So a
//! process asks at most every [`MAX_AGE_MS`] and repeats what it learnt meanwhile.

use api::problem::Problem;
use api::rest::{HealthBody, Responder};
use bootstrap::config::Tables;
use bootstrap::memo::Memo;
use bootstrap::users::{self, DynamoUserStore};
use bootstrap::{Error, Start, rest};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

/// How long an answer of the table holds, in milliseconds.
const MAX_AGE_MS: u64 = 5_000;

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
    }
}

struct Health {
    responder: Responder,
    users: DynamoUserStore,
    state: Memo<Result<(), Problem>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let health = &Health {
        responder: config.responder,
        users: users::store(&clients, &config.tables),
        state: Memo::new(MAX_AGE_MS),
    };
    rest::run(&health.responder, |_, now_ms| health.check(now_ms)).await
}

impl Health {
    async fn check(&self, now_ms: u64) -> Result<Response<Body>, Problem> {
        let check = async { self.users.check_health().await.map_err(Problem::unhealthy) };
        self.state.get(now_ms, check).await?;
        Ok(self.responder.ok(StatusCode::OK, &HealthBody::OK))
    }
}
