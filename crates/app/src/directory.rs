//! The directory of shareholders: what every user may see of every other.

use std::sync::Arc;

use async_trait::async_trait;
use domain::UserId;

use crate::Result;
use crate::analytics::PageLimit;
use crate::users::{Authenticated, Profile};

/// Reads who there is, page by page.
#[async_trait]
pub trait ReadDirectory: Send + Sync {
    /// The first users after this one in the order of ids, which is that of registration, at most so many.
    /// Eventually consistent: the newest may be missing, and somebody who is just gone may be there.
    async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>>;
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
}

#[cfg(test)]
mod tests {
    use domain::user::{Email, Name, Role};

    use super::*;

    /// Users 1 to 5 are in the index, and only some of them exist.
    struct Fake {
        existing: Vec<UserId>,
    }

    fn user(number: u8) -> UserId {
        UserId::generate(1_767_225_600_000 + u64::from(number), &[number; 10])
    }

    #[async_trait]
    impl ReadDirectory for Fake {
        async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>> {
            let all = (1..=5).map(user);
            let left = all.filter(|id| after.is_none_or(|after| *id > after));
            Ok(left.take(at_most.into()).collect())
        }
    }

    #[async_trait]
    impl FindProfiles for Fake {
        async fn find_profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>> {
            let mut ids: Vec<UserId> = ids.to_vec();
            ids.reverse();
            ids.retain(|id| self.existing.contains(id));
            let profile = |id| Profile {
                id,
                name: Name::parse("Ada").unwrap(),
                email: Email::parse("ada@example.com").unwrap(),
                phone: None,
                preferences: Default::default(),
            };
            Ok(ids.into_iter().map(profile).collect())
        }
    }

    async fn list(existing: &[u8], after: Option<u8>, limit: &str) -> (Vec<UserId>, bool) {
        let existing: Vec<UserId> = existing.iter().copied().map(user).collect();
        let list = ListUsers {
            directory: Box::new(Fake {
                existing: Vec::new(),
            }),
            profiles: Arc::new(Fake { existing }),
        };
        let caller = Authenticated {
            user_id: user(1),
            expires_at: 0,
            role: Role::User,
        };
        let page = list.list(caller, after.map(user), limit.parse().unwrap());
        let page = page.await.unwrap();
        (
            page.users.iter().map(|user| user.id).collect(),
            page.has_more,
        )
    }

    #[tokio::test]
    async fn pages_follow_each_other_in_the_order_of_registration() {
        let all = [1, 2, 3, 4, 5];
        assert_eq!(list(&all, None, "2").await, (vec![user(1), user(2)], true));
        assert_eq!(
            list(&all, Some(2), "2").await,
            (vec![user(3), user(4)], true)
        );
        assert_eq!(list(&all, Some(4), "2").await, (vec![user(5)], false));
        assert!(!list(&all, None, "5").await.1);
        assert_eq!(list(&all, Some(5), "5").await, (vec![], false));
    }

    #[tokio::test]
    async fn who_is_gone_is_passed_over_and_hides_nobody() {
        assert_eq!(list(&[2, 5], None, "2").await, (vec![user(2)], true));
        assert_eq!(list(&[5], None, "2").await, (vec![user(5)], false));
        assert_eq!(list(&[], None, "2").await, (vec![], false));
    }
}
