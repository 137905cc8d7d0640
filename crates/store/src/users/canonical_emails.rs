use app::Result;
use app::users::Users as _;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::UserId;
use domain::user::Email;
use dynamodb::{IntoWrite as _, Item, read, text};

use super::DynamoUserStore;
use super::items::{EMAIL_PREFIX, LoginItem, key, login_pk, profile_pk};
use crate::fault::fault;

/// What became of the addresses by which people log in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CanonicalEmails {
    /// How many are written as addresses are written today.
    pub canonical: usize,
    /// Those that were written otherwise, and how they are (or are to be) written.
    pub changed: Vec<(String, String)>,
    /// Those whose canonical form is another account's: both stay as they are.
    pub collisions: Vec<(String, String)>,
    /// Those that would not be accepted today, so that no mail can be sent to them: they stay as they are.
    pub refused: Vec<String>,
}

impl DynamoUserStore {
    /// Finds accounts whose address was stored before domains were written as DNS has them, and, if they are to be
    /// changed, gives login and profile the canonical form in one transaction each. It can be run again, and beside
    /// everything else.
    ///
    /// # Errors
    /// If the table can't be read or written. What was changed by then stays changed.
    pub async fn canonicalise_emails(&self, change: bool) -> Result<CanonicalEmails> {
        let mut report = CanonicalEmails::default();
        let scan = self.table.client().scan().table_name(self.table.name());
        let mut logins = scan
            .consistent_read(true)
            .filter_expression("begins_with(pk, :email)")
            .expression_attribute_values(":email", text(EMAIL_PREFIX))
            .into_paginator()
            .items()
            .send();
        while let Some(login) = logins.next().await {
            let login = login.map_err(fault)?;
            self.canonicalise(login, change, &mut report).await?;
        }
        Ok(report)
    }

    async fn canonicalise(
        &self,
        item: Item,
        change: bool,
        report: &mut CanonicalEmails,
    ) -> Result<()> {
        let login: LoginItem = read("reading a login", item.clone()).map_err(fault)?;
        let address = login.address().to_owned();
        let Ok(email) = Email::parse(&address) else {
            report.refused.push(address);
            return Ok(());
        };
        if email.key() == address {
            report.canonical += 1;
            return Ok(());
        }
        let is_taken = self.find_login(&email).await?.is_some();
        let becomes = (address, email.key());
        if is_taken || (change && !self.move_login(item, login.user_id, &email).await?) {
            report.collisions.push(becomes);
        } else {
            report.changed.push(becomes);
        }
        Ok(())
    }

    /// Whether the login was moved: not if the address was taken, or the account changed, in the meantime.
    async fn move_login(&self, login: Item, id: UserId, email: &Email) -> Result<bool> {
        let (old, user) = (login["pk"].clone(), login["user_id"].clone());
        let mut moved = login;
        moved.insert("pk".to_owned(), text(login_pk(email)));
        let mut writes = vec![self.new_item(moved), self.removal(old, user)];
        if let Some(profile) = self.find_profile(id).await? {
            // The case of the part before the @ is the profile's own.
            let email = Email::known(profile.email.as_str()).unwrap_or(profile.email);
            writes.push(self.profile_email(id, &email));
        }
        let refused = self.table.transact(writes).await.map_err(fault)?;
        Ok(refused.is_none())
    }

    fn removal(&self, pk: AttributeValue, user: AttributeValue) -> TransactWriteItem {
        let delete = self.table.deleting(Item::from([("pk".to_owned(), pk)]));
        delete
            .condition_expression("user_id = :user")
            .expression_attribute_values(":user", user)
            .into_write()
    }

    fn profile_email(&self, id: UserId, email: &Email) -> TransactWriteItem {
        let update = self.table.updating(key(profile_pk(id)));
        update
            .update_expression("SET email = :email")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":email", text(email.as_str()))
            .into_write()
    }
}
