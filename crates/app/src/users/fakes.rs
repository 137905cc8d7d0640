//! For tests that ask nothing of users but their profiles.

use async_trait::async_trait;
use domain::UserId;
use domain::user::{Email, Name};

use super::{Login, NamePlace, NamePrefix, NewUser, Profile, ProfileChange, Users};
use crate::Result;

/// Users whose profiles are what this gives for their ids, or fails with.
pub struct ProfilesBy<F: Fn(UserId) -> Result<Option<Profile>>>(pub F);

/// The profile of Ada, under this id.
///
/// # Panics
/// Never: her name and address are valid.
#[must_use]
pub fn ada(id: UserId) -> Profile {
    Profile {
        id,
        name: Name::parse("Ada").expect("a name"),
        email: Email::parse("ada@example.com").expect("an address"),
        phone: None,
        preferences: Default::default(),
    }
}

#[async_trait]
impl<F: Fn(UserId) -> Result<Option<Profile>> + Send + Sync> Users for ProfilesBy<F> {
    async fn create_user(&self, _: &NewUser) -> Result<()> {
        unreachable!("only profiles are asked for")
    }

    async fn find_login(&self, _: &Email) -> Result<Option<Login>> {
        unreachable!("only profiles are asked for")
    }

    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        (self.0)(id)
    }

    async fn find_profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>> {
        let found = ids
            .iter()
            .map(|id| (self.0)(*id))
            .collect::<Result<Vec<_>>>();
        Ok(found?.into_iter().flatten().collect())
    }

    async fn change_profile(&self, _: UserId, _: &ProfileChange) -> Result<Option<Profile>> {
        unreachable!("only profiles are asked for")
    }

    async fn users_after(&self, _: Option<UserId>, _: u16) -> Result<Vec<UserId>> {
        unreachable!("only profiles are asked for")
    }

    async fn users_named(
        &self,
        _: &NamePrefix,
        _: Option<&NamePlace>,
        _: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        unreachable!("only profiles are asked for")
    }
}
