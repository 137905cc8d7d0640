use std::sync::Arc;

use domain::market::{Quote, Summary, Tally};
use domain::{Price, Shareholder, Tick, UserId};

use super::replies::Replies;
use super::session_error::SessionError;
use super::subscriber::Subscriber;
use crate::event::{Replay, TickPrices};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::subscription::Subscription;

/// What a subscription is about.
#[derive(Debug)]
pub(super) enum Subject {
    /// Prices of these users.
    Users(Vec<UserId>),
    /// Prices of all users.
    Everyone,
    /// Market summaries.
    Market,
    /// What happens now and then, and has no past.
    Occasions,
}

/// Whether a replay covers any tick that the subscription is sent.
pub(super) fn has_a_tick(replay: Replay, every: u32) -> bool {
    matching(replay.from, replay.to, every).next().is_some()
}

impl Subscriber {
    /// The reply that shows how things stand just before the first live tick.
    pub(super) async fn snapshot(
        &self,
        subject: &Subject,
        subscription: &Subscription,
    ) -> Result<Reply, SessionError> {
        let tick = subscription.live_from.previous();
        self.clock.sleep_until(tick.starts_at_ms()).await;
        let id = subscription.id.clone();
        let users = match subject {
            Subject::Users(users) => users.as_slice().into(),
            Subject::Everyone => self.everyone_now().await?,
            Subject::Market => {
                let users = self.market_now().await?.ok_or_else(|| self.too_large())?;
                let mut summaries = self.summaries(&users, &[tick]);
                let summary = summaries.pop().expect("BUG: one tick has one summary");
                return Ok(Reply::MarketSnapshot { id, summary });
            }
            Subject::Occasions => Arc::default(),
        };
        let price = |user: &UserId| (*user, self.model.shareholder(*user).price_at(tick));
        let prices = TickPrices {
            tick,
            prices: users.iter().map(price).collect(),
        };
        Ok(Reply::Snapshot { id, prices })
    }

    /// Sends the ticks of a replay, each once it has begun, and returns the last of them.
    pub(super) async fn replay(
        &self,
        subject: &Subject,
        subscription: &Subscription,
        replay: Replay,
        replies: &Replies<'_>,
    ) -> Result<Reply, SessionError> {
        let mut from = replay.from;
        loop {
            self.clock.sleep_until(from.starts_at_ms()).await;
            let to = replay.to.min(Tick::at_ms(self.clock.now_ms()));
            let more = to < replay.to;
            let ticks: Vec<Tick> = matching(from, to, subscription.every).collect();
            if !ticks.is_empty() || !more {
                let part = (replay, &ticks[..], more);
                let reply = self.replayed(subject, subscription, part).await?;
                if !more {
                    return Ok(reply);
                }
                replies.send(&reply).await?;
            }
            from = to.next();
        }
    }

    async fn replayed(
        &self,
        subject: &Subject,
        subscription: &Subscription,
        (replay, ticks, more): (Replay, &[Tick], bool),
    ) -> Result<Reply, SessionError> {
        let id = subscription.id.clone();
        let users = match subject {
            Subject::Users(users) => users.as_slice().into(),
            Subject::Everyone => self.everyone_now().await?,
            Subject::Market => {
                let users = self.market_now().await?.ok_or_else(|| self.too_large())?;
                let summaries = self.summaries(&users, ticks);
                return Ok(Reply::MarketReplayed {
                    id,
                    replay,
                    summaries,
                    more,
                });
            }
            Subject::Occasions => Arc::default(),
        };
        let mut replayed: Vec<TickPrices> = ticks
            .iter()
            .map(|&tick| TickPrices {
                tick,
                prices: Vec::new(),
            })
            .collect();
        for user in users.iter() {
            let shareholder = self.model.shareholder(*user);
            each_price(&shareholder, ticks, |index, tick, price| {
                if tick >= shareholder.first_published_tick() {
                    replayed[index].prices.push((*user, price));
                }
            });
        }
        replayed.retain(|tick| !tick.prices.is_empty());
        Ok(Reply::Replayed {
            id,
            replay,
            ticks: replayed,
            more,
        })
    }

    /// The summaries of these ticks, as they were published.
    fn summaries(&self, users: &[UserId], ticks: &[Tick]) -> Vec<Summary> {
        let mut tallies = vec![Tally::default(); ticks.len()];
        for user in users {
            let shareholder = self.model.shareholder(*user);
            each_price(&shareholder, ticks, |index, tick, price| {
                if shareholder.is_listed_at(tick) {
                    let opening = shareholder.opening_price();
                    tallies[index].add(Quote {
                        user_id: *user,
                        opening,
                        price,
                    });
                }
            });
        }
        let summaries = tallies.into_iter().zip(ticks);
        summaries
            .map(|(tally, tick)| tally.summary(*tick))
            .collect()
    }

    /// All users, among them everybody who publishes a price at the current tick.
    pub(super) async fn everyone_now(&self) -> Result<Arc<[UserId]>, SessionError> {
        Ok(self.market_now().await?.ok_or_else(|| self.too_large())?)
    }

    /// As [`Self::everyone_now`]; `None` if there are too many.
    pub(super) async fn market_now(&self) -> Result<Option<Arc<[UserId]>>, SessionError> {
        let now_ms = self.clock.now_ms();
        Ok(self.user_list.since(Tick::at_ms(now_ms), now_ms).await?)
    }

    fn too_large(&self) -> Refusal {
        Refusal::MarketTooLarge {
            limit: self.user_list.limit(),
        }
    }
}

/// The ticks of a range that `every` divides, ascending.
fn matching(from: Tick, to: Tick, every: u32) -> impl Iterator<Item = Tick> {
    let every = u64::from(every);
    let first = from.get().next_multiple_of(every);
    (first..=to.get()).step_by(every as usize).map(Tick)
}

/// Visits the price at each of the ticks, which ascend, with the tick's index.
fn each_price(
    shareholder: &Shareholder,
    ticks: &[Tick],
    mut visit: impl FnMut(usize, Tick, Price),
) {
    let (Some(&first), Some(&last)) = (ticks.first(), ticks.last()) else {
        return;
    };
    let consecutive = last.get() - first.get() + 1 == ticks.len() as u64;
    if consecutive {
        for (index, (tick, price)) in shareholder.prices(first..=last).enumerate() {
            visit(index, tick, price);
        }
    } else {
        for (index, tick) in ticks.iter().enumerate() {
            visit(index, *tick, shareholder.price_at(*tick));
        }
    }
}
