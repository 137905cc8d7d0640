use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;

use domain::{Series, Tick, UserId};

use super::ShowAnalytics;
use super::access::check_exists;
use crate::users::CurrentUser;
use crate::{Error, FieldError, Result};

/// The longest range: every tick of it is evaluated, which takes some 220 ms of one vCPU.
const MAX_DAYS: u64 = 366;
const MAX_TICKS: u64 = MAX_DAYS * 24 * 3600 / Tick::PERIOD_SECS;
/// How far back a series goes whose beginning is not given.
const DEFAULT_RANGE_MS: u64 = 3_600_000;

/// How many points a price series has at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointLimit(u16);

/// Why something is not a number of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a number of points: expected a whole number from 1 to {}",
    PointLimit::MAX
)]
pub struct PointLimitError;

impl PointLimit {
    /// The most points: more than a screen has columns for.
    pub const MAX: u16 = 2000;
}

impl Default for PointLimit {
    fn default() -> Self {
        Self(500)
    }
}

impl FromStr for PointLimit {
    type Err = PointLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().map_err(|_| PointLimitError)?;
        if (1..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(PointLimitError)
        }
    }
}

/// How many ticks the buckets of a price series have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketLength(NonZeroU64);

/// Why something is not a number of ticks of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a number of ticks: expected 1 or more")]
pub struct BucketLengthError;

impl TryFrom<i32> for BucketLength {
    type Error = BucketLengthError;

    fn try_from(ticks: i32) -> Result<Self, Self::Error> {
        let ticks = u64::try_from(ticks).ok().and_then(NonZeroU64::new);
        ticks.map(Self).ok_or(BucketLengthError)
    }
}

/// How prices are put into buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinning {
    /// At most so many, of as few ticks each as will do.
    AtMost(PointLimit),
    /// Of so many ticks each, which begin at multiples of that number. There may be no more than [`PointLimit::MAX`].
    Every(BucketLength),
}

impl Default for Thinning {
    fn default() -> Self {
        Self::AtMost(PointLimit::default())
    }
}

/// Which prices of whom are asked for.
#[derive(Debug, Clone)]
pub struct PriceRequest {
    /// The id as the caller gave it.
    pub user: String,
    /// The first instant, in milliseconds since the Unix epoch; none for an hour before `to_ms`.
    pub from_ms: Option<u64>,
    /// The last instant, in milliseconds since the Unix epoch; none for now.
    pub to_ms: Option<u64>,
    /// How they are put into buckets.
    pub thinning: Thinning,
}

/// The prices of a user in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPrices {
    /// Whose they are.
    pub user_id: UserId,
    /// The last tick of the period; none if the period has no prices.
    pub last_tick: Option<Tick>,
    /// The prices.
    pub series: Series,
}

impl ShowAnalytics {
    /// Shows the prices of any user, to any user, from the tick that is current at one instant to the one that is
    /// current at another, both included. There are none before the user registered and none after now.
    ///
    /// # Errors
    /// [`Error::UserNotFound`] if there is no such user, [`Error::Invalid`] if the period ends before it begins, is too
    /// long, or has too many buckets; else as the ports.
    pub async fn prices(
        &self,
        current: &CurrentUser,
        request: &PriceRequest,
        now_ms: u64,
    ) -> Result<UserPrices> {
        let user_id = UserId::parse(&request.user).map_err(|_| Error::UserNotFound)?;
        let shareholder = self.prices.shareholder(user_id);
        let ticks = range(request, shareholder.opening_tick(), now_ms)?;
        if let Thinning::Every(length) = request.thinning {
            check_buckets(&ticks, length)?;
        }
        check_exists(&*self.users, current, user_id).await?;
        Ok(UserPrices {
            user_id,
            last_tick: (!ticks.is_empty()).then_some(*ticks.end()),
            series: match request.thinning {
                Thinning::AtMost(PointLimit(points)) => shareholder.series(ticks, points.into()),
                Thinning::Every(BucketLength(length)) => {
                    shareholder.series_of_length(ticks, length)
                }
            },
        })
    }
}

/// Bounds the answer: what is looked at is bounded by the range.
fn check_buckets(ticks: &RangeInclusive<Tick>, BucketLength(length): BucketLength) -> Result<()> {
    if ticks.is_empty() {
        return Ok(());
    }
    let buckets = ticks.end().get() / length - ticks.start().get() / length + 1;
    if buckets <= PointLimit::MAX.into() {
        return Ok(());
    }
    // Only GraphQL asks like this.
    Err(refused(
        "ticksPerBucket",
        format!(
            "makes {buckets} buckets of the period: expected at most {}",
            PointLimit::MAX
        ),
    ))
}

/// The ticks that a request asks for, as far as they have prices.
fn range(request: &PriceRequest, opening: Tick, now_ms: u64) -> Result<RangeInclusive<Tick>> {
    let to_ms = request.to_ms.unwrap_or(now_ms);
    let from_ms = request
        .from_ms
        .unwrap_or(to_ms.saturating_sub(DEFAULT_RANGE_MS));
    if from_ms > to_ms {
        return Err(refused(
            "from",
            match request.to_ms {
                Some(_) => "is after `to`: expected an instant before it".to_owned(),
                None => "is in the future: expected an instant before now".to_owned(),
            },
        ));
    }
    let first = Tick::at_ms(from_ms).max(opening);
    let last = Tick::at_ms(to_ms.min(now_ms));
    if last.get().saturating_sub(first.get()) > MAX_TICKS {
        return Err(refused(
            "from",
            format!("makes the range too long: expected at most {MAX_DAYS} days up to `to`"),
        ));
    }
    Ok(first..=last)
}

fn refused(field: &str, detail: String) -> Error {
    Error::Invalid(vec![FieldError {
        field: field.to_owned(),
        detail,
    }])
}
