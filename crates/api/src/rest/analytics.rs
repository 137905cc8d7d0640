use app::analytics::{HistoryRequest, UserAnalytics};
use domain::{
    Decimal4, MeanChange, Price, SavedSnapshot, Snapshot, SnapshotId, Statistics, Step, UserId,
};
use lambda_http::{Request, RequestExt as _};
use serde::Serialize;

use super::cursor::{cursor_text, parse_cursor};
use super::format::{Table, csv};
use super::scalars::{Text, TickNumber};
use super::{ChangeBody, Fields};
use crate::instant::Instant;
use crate::problem::Problem;

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

/// The user whom the path names.
pub(super) fn user_of(request: &Request) -> String {
    let parameters = request.path_parameters();
    parameters.first("id").unwrap_or_default().to_owned()
}

/// Statistics of all snapshots of a user, and a page of them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(deny_unknown_fields))]
pub struct AnalyticsBody {
    user_id: Text<UserId>,
    count: u64,
    first_snapshot: Option<SnapshotPoint>,
    last_snapshot: Option<SnapshotPoint>,
    average_change: Option<MeanChangeBody>,
    best_change: Option<StepBody>,
    worst_change: Option<StepBody>,
    minimum: Option<Text<Price>>,
    maximum: Option<Text<Price>>,
    /// In percent.
    volatility: Option<Text<Decimal4>>,
    /// A page of snapshots, newest first.
    #[cfg_attr(feature = "openapi", schemars(length(max = app::analytics::PageLimit::MAX)))]
    history: Vec<HistoryRow>,
    /// Asks for the next page; null on the last.
    next_cursor: Option<String>,
    #[serde(skip)]
    limit: u16,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "openapi",
    schemars(rename = "Snapshot", deny_unknown_fields)
)]
struct SnapshotPoint {
    id: Text<SnapshotId>,
    tick: TickNumber,
    requested_at: Instant,
    price: Text<Price>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(deny_unknown_fields))]
struct MeanChangeBody {
    /// An amount.
    absolute: Text<Decimal4>,
    /// In percent.
    percent: Text<Decimal4>,
}

/// From one snapshot to the next.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(deny_unknown_fields))]
struct StepBody {
    from: Text<Price>,
    to: Text<Price>,
    #[serde(flatten)]
    change: ChangeBody,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "openapi",
    schemars(rename = "SavedSnapshot", deny_unknown_fields)
)]
struct HistoryRow {
    id: Text<SnapshotId>,
    tick: TickNumber,
    requested_at: Instant,
    saved_at: Instant,
    price: Text<Price>,
}

