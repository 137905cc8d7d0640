use app::analytics::{Cursor, HistoryRequest, PriceRequest, UserAnalytics, UserPrices};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::SavedSnapshot;
use domain::{Bucket, MeanChange, Price, Snapshot, SnapshotId, Statistics, Step, UserId};
use lambda_http::{Request, RequestExt as _};
use serde::Serialize;
use uuid::Uuid;

use super::format::{Table, csv};
use super::{ChangeBody, Fields};
use crate::instant::{parse_rfc3339, rfc3339};
use crate::problem::Problem;

/// The first byte of every cursor, so that another form of them can be told apart.
const CURSOR_VERSION: u8 = 1;

/// Why something is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor: expected the `next_cursor` of another page")]
struct CursorError;

/// Reads `GET /analytics/user/{id}`.
///
/// # Errors
/// The problem with the request; bad parameters are named all at once.
pub fn history_request(request: &Request) -> Result<HistoryRequest, Problem> {
    let user = user_of(request);
    let mut query = Fields::of_query(request);
    let cursor = query.optional("cursor", parse_cursor);
    let limit = query.optional("limit", str::parse);
    let made = || {
        Some(HistoryRequest {
            user,
            cursor,
            limit: limit.unwrap_or_default(),
        })
    };
    Ok(query.finish(made)?)
}

/// Reads `GET /analytics/user/{id}/prices`.
///
/// # Errors
/// The problem with the request; bad parameters are named all at once.
pub fn price_request(request: &Request) -> Result<PriceRequest, Problem> {
    let user = user_of(request);
    let mut query = Fields::of_query(request);
    let from_ms = query.optional("from", parse_rfc3339);
    let to_ms = query.optional("to", parse_rfc3339);
    let points = query.optional("points", str::parse);
    let made = || {
        Some(PriceRequest {
            user,
            from_ms,
            to_ms,
            points: points.unwrap_or_default(),
        })
    };
    Ok(query.finish(made)?)
}

fn user_of(request: &Request) -> String {
    let parameters = request.path_parameters();
    parameters.first("id").unwrap_or_default().to_owned()
}

/// Answers `GET /analytics/user/{id}`.
#[derive(Debug, Serialize)]
pub struct AnalyticsBody {
    user_id: String,
    count: u64,
    first_snapshot: Option<SnapshotPoint>,
    last_snapshot: Option<SnapshotPoint>,
    average_change: Option<MeanBody>,
    best_change: Option<StepBody>,
    worst_change: Option<StepBody>,
    minimum: Option<String>,
    maximum: Option<String>,
    volatility: Option<String>,
    history: Vec<HistoryRow>,
    next_cursor: Option<String>,
    #[serde(skip)]
    limit: u16,
}

#[derive(Debug, Serialize)]
struct SnapshotPoint {
    id: String,
    tick: u64,
    requested_at: String,
    price: String,
}

#[derive(Debug, Serialize)]
struct MeanBody {
    absolute: String,
    percent: String,
}

#[derive(Debug, Serialize)]
struct StepBody {
    from: String,
    to: String,
    #[serde(flatten)]
    change: ChangeBody,
}

#[derive(Debug, Serialize)]
struct HistoryRow {
    id: String,
    tick: u64,
    requested_at: String,
    saved_at: String,
    price: String,
}

/// Answers `GET /analytics/user/{id}/prices`.
#[derive(Debug, Serialize)]
pub struct PricesBody {
    user_id: String,
    first_tick: Option<u64>,
    last_tick: Option<u64>,
    ticks_per_bucket: u64,
    buckets: Vec<BucketRow>,
}

#[derive(Debug, Serialize)]
struct BucketRow {
    tick: u64,
    at: String,
    open: String,
    high: String,
    low: String,
    close: String,
}

