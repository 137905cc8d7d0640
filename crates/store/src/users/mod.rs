//! Users, logins and failed attempts in the users table.

mod attempts;
mod change;
mod delete;
mod directory;
mod items;

use app::users::{Login, NamePlace, NamePrefix, NewUser, Profile, ProfileChange, Users};
use app::{Error, Result};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::UserId;
use domain::user::Email;

use crate::cancelled::Cancelled;
use crate::fault::{ATTEMPTS, exhausted, fault, pause};
use items::Item;

/// The users table: profiles, logins and failed attempts.
#[derive(Debug, Clone)]
pub struct DynamoUserStore {
    client: Client,
    table: String,
}

impl DynamoUserStore {
    /// A store on the table of this name.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Whether the table answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`] if it doesn't.
    pub async fn check_health(&self) -> Result<()> {
        self.client
            .describe_table()
            .table_name(&self.table)
            .send()
            .await
            .map_err(fault)?;
        Ok(())
    }

    /// The item under a key, read consistently: people log in right after they registered.
    async fn item(&self, key: String) -> Result<Option<Item>> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", items::text(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(fault)?;
        Ok(output.item.map(Item))
    }

    /// Writes all or nothing. `Ok(Some(..))` says why nothing was.
    async fn transact(&self, writes: &[TransactWriteItem]) -> Result<Option<Cancelled>> {
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes.to_vec()))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error().and_then(Cancelled::of) {
                Some(cancelled) => Ok(Some(cancelled)),
                None => Err(fault(error).into()),
            },
        }
    }

    fn new_item(&self, item: Item) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item.0))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("BUG: table and item are set");
        TransactWriteItem::builder().put(put).build()
    }
}

#[async_trait]
impl Users for DynamoUserStore {
    async fn create_user(&self, user: &NewUser) -> Result<()> {
        let writes = [
            self.new_item(items::login(user)),
            self.new_item(items::profile(&user.profile)),
        ];
        for attempt in 1..=ATTEMPTS {
            match self.transact(&writes).await? {
                None => return Ok(()),
                Some(Cancelled::ConditionFailed { item: 0 }) => return Err(Error::EmailTaken),
                Some(Cancelled::ConditionFailed { .. }) => {
                    let source = "the user id is taken".into();
                    return Err(Error::Internal {
                        what: "storing a user",
                        source,
                    });
                }
                // Another registration of the address is under way: the next try shows who won.
                Some(Cancelled::Conflict) => pause(attempt).await,
            }
        }
        Err(exhausted("another transaction holds the email address").into())
    }

    async fn find_login(&self, email: &Email) -> Result<Option<Login>> {
        let item = self.item(items::login_key(email)).await?;
        item.map(|item| item.to_login()).transpose()
    }

    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        let item = self.item(items::profile_key(id)).await?;
        item.map(|item| item.to_profile()).transpose()
    }

    async fn find_profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>> {
        self.profiles(ids).await
    }

    async fn change_profile(&self, id: UserId, change: &ProfileChange) -> Result<Option<Profile>> {
        self.change(id, change).await
    }

    async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>> {
        self.page_after(after, at_most).await
    }

    async fn users_named(
        &self,
        prefix: &NamePrefix,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        self.page_named(prefix, after, at_most).await
    }
}

#[cfg(test)]
mod tests;
