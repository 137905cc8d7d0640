//! `GET /api/v1/users/snapshots/{id}`: whether a snapshot of the caller is pending or saved.

use api::problem::Problem;
use api::rest::{Responder, SnapshotBody};
use app::snapshots::find_snapshot;
use app::users::CurrentUser;
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
    snapshots: DynamoSnapshots,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let tokens = clients.secrets().token_keys(&config.tokens).await?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let snapshots = &Snapshots {
        responder: config.responder,
        snapshots: snapshots::store(&clients, &config.tables),
    };
    let find = |user, request, _| snapshots.find(user, request);
    rest::run_for_users(&snapshots.responder, &authenticator, find).await
}

impl Snapshots {
    async fn find(&self, user: CurrentUser, request: Request) -> Result<Response<Body>, Problem> {
        let parameters = request.path_parameters();
        let id = parameters.first("id").unwrap_or_default();
        let status = find_snapshot(&self.snapshots, &user, id).await?;
        let body = SnapshotBody::from(&status);
        Ok(self.responder.ok(StatusCode::OK, &body))
    }
}
