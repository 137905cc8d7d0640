use std::collections::HashSet;
use std::sync::atomic::Ordering;

use domain::{Shard, Tick, UserId};

use super::join::{Horizon, Join, JoinTerms};
use super::past::{Subject, has_a_tick};
use super::replies::Replies;
use super::request_error::RequestError;
use super::subscriber::Subscriber;
use crate::connection::Connection;
use crate::frame::Frame;
use crate::limits::JOIN_ATTEMPTS;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::subscription::{Subscription, SubscriptionRequest, Watch};

impl Subscriber {
    /// Stores a subscription, acknowledges it, and sends what comes before its first live tick. The last frame is
    /// returned, if there is any.
    pub(crate) async fn subscribe(
        &self,
        connection: &Connection,
        user: UserId,
        request: SubscriptionRequest,
        replies: &Replies<'_>,
    ) -> Result<Option<Frame>, RequestError> {
        let subject = self.subject(user, &request.watch).await?;
        let terms = JoinTerms {
            since: request.since,
            every: request.every,
            horizon: match request.operation {
                None => self.horizon(&subject).await?,
                Some(_) => self.horizon(&subject).await?.of_operation(),
            },
            shards: shards(&request.watch),
            storing_ms: self.storing_ms.load(Ordering::Relaxed),
        };
        let (subscription, join) = self.store(connection, user, request, &terms).await?;
        match self.follow_up(&subject, &subscription, join, replies).await {
            Err(fault @ (RequestError::Refused(_) | RequestError::Failed(_))) => {
                // The client was told of a subscription whose past it will not get in full.
                self.subscriptions
                    .remove_subscription(&connection.id, &subscription.id)
                    .await?;
                Err(fault)
            }
            answered => answered,
        }
    }

    /// What is watched, if it exists.
    async fn subject(&self, user: UserId, watch: &Watch) -> Result<Subject, RequestError> {
        match watch {
            Watch::Me => Ok(Subject::Users(vec![user])),
            Watch::Market => Ok(Subject::Market),
            Watch::Everyone => Ok(Subject::Everyone),
            Watch::Registrations | Watch::Snapshots | Watch::Alerts | Watch::Nothing => {
                Ok(Subject::Occasions)
            }
            Watch::Users(users) => {
                let unknown = self.users.unknown_users(users).await?;
                if unknown.is_empty() {
                    Ok(Subject::Users(users.clone()))
                } else {
                    Err(Refusal::UnknownUsers(unknown).into())
                }
            }
        }
    }

    async fn horizon(&self, subject: &Subject) -> Result<Horizon, RequestError> {
        match subject {
            Subject::Users(users) => Ok(Horizon::of_prices(users.len())),
            Subject::Everyone => Ok(Horizon::of_prices(self.everyone_now().await?.len())),
            Subject::Market => Ok(match self.market_now().await? {
                Some(users) => Horizon::of_summaries(users.len()),
                None => Horizon::nothing(),
            }),
            Subject::Occasions => Ok(Horizon::nothing()),
        }
    }

    /// Stores the subscription early enough before its first live tick.
    async fn store(
        &self,
        connection: &Connection,
        user: UserId,
        request: SubscriptionRequest,
        terms: &JoinTerms,
    ) -> Result<(Subscription, Join), RequestError> {
        let SubscriptionRequest {
            id,
            watch,
            every,
            operation,
            ..
        } = request;
        let mut subscription = Subscription {
            id,
            watch,
            every,
            live_from: Tick(0),
            operation,
        };
        for attempt in 0..JOIN_ATTEMPTS {
            let begun_ms = self.clock.now_ms();
            let join = terms.join(begun_ms, attempt)?;
            subscription.live_from = join.live_from;
            let subscriptions = &self.subscriptions;
            let added = subscriptions
                .add_subscription(connection, user, &subscription)
                .await?;
            RequestError::unless_stored(added)?;
            let stored_ms = self.clock.now_ms();
            self.storing_ms
                .store(stored_ms.saturating_sub(begun_ms), Ordering::Relaxed);
            if join.is_in_time(stored_ms) {
                return Ok((subscription, join));
            }
            tracing::warn!(
                attempt,
                live_from = join.live_from.get(),
                "a subscription was stored too late for its first tick, storing it again with a later one"
            );
            subscriptions
                .remove_subscription(&connection.id, &subscription.id)
                .await?;
        }
        Err(Refusal::Unavailable.into())
    }

    /// Acknowledges the subscription and sends what comes before its first live tick.
    async fn follow_up(
        &self,
        subject: &Subject,
        subscription: &Subscription,
        join: Join,
        replies: &Replies<'_>,
    ) -> Result<Option<Frame>, RequestError> {
        let Join { live_from, replay } = join;
        let ack = Reply::Subscribed {
            id: subscription.id.clone(),
            live_from,
            replay,
        };
        let follows = match replay {
            Some(replay) => has_a_tick(replay, subscription.every),
            None => match subject {
                Subject::Users(_) | Subject::Everyone => true,
                Subject::Market => self.market_now().await?.is_some(),
                Subject::Occasions => false,
            },
        };
        if !follows {
            return Ok(replies.send_all_but_last(&ack).await?);
        }
        replies.send(&ack).await?;
        let last = match replay {
            None => self.snapshot(subject, subscription).await?,
            Some(replay) => self.replay(subject, subscription, replay, replies).await?,
        };
        Ok(replies.send_all_but_last(&last).await?)
    }
}

/// How many shards of the audience the subscription is stored in.
fn shards(watch: &Watch) -> usize {
    match watch {
        Watch::Me
        | Watch::Market
        | Watch::Everyone
        | Watch::Registrations
        | Watch::Snapshots
        | Watch::Alerts => 1,
        Watch::Nothing => 0,
        Watch::Users(users) => users
            .iter()
            .map(|user| Shard::of(*user))
            .collect::<HashSet<_>>()
            .len(),
    }
}
