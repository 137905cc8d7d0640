use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::*;

fn aws() -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

#[test]
fn the_override_comes_before_the_url_of_the_api() {
    let url = (WEBSOCKET_URL, "http://api.example/live");
    let client_of = |env: &Env| {
        let client = client(&aws().into(), env.read().unwrap()).unwrap();
        format!("{client:?}")
    };
    assert!(client_of(&Env::from_pairs([url])).contains("api.example"));
    let local = (ENDPOINT_OVERRIDE, "http://127.0.0.1:8001/feed");
    assert!(client_of(&Env::from_pairs([url, local])).contains("127.0.0.1:8001"));
}

#[test]
fn a_url_that_can_not_be_posted_to_is_named() {
    let error = |env: Env| env.read::<PushEndpoint>().unwrap_err().to_string();
    let wss = error(Env::from_pairs([(WEBSOCKET_URL, "wss://api.example/live")]));
    assert!(
        wss.starts_with(r#"WEBSOCKET_URL is "wss://api.example/live": its scheme is "wss""#),
        "{wss}"
    );
    let missing = error(Env::from_pairs([]));
    assert!(missing.starts_with("WEBSOCKET_URL is not set"), "{missing}");
}

#[test]
fn nothing_is_posted_unsigned() {
    let env = Env::from_pairs([(WEBSOCKET_URL, "http://api.example/live")]);
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .build();
    let error = client(&aws.into(), env.read().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "posting to WebSocket connections needs a region"
    );
}
