use app::analytics::{PriceRequest, Thinning, UserPrices};
use domain::{Bucket, Price, UserId};
use lambda_http::Request;
use serde::Serialize;

use super::Fields;
use super::analytics::user_of;
use super::format::{Table, csv};
use super::scalars::{Text, TickNumber};
use crate::instant::{Instant, InstantError};
use crate::problem::Problem;

/// Reads `GET /analytics/user/{id}/prices`.
///
/// # Errors
/// The problem with the request; bad parameters are named all at once.
pub fn price_request(request: &Request) -> Result<PriceRequest, Problem> {
    let user = user_of(request);
    let mut query = Fields::of_query(request);
    let from_ms = query.optional("from", unix_ms);
    let to_ms = query.optional("to", unix_ms);
    let points = query.optional("points", str::parse);
    let made = || {
        Some(PriceRequest {
            user,
            from_ms,
            to_ms,
            thinning: points.map_or_else(Thinning::default, Thinning::AtMost),
        })
    };
    Ok(query.finish(made)?)
}

fn unix_ms(text: &str) -> Result<u64, String> {
    let Instant(unix_ms) = text
        .parse()
        .map_err(|error: InstantError| format!("{error} (in a URL, the + of an offset is %2B)"))?;
    Ok(unix_ms)
}

/// The prices of a user in a period.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(deny_unknown_fields))]
pub struct PricesBody {
    user_id: Text<UserId>,
    /// The first tick of the period; null if there are no prices in it.
    first_tick: Option<TickNumber>,
    /// The last tick of the period; null if there are no prices in it.
    last_tick: Option<TickNumber>,
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    ticks_per_bucket: u64,
    #[cfg_attr(feature = "openapi", schemars(length(max = app::analytics::PointLimit::MAX)))]
    buckets: Vec<BucketRow>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Bucket", deny_unknown_fields))]
struct BucketRow {
    /// The first tick of the bucket.
    tick: TickNumber,
    /// When that tick begins.
    at: Instant,
    open: Text<Price>,
    high: Text<Price>,
    low: Text<Price>,
    close: Text<Price>,
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

impl From<&UserPrices> for PricesBody {
    fn from(prices: &UserPrices) -> Self {
        let series = &prices.series;
        Self {
            user_id: prices.user_id.into(),
            first_tick: series.buckets.first().map(|bucket| bucket.tick.into()),
            last_tick: prices.last_tick.map(TickNumber::from),
            ticks_per_bucket: series.ticks_per_bucket,
            buckets: series.buckets.iter().map(BucketRow::from).collect(),
        }
    }
}

impl From<&Bucket> for BucketRow {
    fn from(bucket: &Bucket) -> Self {
        Self {
            tick: bucket.tick.into(),
            at: Instant(bucket.tick.starts_at_ms()),
            open: bucket.open.into(),
            high: bucket.high.into(),
            low: bucket.low.into(),
            close: bucket.close.into(),
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) mod openapi {
    use app::analytics::PointLimit;
    use serde_json::json;

    use super::super::analytics::openapi::of_a_user;
    use super::PricesBody;
    use crate::openapi::operations::Api;

    const DESCRIPTION: &str = "\
The prices from the tick that is current at `from` to the one that is current at `to`, both included, exactly as they
were published at those ticks: every one of them is computed anew. There are none before the user registered (the first
is the opening price) and none after now: the period is cut to that, and may turn out empty.

They are thinned into at most `points` buckets of equally many ticks, as few as will do. Buckets begin at multiples of
their length, so a period that moves on with the clock keeps its buckets; the period cuts the first and the last. A
single bucket (`points=1`) is the whole period. `open` is the price at the first tick of the bucket, `close` the one at
its last; `high` and `low` are the highest and the lowest of all its ticks.

As CSV: `tick,at,open,high,low,close`. Every user sees the prices of every other, as they were when they came live.
";

    pub(in super::super) fn describe(api: &mut Api) {
        let instant = json!({"type": "string", "format": "date-time"});
        let most = PointLimit::MAX;
        let points = json!({"type": "integer", "minimum": 1, "maximum": most, "default": 500});
        let bucket = |tick: u64, at: &str, [open, high, low, close]: [&str; 4]| json!({"tick": tick, "at": at, "open": open, "high": high, "low": low, "close": close});
        let csv = "tick,at,open,high,low,close\r\n\
                   353445120,2026-01-01T00:00:00Z,100.00,102.00,99.00,101.00\r\n";
        of_a_user(api.operation(
            "get",
            "/analytics/user/{id}/prices",
            "userPrices",
            "analytics",
        ))
        .summary("A user's prices in a period")
        .description(DESCRIPTION)
        .parameter(
            "query",
            "from",
            "The first instant; an hour before `to` if it is not given. At most 366 days \
             before `to`, as far as there are prices.",
            json!({"schema": instant, "example": "2026-01-01T00:00:00Z"}),
        )
        .parameter(
            "query",
            "to",
            "The last instant; now if it is not given.",
            json!({"schema": instant, "example": "2026-01-01T01:00:00Z"}),
        )
        .parameter(
            "query",
            "points",
            "The most buckets.",
            json!({"schema": points}),
        )
        .answers::<PricesBody>(
            200,
            "The prices.",
            json!({
                "user_id": "019b76da-a800-7707-8707-070707070707",
                "first_tick": 353445120,
                "last_tick": 353445125,
                "ticks_per_bucket": 4,
                "buckets": [
                    bucket(353445120, "2026-01-01T00:00:00Z", ["100.00", "102.00", "99.00", "101.00"]),
                    bucket(353445124, "2026-01-01T00:00:20Z", ["101.10", "101.10", "100.70", "100.70"]),
                ],
            }),
        )
        .or_as_text("text/csv", Some(csv));
    }
}

#[cfg(test)]
mod tests;
