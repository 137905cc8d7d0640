//! The market as a whole, for whoever asks.

use std::sync::Arc;

use domain::market::{Quote, Summary};
use domain::{PriceModel, Tick};

use crate::Result;
use feed::Authenticated;
use feed::session::{FindUsers, Roster};

/// Sums the market up on request. Kept for the life of a process: everybody who asks during a tick shares one
/// reading of the roster.
pub struct ShowMarket {
    roster: Roster,
    prices: PriceModel,
}

impl ShowMarket {
    /// Sums up markets of at most `limit` shareholders.
    #[must_use]
    pub fn new(users: Arc<dyn FindUsers>, prices: PriceModel, limit: usize) -> Self {
        Self {
            roster: Roster::new(users, limit),
            prices,
        }
    }

    /// The market at the current tick, for whoever has authenticated: what `market.summary` says of it. `None` if
    /// there are too many shareholders to sum up on request.
    ///
    /// # Errors
    /// As the port.
    pub async fn show(&self, _caller: Authenticated, now_ms: u64) -> Result<Option<Summary>> {
        let tick = Tick::at_ms(now_ms);
        let everyone = self.roster.since(tick, now_ms).await?;
        Ok(everyone.map(|users| {
            let shareholders = users.iter().map(|user| self.prices.shareholder(*user));
            let listed = shareholders.filter(|shareholder| shareholder.is_listed_at(tick));
            let quotes = listed.map(|shareholder| Quote {
                user_id: shareholder.user_id(),
                opening: shareholder.opening_price(),
                price: shareholder.price_at(tick),
            });
            Summary::of(tick, quotes)
        }))
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use domain::UserId;
    use domain::user::Role;

    use super::*;

    struct Users(Vec<UserId>);

    #[async_trait]
    impl FindUsers for Users {
        async fn unknown_users(&self, _: &[UserId]) -> feed::Result<Vec<UserId>> {
            unreachable!("nobody asks")
        }

        async fn all_users(&self, limit: usize) -> feed::Result<Option<Vec<UserId>>> {
            Ok((self.0.len() <= limit).then(|| self.0.clone()))
        }
    }

    #[tokio::test]
    async fn counts_who_is_listed_unless_there_are_too_many() {
        let now_ms = 1_767_225_600_000;
        let user = |ago_ms: u64, number| UserId::generate(now_ms - ago_ms, &[number; 10]);
        let users = || Users(vec![user(60_000, 1), user(30_000, 2), user(0, 3)]);
        let prices = PriceModel::new(&[7; 32]);
        let caller = Authenticated {
            user_id: user(0, 3),
            expires_at: 0,
            role: Role::User,
        };
        let show = ShowMarket::new(Arc::new(users()), prices, 3);
        let summary = show.show(caller, now_ms).await.unwrap().unwrap();
        assert_eq!(
            (summary.tick, summary.shareholders),
            (Tick::at_ms(now_ms), 2)
        );
        let show = ShowMarket::new(Arc::new(users()), prices, 2);
        assert_eq!(show.show(caller, now_ms).await.unwrap(), None);
    }
}