impl AnalyticsBody {
    /// The answer to a request.
    #[must_use]
    pub fn new(analytics: &UserAnalytics, request: &HistoryRequest) -> Self {
        let all = analytics.statistics.as_ref();
        let step = |step: fn(&Statistics) -> Option<Step>| all.and_then(step).map(StepBody::from);
        let price = |price: fn(&Statistics) -> Price| all.map(price).map(|price| price.to_string());
        Self {
            user_id: analytics.user_id.to_string(),
            count: all.map_or(0, |all| all.count),
            first_snapshot: all.map(|all| (&all.first).into()),
            last_snapshot: all.map(|all| (&all.last).into()),
            average_change: all.and_then(Statistics::mean_change).map(MeanBody::from),
            best_change: step(|all| all.best),
            worst_change: step(|all| all.worst),
            minimum: price(|all| all.min),
            maximum: price(|all| all.max),
            volatility: all
                .and_then(Statistics::volatility)
                .map(|volatility| volatility.to_string()),
            history: analytics.history.iter().map(HistoryRow::from).collect(),
            next_cursor: analytics.next.map(cursor_text),
            limit: request.limit.get(),
        }
    }
}

impl Table for AnalyticsBody {
    /// The page of snapshots. What is known of all of them is one thing, not a table: it is in the JSON.
    fn to_csv(&self) -> String {
        let header = ["id", "tick", "requested_at", "saved_at", "price"];
        csv(&header, &self.history)
    }

    fn next_query(&self) -> Option<String> {
        let cursor = self.next_cursor.as_ref()?;
        Some(format!("limit={}&cursor={cursor}", self.limit))
    }
}

impl Table for PricesBody {
    fn to_csv(&self) -> String {
        let header = ["tick", "at", "open", "high", "low", "close"];
        csv(&header, &self.buckets)
    }

    fn next_query(&self) -> Option<String> {
        None
    }
}

impl From<&Snapshot> for SnapshotPoint {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            id: snapshot.id.to_string(),
            tick: snapshot.id.tick().get(),
            requested_at: rfc3339(snapshot.id.requested_at_ms()),
            price: snapshot.price.to_string(),
        }
    }
}

impl From<MeanChange> for MeanBody {
    fn from(mean: MeanChange) -> Self {
        Self {
            absolute: mean.absolute.to_string(),
            percent: mean.percent.to_string(),
        }
    }
}

impl From<Step> for StepBody {
    fn from(step: Step) -> Self {
        Self {
            from: step.from.to_string(),
            to: step.to.to_string(),
            change: step.change().into(),
        }
    }
}

impl From<&SavedSnapshot> for HistoryRow {
    fn from(saved: &SavedSnapshot) -> Self {
        let snapshot = saved.snapshot;
        Self {
            id: snapshot.id.to_string(),
            tick: snapshot.id.tick().get(),
            requested_at: rfc3339(snapshot.id.requested_at_ms()),
            saved_at: rfc3339(saved.saved_at_ms),
            price: snapshot.price.to_string(),
        }
    }
}

impl From<&UserPrices> for PricesBody {
    fn from(prices: &UserPrices) -> Self {
        let series = &prices.series;
        Self {
            user_id: prices.user_id.to_string(),
            first_tick: series.buckets.first().map(|bucket| bucket.tick.get()),
            last_tick: prices.last_tick.map(|tick| tick.get()),
            ticks_per_bucket: series.ticks_per_bucket,
            buckets: series.buckets.iter().map(BucketRow::from).collect(),
        }
    }
}

impl From<&Bucket> for BucketRow {
    fn from(bucket: &Bucket) -> Self {
        Self {
            tick: bucket.tick.get(),
            at: rfc3339(bucket.tick.starts_at_ms()),
            open: bucket.open.to_string(),
            high: bucket.high.to_string(),
            low: bucket.low.to_string(),
            close: bucket.close.to_string(),
        }
    }
}

/// Base64url of the version, the user's id and the snapshot's id. It is no secret, and whoever makes one
/// up gets no more than a place in a history that they may see.
fn cursor_text(cursor: Cursor) -> String {
    let mut bytes = vec![CURSOR_VERSION];
    bytes.extend(cursor.user_id.as_uuid().as_bytes());
    bytes.extend(cursor.after.as_uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn parse_cursor(text: &str) -> Result<Cursor, CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
    let Some((&CURSOR_VERSION, ids)) = bytes.split_first() else {
        return Err(CursorError);
    };
    let ([user_id, after], []) = ids.as_chunks::<16>() else {
        return Err(CursorError);
    };
    Ok(Cursor {
        user_id: UserId::from_uuid(Uuid::from_bytes(*user_id)).map_err(|_| CursorError)?,
        after: SnapshotId::from_uuid(Uuid::from_bytes(*after)).map_err(|_| CursorError)?,
    })
}

#[cfg(test)]
#[path = "analytics_tests.rs"]
mod tests;
