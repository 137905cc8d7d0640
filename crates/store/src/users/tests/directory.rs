use app::users::{Deletion, NamePlace, NamePrefix, ProfileChange, Users as _};

use super::*;

#[tokio::test]
async fn users_are_paged_in_the_order_of_registration_across_shards() {
    let store = store().await;
    let mut ids = Vec::new();
    // Far more than there are shards, and not stored in order.
    for number in (1..=40).rev() {
        let user = user(number, &format!("{number}@example.com"));
        store.create_user(&user).await.unwrap();
        ids.insert(0, user.profile.id);
    }
    let gone = ids.remove(7);
    let deletion = Deletion {
        user_id: gone,
        deleted_at_ms: NOW_MS,
    };
    assert!(store.delete_account(&deletion).await.unwrap());

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.users_after(after, 6).await.unwrap();
        assert!(page.len() <= 6);
        let Some(last) = page.last() else { break };
        after = Some(*last);
        seen.extend(page);
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn profiles_are_found_many_at_a_time() {
    let store = store().await;
    let mut ids = Vec::new();
    for number in 1..=120 {
        let user = user(number, &format!("{number}@example.com"));
        store.create_user(&user).await.unwrap();
        ids.push(user.profile.id);
    }
    let unknown = UserId::generate(NOW_MS, &[200; 10]);
    // Repeated ids are no fault, and there are more than DynamoDB takes at once.
    let wanted: Vec<UserId> = ids.iter().copied().chain([unknown, ids[0]]).collect();
    let found = store.find_profiles(&wanted).await.unwrap();
    let mut found: Vec<UserId> = found.iter().map(|profile| profile.id).collect();
    found.sort_unstable();
    assert_eq!(found, ids);
    assert_eq!(store.find_profiles(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn users_are_listed_by_name_and_found_by_its_beginning_in_any_case() {
    let store = store().await;
    let mut ids = Vec::new();
    let names = [
        "Ada Lovelace",
        "ADA King",
        "Adam",
        "Ad\u{e9}la\u{ef}de",
        "Bob",
        "Ada King",
        "\u{130}lker",
    ];
    for (number, name) in (1..).zip(names) {
        let mut user = user(number, &format!("{number}@example.com"));
        user.profile.name = Name::parse(name).unwrap();
        store.create_user(&user).await.unwrap();
        ids.push(user.profile.id);
    }
    let list = async |prefix: Option<&NamePrefix>| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.users_named(prefix, after.as_ref(), 2).await.unwrap();
            assert!(page.len() <= 2);
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            found.extend(
                page.iter()
                    .map(|(_, id)| ids.iter().position(|other| other == id)),
            );
        }
        found.into_iter().map(Option::unwrap).collect::<Vec<_>>()
    };
    let search = async |text: &str| list(Some(&NamePrefix::parse(text).unwrap())).await;
    assert_eq!(search("aDa").await, [1, 5, 0, 2]);
    assert_eq!(search("ada k").await, [1, 5]);
    assert_eq!(search("a").await, [1, 5, 0, 2, 3]);
    assert_eq!(search("AD\u{c9}").await, [3]);
    assert_eq!(search("\u{130}").await, [6]);
    assert_eq!(search("c").await, [0; 0]);
    assert_eq!(list(None).await, [1, 5, 0, 2, 3, 4, 6]);

    // A new name is found at once, the old one no longer.
    let renaming = ProfileChange {
        name: Some(Name::parse("Charles").unwrap()),
        ..Default::default()
    };
    store.change_profile(ids[4], &renaming).await.unwrap();
    assert_eq!(search("c").await, [4]);
    assert_eq!(search("b").await, [0; 0]);

    let deletion = Deletion {
        user_id: ids[5],
        deleted_at_ms: NOW_MS,
    };
    assert!(store.delete_account(&deletion).await.unwrap());
    assert_eq!(list(None).await, [1, 0, 2, 3, 4, 6]);
}

#[tokio::test]
async fn places_that_are_made_up_are_places() {
    let store = store().await;
    store.create_user(&user(1, "1@example.com")).await.unwrap();
    let after = async |prefix: Option<&NamePrefix>, place: &str| {
        let place = NamePlace::from_text(place.to_owned());
        let page = store.users_named(prefix, Some(&place), 2).await.unwrap();
        page.len()
    };
    let prefix = NamePrefix::parse("a").unwrap();
    assert_eq!(after(Some(&prefix), "a").await, 1);
    assert_eq!(after(Some(&prefix), &format!("a{}", char::MAX)).await, 0);
    assert_eq!(after(None, "").await, 1);
    assert_eq!(after(None, &char::MAX.to_string()).await, 0);
}
