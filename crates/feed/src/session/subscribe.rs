use std::collections::HashSet;
use std::sync::atomic::Ordering;

use domain::{Shard, Tick, UserId};

use super::fault::Fault;
use super::join::{Horizon, Join, Plan};
use super::limits::JOIN_ATTEMPTS;
use super::past::{Subject, has_a_tick};
use super::subscriber::Subscriber;
use super::{
    Connection, Message, Refusal, Reply, SendReplies, Subscription, SubscriptionRequest, Watch,
};

impl Subscriber {
    /// Stores a subscription, acknowledges it, and sends what comes before its first live tick. The last message is
    /// returned, if there is any.
    pub(crate) async fn subscribe(
        &self,
        connection: &Connection,
        user: UserId,
        request: SubscriptionRequest,
        replies: &dyn SendReplies,
    ) -> Result<Option<Message>, Fault> {
        let subject = self.subject(user, &request.watch).await?;
        let plan = Plan {
            since: request.since,
            every: request.every,
            horizon: match request.operation {
                None => self.horizon(&subject).await?,
                Some(_) => self.horizon(&subject).await?.of_operation(),
            },
            shards: shards(&request.watch),
            storing_ms: self.storing_ms.load(Ordering::Relaxed),
        };
        let (subscription, join) = self.store(connection, user, request, &plan).await?;
        match self
            .follow_up(connection, &subject, &subscription, join, replies)
            .await
        {
            Err(fault @ (Fault::Refused(_) | Fault::Failed(_))) => {
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
    async fn subject(&self, user: UserId, watch: &Watch) -> Result<Subject, Fault> {
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

    async fn horizon(&self, subject: &Subject) -> Result<Horizon, Fault> {
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
        plan: &Plan,
    ) -> Result<(Subscription, Join), Fault> {
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
            let join = plan.join(begun_ms, attempt)?;
            subscription.live_from = join.live_from;
            let subscriptions = &self.subscriptions;
            let added = subscriptions
                .add_subscription(connection, user, &subscription)
                .await?;
            Fault::unless_stored(added)?;
            let stored_ms = self.clock.now_ms();
            self.storing_ms
                .store(stored_ms.saturating_sub(begun_ms), Ordering::Relaxed);
            if join.is_in_time(stored_ms) {
                return Ok((subscription, join));
            }
            tracing::warn!(
                attempt,
                live_from = join.live_from.get(),
                "a subscription was late"
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
        connection: &Connection,
        subject: &Subject,
        subscription: &Subscription,
        join: Join,
        replies: &dyn SendReplies,
    ) -> Result<Option<Message>, Fault> {
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
            return Ok(replies.send_all_but_last(&connection.id, &ack).await?);
        }
        replies.send(&connection.id, &ack).await?;
        let last = match replay {
            None => self.snapshot(subject, subscription).await?,
            Some(replay) => {
                self.replay(connection, subject, subscription, replay, replies)
                    .await?
            }
        };
        Ok(replies.send_all_but_last(&connection.id, &last).await?)
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
