//! What can be done to Kafka triggers while they run: their partitions are dealt out anew, or delivered from again.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use emulator_kafka::{RebalanceError, ReplayFrom};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Problem, Shared, problem};

/// What is asked of a rebalance.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rebalance {
    /// As many as there are, if it isn't said.
    consumers: Option<usize>,
}

/// What is asked of a replay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    /// `beginning`, an offset, or an instant.
    from: String,
}

pub(super) async fn rebalance(
    State(console): Shared,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let asked: Option<Rebalance> = read(body)?;
    let consumers = asked.unwrap_or_default().consumers;
    let consumers = console.triggers.rebalance(&id, consumers).await;
    let consumers = consumers.map_err(|error| refused(&error))?;
    Ok(Json(json!({ "consumers": consumers })).into_response())
}

pub(super) async fn replay(
    State(console): Shared,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let bad = |message: &str| problem(StatusCode::BAD_REQUEST, message);
    let asked: Replay =
        read(body)?.ok_or_else(|| bad("say from where: {\"from\": \"beginning\"}"))?;
    let from: ReplayFrom = asked
        .from
        .parse()
        .map_err(|error: emulator_kafka::NoReplayFrom| bad(&error.to_string()))?;
    let replayed = console.triggers.replay(&id, from).await;
    let partitions = replayed.map_err(|error| refused(&error))?;
    Ok(Json(json!({ "partitions": partitions })).into_response())
}

/// The JSON of a body, if there is any.
fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<Option<T>, Problem> {
    let body = body.map_err(|error| problem(error.status(), &error.body_text()))?;
    if body.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(|error| problem(StatusCode::BAD_REQUEST, &error.to_string()))
}

fn refused(error: &RebalanceError) -> Problem {
    let status = match error {
        RebalanceError::NoTrigger => StatusCode::NOT_FOUND,
        RebalanceError::Consumers { .. } | RebalanceError::ByTime => StatusCode::BAD_REQUEST,
        RebalanceError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        RebalanceError::Kafka(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    problem(status, &error.to_string())
}
