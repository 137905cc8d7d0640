use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::hkdf;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::UserId;
use domain::user::Role;
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AUDIENCE, Claims, ISSUER, LEEWAY_SECS, LIFETIME_SECS, MAX_TOKEN_BYTES, TokenError, Verified,
};

/// The member of the secret that names the signing key.
const ACTIVE: &str = "active";
/// A key's secret text must hold at least as many characters as an Ed25519 seed holds bytes.
const MIN_SECRET_CHARS: usize = 32;
/// Binds the derived seed to its use, so that the same text used elsewhere gives another key.
const HKDF_SALT: &[u8] = b"fastfusion";
const HKDF_INFO: &[u8] = b"access token, Ed25519, v1";

/// Why a secret gives no key set. The secret's text is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It is not the JSON that it should be.
    #[error("it must be a JSON object of strings, {{\"active\": \"k1\", \"k1\": \"<secret>\"}}")]
    Malformed,
    /// Nothing says which key signs.
    #[error("it has no member `active` that names the signing key")]
    NoActive,
    /// The key that should sign isn't there.
    #[error("its member `active` names the key {0:?}, which it doesn't hold")]
    UnknownActive(String),
    /// A key that could be guessed.
    #[error("its key {0:?} has fewer than {MIN_SECRET_CHARS} characters")]
    TooShort(String),
    /// The cryptographic library refused.
    #[error("no Ed25519 key can be made of its key {0:?}")]
    Rejected(String),
}

/// The keys of one moment: all of them verify, the active one signs.
pub struct KeySet {
    active: String,
    keys: BTreeMap<String, Key>,
}

struct Key {
    signing: EncodingKey,
    verifying: DecodingKey,
    /// The public key, base64url.
    public: String,
}

/// A public key as in RFC 7517 and RFC 8037.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(inline))]
pub struct Jwk {
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "OKP")))]
    kty: &'static str,
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "Ed25519")))]
    crv: &'static str,
    #[serde(rename = "use")]
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "sig")))]
    usage: &'static str,
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "EdDSA")))]
    alg: &'static str,
    kid: String,
    x: String,
}

/// A JWK set (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// Describes `/.well-known/jwks.json`.
#[cfg(feature = "openapi")]
pub(crate) fn describe(api: &mut crate::openapi::operations::Api) {
    use serde_json::json;

    api.operation("get", "/.well-known/jwks.json", "jwks", "operation")
        .security(json!([]))
        .summary("The public keys of the access tokens")
        .answers::<JwkSet>(
            200,
            "A JWK set (RFC 7517) of Ed25519 keys (RFC 8037). It may be kept as long as \
             `Cache-Control` says.",
            json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k1",
                "x": "cnocPLJOE4i3I-UpM4z9vUV5dVdtMohpyYC4VGD7i_g",
            }]}),
        );
}

/// The part of a token's header that is trusted before the signature is checked: it only chooses.
#[derive(Deserialize)]
struct Choice {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl KeySet {
    /// Reads the JSON of the token secret: `active` names the signing key, every other member is a
    /// key id with its secret text.
    ///
    /// # Errors
    /// [`KeySetError`] says what is wrong with it.
    pub fn parse(secret: &str) -> Result<Self, KeySetError> {
        let mut members: BTreeMap<String, String> =
            serde_json::from_str(secret).map_err(|_| KeySetError::Malformed)?;
        let active = members.remove(ACTIVE).ok_or(KeySetError::NoActive)?;
        let keys = members
            .into_iter()
            .map(|(kid, text)| Key::derive(&kid, &text).map(|key| (kid, key)))
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        if !keys.contains_key(&active) {
            return Err(KeySetError::UnknownActive(active));
        }
        Ok(Self { active, keys })
    }

