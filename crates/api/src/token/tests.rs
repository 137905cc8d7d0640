use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const K1: &str = "first-secret-of-thirty-two-letters-and-more";
const K2: &str = "second-secret-of-thirty-two-letters-and-more";
const NOW: u64 = 1_767_225_600;

fn key_set(active: &str) -> KeySet {
    KeySet::parse(&json!({"active": active, "k1": K1, "k2": K2}).to_string()).unwrap()
}

fn user() -> UserId {
    UserId::generate(NOW * 1000, &[3; 10])
}

fn claims() -> Claims {
    Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: user().to_string(),
        iat: NOW,
        nbf: None,
        exp: NOW + LIFETIME_SECS,
        jti: "019b76da-a800-7000-8000-000000000001".to_owned(),
        role: None,
    }
}

fn refusal_of(claims: &Claims) -> TokenError {
    let token = key_set("k1").sign_claims(claims).unwrap();
    key_set("k1").verify(&token, NOW).unwrap_err()
}

/// The token with another header, its signature left as it was.
fn with_header(token: &str, header: &Value) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn a_token_says_who_and_until_when() {
    let id = Uuid::from_u128(7);
    let role = Role::Admin;
    let token = key_set("k1").sign(user(), role, id, NOW).unwrap();
    assert!(token.len() < 450, "{}", token.len());
    let verified = key_set("k1").verify(&token, NOW).unwrap();
    let expires_at = NOW + LIFETIME_SECS;
    assert_eq!(
        verified,
        Verified {
            user_id: user(),
            expires_at,
            token_id: id,
            role,
        }
    );
}

#[test]
fn the_header_names_the_active_key_and_both_keys_verify() {
    for active in ["k1", "k2"] {
        let token = key_set(active)
            .sign(user(), Role::User, Uuid::nil(), NOW)
            .unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(
            (header.alg, header.kid.as_deref()),
            (Algorithm::EdDSA, Some(active))
        );
        for verifier in ["k1", "k2"] {
            assert!(key_set(verifier).verify(&token, NOW).is_ok());
        }
    }
}

