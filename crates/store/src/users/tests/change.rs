use app::users::{PhoneChange, PreferencesChange, ProfileChange, Users as _};
use domain::user::{Name, Phone, Preferences};

use super::{store, user};

#[tokio::test]
async fn a_change_leaves_the_rest_as_it_is() {
    let store = store().await;
    let mut ada = user(1, "ada@example.com");
    ada.profile.phone = Some(Phone::parse("+4930901820").unwrap());
    store.create_user(&ada).await.unwrap();
    let mut expected = ada.profile.clone();
    let id = expected.id;

    let renaming = ProfileChange {
        name: Some(Name::parse("Ada King").unwrap()),
        ..Default::default()
    };
    expected.name = Name::parse("Ada King").unwrap();
    let changed = store.change_profile(id, &renaming).await.unwrap();
    assert_eq!(changed.as_ref(), Some(&expected));

    let muting = ProfileChange {
        phone: PhoneChange::Remove,
        preferences: PreferencesChange {
            alert: Some(false),
            ..Default::default()
        },
        ..Default::default()
    };
    expected.phone = None;
    expected.preferences.alert = false;
    let changed = store.change_profile(id, &muting).await.unwrap();
    assert_eq!(changed.as_ref(), Some(&expected));
    assert_eq!(store.find_profile(id).await.unwrap(), Some(expected));
}

#[tokio::test]
async fn everything_can_be_changed_at_once_and_nothing_too() {
    let store = store().await;
    let ada = user(1, "ada@example.com");
    store.create_user(&ada).await.unwrap();
    let id = ada.profile.id;
    let nothing = ProfileChange::default();
    let changed = store.change_profile(id, &nothing).await.unwrap();
    assert_eq!(changed.as_ref(), Some(&ada.profile));

    let phone = Phone::parse("+4930901820").unwrap();
    let everything = ProfileChange {
        name: Some(Name::parse("Ada King").unwrap()),
        phone: PhoneChange::To(phone.clone()),
        preferences: PreferencesChange {
            snapshot_saved: Some(true),
            alert: Some(false),
        },
    };
    let changed = store.change_profile(id, &everything).await.unwrap();
    let changed = changed.unwrap();
    assert_eq!(changed.name.as_str(), "Ada King");
    assert_eq!(changed.phone, Some(phone));
    let wanted = Preferences {
        snapshot_saved: true,
        alert: false,
    };
    assert_eq!(changed.preferences, wanted);
}

#[tokio::test]
async fn changing_brings_nobody_into_being() {
    let store = store().await;
    let nobody = user(1, "nobody@example.com").profile.id;
    for change in [
        ProfileChange::default(),
        ProfileChange {
            phone: PhoneChange::Remove,
            ..Default::default()
        },
    ] {
        assert_eq!(store.change_profile(nobody, &change).await.unwrap(), None);
    }
    assert_eq!(store.find_profile(nobody).await.unwrap(), None);
}