    /// A token for a user with a role, valid for [`LIFETIME_SECS`] from now (in Unix seconds).
    ///
    /// # Errors
    /// If the cryptographic library refuses to sign.
    pub fn sign(
        &self,
        user: UserId,
        role: Role,
        token_id: Uuid,
        now: u64,
    ) -> Result<String, JwtError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            iat: now,
            nbf: None,
            exp: now + LIFETIME_SECS,
            jti: token_id.to_string(),
            role: Some(role.as_str().to_owned()),
        };
        self.sign_claims(&claims)
    }

    /// Checks a token's key, signature and claims at the given time (Unix seconds).
    ///
    /// # Errors
    /// [`TokenError`] says which check it failed.
    pub fn verify(&self, token: &str, now: u64) -> Result<Verified, TokenError> {
        let key = self.choose(token)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The times are checked below, against the caller's clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &validation)
            .map_err(|error| refusal(&error))?
            .claims;
        if now >= claims.exp {
            return Err(TokenError::Expired);
        }
        if claims.nbf.unwrap_or(claims.iat).max(claims.iat) > now.saturating_add(LEEWAY_SECS) {
            return Err(TokenError::NotYetValid);
        }
        Ok(Verified {
            user_id: UserId::parse(&claims.sub).map_err(|_| TokenError::WrongSubject)?,
            expires_at: claims.exp,
            token_id: Uuid::parse_str(&claims.jti).map_err(|_| TokenError::WrongId)?,
            role: match &claims.role {
                Some(role) => Role::parse(role).map_err(|_| TokenError::WrongRole)?,
                None => Role::User,
            },
        })
    }

    /// The public keys.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        let keys = self.keys.iter().map(|(kid, key)| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            usage: "sig",
            alg: "EdDSA",
            kid: kid.clone(),
            x: key.public.clone(),
        });
        JwkSet {
            keys: keys.collect(),
        }
    }

    pub(super) fn sign_claims<C: Serialize>(&self, claims: &C) -> Result<String, JwtError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.active.clone());
        jsonwebtoken::encode(&header, claims, &self.keys[&self.active].signing)
    }

    fn choose(&self, token: &str) -> Result<&Key, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let header = token.split('.').next().unwrap_or_default();
        let header = URL_SAFE_NO_PAD
            .decode(header)
            .map_err(|_| TokenError::Malformed)?;
        let choice: Choice = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
        if choice.alg != "EdDSA" {
            return Err(TokenError::WrongAlgorithm);
        }
        // RFC 7515, 4.1.11: an extension that is not understood makes the token invalid.
        if choice.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        let kid = choice.kid.ok_or(TokenError::UnknownKey)?;
        self.keys.get(&kid).ok_or(TokenError::UnknownKey)
    }
}

/// Shows which keys there are, never what they are.
impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("active", &self.active)
            .field("kids", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

impl Key {
    fn derive(kid: &str, text: &str) -> Result<Self, KeySetError> {
        if text.chars().count() < MIN_SECRET_CHARS {
            return Err(KeySetError::TooShort(kid.to_owned()));
        }
        let rejected = || KeySetError::Rejected(kid.to_owned());
        let mut seed = [0; 32];
        hkdf::Salt::new(hkdf::HKDF_SHA256, HKDF_SALT)
            .extract(text.as_bytes())
            .expand(&[HKDF_INFO], hkdf::HKDF_SHA256)
            .and_then(|output| output.fill(&mut seed))
            .map_err(|_| rejected())?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| rejected())?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| rejected())?;
        let public = pair.public_key().as_ref();
        Ok(Self {
            signing: EncodingKey::from_ed_der(pkcs8.as_ref()),
            verifying: DecodingKey::from_ed_der(public),
            public: URL_SAFE_NO_PAD.encode(public),
        })
    }
}

fn refusal(error: &JwtError) -> TokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::WrongSignature,
        ErrorKind::InvalidAlgorithm => TokenError::WrongAlgorithm,
        ErrorKind::InvalidIssuer => TokenError::WrongIssuer,
        ErrorKind::InvalidAudience => TokenError::WrongAudience,
        // Everything else is a token that can't be read, in the library's many words.
        _ => TokenError::Malformed,
    }
}
