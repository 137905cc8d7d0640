use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

/// Reasons that pass:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
const PASSING: [&str; 3] = [
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
];

/// Why a transaction wrote nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// The condition of this item, counted from 0, does not hold.
    ConditionFailed { item: usize },
    /// Another transaction holds one of the items, or the table is busy: worth another try.
    Conflict,
}

impl Cancelled {
    /// The reason among those that a cancelled transaction gives, one for each item; a condition that
    /// failed is told before a conflict. `None` for every other failure.
    pub(crate) fn of(error: &TransactWriteItemsError) -> Option<Self> {
        let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
            return None;
        };
        let reasons = cancelled.cancellation_reasons();
        let position = |code| {
            reasons
                .iter()
                .position(|reason| reason.code() == Some(code))
        };
        if let Some(item) = position("ConditionalCheckFailed") {
            return Some(Self::ConditionFailed { item });
        }
        let passes = PASSING.iter().any(|code| position(code).is_some());
        passes.then_some(Self::Conflict)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;

    use super::*;

    fn cancelled(codes: &[&str]) -> TransactWriteItemsError {
        let reasons = codes
            .iter()
            .map(|code| CancellationReason::builder().code(*code).build());
        TransactWriteItemsError::TransactionCanceledException(
            TransactionCanceledException::builder()
                .set_cancellation_reasons(Some(reasons.collect()))
                .build(),
        )
    }

    #[test]
    fn the_reason_of_a_cancelled_transaction_is_told() {
        let taken = Some(Cancelled::ConditionFailed { item: 0 });
        assert_eq!(
            Cancelled::of(&cancelled(&["ConditionalCheckFailed", "None"])),
            taken
        );
        for passing in PASSING {
            assert_eq!(
                Cancelled::of(&cancelled(&["None", passing])),
                Some(Cancelled::Conflict)
            );
        }
        assert_eq!(
            Cancelled::of(&cancelled(&[
                "TransactionConflict",
                "ConditionalCheckFailed"
            ])),
            Some(Cancelled::ConditionFailed { item: 1 })
        );
        assert_eq!(
            Cancelled::of(&cancelled(&["ValidationError", "None"])),
            None
        );
    }
}
