//! What follows a registration: everybody who listens is told, and the new user is welcomed.

use std::sync::Arc;
use std::time::Duration;

use domain::PriceModel;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;

use crate::notifications::{Content, Notification, NotificationError, Notifications, Recipient};
use crate::ticks::Registration;
use crate::users::{Profile, Users};
use crate::{Causes, Error, Result};
use feed::fanout::{FanOut, FanoutReport, Newcomer};

/// Users who are looked up, or written to, at a time.
const IN_FLIGHT: usize = 16;
/// What one welcome may take, with retries.
const BUDGET: Duration = Duration::from_secs(5);
/// How long a recipient who has had too many notifications is waited for: longer would hold up those who
/// registered after them.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Follows up registrations. Kept for the life of the process, since it remembers whom it has announced.
pub struct FollowUpRegistrations {
    /// Tells those who listen.
    pub fan_out: FanOut,
    /// Where new users can be written to.
    pub users: Arc<dyn Users>,
    /// By which way.
    pub notifications: Arc<dyn Notifications>,
    /// What their shares start at.
    pub prices: PriceModel,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct FollowUpReport {
    /// What was sent to those who listen.
    pub announced: FanoutReport,
    /// Users whose welcome is accepted.
    pub welcomed: usize,
    /// Users who no longer exist: nothing is sent about them.
    pub departed: usize,
    /// Which of the registrations, by their place in the batch, have users who will not be welcomed, and why.
    pub unwelcome: Vec<(usize, String)>,
}

impl FollowUpRegistrations {
    /// Announces and welcomes the users of a batch. Each is welcomed once, however often they come.
    ///
    /// # Errors
    /// If users or listeners can't be looked up, or the notification service is unavailable: the batch has to
    /// come again. What this process has announced it does not announce again then.
    pub async fn follow_up(
        &self,
        registrations: &[Registration],
        now_ms: u64,
    ) -> Result<FollowUpReport> {
        let found: Vec<_> = stream::iter(registrations.iter().enumerate())
            .map(async |(place, registration)| {
                let profile = self.users.find_profile(registration.user_id).await?;
                Ok::<_, Error>((place, registration, profile))
            })
            .buffered(IN_FLIGHT)
            .try_collect()
            .await?;
        let mut report = FollowUpReport::default();
        let mut newcomers = Vec::with_capacity(found.len());
        let mut profiles = Vec::with_capacity(found.len());
        for (place, registration, profile) in found {
            let Some(profile) = profile else {
                report.departed += 1;
                tracing::info!(user = %registration.user_id, "user deleted before being announced, skipping the registration");
                continue;
            };
            newcomers.push(self.newcomer(registration));
            profiles.push((place, profile));
        }
        report.announced = self
            .fan_out
            .fan_out_registrations(newcomers, now_ms)
            .await?;
        let mut welcomes = stream::iter(profiles)
            .map(async |(place, profile)| (place, self.welcome(profile).await))
            .buffer_unordered(IN_FLIGHT);
        while let Some((place, welcomed)) = welcomes.next().await {
            match welcomed? {
                None => report.welcomed += 1,
                Some(reason) => report.unwelcome.push((place, reason)),
            }
        }
        Ok(report)
    }

    /// As everybody may see them: the name is the one at registration.
    fn newcomer(&self, registration: &Registration) -> Newcomer {
        Newcomer {
            user_id: registration.user_id,
            name: registration.name.clone(),
            registered_at_ms: registration.registered_at_ms,
            opening_price: self
                .prices
                .shareholder(registration.user_id)
                .opening_price(),
        }
    }

    /// Welcomes a user, or says why they will not be.
    async fn welcome(&self, profile: Profile) -> Result<Option<String>> {
        let notification = Notification {
            idempotency_key: format!("welcome#{}", profile.id),
            recipient: Recipient::Email(profile.email),
            content: Content::Welcome {
                opening_price: self.prices.shareholder(profile.id).opening_price(),
            },
        };
        let give_up_at = Instant::now() + LONGEST_WAIT;
        loop {
            match self.notifications.send(&notification, BUDGET).await {
                Ok(()) => return Ok(None),
                Err(NotificationError::RateLimited { retry_after })
                    if Instant::now() + retry_after <= give_up_at =>
                {
                    tokio::time::sleep(retry_after).await;
                }
                Err(
                    error @ (NotificationError::Unavailable(_)
                    | NotificationError::InProgress { .. }),
                ) => {
                    return Err(Error::Unavailable {
                        what: "the notification service",
                        source: Box::new(error),
                    });
                }
                Err(
                    error @ (NotificationError::RateLimited { .. }
                    | NotificationError::Refused(_)
                    | NotificationError::Failed(_)),
                ) => return Ok(Some(Causes(&error).to_string())),
            }
        }
    }
}
