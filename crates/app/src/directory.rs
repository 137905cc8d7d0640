//! The directory of shareholders: what every user may see of every other.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::UserId;
use domain::user::Name;

use crate::analytics::PageLimit;
use crate::users::Profile;
use crate::{Error, FieldError, Result};
use feed::Authenticated;

/// The beginning of a name, in whatever case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePrefix(String);

/// Why something is not the beginning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not the beginning of a name: expected 1 to {} characters",
    Name::MAX_CHARS
)]
pub struct NamePrefixError;

impl NamePrefix {
    /// Takes the beginning of a name, without the blanks around it.
    ///
    /// # Errors
    /// [`NamePrefixError`] if no name begins like that.
    pub fn parse(text: &str) -> Result<Self, NamePrefixError> {
        let name = Name::parse(text).map_err(|_| NamePrefixError)?;
        Ok(Self(name.as_str().to_lowercase()))
    }

    /// The text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place among all names: the name in lower case, and the user's id to tell apart who shares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePlace(String);

impl NamePlace {
    /// The most bytes of a text: a name of characters of four bytes, and an id.
    pub const MAX_BYTES: usize = 4 * Name::MAX_CHARS + 1 + UserId::TEXT_LEN;

    /// The place of a user.
    #[must_use]
    pub fn of(name: &Name, id: UserId) -> Self {
        Self(format!("{}#{id}", name.as_str().to_lowercase()))
    }

    /// A place as it was written down. Whoever makes one up gets no more than a place.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text. Places sort as the bytes of their texts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are sorted by first: one character.
    #[must_use]
    pub fn initial(&self) -> String {
        self.0.chars().take(1).collect()
    }

    /// Whether a name of this place begins so.
    #[must_use]
    pub fn begins_with(&self, prefix: &NamePrefix) -> bool {
        self.0.starts_with(&prefix.0)
    }
}

/// Reads who there is, page by page.
#[async_trait]
pub trait ReadDirectory: Send + Sync {
    /// The first users after this one in the order of ids, which is that of registration, at most so many.
    /// Eventually consistent: the newest may be missing, and somebody who is just gone may be there.
    async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>>;

    /// The first users whose names begin so, after a place with the same beginning, in the order of names, at most
    /// so many. As consistent.
    async fn users_named(
        &self,
        prefix: &NamePrefix,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>>;
}

/// Reads many profiles at once.
#[async_trait]
pub trait FindProfiles: Send + Sync {
    /// The profiles of those of these users who exist, in any order.
    async fn find_profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>>;
}

/// Lists users.
pub struct ListUsers {
    /// Who there is.
    pub directory: Box<dyn ReadDirectory>,
    /// What is known of them.
    pub profiles: Arc<dyn FindProfiles>,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPage {
    /// The users, in the order of their registration. Whoever shows them shows no more than each may see.
    pub users: Vec<Profile>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// A page of users whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPage {
    /// The users with their places, in the order of their names.
    pub users: Vec<(NamePlace, Profile)>,
    /// Whether there are more after them.
    pub has_more: bool,
}

impl ListUsers {
    /// The users who registered after this one, for whoever has authenticated. What a page costs depends on its
    /// length alone, not on how many users there are.
    ///
    /// # Errors
    /// As the ports.
    pub async fn list(
        &self,
        _caller: Authenticated,
        mut after: Option<UserId>,
        limit: PageLimit,
    ) -> Result<UserPage> {
        loop {
            // One more shows whether there is another page.
            let mut ids = self.directory.users_after(after, limit.get() + 1).await?;
            let has_more = ids.len() > usize::from(limit.get());
            ids.truncate(limit.get().into());
            let mut users = self.profiles.find_profiles(&ids).await?;
            users.sort_unstable_by_key(|user| user.id);
            // A page whose users are all just gone would have no end to go on from.
            if !users.is_empty() || !has_more {
                return Ok(UserPage { users, has_more });
            }
            after = ids.last().copied();
        }
    }

    /// The users whose names begin so, for whoever has authenticated. It costs as much as a page, too.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `after` is a place among other names; else as the ports.
    pub async fn search(
        &self,
        _caller: Authenticated,
        prefix: &NamePrefix,
        mut after: Option<NamePlace>,
        limit: PageLimit,
    ) -> Result<NamedPage> {
        if after
            .as_ref()
            .is_some_and(|after| !after.begins_with(prefix))
        {
            return Err(Error::Invalid(vec![FieldError {
                field: "after".to_owned(),
                detail: "is from another search: expected a cursor of this one".to_owned(),
            }]));
        }
        let limit = limit.get();
        loop {
            let found = self
                .directory
                .users_named(prefix, after.as_ref(), limit + 1);
            let mut found = found.await?;
            let has_more = found.len() > usize::from(limit);
            found.truncate(limit.into());
            let ids: Vec<UserId> = found.iter().map(|(_, id)| *id).collect();
            let profiles = self.profiles.find_profiles(&ids).await?;
            let mut profiles: HashMap<UserId, Profile> = profiles
                .into_iter()
                .map(|profile| (profile.id, profile))
                .collect();
            let last = found.last().map(|(place, _)| place.clone());
            let users: Vec<(NamePlace, Profile)> = found
                .into_iter()
                .filter_map(|(place, id)| Some((place, profiles.remove(&id)?)))
                .collect();
            if !users.is_empty() || !has_more {
                return Ok(NamedPage { users, has_more });
            }
            after = last;
        }
    }
}

#[cfg(test)]
mod tests;
