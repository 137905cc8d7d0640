//! `POST /api/v1/users/save-snapshot`: takes the caller's live price and asks, through Kafka, to save it.
//!
//! It answers once Kafka has acknowledged. Saving itself is the business of `snapshot-writer`.

use api::problem::Problem;
use api::rest::{Responder, SnapshotRequestedBody, bearer_token, idempotency_key, no_fields};
use app::snapshots;
use bootstrap::config::{KeySecrets, Tables};
use bootstrap::ids::new_snapshot_id;
use bootstrap::kafka::KafkaCluster;
use bootstrap::snapshots::save_snapshot;
use bootstrap::{Error, Start, rest};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        secrets: KeySecrets,
        cluster: KafkaCluster,
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
    let (tables, cluster) = (&config.tables, &config.cluster);
    let save_snapshot = &SaveSnapshot {
        responder: config.responder,
        save: save_snapshot(&clients, tables, cluster, tokens, prices)?,
    };
    rest::run(&save_snapshot.responder, |request, _| {
        save_snapshot.save(request)
    })
    .await
}

impl SaveSnapshot {
    async fn save(&self, request: Request) -> Result<Response<Body>, Problem> {
        no_fields(&request)?;
        let key = idempotency_key(&request)?;
        let token = bearer_token(&request);
        let saved = self
            .save
            .save(token, key.as_ref(), new_snapshot_id())
            .await?;
        let body = SnapshotRequestedBody::from(&saved);
        Ok(self.responder.ok(StatusCode::ACCEPTED, &body))
    }
}
