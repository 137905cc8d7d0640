//! The notifications table: one item per idempotency key, and counters per recipient and hour.

mod items;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use dynamodb::{IntoWrite as _, Item, Table, number, send, text};

use crate::error::{Error, Result};
use crate::notification::{Key, Record, State};
use crate::ports::{Claim, Claimed, KeepNotifications};
use items::{Stored, channel_name, key_of};

const HOUR_MS: u64 = 3_600_000;
/// How long a notification is kept: repeats come within days, if at all.
const KEPT_SECS: u64 = 7 * 24 * 3600;

/// The table of notifications.
#[derive(Debug, Clone)]
pub struct DynamoNotifications {
    table: Table,
}

impl DynamoNotifications {
    /// The table of this name.
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(Client::new(config), table),
        }
    }

    /// The item that says whose the key is, new in this transaction.
    fn create(&self, claim: &Claim<'_>) -> TransactWriteItem {
        let order = claim.order;
        self.table
            .updating(key_of(&order.key))
            .update_expression(
                "SET channel = :channel, fingerprint = :fingerprint, #state = :pending, \
                 created_ms = :now, lease_until_ms = :lease, expires_at = :expires",
            )
            .condition_expression("attribute_not_exists(pk)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":channel", text(channel_name(order.recipient.channel())))
            .expression_attribute_values(":fingerprint", text(&order.fingerprint))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":now", number(claim.now_ms))
            .expression_attribute_values(":lease", number(claim.lease_until_ms))
            .expression_attribute_values(":expires", number(claim.now_ms / 1000 + KEPT_SECS))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .into_write()
    }

    /// One more for the recipient in this hour, if it may have one more.
    fn count(&self, claim: &Claim<'_>) -> TransactWriteItem {
        let recipient = &claim.order.recipient;
        let hour = claim.now_ms / HOUR_MS;
        let pk = format!(
            "recipient#{}#{}#{hour}",
            channel_name(recipient.channel()),
            recipient.digest()
        );
        self.table
            .updating(Item::from([("pk".to_owned(), text(pk))]))
            .update_expression("SET expires_at = :expires ADD accepted :one")
            .condition_expression("attribute_not_exists(accepted) OR accepted < :limit")
            .expression_attribute_values(":expires", number((hour + 2) * HOUR_MS / 1000))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(claim.per_hour))
            .into_write()
    }

    /// What to do about an item that is there already.
    async fn join(&self, claim: &Claim<'_>, stored: Stored) -> Result<Claimed> {
        if stored.fingerprint != claim.order.fingerprint {
            return Ok(Claimed::KeyTaken);
        }
        if stored.record.state != State::Pending {
            return Ok(Claimed::Done(stored.record));
        }
        if stored.lease_until_ms > claim.now_ms {
            return Ok(Claimed::InProgress {
                until_ms: stored.lease_until_ms,
            });
        }
        let taken = self
            .change(&claim.order.key, stored.lease_until_ms, |update| {
                update
                    .update_expression("SET lease_until_ms = :new")
                    .expression_attribute_values(":new", number(claim.lease_until_ms))
            })
            .await?;
        Ok(if taken {
            Claimed::Ours(stored.record)
        } else {
            Claimed::InProgress {
                until_ms: claim.lease_until_ms,
            }
        })
    }

    /// Changes a pending item under this lease; tells whether it was there.
    async fn change<F>(&self, key: &Key, lease_until_ms: u64, what: F) -> Result<bool>
    where
        F: FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    {
        let update = self
            .table
            .update(key_of(key))
            .condition_expression("#state = :pending AND lease_until_ms = :seen")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":seen", number(lease_until_ms));
        Ok(send(what(update)).await?.is_done())
    }
}

#[async_trait]
impl KeepNotifications for DynamoNotifications {
    async fn claim(&self, claim: &Claim<'_>) -> Result<Claimed> {
        let writes = [self.create(claim), self.count(claim)];
        let Some(refused) = self.table.transact(writes).await? else {
            return Ok(Claimed::Ours(Record {
                key: claim.order.key.clone(),
                channel: claim.order.recipient.channel(),
                created_ms: claim.now_ms,
                state: State::Pending,
            }));
        };
        match refused.by(0) {
            Some(created) => {
                let stored = Stored::read(&claim.order.key, created.clone())?;
                self.join(claim, stored).await
            }
            None => Ok(Claimed::LimitReached {
                until_ms: (claim.now_ms / HOUR_MS + 1) * HOUR_MS,
            }),
        }
    }

    async fn conclude(&self, record: &Record, lease_until_ms: u64) -> Result<()> {
        let kept = self
            .change(&record.key, lease_until_ms, |update| match &record.state {
                State::Sent { at_ms, message_id } => update
                    .update_expression(
                        "SET #state = :new, sent_ms = :sent, message_id = :id REMOVE lease_until_ms",
                    )
                    .expression_attribute_values(":new", text("sent"))
                    .expression_attribute_values(":sent", number(at_ms))
                    .expression_attribute_values(":id", text(message_id)),
                State::Refused | State::Pending => update
                    .update_expression("SET #state = :new REMOVE lease_until_ms")
                    .expression_attribute_values(":new", text("refused")),
            })
            .await?;
        if kept {
            Ok(())
        } else {
            Err(Error::Unavailable {
                what: "DynamoDB",
                source: "the claim was lost to another attempt".into(),
            })
        }
    }

    async fn release(&self, key: &Key, lease_until_ms: u64) -> Result<()> {
        // A lease that was lost need not be given back.
        self.change(key, lease_until_ms, |update| {
            update
                .update_expression("SET lease_until_ms = :none")
                .expression_attribute_values(":none", number(0))
        })
        .await
        .map(drop)
    }

    async fn find(&self, key: &Key) -> Result<Option<Record>> {
        let item = self.table.get(key_of(key)).await?;
        let stored = item.map(|item| Stored::read(key, item)).transpose()?;
        Ok(stored.map(|stored| stored.record))
    }
}
