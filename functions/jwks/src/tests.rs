use async_trait::async_trait;
use bootstrap::secrets::{ReadSecret, SecretError};
use insta::assert_json_snapshot;
use serde_json::Value;

use super::*;

const NOW_MS: u64 = 1_767_225_600_000;

struct FakeSecret;

#[async_trait]
impl ReadSecret for FakeSecret {
    async fn read_secret(&self, _id: &str) -> Result<String, SecretError> {
        let secret = r#"{"active": "k1", "k1": "a secret for tests, of thirty-two bytes"}"#;
        Ok(secret.to_owned())
    }
}

#[tokio::test]
async fn public_keys_may_be_kept_and_private_ones_stay_here() {
    let jwks = ShowJwks {
        keys: TokenKeys::load(Box::new(FakeSecret), "token-secret", NOW_MS)
            .await
            .unwrap(),
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let response = jwks.handle(NOW_MS).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    let body: Value = serde_json::from_str(text).unwrap();
    assert_json_snapshot!(body, @r#"
    {
      "keys": [
        {
          "alg": "EdDSA",
          "crv": "Ed25519",
          "kid": "k1",
          "kty": "OKP",
          "use": "sig",
          "x": "sV3fbm3Bkb7TZUeMUe8uGQ9GKAmpoNv-z3o7v3vmkrQ"
        }
      ]
    }
    "#);
}
