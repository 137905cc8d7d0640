use async_graphql::SimpleObject;
use domain::Change;

use crate::scalars::Decimal;

/// How a price differs from an earlier one.
#[derive(SimpleObject)]
#[graphql(name = "Change")]
pub(crate) struct ChangeObject {
    /// The difference.
    pub(crate) absolute: Decimal,
    /// The difference in percent of the earlier price.
    pub(crate) percent: Decimal,
}

impl From<Change> for ChangeObject {
    fn from(change: Change) -> Self {
        Self {
            absolute: Decimal::of(change.absolute),
            percent: Decimal::of(change.percent),
        }
    }
}
