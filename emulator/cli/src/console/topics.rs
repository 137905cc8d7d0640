//! Topics with their offsets, and their records as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use emulator_kafka::{RecordEvent, RecordStreamError, StreamStart, TopicOffsets};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;

use super::{Problem, Shared, problem, uncached};

/// Between two comments on a silent topic: that a client has left shows when something is sent to it.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

/// What is asked of a stream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: Option<From>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum From {
    Beginning,
}

pub(super) async fn list(State(console): Shared) -> Result<Response, Problem> {
    let TopicOffsets { topics, error } = console.triggers.topics().await;
    match error {
        Some(error) if topics.is_empty() => Err(problem(
            StatusCode::SERVICE_UNAVAILABLE,
            &format!("the broker's offsets were not read: {error}"),
        )),
        _ => Ok(uncached(Json(json!({ "topics": topics })).into_response())),
    }
}

pub(super) async fn stream(
    State(console): Shared,
    Path(topic): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|error| problem(error.status(), &error.body_text()))?;
    let start = match asked.from {
        Some(From::Beginning) => StreamStart::Beginning,
        None => StreamStart::Now,
    };
    let records = console.records.open(&topic, start).await;
    let records = records.map_err(refused)?;
    let events = records.map(|event| Ok::<_, Infallible>(server_sent(event)));
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(uncached(
        Sse::new(events).keep_alive(keep_alive).into_response(),
    ))
}

fn server_sent(event: RecordEvent) -> Event {
    match event {
        RecordEvent::Record(record) => Event::default().data(record),
        RecordEvent::Dropped(count) => {
            let count = json!({ "count": count });
            Event::default().event("dropped").data(count.to_string())
        }
    }
}

fn refused(error: RecordStreamError) -> Problem {
    let status = match error {
        RecordStreamError::NoTopic => StatusCode::NOT_FOUND,
        RecordStreamError::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RecordStreamError::Stopping | RecordStreamError::Kafka(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    // With its causes.
    problem(status, &format!("{:#}", anyhow::Error::from(error)))
}
