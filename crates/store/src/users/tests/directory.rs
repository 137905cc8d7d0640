use app::directory::{FindProfiles as _, ReadDirectory as _};
use app::users::{DeleteAccount as _, Deletion};

use super::*;

#[tokio::test]
async fn users_are_paged_in_the_order_of_registration_across_shards() {
    let store = store().await;
    let mut ids = Vec::new();
    // Far more than there are shards, and not stored in order.
    for number in (1..=40).rev() {
        let user = user(number, &format!("{number}@example.com"));
        store.store_user(&user).await.unwrap();
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
        store.store_user(&user).await.unwrap();
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
