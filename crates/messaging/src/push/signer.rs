use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_lc_rs::digest;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningError, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use feed::Causes;
use http::{Request, header};
use tokio::sync::Mutex;

/// The service name in the scope of every signature for `@connections`.
const SERVICE: &str = "execute-api";
/// Credentials are asked for anew this long before they expire, as the SDK does it.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(10);

/// Signs requests to `@connections` (AWS Signature Version 4), with credentials that it keeps while they last.
pub(super) struct Signer {
    provider: SharedCredentialsProvider,
    region: String,
    credentials: Mutex<Option<Credentials>>,
}

/// Why a request is not signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    #[error("no credentials to sign with")]
    Credentials(#[from] CredentialsError),
    #[error("the credentials can't sign a request")]
    Signature(#[from] SigningError),
}

impl Signer {
    pub(super) fn new(region: String, provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            region,
            credentials: Mutex::new(None),
        }
    }

    /// Adds date, session token and signature to a request that has its host. `body_digest` is [`hex_sha256`] of its
    /// body.
    pub(super) async fn sign<B>(
        &self,
        request: &mut Request<B>,
        body_digest: &str,
        now: SystemTime,
    ) -> Result<(), SignError> {
        let identity = self.credentials(now).await?.into();
        let mut settings = SigningSettings::default();
        // A connection's id may be a dot.
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(settings)
            .build()
            .expect("BUG: everything that signing needs is set")
            .into();
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            host.map(|host| ("host", host)).into_iter(),
            SignableBody::Precomputed(body_digest.to_owned()),
        )?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }

    /// The credentials that are kept, or new ones; if there are none to be had, the old ones while they are valid.
    async fn credentials(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let mut kept = self.credentials.lock().await;
        let lasts = |kept: &&Credentials, margin| kept.expiry().is_none_or(|at| at > now + margin);
        if let Some(fresh) = kept
            .as_ref()
            .filter(|kept| lasts(kept, REFRESH_BEFORE_EXPIRY))
        {
            return Ok(fresh.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(new) => Ok(kept.insert(new).clone()),
            Err(error) => match kept.as_ref().filter(|kept| lasts(kept, Duration::ZERO)) {
                None => Err(error),
                Some(valid) => {
                    tracing::warn!(
                        error = %Causes(&error),
                        "renewing credentials failed, signing with the old ones until they expire"
                    );
                    Ok(valid.clone())
                }
            },
        }
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let hash = digest::digest(&digest::SHA256, bytes);
    let nibbles = hash.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests;
