//! Refresh tokens: whose, of which session and the how manyth, and a MAC that says that we made it. Nothing that is stored
//! lets anybody make one.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::UserId;
use domain::session::{RefreshClaim, SessionId};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// What the MAC begins with, so that it means nothing else.
const CONTEXT: &[u8] = b"fastfusion refresh token 1\n";
/// User id, session id and counter.
const CLAIM_BYTES: usize = 36;
/// HMAC-SHA256.
const MAC_BYTES: usize = 32;

/// The key that refresh tokens are made with.
#[derive(Debug, Clone)]
pub struct RefreshKey(hmac::Key);

impl RefreshKey {
    /// A key of this secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The token that says this. The same claim gives the same token.
    #[must_use]
    pub fn seal(&self, claim: &RefreshClaim) -> String {
        let mut token = encode(claim).to_vec();
        token.extend_from_slice(hmac::sign(&self.0, &message(&token)).as_ref());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token says, if this key made it. Comparing takes the same time whatever is wrong.
    #[must_use]
    pub fn open(&self, token: &str) -> Option<RefreshClaim> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        if token.len() != CLAIM_BYTES + MAC_BYTES {
            return None;
        }
        let (claim, mac) = token.split_at(CLAIM_BYTES);
        hmac::verify(&self.0, &message(claim), mac).ok()?;
        decode(claim)
    }
}

fn message(claim: &[u8]) -> Vec<u8> {
    [CONTEXT, claim].concat()
}

fn encode(claim: &RefreshClaim) -> [u8; CLAIM_BYTES] {
    let mut bytes = [0; CLAIM_BYTES];
    bytes[..16].copy_from_slice(claim.user_id.as_uuid().as_bytes());
    bytes[16..32].copy_from_slice(claim.session.as_uuid().as_bytes());
    bytes[32..].copy_from_slice(&claim.counter.to_be_bytes());
    bytes
}

fn decode(claim: &[u8]) -> Option<RefreshClaim> {
    let (user, rest) = claim.split_first_chunk::<16>()?;
    let (session, rest) = rest.split_first_chunk::<16>()?;
    let (counter, _) = rest.split_first_chunk::<4>()?;
    Some(RefreshClaim {
        user_id: UserId::from_uuid(Uuid::from_bytes(*user)).ok()?,
        session: SessionId::from_uuid(Uuid::from_bytes(*session)).ok()?,
        counter: u32::from_be_bytes(*counter),
    })
}
