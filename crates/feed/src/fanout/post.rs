use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::Instant;

use super::audience_cache::AudienceCache;
use super::plan::Delivery;
use super::targets::TargetId;
use crate::connection::ConnectionId;
use crate::execution::End;
use crate::frame::Frame;
use crate::push::{Push, PushError};

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
pub(super) struct PostOutcome {
    /// Frames that were sent.
    pub(super) posts: usize,
    /// Their bytes.
    pub(super) bytes: usize,
    /// Deliveries that needed another try.
    pub(super) retried: usize,
    /// Connections that no longer exist. The cache knows.
    pub(super) gone: Vec<ConnectionId>,
    /// Subscriptions that got their last frames, or should have.
    pub(super) ended: Vec<(TargetId, End)>,
    /// Deliveries that lost frames because their connection, or the account, was throttled.
    pub(super) throttled: usize,
    /// Deliveries that lost frames for another reason.
    pub(super) failed: usize,
    /// One of these reasons.
    pub(super) failure: Option<PushError>,
}

/// A delivery on its way.
struct PendingDelivery<'a> {
    delivery: Delivery,
    cache: &'a AudienceCache,
    sent: usize,
}

/// Whether what has not been tried is given up. `start` is when posting began.
pub(super) fn is_too_late(start: Instant) -> bool {
    start.elapsed() >= GIVE_UP_AFTER
}

/// Sends every frame once, `start` being now; then tries again what was throttled or failed. Who needs another try waits
/// for it apart, so that it holds up nobody.
pub(super) async fn post(
    push: &dyn Push,
    cache: &AudienceCache,
    deliveries: impl Stream<Item = Delivery>,
    start: Instant,
) -> PostOutcome {
    let mut outcome = PostOutcome::default();
    let pending = deliveries.map(|delivery| PendingDelivery {
        delivery,
        cache,
        sent: 0,
    });
    let failed = send_all(push, pending, start, Duration::ZERO, &mut outcome).await;
    outcome.retried = failed.len();
    let again = stream::iter(failed.into_iter().map(|(delivery, _)| delivery));
    let lost = send_all(push, again, start, RETRY_BUDGET, &mut outcome).await;
    for (delivery, error) in lost {
        tracing::debug!(
            connection = delivery.connection().map(|connection| &*connection.0),
            error = &error as &dyn std::error::Error,
            "frames could not be delivered and are dropped"
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
    push: &dyn Push,
    pending: impl Stream<Item = PendingDelivery<'a>>,
    start: Instant,
    budget: Duration,
    outcome: &mut PostOutcome,
) -> Vec<(PendingDelivery<'a>, PushError)> {
    let results = pending
        .map(|delivery| send(push, delivery, start, budget))
        .buffer_unordered(IN_FLIGHT);
    let mut results = std::pin::pin!(results);
    let mut failed = Vec::new();
    while let Some((mut delivery, before, result)) = results.next().await {
        let target = delivery.delivery.target;
        let sent = &delivery.delivery.frames[before..delivery.sent];
        outcome.posts += sent.len();
        outcome.bytes += sent.iter().map(Frame::size).sum::<usize>();
        if let Some(end) = delivery.delivery.end.take() {
            outcome.ended.push((target, end));
        }
        match result {
            Ok(()) => {}
            Err(PushError::Gone) => {
                let connection = delivery.connection().cloned();
                delivery.cache.forget_connection(target);
                outcome.gone.extend(connection);
            }
            Err(error) => failed.push((delivery, error)),
        }
    }
    failed
}

/// Sends a delivery's frames one after the other, as their order counts, beginning with the first that
/// has not been sent, as long as their connection is not known to be gone. Returns how many had been sent before,
/// too.
async fn send<'a>(
    push: &dyn Push,
    mut delivery: PendingDelivery<'a>,
    start: Instant,
    budget: Duration,
) -> (PendingDelivery<'a>, usize, Result<(), PushError>) {
    let before = delivery.sent;
    if before == 0 && is_too_late(start) {
        return (delivery, before, Err(too_late()));
    }
    while let (Some(connection), Some(frame)) = (
        delivery.connection(),
        delivery.delivery.frames.get(delivery.sent),
    ) {
        if is_too_late(start) {
            return (delivery, before, Err(too_late()));
        }
        let left = budget.saturating_sub(start.elapsed());
        if let Err(error) = push.push(connection, frame, left).await {
            return (delivery, before, Err(error));
        }
        delivery.sent += 1;
    }
    (delivery, before, Ok(()))
}

fn too_late() -> PushError {
    PushError::Failed("the batch ran out of time before its turn".into())
}

impl<'a> PendingDelivery<'a> {
    /// `None` if it is known to be gone.
    fn connection(&self) -> Option<&'a ConnectionId> {
        self.cache.connection(self.delivery.target)
    }
}
