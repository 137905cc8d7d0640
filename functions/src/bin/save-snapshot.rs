//! `POST /api/v1/users/save-snapshot`: takes the caller's live price and asks for it to be saved.
//!
//! It answers once the request is stored. `price-tick` publishes it within the second; saving is the business of
//! `snapshot-writer`.

use api::problem::Problem;
use api::rest::{Responder, SnapshotRequestedBody, idempotency_key, no_fields};
use app::snapshots;
use app::users::CurrentUser;
use bootstrap::config::{KeySecrets, Tables};
use bootstrap::ids::new_snapshot_id;
use bootstrap::snapshots::save_snapshot;
use bootstrap::{Error, Start, rest, users};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        secrets: KeySecrets,
    }
}

struct SaveSnapshot {
    responder: Responder,
    save: snapshots::SaveSnapshot,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let tables = &config.tables;
    let authenticator = users::authenticator(&clients, tables, tokens);
    let save_snapshot = &SaveSnapshot {
        responder: config.responder,
        save: save_snapshot(&clients, tables, prices),
    };
    let save = |user, request, _| save_snapshot.save(user, request);
    rest::run_for_users(&save_snapshot.responder, &authenticator, save).await
}

impl SaveSnapshot {
    async fn save(&self, user: CurrentUser, request: Request) -> Result<Response<Body>, Problem> {
        no_fields(&request)?;
        let key = idempotency_key(&request)?;
        let saved = self.save.save(&user, key.as_ref(), new_snapshot_id());
        let body = SnapshotRequestedBody::from(&saved.await?);
        Ok(self.responder.ok(StatusCode::ACCEPTED, &body))
    }
}
