use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_lc_rs::{digest, hmac};
use aws_sigv4::sign::v4;
use feed::Causes;
use http::{HeaderValue, Request, header};
use percent_encoding::{AsciiSet, utf8_percent_encode};
use time::OffsetDateTime;
use time::macros::format_description;
use tokio::sync::Mutex;

use super::SEGMENT;

/// The service name in the scope of every signature for `@connections`.
const SERVICE: &str = "execute-api";
/// Credentials are asked for anew this long before they expire, as the SDK does it.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(10);
/// What a canonical path leaves as it is, of a path that is percent-encoded: all services but S3 encode it again.
const CANONICAL_PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// Signs requests to `@connections` with [AWS Signature Version 4], with credentials that it keeps while they last and the key
/// that it derives from them once a day.
///
/// [AWS Signature Version 4]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
pub(super) struct Signer {
    provider: SharedCredentialsProvider,
    region: String,
    key: Mutex<Option<Arc<SigningKey>>>,
}

/// What the signatures of one day have in common.
struct SigningKey {
    credentials: Credentials,
    token: Option<HeaderValue>,
    /// `YYYYMMDD/region/service/aws4_request`.
    scope: String,
    hmac: hmac::Key,
}

/// Why a request is not signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    #[error("no credentials to sign with")]
    Credentials(#[from] CredentialsError),
    #[error("the credentials can't be sent in a header")]
    Header(#[from] header::InvalidHeaderValue),
}

impl Signer {
    pub(super) fn new(region: String, provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            region,
            key: Mutex::new(None),
        }
    }

    /// Adds date, session token and signature to a request that has its host and no query. `body_digest` is [`hex_sha256`] of
    /// its body.
    pub(super) async fn sign<B>(
        &self,
        request: &mut Request<B>,
        body_digest: &str,
        now: SystemTime,
    ) -> Result<(), SignError> {
        let date = amz_date(now);
        let key = self.key(now, &date).await?;
        let headers = request.headers_mut();
        headers.insert("x-amz-date", HeaderValue::try_from(&date)?);
        if let Some(token) = &key.token {
            headers.insert("x-amz-security-token", token.clone());
        }
        let signed_headers = key.signed_headers();
        let canonical = canonical_request(request, signed_headers, body_digest);
        let hash = hex_sha256(canonical.as_bytes());
        let scope = &key.scope;
        let string_to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        let signature = hex(hmac::sign(&key.hmac, string_to_sign.as_bytes()).as_ref());
        let access_key = key.credentials.access_key_id();
        let authorization = HeaderValue::try_from(format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
        ))?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, authorization);
        Ok(())
    }

    /// The key of this date, from the credentials that are kept or from new ones.
    async fn key(&self, now: SystemTime, date: &str) -> Result<Arc<SigningKey>, SignError> {
        let mut kept = self.key.lock().await;
        let fresh = kept
            .as_ref()
            .filter(|key| key.lasts(now, REFRESH_BEFORE_EXPIRY));
        let credentials = match fresh {
            Some(key) if key.is_of(date) => return Ok(Arc::clone(key)),
            Some(key) => key.credentials.clone(),
            None => self.credentials(now, kept.as_deref()).await?,
        };
        let key = SigningKey::derive(credentials, now, date, &self.region)?;
        Ok(Arc::clone(kept.insert(Arc::new(key))))
    }

    /// New credentials; if there are none to be had, the old ones while they are valid.
    async fn credentials(
        &self,
        now: SystemTime,
        old: Option<&SigningKey>,
    ) -> Result<Credentials, CredentialsError> {
        match self.provider.provide_credentials().await {
            Ok(new) => Ok(new),
            Err(error) => match old.filter(|key| key.lasts(now, Duration::ZERO)) {
                None => Err(error),
                Some(valid) => {
                    tracing::warn!(
                        error = %Causes(&error),
                        "renewing credentials failed, signing with the old ones until they expire"
                    );
                    Ok(valid.credentials.clone())
                }
            },
        }
    }
}

impl SigningKey {
    fn derive(
        credentials: Credentials,
        now: SystemTime,
        date: &str,
        region: &str,
    ) -> Result<Self, SignError> {
        let token = credentials.session_token().map(HeaderValue::try_from);
        let mut token = token.transpose()?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        let secret = credentials.secret_access_key();
        let key = v4::generate_signing_key(secret, now, region, SERVICE);
        Ok(Self {
            token,
            scope: format!("{}/{region}/{SERVICE}/aws4_request", day_of(date)),
            hmac: hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()),
            credentials,
        })
    }

    fn is_of(&self, date: &str) -> bool {
        self.scope.starts_with(day_of(date))
    }

    fn lasts(&self, now: SystemTime, margin: Duration) -> bool {
        let expiry = self.credentials.expiry();
        expiry.is_none_or(|at| at > now + margin)
    }

    /// The names of the headers that [`canonical_request`] holds.
    fn signed_headers(&self) -> &'static str {
        match self.token {
            None => "host;x-amz-date",
            Some(_) => "host;x-amz-date;x-amz-security-token",
        }
    }
}

/// The canonical form of a request without a query.
fn canonical_request<B>(request: &Request<B>, signed_headers: &str, body_digest: &str) -> String {
    let mut canonical = format!(
        "{}\n{}\n\n",
        request.method(),
        utf8_percent_encode(request.uri().path(), CANONICAL_PATH)
    );
    for name in signed_headers.split(';') {
        let value = request.headers().get(name);
        let value = value.and_then(|value| value.to_str().ok());
        let value = value.expect(
            "BUG: every request has a host and a date, and a token was read as visible ASCII",
        );
        canonical.extend([name, ":", value, "\n"]);
    }
    canonical.extend(["\n", signed_headers, "\n", body_digest]);
    canonical
}

/// An instant as `YYYYMMDDTHHMMSSZ`.
fn amz_date(at: SystemTime) -> String {
    OffsetDateTime::from(at)
        .format(format_description!(
            "[year][month][day]T[hour][minute][second]Z"
        ))
        .expect("BUG: the clock shows a year that has four digits")
}

/// The `YYYYMMDD` of a date with its time.
fn day_of(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests;
