use super::*;

/// Stores a user as it was done before domains were written as DNS has them.
async fn register_as_before(store: &DynamoUserStore, number: u8, email: &str) -> UserId {
    let mut user = user(number, "ada@example.com");
    user.profile.email = Email::stored(email).unwrap();
    store.create_user(&user).await.unwrap();
    user.profile.id
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[tokio::test]
async fn addresses_get_the_form_that_dns_has_and_can_log_in() {
    let store = store().await;
    let old = register_as_before(&store, 1, "Ada@B\u{FC}cher.example").await;
    register_as_before(&store, 2, "bob@example.com").await;
    let email = Email::parse("ada@b\u{FC}cher.example").unwrap();
    assert!(store.find_login(&email).await.unwrap().is_none());

    let expected = CanonicalEmails {
        canonical: 1,
        changed: vec![pair("ada@b\u{FC}cher.example", "ada@xn--bcher-kva.example")],
        ..Default::default()
    };
    let tried = store.canonicalise_emails(false).await.unwrap();
    assert_eq!(tried, expected);
    assert!(store.find_login(&email).await.unwrap().is_none());

    let changed = store.canonicalise_emails(true).await.unwrap();
    assert_eq!(changed, expected);
    let login = store.find_login(&email).await.unwrap().unwrap();
    assert_eq!(
        (login.user_id, login.password_hash.as_str()),
        (old, "$hash$1")
    );
    let profile = store.find_profile(old).await.unwrap().unwrap();
    assert_eq!(profile.email.as_str(), "Ada@xn--bcher-kva.example");

    let again = store.canonicalise_emails(true).await.unwrap();
    let expected = CanonicalEmails {
        canonical: 2,
        ..Default::default()
    };
    assert_eq!(again, expected);
}

#[tokio::test]
async fn what_collides_or_is_refused_today_is_named_and_left_alone() {
    let store = store().await;
    let old = register_as_before(&store, 1, "ada@b\u{FC}cher.example").await;
    let new = register_as_before(&store, 2, "ada@xn--bcher-kva.example").await;
    register_as_before(&store, 3, "d\u{E5}n@example.com").await;
    let expected = CanonicalEmails {
        canonical: 1,
        changed: vec![],
        collisions: vec![pair("ada@b\u{FC}cher.example", "ada@xn--bcher-kva.example")],
        refused: vec!["d\u{E5}n@example.com".to_owned()],
    };
    for change in [false, true, true] {
        let report = store.canonicalise_emails(change).await.unwrap();
        assert_eq!(report, expected);
    }
    for (email, id) in [
        ("ada@b\u{FC}cher.example", old),
        ("ada@xn--bcher-kva.example", new),
    ] {
        let login = store.find_login(&Email::stored(email).unwrap()).await;
        assert_eq!(login.unwrap().unwrap().user_id, id);
    }
}
