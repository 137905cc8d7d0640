use e2e::{Options, Session, Stack};
use serde_json::Value;

const JWKS: &str = "/.well-known/jwks.json";

#[tokio::test]
async fn the_public_keys_are_published() {
    let answer = Session::new(Stack::shared()).get(JWKS, None).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let key = &answer.body["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["crv"].as_str()),
        (Some("OKP"), Some("Ed25519"))
    );
    assert_eq!(
        (key["use"].as_str(), key["alg"].as_str()),
        (Some("sig"), Some("EdDSA"))
    );
    assert!(key["kid"].is_string() && key["x"].is_string());
    assert!(key.get("d").is_none(), "a private key was published");
}

#[tokio::test]
async fn a_new_key_is_rolled_in_while_tokens_of_the_old_one_stay_valid() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();

    let path = stack.data_dir().join("secrets/TokenSecret");
    let mut secret: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    secret["k2"] = "another-secret-of-sixty-four-characters-or-so-0123456789abcdefgh".into();
    secret["active"] = "k2".into();
    std::fs::write(&path, secret.to_string()).unwrap();
    // A signer reads its keys again when it starts (and every few minutes).
    stack.kill_function("login").await.unwrap();

    let token = session.log_in(&user.email, &user.password).await.unwrap();
    assert_ne!(key_id(&user.token), key_id(&token));
    for token in [&user.token, &token] {
        let answer = session.get("/api/v1/users/me", Some(token)).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn key_id(token: &str) -> Value {
    use base64::Engine;
    let header = token.split('.').next().unwrap();
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(header)
        .unwrap();
    let header: Value = serde_json::from_slice(&json).unwrap();
    header["kid"].clone()
}
