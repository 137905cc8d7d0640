//! Users, logins, sessions and failed attempts in the users table.

mod attempts;
mod canonical_emails;
mod change;
mod delete;
mod directory;
mod items;
mod sessions;

use app::users::{Deletion, Login, NamePlace, NamePrefix, NewUser, Profile, ProfileChange, Users};
use app::{Error, Result};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::UserId;
use domain::user::Email;
use dynamodb::{IntoWrite as _, Item, Table, read, write};

use crate::fault::fault;
pub use canonical_emails::CanonicalEmails;
use items::{LoginItem, NewProfileItem, ProfileItem, key};

/// The users table: profiles, logins, sessions and failed attempts.
#[derive(Debug, Clone)]
pub struct DynamoUserStore {
    table: Table,
}

impl DynamoUserStore {
    /// A store on the table of this name.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(client, table),
        }
    }

    /// Whether the table answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`] if it doesn't.
    pub async fn check_health(&self) -> Result<()> {
        let describe = self.table.client().describe_table();
        let described = describe.table_name(self.table.name()).send().await;
        described.map(drop).map_err(|error| fault(error).into())
    }

    /// A write that fails if the item is there.
    fn new_item(&self, item: Item) -> TransactWriteItem {
        let put = self.table.putting(item);
        put.condition_expression("attribute_not_exists(pk)")
            .into_write()
    }
}

#[async_trait]
impl Users for DynamoUserStore {
    async fn create_user(&self, user: &NewUser) -> Result<()> {
        let writes = [
            self.new_item(write(&LoginItem::of(user))),
            self.new_item(write(&NewProfileItem::of(&user.profile))),
        ];
        // Where another registration of the address is under way, the next attempt shows who won.
        match self.table.transact(writes).await.map_err(fault)? {
            None => Ok(()),
            Some(refused) if refused.by(0).is_some() => Err(Error::EmailTaken),
            Some(_) => Err(Error::Internal {
                what: "storing a user",
                source: "the user id is taken".into(),
            }),
        }
    }

    async fn find_login(&self, email: &Email) -> Result<Option<Login>> {
        // Consistent: people log in right after they registered.
        let item = self.table.get(key(items::login_pk(email))).await;
        let Some(item) = item.map_err(fault)? else {
            return Ok(None);
        };
        let item: LoginItem = read("reading a login", item).map_err(fault)?;
        Ok(Some(item.into()))
    }

    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        let item = self.table.get(key(items::profile_pk(id))).await;
        item.map_err(fault)?.map(read_profile).transpose()
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
        prefix: Option<&NamePrefix>,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        match prefix {
            Some(prefix) => self.page_named(prefix, after, at_most).await,
            None => self.page_by_name(after, at_most).await,
        }
    }

    async fn delete_account(&self, deletion: &Deletion) -> Result<bool> {
        self.delete(deletion).await
    }

    async fn unfinished_deletions(&self) -> Result<Vec<Deletion>> {
        self.unfinished().await
    }

    async fn finish_deletion(&self, deletion: &Deletion) -> Result<()> {
        self.finish(deletion).await
    }
}

fn read_profile(item: Item) -> Result<Profile> {
    let item: ProfileItem = read("reading a profile", item).map_err(fault)?;
    Ok(item.into())
}

#[cfg(test)]
mod tests;
