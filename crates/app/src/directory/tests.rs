use async_trait::async_trait;
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
impl Users for Fake {
    async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>> {
        let all = (1..=5).map(user);
        let left = all.filter(|id| after.is_none_or(|after| *id > after));
        Ok(left.take(at_most.into()).collect())
    }

    async fn users_named(
        &self,
        prefix: &NamePrefix,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        assert_eq!(prefix.as_str(), "ad");
        let name = Name::parse("Ada").unwrap();
        let all = (1..=5).map(|number| (NamePlace::of(&name, user(number)), user(number)));
        let left = all.filter(|(place, _)| after.is_none_or(|after| place > after));
        Ok(left.take(at_most.into()).collect())
    }

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

    async fn create_user(&self, _: &crate::users::NewUser) -> crate::Result<()> {
        unreachable!("nobody asks")
    }

    async fn find_login(
        &self,
        _: &domain::user::Email,
    ) -> crate::Result<Option<crate::users::Login>> {
        unreachable!("nobody asks")
    }

    async fn find_profile(
        &self,
        _: domain::UserId,
    ) -> crate::Result<Option<crate::users::Profile>> {
        unreachable!("nobody asks")
    }

    async fn change_profile(
        &self,
        _: domain::UserId,
        _: &crate::users::ProfileChange,
    ) -> crate::Result<Option<crate::users::Profile>> {
        unreachable!("nobody asks")
    }
}

async fn list(existing: &[u8], after: Option<u8>, limit: &str) -> (Vec<UserId>, bool) {
    let existing: Vec<UserId> = existing.iter().copied().map(user).collect();
    let list = ListUsers {
        users: Arc::new(Fake { existing }),
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
async fn a_search_goes_on_where_it_ended_and_not_elsewhere() {
    let existing = vec![user(2), user(3), user(5)];
    let list = ListUsers {
        users: Arc::new(Fake { existing }),
    };
    let caller = Authenticated {
        user_id: user(1),
        expires_at: 0,
        role: Role::User,
    };
    let prefix = NamePrefix::parse(" AD ").unwrap();
    let limit = || "1".parse().unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list.search(caller, &prefix, after, limit()).await.unwrap();
        seen.extend(page.users.iter().map(|(_, user)| user.id));
        after = page.users.last().map(|(place, _)| place.clone());
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, [user(2), user(3), user(5)]);
    let elsewhere = NamePlace::of(&Name::parse("Bob").unwrap(), user(1));
    let refused = list.search(caller, &prefix, Some(elsewhere), limit()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    assert_eq!(NamePrefix::parse(" "), Err(NamePrefixError));
}

#[tokio::test]
async fn who_is_gone_is_passed_over_and_hides_nobody() {
    assert_eq!(list(&[2, 5], None, "2").await, (vec![user(2)], true));
    assert_eq!(list(&[5], None, "2").await, (vec![user(5)], false));
    assert_eq!(list(&[], None, "2").await, (vec![], false));
}
