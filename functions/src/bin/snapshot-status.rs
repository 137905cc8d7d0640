//! `GET /api/v1/users/snapshots/{id}`: whether a snapshot of the caller is pending or saved.

use api::problem::Problem;
use api::rest::{Responder, SnapshotBody, bearer_token};
use app::snapshots::find_snapshot;
use app::users::Authenticator;
use bootstrap::config::{Tables, TokenSecret};
use bootstrap::snapshots::{self, DynamoSnapshots};
use bootstrap::{Error, Start, rest, users};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, RequestExt as _, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
    }
}

struct Snapshots {
    responder: Responder,
    authenticator: Authenticator,
    snapshots: DynamoSnapshots,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let tokens = clients.secrets().token_keys(&config.tokens).await?;
    let snapshots = &Snapshots {
        responder: config.responder,
        authenticator: users::authenticator(&clients, &config.tables, tokens),
        snapshots: snapshots::store(&clients, &config.tables),
    };
    rest::run(&snapshots.responder, |request, now_ms| {
        snapshots.find(request, now_ms)
    })
    .await
}

impl Snapshots {
    async fn find(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let parameters = request.path_parameters();
        let id = parameters.first("id").unwrap_or_default();
        let token = bearer_token(&request);
        let status = find_snapshot(&self.authenticator, &self.snapshots, token, id, now_ms).await?;
        let body = SnapshotBody::from(&status);
        Ok(self.responder.ok(StatusCode::OK, &body))
    }
}
