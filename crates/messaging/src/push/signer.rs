use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_lc_rs::{digest, hmac};
use feed::ConnectionId;
use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::endpoint::PushEndpoint;

/// The service name in the scope of every signature for `@connections`.
const SERVICE: &str = "execute-api";
/// Credentials are asked for anew this long before they expire, as the SDK does it.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(10);
/// All but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Signs requests to `@connections` (AWS Signature Version 4).
///
/// What requests have in common is prepared once: the signing key per day, and per second everything
/// but the connection's id and the body's hash. What is left per request is one hash and one HMAC
/// over some hundred bytes.
pub(super) struct Signer {
    credentials: SharedCredentialsProvider,
    region: String,
    host: String,
    /// The canonical path up to the connection's id.
    canonical_base: String,
    stamp: RwLock<Option<Arc<Stamp>>>,
    key: tokio::sync::Mutex<Option<Arc<SigningKey>>>,
}

/// A day's signing key.
struct SigningKey {
    credentials: Credentials,
    day: u64,
    scope: String,
    hmac: hmac::Key,
}

/// What the signatures of one second have in common.
pub(super) struct Stamp {
    second: u64,
    /// The value of `x-amz-date`.
    pub(super) date: HeaderValue,
    /// The value of `x-amz-security-token`, if the credentials have one.
    pub(super) token: Option<HeaderValue>,
    /// The canonical request from the end of the path to the body's hash.
    canonical_middle: String,
    string_to_sign: String,
    authorization: String,
    key: Arc<SigningKey>,
}

impl Signer {
    pub(super) fn new(
        endpoint: &PushEndpoint,
        region: String,
        credentials: SharedCredentialsProvider,
    ) -> Self {
        Self {
            credentials,
            region,
            host: endpoint.authority.to_string(),
            canonical_base: format!("{}/%40connections/", endpoint.path),
            stamp: RwLock::new(None),
            key: tokio::sync::Mutex::new(None),
        }
    }

