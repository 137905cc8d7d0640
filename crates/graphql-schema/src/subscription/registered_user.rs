use async_graphql::{ID, Object};
use feed::fanout::Newcomer;

use crate::scalars::{DateTime, Decimal};

/// Somebody who has just registered.
pub(crate) struct RegisteredUser(pub(super) Newcomer);

/// Somebody who has just registered.
#[Object]
impl RegisteredUser {
    /// The id.
    async fn id(&self) -> ID {
        self.0.user_id.to_string().into()
    }

    /// The name that they gave.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The price that their share starts at.
    async fn opening_price(&self) -> Decimal {
        Decimal::of(self.0.opening_price)
    }

    /// When they registered.
    async fn registered_at(&self) -> DateTime {
        DateTime::at_ms(self.0.registered_at_ms)
    }
}
