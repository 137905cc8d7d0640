use super::*;

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

#[tokio::test]
async fn hashes_verify_and_are_salted() {
    let first = hash(password("correct horse battery")).await.unwrap();
    let second = hash(password("correct horse battery")).await.unwrap();
    assert!(
        first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{first}"
    );
    assert_ne!(first, second);
    assert!(
        verify("correct horse battery".to_owned(), Some(first.clone()))
            .await
            .unwrap()
    );
    assert!(
        !verify("correct horse batterz".to_owned(), Some(first))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn nobodys_hash_costs_the_same_and_admits_nobody() {
    let nobody = PasswordHash::new(NOBODYS_HASH).unwrap();
    let somebody = hash(password("correct horse battery")).await.unwrap();
    let somebody = PasswordHash::new(&somebody).unwrap();
    assert_eq!(nobody.algorithm, somebody.algorithm);
    assert_eq!(nobody.version, somebody.version);
    assert_eq!(nobody.params, somebody.params);
    let lengths = |hash: &PasswordHash| {
        (
            hash.salt.as_ref().map(|salt| salt.len()),
            hash.hash.as_ref().map(|hash| hash.len()),
        )
    };
    assert_eq!(lengths(&nobody), lengths(&somebody));
    assert!(!verify("anything at all".to_owned(), None).await.unwrap());
}

#[tokio::test]
async fn an_unreadable_hash_is_an_internal_error() {
    let error = verify("anything".to_owned(), Some("plain".to_owned()))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
}

#[tokio::test]
async fn a_password_verifies_however_it_is_spelt() {
    let composed = hash(password("caf\u{E9} au lait")).await.unwrap();
    for typed in [
        "caf\u{E9} au lait",
        "cafe\u{301} au lait",
        "caf\u{E9}\u{A0}au\u{2003}lait",
    ] {
        let matches = verify(typed.to_owned(), Some(composed.clone())).await;
        assert!(matches.unwrap(), "{typed:?}");
    }
    let other = verify("cafe au lait".to_owned(), Some(composed)).await;
    assert!(!other.unwrap());
}

#[tokio::test]
async fn hashes_of_passwords_as_they_were_typed_stay_valid() {
    let typed = "cafe\u{301} au lait";
    let as_typed = argon2().unwrap().hash_password(typed.as_bytes()).unwrap();
    let matches = verify(typed.to_owned(), Some(as_typed.to_string())).await;
    assert!(matches.unwrap());
}
