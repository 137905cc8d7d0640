//! Access tokens: JWTs signed with Ed25519, and the public keys as a JWK set.
//!
//! The algorithm is pinned: a token's header chooses among our keys and nothing else.

mod keys;
mod refresh;

use std::fmt;

use domain::UserId;
use domain::user::Role;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "openapi")]
pub(crate) use keys::describe;
pub use keys::{Jwk, JwkSet, KeySet, KeySetError};
pub use refresh::RefreshKey;

/// The `iss` claim.
pub const ISSUER: &str = "fastfusion";
/// The `aud` claim.
pub const AUDIENCE: &str = "fastfusion";
/// How long a token is valid, in seconds.
pub const LIFETIME_SECS: u64 = 3600;
/// How far ahead of ours the issuer's clock may be. Expiry has no leeway.
pub const LEEWAY_SECS: u64 = 5;
/// Tokens of ours have some 350 bytes; nothing longer than this is looked at.
const MAX_TOKEN_BYTES: usize = 2048;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: [`ISSUER`].
    pub iss: String,
    /// Audience: [`AUDIENCE`].
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// When it was issued, in Unix seconds.
    pub iat: u64,
    /// Before when it is not valid, in Unix seconds, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// From when it is no longer valid, in Unix seconds.
    pub exp: u64,
    /// The token's own id.
    pub jti: String,
    /// What the user may do; tokens issued before there were roles don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A token that stood every check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whose token it is.
    pub user_id: UserId,
    /// From when it is no longer valid, in Unix seconds.
    pub expires_at: u64,
    /// The token's own id.
    pub token_id: Uuid,
    /// What the user may do.
    pub role: Role,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// It is no JWT, or lacks a claim.
    Malformed,
    /// Its header asks for another algorithm than EdDSA.
    WrongAlgorithm,
    /// It was signed with a key that this key set doesn't hold: perhaps one rolled in since.
    UnknownKey,
    /// The signature doesn't match.
    WrongSignature,
    /// Somebody else issued it.
    WrongIssuer,
    /// It is meant for somebody else.
    WrongAudience,
    /// It was valid once.
    Expired,
    /// It is from the future.
    NotYetValid,
    /// `sub` is not a user id.
    WrongSubject,
    /// `jti` is not a UUID.
    WrongId,
    /// `role` is none that there is.
    WrongRole,
}

impl TokenError {
    /// What is wrong, as clients may be told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "the token is malformed",
            Self::WrongAlgorithm => "the token's algorithm is not accepted",
            Self::UnknownKey => "the token's key is not known",
            Self::WrongSignature => "the token's signature is wrong",
            Self::WrongIssuer => "the token's issuer is wrong",
            Self::WrongAudience => "the token's audience is wrong",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::WrongSubject => "the token's subject is not a user id",
            Self::WrongId => "the token's id is not a UUID",
            Self::WrongRole => "the token's role is not known",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for TokenError {}

impl From<TokenError> for feed::Error {
    fn from(error: TokenError) -> Self {
        Self::Unauthenticated(error.reason())
    }
}

#[cfg(test)]
mod tests;