#[test]
fn the_same_secret_gives_the_same_keys_for_ever() {
    insta::assert_json_snapshot!(key_set("k1").jwks(), @r#"
    {
      "keys": [
        {
          "kty": "OKP",
          "crv": "Ed25519",
          "use": "sig",
          "alg": "EdDSA",
          "kid": "k1",
          "x": "cnocPLJOE4i3I-UpM4z9vUV5dVdtMohpyYC4VGD7i_g"
        },
        {
          "kty": "OKP",
          "crv": "Ed25519",
          "use": "sig",
          "alg": "EdDSA",
          "kid": "k2",
          "x": "DNxnjGy6FsUdPFKPOfokRyGcNmMtzlQkqbyTV3S0nQc"
        }
      ]
    }
    "#);
}

#[test]
fn other_algorithms_are_refused_whatever_the_signature() {
    let token = key_set("k1")
        .sign(user(), Role::User, Uuid::nil(), NOW)
        .unwrap();
    for alg in ["none", "None", "HS256", "ES256", "RS256", "eddsa"] {
        let forged = with_header(&token, &json!({"alg": alg, "kid": "k1", "typ": "JWT"}));
        assert_eq!(
            key_set("k1").verify(&forged, NOW),
            Err(TokenError::WrongAlgorithm),
            "{alg}"
        );
    }
    // The classic confusion: our public key, which anybody knows, as the secret of an HMAC.
    let jwks = serde_json::to_value(key_set("k1").jwks()).unwrap();
    let public = URL_SAFE_NO_PAD
        .decode(jwks["keys"][0]["x"].as_str().unwrap())
        .unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("k1".to_owned());
    let secret = EncodingKey::from_secret(&public);
    let forged = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
    assert_eq!(
        key_set("k1").verify(&forged, NOW),
        Err(TokenError::WrongAlgorithm)
    );
    let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
    let unsigned = with_header(&unsigned, &json!({"alg": "none", "kid": "k1"}));
    assert_eq!(
        key_set("k1").verify(&unsigned, NOW),
        Err(TokenError::WrongAlgorithm)
    );
}

#[test]
fn other_keys_are_refused() {
    let only_k1 = KeySet::parse(&json!({"active": "k1", "k1": K1}).to_string()).unwrap();
    let other_k1 = KeySet::parse(&json!({"active": "k1", "k1": K2}).to_string()).unwrap();
    let of_k2 = key_set("k2")
        .sign(user(), Role::User, Uuid::nil(), NOW)
        .unwrap();
    assert_eq!(only_k1.verify(&of_k2, NOW), Err(TokenError::UnknownKey));
    let of_k1 = only_k1.sign(user(), Role::User, Uuid::nil(), NOW).unwrap();
    assert_eq!(
        other_k1.verify(&of_k1, NOW),
        Err(TokenError::WrongSignature)
    );
    let nameless = with_header(&of_k1, &json!({"alg": "EdDSA"}));
    assert_eq!(only_k1.verify(&nameless, NOW), Err(TokenError::UnknownKey));
    let critical = with_header(
        &of_k1,
        &json!({"alg": "EdDSA", "kid": "k1", "crit": ["exp"]}),
    );
    assert_eq!(only_k1.verify(&critical, NOW), Err(TokenError::Malformed));
}

#[test]
fn issuer_audience_subject_and_id_are_checked() {
    let other = || "other".to_owned();
    assert_eq!(
        refusal_of(&Claims {
            iss: other(),
            ..claims()
        }),
        TokenError::WrongIssuer
    );
    assert_eq!(
        refusal_of(&Claims {
            aud: other(),
            ..claims()
        }),
        TokenError::WrongAudience
    );
    assert_eq!(
        refusal_of(&Claims {
            sub: other(),
            ..claims()
        }),
        TokenError::WrongSubject
    );
    assert_eq!(
        refusal_of(&Claims {
            jti: other(),
            ..claims()
        }),
        TokenError::WrongId
    );
}

#[test]
fn times_are_checked_against_the_callers_clock() {
    let token = key_set("k1")
        .sign(user(), Role::User, Uuid::nil(), NOW)
        .unwrap();
    let verify = |now| key_set("k1").verify(&token, now).map(drop);
    assert_eq!(verify(NOW - LEEWAY_SECS - 1), Err(TokenError::NotYetValid));
    assert_eq!(verify(NOW - LEEWAY_SECS), Ok(()));
    assert_eq!(verify(NOW + LIFETIME_SECS - 1), Ok(()));
    assert_eq!(verify(NOW + LIFETIME_SECS), Err(TokenError::Expired));
    let later = Claims {
        nbf: Some(NOW + 60),
        ..claims()
    };
    assert_eq!(refusal_of(&later), TokenError::NotYetValid);
}

#[test]
fn every_claim_is_needed() {
    let full = serde_json::to_value(claims()).unwrap();
    for name in ["iss", "aud", "sub", "iat", "exp", "jti"] {
        let mut partial = full.clone();
        partial.as_object_mut().unwrap().remove(name);
        let token = key_set("k1").sign_claims(&partial).unwrap();
        assert!(key_set("k1").verify(&token, NOW).is_err(), "without {name}");
    }
}

#[test]
fn a_token_without_a_role_is_a_users_and_an_unknown_role_is_refused() {
    let keys = key_set("k1");
    let token = keys.sign_claims(&claims()).unwrap();
    assert_eq!(keys.verify(&token, NOW).unwrap().role, Role::User);
    let other = Claims {
        role: Some("root".to_owned()),
        ..claims()
    };
    assert_eq!(refusal_of(&other), TokenError::WrongRole);
}

#[test]
fn a_bad_secret_says_what_would_be_right() {
    let refusal = |secret: Value| KeySet::parse(&secret.to_string()).unwrap_err();
    assert_eq!(refusal(json!("text")), KeySetError::Malformed);
    assert_eq!(refusal(json!({"active": 1})), KeySetError::Malformed);
    assert_eq!(refusal(json!({"k1": K1})), KeySetError::NoActive);
    assert_eq!(
        refusal(json!({"active": "k2", "k1": K1})),
        KeySetError::UnknownActive("k2".to_owned())
    );
    assert_eq!(
        refusal(json!({"active": "k1", "k1": "short"})),
        KeySetError::TooShort("k1".to_owned())
    );
    assert!(!format!("{:?}", key_set("k1")).contains(K1));
}

proptest! {
    #[test]
    fn no_text_panics_or_passes(text in "\\PC{0,300}") {
        prop_assert!(key_set("k1").verify(&text, NOW).is_err());
    }

    #[test]
    fn a_token_changed_anywhere_is_refused(position in 0_usize..400, by in 1_u8..64) {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let keys = key_set("k1");
        let token = keys.sign(user(), Role::User, Uuid::nil(), NOW).unwrap();
        let mut bytes = token.clone().into_bytes();
        let position = position % bytes.len();
        let old = ALPHABET.iter().position(|letter| *letter == bytes[position]);
        bytes[position] = old.map_or(b'A', |old| ALPHABET[(old + usize::from(by)) % 64]);
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(keys.verify(&changed, NOW).is_err(), "{}", changed);
    }
}
