//! The directory of shareholders: what every user may see of every other.

use std::collections::HashMap;
use std::sync::Arc;

use domain::UserId;

use crate::analytics::PageLimit;
use crate::users::{CurrentUser, Profile, Users};
pub use crate::users::{NamePlace, NamePrefix, NamePrefixError};
use crate::{Error, FieldError, Result};

/// Lists users.
pub struct ListUsers {
    /// Who there is.
    pub users: Arc<dyn Users>,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPage {
    /// The users, in the order of their registration. Whoever shows them shows no more than each may see.
    pub users: Vec<Profile>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// A page of users in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPage {
    /// The users with their places.
    pub users: Vec<(NamePlace, Profile)>,
    /// Whether there are more after them.
    pub has_more: bool,
}

impl ListUsers {
    /// The users who registered after this one, for any user. What a page costs depends on its
    /// length alone, not on how many users there are.
    ///
    /// # Errors
    /// As the ports.
    pub async fn list(
        &self,
        _user: &CurrentUser,
        mut after: Option<UserId>,
        limit: PageLimit,
    ) -> Result<UserPage> {
        loop {
            // One more shows whether there is another page.
            let mut ids = self.users.users_after(after, limit.get() + 1).await?;
            let has_more = ids.len() > usize::from(limit.get());
            ids.truncate(limit.get().into());
            let mut users = self.users.find_profiles(&ids).await?;
            users.sort_unstable_by_key(|user| user.id);
            // A page whose users are all just gone would have no end to go on from.
            if !users.is_empty() || !has_more {
                return Ok(UserPage { users, has_more });
            }
            after = ids.last().copied();
        }
    }

    /// The users in the order of their names, for any user: all of them, or those whose names begin so. It costs as much
    /// as a page, too.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `after` is a place among other names; else as the ports.
    pub async fn list_by_name(
        &self,
        _user: &CurrentUser,
        prefix: Option<&NamePrefix>,
        mut after: Option<NamePlace>,
        limit: PageLimit,
    ) -> Result<NamedPage> {
        if let (Some(prefix), Some(after)) = (prefix, &after)
            && !after.begins_with(prefix)
        {
            return Err(Error::Invalid(vec![FieldError {
                field: "after".to_owned(),
                detail: "is from another search: expected a cursor of this one".to_owned(),
            }]));
        }
        let limit = limit.get();
        loop {
            let found = self.users.users_named(prefix, after.as_ref(), limit + 1);
            let mut found = found.await?;
            let has_more = found.len() > usize::from(limit);
            found.truncate(limit.into());
            let ids: Vec<UserId> = found.iter().map(|(_, id)| *id).collect();
            let profiles = self.users.find_profiles(&ids).await?;
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