impl AnalyticsBody {
    /// The answer to a request.
    #[must_use]
    pub fn new(analytics: &UserAnalytics, request: &HistoryRequest) -> Self {
        let all = analytics.statistics.as_ref();
        let step = |step: fn(&Statistics) -> Option<Step>| all.and_then(step).map(StepBody::from);
        let price = |price: fn(&Statistics) -> Price| all.map(price).map(Text);
        Self {
            user_id: analytics.user_id.into(),
            count: all.map_or(0, |all| all.count),
            first_snapshot: all.map(|all| (&all.first).into()),
            last_snapshot: all.map(|all| (&all.last).into()),
            average_change: all
                .and_then(Statistics::mean_change)
                .map(MeanChangeBody::from),
            best_change: step(|all| all.best),
            worst_change: step(|all| all.worst),
            minimum: price(|all| all.min),
            maximum: price(|all| all.max),
            volatility: all.and_then(Statistics::volatility).map(Text),
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

impl From<&Snapshot> for SnapshotPoint {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            id: snapshot.id.into(),
            tick: snapshot.id.tick().into(),
            requested_at: Instant(snapshot.id.requested_at_ms()),
            price: snapshot.price.into(),
        }
    }
}

impl From<MeanChange> for MeanChangeBody {
    fn from(mean: MeanChange) -> Self {
        Self {
            absolute: mean.absolute.into(),
            percent: mean.percent.into(),
        }
    }
}

impl From<Step> for StepBody {
    fn from(step: Step) -> Self {
        Self {
            from: step.from.into(),
            to: step.to.into(),
            change: step.change().into(),
        }
    }
}

impl From<&SavedSnapshot> for HistoryRow {
    fn from(saved: &SavedSnapshot) -> Self {
        let snapshot = saved.snapshot;
        Self {
            id: snapshot.id.into(),
            tick: snapshot.id.tick().into(),
            requested_at: Instant(snapshot.id.requested_at_ms()),
            saved_at: Instant(saved.saved_at_ms),
            price: snapshot.price.into(),
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) mod openapi {
    use app::Error;
    use app::analytics::PageLimit;
    use serde_json::json;

    use super::AnalyticsBody;
    use crate::openapi::operations::Api;
    use crate::openapi::route::Route;
    use crate::rest::RequestError;

    const DESCRIPTION: &str = "\
The statistics of all snapshots and one page of them, newest first. It costs the same however many snapshots there are.

A **step** leads from one snapshot to the next in the order in which they were saved, which is the order of their
requests unless one of those had to be repeated. Its change in percent is that of the earlier price. With `n` snapshots
there are `n - 1` steps.

| field | definition | null with |
|---|---|---|
| `count` | `n` | |
| `first_snapshot`, `last_snapshot` | the first and the last one saved | no snapshots |
| `average_change.absolute` | the mean of the steps' price differences, which is (last price - first price) / (n - 1) | fewer than two |
| `average_change.percent` | the mean of the steps' changes in percent | fewer than two |
| `best_change`, `worst_change` | the step with the largest and the smallest change in percent, the earliest of equal ones | fewer than two |
| `minimum`, `maximum` | the lowest and the highest price | no snapshots |
| `volatility` | the sample standard deviation (with n - 2 in the denominator: one less than steps) of the steps' changes in percent | fewer than three |

Rounding: each step's change in percent is rounded to four decimals before it is added up, and so are means and
volatility, always to the nearest and halves away from zero. `best_change` and `worst_change` are found by exact
comparison; the percentages they show have two decimals.

As CSV there is only the page of snapshots (`id,tick,requested_at,saved_at,price`). No cell holds text that a user wrote,
so no spreadsheet can take one for a formula.

Users see their own analytics; those with the role `admin` see everybody's. Anybody else gets a 403 for every id but
their own, whether there is such a user or not.
";

    /// What a user's id in the path, and the choice between JSON and CSV, lead to.
    pub(in super::super) fn of_a_user(route: Route<'_>) -> Route<'_> {
        route
            .with_token()
            .id("The user's id.", "019b76da-a800-7707-8707-070707070707")
            .parameter_problems()
            .problem(Error::UserNotFound)
            .problem(RequestError::NotAcceptable)
    }

    pub(in super::super) fn describe(api: &mut Api) {
        let (most, usual) = (PageLimit::MAX, PageLimit::default().get());
        let limit = json!({"type": "integer", "minimum": 1, "maximum": most, "default": usual});
        let last = json!({"id": "019b76dd-6720-7303-8303-030303030303", "tick": 353445156,
            "requested_at": "2026-01-01T00:03:00Z", "price": "99.00"});
        let mut newest = last.clone();
        newest["saved_at"] = json!("2026-01-01T00:03:00.077Z");
        let csv = "id,tick,requested_at,saved_at,price\r\n\
                   019b76dd-6720-7303-8303-030303030303,353445156,2026-01-01T00:03:00Z,\
                   2026-01-01T00:03:00.077Z,99.00\r\n";
        of_a_user(api.operation("get", "/analytics/user/{id}", "userAnalytics", "analytics"))
            .problem(Error::Forbidden)
            .summary("Statistics of a user's snapshots")
            .description(DESCRIPTION)
            .parameter("query", "limit", "The most snapshots of a page.", json!({"schema": limit}))
            .parameter(
                "query",
                "cursor",
                "The `next_cursor` of the page before. It is opaque, and good for the history \
                 of one user only. New snapshots do not disturb the pages that follow.",
                json!({"schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{44}$"}}),
            )
            .answers::<AnalyticsBody>(
                200,
                "The statistics and a page. A snapshot that is saved at this moment may be on \
                 the page and not yet in the statistics.",
                json!({
                    "user_id": "019b76da-a800-7707-8707-070707070707",
                    "count": 3,
                    "first_snapshot": {
                        "id": "019b76db-9260-7101-8101-010101010101", "tick": 353445132,
                        "requested_at": "2026-01-01T00:01:00Z", "price": "100.00",
                    },
                    "last_snapshot": last,
                    "average_change": {"absolute": "-0.5000", "percent": "-0.4865"},
                    "best_change": {"from": "100.00", "to": "101.23", "absolute": "1.23", "percent": "1.23"},
                    "worst_change": {"from": "101.23", "to": "99.00", "absolute": "-2.23", "percent": "-2.20"},
                    "minimum": "99.00",
                    "maximum": "101.23",
                    "volatility": "2.4274",
                    "history": [newest],
                    "next_cursor": "AQGbdtqoAHcHhwcHBwcHBwcBm3bdZyBzA4MDAwMDAwMD",
                }),
            )
            .header(200, "Link", json!({"$ref": "#/components/headers/Link"}))
            .or_as_text("text/csv", Some(csv));
    }
}

#[cfg(test)]
mod tests;
