use std::sync::Arc;
use std::time::Duration;

use app::Error;
use app::directory::{ListUsers, NamePlace, NamePrefix, NamePrefixError};
use app::users::{CurrentUser, Deletion, Users as _};
use domain::UserId;
use domain::user::Name;
use test_kit::{TestDatabase, current_user, new_user};

const NOW_MS: u64 = 1_767_225_600_000;

fn user(number: u8) -> UserId {
    test_kit::user_id(NOW_MS + u64::from(number), number)
}

/// Users 1 to 5 are in the indexes, and only some of them exist. With whom asks: user 1, who may be gone since.
async fn directory(existing: &[u8]) -> (ListUsers, CurrentUser) {
    let database = TestDatabase::start().await;
    for index in ["roster", "by_name", "roster_by_name"] {
        database.lag(index, |change| match change.is_deleted {
            true => Duration::from_hours(1),
            false => Duration::ZERO,
        });
    }
    let users = database.users();
    users.create_user(&new_user(user(1))).await.unwrap();
    let token = user(1).to_string();
    let current = current_user(users.clone(), &token).await.unwrap();
    for number in 1..=5 {
        if number > 1 {
            users.create_user(&new_user(user(number))).await.unwrap();
        }
        if !existing.contains(&number) {
            let deletion = Deletion {
                user_id: user(number),
                deleted_at_ms: NOW_MS + 5,
            };
            assert!(users.delete_account(&deletion).await.unwrap());
        }
    }
    let list = ListUsers {
        users: Arc::new(users),
    };
    (list, current)
}

async fn list(existing: &[u8], after: Option<u8>, limit: &str) -> (Vec<UserId>, bool) {
    let (list, current) = directory(existing).await;
    let page = list.list(&current, after.map(user), limit.parse().unwrap());
    let page = page.await.unwrap();
    let users = page.users.iter().map(|user| user.id).collect();
    (users, page.has_more)
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
    let (list, current) = directory(&[2, 3, 5]).await;
    let prefix = NamePrefix::parse(" AD ").unwrap();
    let limit = || "1".parse().unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list
            .list_by_name(&current, Some(&prefix), after, limit())
            .await;
        let page = page.unwrap();
        seen.extend(page.users.iter().map(|(_, user)| user.id));
        after = page.users.last().map(|(place, _)| place.clone());
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, [user(2), user(3), user(5)]);
    let elsewhere = NamePlace::of(&Name::parse("Bob").unwrap(), user(1));
    let refused = list.list_by_name(&current, Some(&prefix), Some(elsewhere.clone()), limit());
    assert!(matches!(refused.await, Err(Error::Invalid(_))));
    // Among all names it is a place like any other.
    let all = list
        .list_by_name(&current, None, None, limit())
        .await
        .unwrap();
    assert_eq!((all.users[0].1.id, all.has_more), (user(2), true));
    let behind = list
        .list_by_name(&current, None, Some(elsewhere), limit())
        .await
        .unwrap();
    assert_eq!((behind.users, behind.has_more), (vec![], false));
    assert_eq!(NamePrefix::parse(" "), Err(NamePrefixError));
}

#[tokio::test]
async fn who_is_gone_is_passed_over_and_hides_nobody() {
    assert_eq!(list(&[2, 5], None, "2").await, (vec![user(2)], true));
    assert_eq!(list(&[5], None, "2").await, (vec![user(5)], false));
    assert_eq!(list(&[], None, "2").await, (vec![], false));
}
