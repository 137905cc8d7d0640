use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::*;

#[tokio::test]
async fn a_token_is_a_signed_request_to_connect_good_for_fifteen_minutes() {
    let credentials = Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI",
        Some("session".into()),
        None,
        "test",
    );
    let source = TokenSource::new(
        "eu-central-1".to_owned(),
        SharedCredentialsProvider::new(credentials),
        Handle::current(),
    );
    let token = tokio::task::spawn_blocking(move || source.token().map_err(|e| e.to_string()))
        .await
        .unwrap()
        .unwrap();

    let url = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(&token.token).unwrap()).unwrap();
    assert!(
        url.starts_with("https://kafka.eu-central-1.amazonaws.com/?Action=kafka-cluster%3AConnect"),
        "{url}"
    );
    for part in [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Credential=AKIDEXAMPLE%2F",
        "%2Feu-central-1%2Fkafka-cluster%2Faws4_request",
        "X-Amz-Expires=900",
        "X-Amz-Security-Token=session",
        "X-Amz-Signature=",
    ] {
        assert!(url.contains(part), "{part} is not in {url}");
    }
    let now_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64;
    let lifetime_ms = token.lifetime_ms - now_ms;
    assert!((870_000..=900_000).contains(&lifetime_ms), "{lifetime_ms}");
}
