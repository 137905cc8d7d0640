use app::users::{Deletion, LoginAttempts as _, PhoneChange, ProfileChange, Users as _};
use domain::user::{Email, Name, Phone, Preferences};

use super::{NOW_MS, TABLE, attempt, store, user};
use test_kit::dump;

#[tokio::test]
async fn items_are_stored_as_ever() {
    let store = store().await;
    let mut ada = user(1, "ada@example.com");
    ada.profile.email = Email::stored("Ada@Example.com").unwrap();
    ada.profile.phone = Some(Phone::parse("+4930901820").unwrap());
    ada.profile.preferences = Preferences {
        snapshot_saved: true,
        alert: false,
    };
    for user in [ada, user(2, "bob@example.com"), user(3, "eve@example.com")] {
        store.create_user(&user).await.unwrap();
    }
    let change = ProfileChange {
        name: Some(Name::parse("Örs").unwrap()),
        phone: PhoneChange::To(Phone::parse("+4930901821").unwrap()),
        ..ProfileChange::default()
    };
    let bob = user(2, "bob@example.com").profile.id;
    store.change_profile(bob, &change).await.unwrap().unwrap();
    let deletion = Deletion {
        user_id: user(3, "eve@example.com").profile.id,
        deleted_at_ms: NOW_MS + 77,
    };
    assert!(store.delete_account(&deletion).await.unwrap());
    let both = [attempt(Some(1), None, 1), attempt(None, None, 2)];
    assert!(store.record_attempts(&both).await.unwrap());
    insta::assert_snapshot!(dump(store.table.client(), TABLE).await);
}
