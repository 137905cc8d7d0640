use std::collections::HashSet;
use std::sync::atomic::Ordering;

use domain::{Shard, Tick, UserId};

use super::join::{Horizon, Join, JoinTerms};
use super::past::{Subject, has_a_tick};
use super::replies::Replies;
use super::session_error::SessionError;
use super::subscriber::Subscriber;
use crate::connection::Connection;
use crate::frame::Frame;
use crate::limits::{JOIN_LEAD_FOR_STORE_MS, JOIN_STORE_AT_MOST_MS};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::subscription::{Subscription, SubscriptionRequest, Watch};

impl Subscriber {
    /// Stores a subscription, acknowledges it, and sends what comes before its first live tick. The last frame is
    /// returned, if there is any.
    ///
    /// It is stored in two steps. The first takes the id; no fan-out sees it, so it may take as long as it will. Only
    /// then is it settled which tick comes live first, and the subscription is entered in the audience.
    pub(crate) async fn subscribe(
        &self,
        connection: &Connection,
        user: UserId,
        request: SubscriptionRequest,
        replies: &Replies<'_>,
    ) -> Result<Option<Frame>, SessionError> {
        let subject = self.subject(user, &request.watch).await?;
        let remembered_ms = self.storing_ms.load(Ordering::Relaxed);
        let mut terms = JoinTerms {
            since: request.since,
            every: request.every,
            horizon: match request.operation {
                None => self.horizon(&subject).await?,
                Some(_) => self.horizon(&subject).await?.of_operation(),
            },
            shards: shards(&request.watch),
            storing_ms: remembered_ms.min(JOIN_LEAD_FOR_STORE_MS),
        };
        let begun_ms = self.clock.now_ms();
        let mut subscription = Subscription {
            live_from: terms.join(begun_ms)?.live_from,
            id: request.id,
            watch: request.watch,
            every: request.every,
            operation: request.operation,
        };
        let adding = self
            .subscriptions
            .add_subscription(connection, &subscription);
        SessionError::unless_stored(adding.await?)?;
        let stored_ms = self.clock.now_ms();
        let took_ms = stored_ms.saturating_sub(begun_ms);
        self.storing_ms.store(took_ms, Ordering::Relaxed);
        terms.storing_ms = terms.storing_ms.max(took_ms);
        let join = terms.join(stored_ms)?;
        subscription.live_from = join.live_from;
        let subscribed = Subscribed {
            connection,
            user,
            subject,
            subscription,
            join,
        };
        let answered = if took_ms > JOIN_STORE_AT_MOST_MS {
            tracing::warn!(
                connection = &*connection.id.0,
                took_ms,
                "storing a subscription took too long, it is removed and the client told to try again"
            );
            Err(Refusal::Unavailable.into())
        } else {
            self.follow_up(&subscribed, replies).await
        };
        match answered {
            Err(fault @ (SessionError::Refused(_) | SessionError::Failed(_))) => {
                // The client may have been told of a subscription that it will not get in full.
                self.subscriptions
                    .remove_subscription(&connection.id, &subscribed.subscription.id)
                    .await?;
                Err(fault)
            }
            answered => answered,
        }
    }

    /// What is watched, if it exists.
    async fn subject(&self, user: UserId, watch: &Watch) -> Result<Subject, SessionError> {
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

    async fn horizon(&self, subject: &Subject) -> Result<Horizon, SessionError> {
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

    /// Makes the subscription live, acknowledges it, and sends what comes before its first live tick.
    async fn follow_up(
        &self,
        subscribed: &Subscribed<'_>,
        replies: &Replies<'_>,
    ) -> Result<Option<Frame>, SessionError> {
        let Subscribed {
            subject,
            subscription,
            join,
            ..
        } = subscribed;
        let ack = Reply::Subscribed {
            id: subscription.id.clone(),
            live_from: join.live_from,
            replay: join.replay,
            resume: resume_without_prices(subscribed),
        };
        let is_acknowledged = self.go_live(subscribed, &ack, replies).await?;
        let follows = match join.replay {
            Some(replay) => has_a_tick(replay, subscription.every),
            None => match subject {
                Subject::Users(_) | Subject::Everyone => true,
                Subject::Market => self.market_now().await?.is_some(),
                Subject::Occasions => false,
            },
        };
        match (is_acknowledged, follows) {
            (false, false) => return Ok(replies.send_all_but_last(&ack).await?),
            (true, false) => return Ok(None),
            (false, true) => replies.send(&ack).await?,
            (true, true) => {}
        }
        let last = match join.replay {
            None => self.snapshot(subject, subscription).await?,
            Some(replay) => self.replay(subject, subscription, replay, replies).await?,
        };
        Ok(replies.send_all_but_last(&last).await?)
    }

    /// Enters the subscription in the audience, in time for its first live tick. Returns whether it has been
    /// acknowledged meanwhile, since that tick was near.
    async fn go_live(
        &self,
        Subscribed {
            connection,
            user,
            subject,
            subscription,
            join,
        }: &Subscribed<'_>,
        ack: &Reply,
        replies: &Replies<'_>,
    ) -> Result<bool, SessionError> {
        let mut entering = self.subscriptions.go_live(connection, *user, subscription);
        let ack_is_due = async {
            match subject {
                Subject::Occasions => std::future::pending().await,
                Subject::Users(_) | Subject::Everyone | Subject::Market => {
                    self.clock.sleep_until(join.ack_by_ms()).await;
                }
            }
        };
        let entered = tokio::select! {
            biased;
            entered = &mut entering => Some(entered?),
            () = ack_is_due => None,
        };
        let is_acknowledged = entered.is_none();
        let is_entered = match entered {
            Some(is_entered) => is_entered,
            None => {
                // From its first live tick on, a fan-out may see the subscription any moment.
                let (sent, entered) = tokio::join!(replies.send(ack), entering);
                sent?;
                entered?
            }
        };
        if !is_entered {
            return Err(SessionError::Ended);
        }
        if is_acknowledged && !join.is_in_time(self.clock.now_ms()) {
            tracing::warn!(
                connection = &*connection.id.0,
                live_from = join.live_from.get(),
                "a subscription went live too late for its first tick, it is removed and the client told to try again"
            );
            return Err(Refusal::Unavailable.into());
        }
        Ok(is_acknowledged)
    }
}

/// A subscription that is stored, and how it is to go live.
struct Subscribed<'a> {
    connection: &'a Connection,
    user: UserId,
    subject: Subject,
    subscription: Subscription,
    join: Join,
}

/// From where a client may resume of whose replay of prices nothing is sent, as it missed nothing.
fn resume_without_prices(subscribed: &Subscribed<'_>) -> Option<Tick> {
    let replay = subscribed.join.replay?;
    match subscribed.subject {
        Subject::Users(_) | Subject::Everyone => {
            (!has_a_tick(replay, subscribed.subscription.every)).then_some(replay.to)
        }
        Subject::Market | Subject::Occasions => None,
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
