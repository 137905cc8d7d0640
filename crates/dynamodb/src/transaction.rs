use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{
    ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder,
};
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};
use backon::Retryable as _;

use crate::retry::pauses;
use crate::{Item, Result, Table};

const CONDITION_FAILED: &str = "ConditionalCheckFailed";
/// Reasons that pass:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
const PASSING: [&str; 3] = [
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
];

/// A transaction that wrote nothing because conditions don't hold: for each write whose condition failed, the item
/// that is there, if it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused(Vec<Option<Item>>);

impl Refused {
    /// The item that is there, if the condition of this write (counted from 0) is one that failed: empty if there is
    /// none or it was not asked for.
    #[must_use]
    pub fn by(&self, write: usize) -> Option<&Item> {
        self.0.get(write)?.as_ref()
    }

    fn of(reasons: &[CancellationReason]) -> Option<Self> {
        let failed = |reason: &CancellationReason| {
            let is_failed = reason.code() == Some(CONDITION_FAILED);
            is_failed.then(|| reason.item().cloned().unwrap_or_default())
        };
        let items: Vec<_> = reasons.iter().map(failed).collect();
        items.iter().any(Option::is_some).then_some(Self(items))
    }
}

/// What can be one of the writes of a transaction.
pub trait IntoWrite {
    /// The write.
    fn into_write(self) -> TransactWriteItem;
}

macro_rules! into_write {
    ($($builder:ty: $field:ident),*) => {$(
        impl IntoWrite for $builder {
            fn into_write(self) -> TransactWriteItem {
                let write = self.build().expect("BUG: a write names its table and key or item");
                TransactWriteItem::builder().$field(write).build()
            }
        }
    )*};
}
into_write!(PutBuilder: put, UpdateBuilder: update, DeleteBuilder: delete, ConditionCheckBuilder: condition_check);

impl Table {
    /// Writes all or nothing, again while other transactions hold an item or the table is busy. `Some` says which
    /// conditions don't hold.
    ///
    /// # Errors
    /// If the request fails for another reason than its conditions.
    pub async fn transact(
        &self,
        writes: impl IntoIterator<Item = TransactWriteItem>,
    ) -> Result<Option<Refused>> {
        let writes = Some(writes.into_iter().collect());
        let transaction = self
            .client()
            .transact_write_items()
            .set_transact_items(writes);
        let sent = (|| transaction.clone().send())
            .retry(pauses())
            .sleep(tokio::time::sleep)
            .when(|error| reasons(error).is_some_and(may_pass))
            .await;
        match sent {
            Ok(_) => Ok(None),
            Err(error) => match reasons(&error).and_then(Refused::of) {
                Some(refused) => Ok(Some(refused)),
                None if reasons(&error).is_some_and(may_pass) => {
                    Err(crate::Error::Unavailable(Box::new(error)))
                }
                None => Err(error.into()),
            },
        }
    }
}

fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(cancelled.cancellation_reasons())
        }
        _ => None,
    }
}

/// Whether the next attempt may succeed: no condition failed, and every write was cancelled for a reason that passes
/// or only because others were.
fn may_pass(reasons: &[CancellationReason]) -> bool {
    reasons
        .iter()
        .filter_map(CancellationReason::code)
        .all(|code| code == "None" || PASSING.contains(&code))
}

#[cfg(test)]
mod tests;