    /// What requests of this instant are signed with.
    pub(super) async fn stamp(&self, now: SystemTime) -> Result<Arc<Stamp>, CredentialsError> {
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // Each guarded section only clones or stores a whole Arc, so a poisoned lock holds nothing half done.
        let held = self
            .stamp
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(stamp) = held.filter(|stamp| stamp.second == second) {
            return Ok(stamp);
        }
        let key = self.key(now, second / 86_400).await?;
        let stamp = Arc::new(self.new_stamp(second, key));
        *self.stamp.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&stamp));
        Ok(stamp)
    }

    /// The value of `authorization` for a request to this connection.
    pub(super) fn authorize(
        &self,
        stamp: &Stamp,
        method: &http::Method,
        path_segment: &str,
        body_digest: &[u8; 32],
    ) -> HeaderValue {
        let mut canonical = String::with_capacity(
            self.canonical_base.len() + path_segment.len() + stamp.canonical_middle.len() + 96,
        );
        canonical.push_str(method.as_str());
        canonical.push('\n');
        canonical.push_str(&self.canonical_base);
        // SigV4 encodes a path twice (for all services but S3).
        push_percent_again(&mut canonical, path_segment);
        canonical.push_str(&stamp.canonical_middle);
        push_hex(&mut canonical, body_digest);
        let hash = sha256(canonical.as_bytes());

        canonical.clear();
        canonical.push_str(&stamp.string_to_sign);
        push_hex(&mut canonical, &hash);
        let signature = hmac::sign(&stamp.key.hmac, canonical.as_bytes());

        canonical.clear();
        canonical.push_str(&stamp.authorization);
        push_hex(&mut canonical, signature.as_ref());
        HeaderValue::try_from(canonical)
            .expect("BUG: its parts were a valid header value when the stamp was made")
    }

    async fn key(&self, now: SystemTime, day: u64) -> Result<Arc<SigningKey>, CredentialsError> {
        let mut held = self.key.lock().await;
        let credentials = match held.as_ref() {
            Some(key) if is_fresh(&key.credentials, now) => {
                if key.day == day {
                    return Ok(Arc::clone(key));
                }
                key.credentials.clone()
            }
            _ => self.provide_credentials(now, held.as_deref()).await?,
        };
        let key = Arc::new(SigningKey::derive(credentials, day, &self.region));
        *held = Some(Arc::clone(&key));
        Ok(key)
    }

    /// New credentials; if there are none to be had, the old ones while they are valid.
    async fn provide_credentials(
        &self,
        now: SystemTime,
        old: Option<&SigningKey>,
    ) -> Result<Credentials, CredentialsError> {
        match (self.credentials.provide_credentials().await, old) {
            (Ok(credentials), _) if is_header_text(&credentials) => Ok(credentials),
            (Ok(_), _) => Err(CredentialsError::invalid_configuration(
                "the access key id or the session token can't be sent in a header",
            )),
            (Err(error), Some(old)) if old.credentials.expiry().is_none_or(|at| at > now) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "credentials could not be renewed, the old ones are still valid"
                );
                Ok(old.credentials.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    fn new_stamp(&self, second: u64, key: Arc<SigningKey>) -> Stamp {
        let date = format_date_time(second);
        let host = &self.host;
        let (token_line, token_name, token) = match key.credentials.session_token() {
            Some(token) => (
                format!("x-amz-security-token:{token}\n"),
                ";x-amz-security-token",
                Some(header_value(token)),
            ),
            None => (String::new(), "", None),
        };
        let signed = format!("host;x-amz-date{token_name}");
        Stamp {
            second,
            token,
            canonical_middle: format!(
                "\n\nhost:{host}\nx-amz-date:{date}\n{token_line}\n{signed}\n"
            ),
            string_to_sign: format!("AWS4-HMAC-SHA256\n{date}\n{}\n", key.scope),
            authorization: format!(
                "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={signed}, Signature=",
                key.credentials.access_key_id(),
                key.scope,
            ),
            date: header_value(&date),
            key,
        }
    }
}

impl SigningKey {
    fn derive(credentials: Credentials, day: u64, region: &str) -> Self {
        let date = format_date(day);
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        for part in [date.as_str(), region, SERVICE, "aws4_request"] {
            let tag = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
        }
        let scope = format!("{date}/{region}/{SERVICE}/aws4_request");
        Self {
            credentials,
            day,
            scope,
            hmac: key,
        }
    }
}

/// A connection's id as the last segment of a path.
pub(super) fn path_segment(connection: &ConnectionId) -> String {
    utf8_percent_encode(&connection.0, SEGMENT).to_string()
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .try_into()
        .expect("BUG: SHA-256 is 32 bytes long")
}

fn is_fresh(credentials: &Credentials, now: SystemTime) -> bool {
    credentials
        .expiry()
        .is_none_or(|at| at > now + REFRESH_BEFORE_EXPIRY)
}

fn is_header_text(credentials: &Credentials) -> bool {
    [
        Some(credentials.access_key_id()),
        credentials.session_token(),
    ]
    .into_iter()
    .flatten()
    .all(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("BUG: dates are digits and credentials were checked")
}

/// Percent-encodes what was percent-encoded before: of its characters only `%` is not unreserved.
fn push_percent_again(out: &mut String, encoded: &str) {
    for (index, part) in encoded.split('%').enumerate() {
        if index > 0 {
            out.push_str("%25");
        }
        out.push_str(part);
    }
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// An instant as `YYYYMMDDTHHMMSSZ`.
fn format_date_time(second: u64) -> String {
    format(
        second,
        format_description!("[year][month][day]T[hour][minute][second]Z"),
    )
}

/// A day since 1970 as `YYYYMMDD`.
fn format_date(day: u64) -> String {
    format(day * 86_400, format_description!("[year][month][day]"))
}

fn format(second: u64, as_described: &[BorrowedFormatItem<'_>]) -> String {
    i64::try_from(second)
        .ok()
        .and_then(|second| OffsetDateTime::from_unix_timestamp(second).ok())
        .and_then(|at| at.format(as_described).ok())
        .expect("BUG: the clock shows a year before 10000")
}

#[cfg(test)]
#[path = "signer_tests.rs"]
mod tests;
