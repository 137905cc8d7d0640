//! Who may call: whoever has one of the shared tokens.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use app::Causes;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use bootstrap::secrets::{ReadSecret, SecretError};
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// Fewer characters than this can be guessed.
const MIN_CHARS: usize = 32;
/// How long a token that was added or removed goes unnoticed at most.
const REFRESH: Duration = Duration::from_secs(60);

/// The tokens that callers may present: clones see the same.
#[derive(Clone)]
pub struct Tokens(Arc<RwLock<Vec<Digest>>>);

/// The secret holds no usable tokens. It does not say what it holds.
#[derive(Debug, thiserror::Error)]
#[error("it must hold tokens of at least 32 characters, one to a line")]
pub struct TokensError;

impl Tokens {
    /// Reads a secret: one token to a line, so that a new one can be let in before the old one goes.
    ///
    /// # Errors
    /// [`TokensError`] if there is none, or one is short.
    pub fn parse(secret: &str) -> Result<Self, TokensError> {
        Ok(Self(Arc::new(RwLock::new(digests(secret)?))))
    }

    /// Reads the secret with this id now, and again every minute for as long as the runtime lives. Where that fails, the
    /// tokens read last stay valid.
    ///
    /// # Errors
    /// If it can't be read the first time, or holds no usable tokens.
    pub async fn load(source: impl ReadSecret + 'static, id: String) -> Result<Self, SecretError> {
        let tokens = Self::parse(&source.read_secret(&id).await?).map_err(|error| {
            SecretError::Unusable {
                id: id.clone(),
                reason: error.to_string(),
            }
        })?;
        tokio::spawn(tokens.clone().refresh(source, id));
        Ok(tokens)
    }

    async fn refresh(self, source: impl ReadSecret, id: String) {
        loop {
            tokio::time::sleep(REFRESH).await;
            let read = source.read_secret(&id).await;
            match read.map(|secret| digests(&secret)) {
                Ok(Ok(digests)) => {
                    *self.0.write().unwrap_or_else(PoisonError::into_inner) = digests
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "the secret holds no usable tokens, keeping the tokens that were read last")
                }
                Err(error) => {
                    tracing::warn!(error = %Causes(&error), "the secret can't be read, keeping the tokens that were read last and retrying in a minute");
                }
            }
        }
    }

    fn admit(&self, metadata: &MetadataMap) -> bool {
        let Some(token) = metadata
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
        else {
            return false;
        };
        // Digests are of one length, and all are compared: the time taken tells nothing.
        let presented = digest(&SHA256, token.as_bytes());
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(false, |admitted, known| {
            admitted | verify_slices_are_equal(known.as_ref(), presented.as_ref()).is_ok()
        })
    }
}

fn digests(secret: &str) -> Result<Vec<Digest>, TokensError> {
    let tokens: Vec<&str> = secret
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if tokens.is_empty() || tokens.iter().any(|token| token.len() < MIN_CHARS) {
        return Err(TokensError);
    }
    let digests = tokens.iter().map(|token| digest(&SHA256, token.as_bytes()));
    Ok(digests.collect())
}

impl Interceptor for Tokens {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        if self.admit(request.metadata()) {
            Ok(request)
        } else {
            Err(Status::unauthenticated(
                "expected the metadata `authorization: Bearer <token>` with a valid token",
            ))
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(redacted)")
    }
}

#[cfg(test)]
mod tests;
