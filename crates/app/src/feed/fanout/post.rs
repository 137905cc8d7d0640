use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::PushFrames;
use super::audience_cache::{AudienceCache, Slot};
use super::plan::Delivery;
use crate::feed::{ConnectionId, PushError};

/// Posts at a time. At some 5 ms a post on AWS, this is more than the 10,000 a second that an account has.
const IN_FLIGHT: usize = 128;
/// How long after the first post what was throttled may be tried again: a later try would meet the next
/// tick's posts.
const RETRY_BUDGET: Duration = Duration::from_secs(3);
/// What has not been tried by then is given up, so that a batch ends well before the function's timeout:
/// one that didn't would be delivered again, and again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(10);

/// What became of a batch's posts.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Frames that were sent.
    pub(super) posts: usize,
    /// Their bytes.
    pub(super) bytes: usize,
    /// Connections that needed another try.
    pub(super) retried: usize,
    /// Connections that no longer exist.
    pub(super) gone: Vec<Slot>,
    /// Connections that lost frames because they, or the account, were throttled.
    pub(super) throttled: usize,
    /// Connections that lost frames for another reason.
    pub(super) failed: usize,
    /// One of these reasons.
    pub(super) failure: Option<PushError>,
}

/// A delivery on its way.
struct Parcel<'a> {
    delivery: Delivery,
    connection: &'a ConnectionId,
    sent: usize,
}

/// Sends every frame once; then tries again what was throttled or failed. Who needs another try waits
/// for it apart, so that it holds up nobody.
pub(super) async fn post(
    push: &dyn PushFrames,
    cache: &AudienceCache,
    deliveries: Vec<Delivery>,
) -> Outcome {
    let start = Instant::now();
    let mut outcome = Outcome::default();
    let parcels = deliveries.into_iter().filter_map(|delivery| {
        let connection = cache.connection(delivery.slot)?;
        Some(Parcel {
            delivery,
            connection,
            sent: 0,
        })
    });
    let failed = send_all(push, parcels, start, Duration::ZERO, &mut outcome).await;
    outcome.retried = failed.len();
    let again = failed.into_iter().map(|(parcel, _)| parcel);
    let lost = send_all(push, again, start, RETRY_BUDGET, &mut outcome).await;
    for (parcel, error) in lost {
        tracing::debug!(
            connection = %parcel.connection.0,
            error = &error as &dyn std::error::Error,
            "a connection lost prices"
        );
        match error {
            PushError::Throttled => outcome.throttled += 1,
            PushError::Gone | PushError::Failed(_) => {
                outcome.failed += 1;
                outcome.failure.get_or_insert(error);
            }
        }
    }
    outcome
}

/// Returns what could not be sent, with the last reason.
async fn send_all<'a>(
    push: &dyn PushFrames,
    parcels: impl Iterator<Item = Parcel<'a>>,
    start: Instant,
    budget: Duration,
    outcome: &mut Outcome,
) -> Vec<(Parcel<'a>, PushError)> {
    let mut results = stream::iter(parcels)
        .map(|parcel| send(push, parcel, start, budget))
        .buffer_unordered(IN_FLIGHT);
    let mut failed = Vec::new();
    while let Some((parcel, before, result)) = results.next().await {
        let sent = &parcel.delivery.frames[before..parcel.sent];
        outcome.posts += sent.len();
        outcome.bytes += sent.iter().map(|frame| frame.len()).sum::<usize>();
        match result {
            Ok(()) => {}
            Err(PushError::Gone) => outcome.gone.push(parcel.delivery.slot),
            Err(error) => failed.push((parcel, error)),
        }
    }
    failed
}

/// Sends a delivery's frames one after the other, as their order counts, beginning with the first that
/// has not been sent. Returns how many had been sent before, too.
async fn send<'a>(
    push: &dyn PushFrames,
    mut parcel: Parcel<'a>,
    start: Instant,
    budget: Duration,
) -> (Parcel<'a>, usize, Result<(), PushError>) {
    let before = parcel.sent;
    while let Some(frame) = parcel.delivery.frames.get(parcel.sent) {
        let elapsed = start.elapsed();
        if elapsed >= GIVE_UP_AFTER {
            return (
                parcel,
                before,
                Err(PushError::Failed("its turn came too late".into())),
            );
        }
        let left = budget.saturating_sub(elapsed);
        if let Err(error) = push.push_frame(parcel.connection, frame, left).await {
            return (parcel, before, Err(error));
        }
        parcel.sent += 1;
    }
    (parcel, before, Ok(()))
}
