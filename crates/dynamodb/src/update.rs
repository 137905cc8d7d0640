use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use backon::Retryable as _;

use crate::error::is_conflict;
use crate::retry::pauses;
use crate::{Item, Result};

/// What became of a conditional update.
#[derive(Debug)]
pub enum Updated {
    /// It was made; the item if it was asked for.
    Done(Item),
    /// The condition doesn't hold; the item if there is one and it was asked for.
    Refused(Option<Item>),
}

impl Updated {
    /// Whether it was made.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Sends an update, again while a transaction holds the item.
///
/// # Errors
/// If the request fails for another reason than its condition.
pub async fn send(update: UpdateItemFluentBuilder) -> Result<Updated> {
    let sent = (|| update.clone().send())
        .retry(pauses())
        .sleep(tokio::time::sleep)
        .when(is_conflict)
        .await;
    let error = match sent {
        Ok(output) => return Ok(Updated::Done(output.attributes.unwrap_or_default())),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            let item = refused.item().filter(|item| !item.is_empty());
            Ok(Updated::Refused(item.cloned()))
        }
        _ => Err(error.into()),
    }
}
