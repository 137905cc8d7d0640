use app::sessions::{KeptSessions, SessionStore as _, Written};
use app::users::{Deletion, LoginAttempts as _, PhoneChange, ProfileChange, Users as _};
use domain::session::SessionId;
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

#[tokio::test]
async fn sessions_are_stored_as_ever() {
    let store = store().await;
    let ada = user(1, "ada@example.com");
    store.create_user(&ada).await.unwrap();
    let session = |n| SessionId::generate(NOW_MS, &[n; 10]);
    let mut kept = KeptSessions::default();
    kept.sessions.begin(session(1), NOW_MS);
    kept.sessions.begin(session(2), NOW_MS + 1);
    kept.sessions.rotate(session(1), 0, NOW_MS + 2);
    let written = store.keep_sessions(ada.profile.id, &kept).await.unwrap();
    assert_eq!(written, Written::Done);
    let stored = store.sessions(ada.profile.id).await.unwrap();
    assert_eq!(stored, KeptSessions { version: 1, ..kept });
    let dump = dump(store.table.client(), TABLE).await;
    let item = dump.split("\n\n").find(|item| item.contains("sessions#"));
    insta::assert_snapshot!(item.unwrap(), @r#"
    expires_at N("1769817600")
    pk S("sessions#019b76da-a801-7101-8101-010101010101")
    sessions L([M({"counter": N("1"), "id": S("019b76da-a800-7101-8101-010101010101"), "used_at": N("1767225600002")}), M({"counter": N("0"), "id": S("019b76da-a800-7202-8202-020202020202"), "used_at": N("1767225600001")})])
    version N("1")
    "#);
}
