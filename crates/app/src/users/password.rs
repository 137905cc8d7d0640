//! Passwords: Argon2id with 19 MiB, two passes and one lane, the first choice of OWASP's Password
//! Storage Cheat Sheet
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>).
//! The work takes tens of milliseconds of CPU, so it goes to a thread of its own.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::user::{Password, prepare_password};

use crate::{Error, Result};

/// Memory in KiB.
const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
const ITERATIONS: u32 = 2;
/// Lanes.
const PARALLELISM: u32 = 1;

/// The hash of a random password that nobody knows, to be verified in place of that of an unknown user.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password with a random salt, in PHC string format.
///
/// # Errors
/// [`Error::Internal`] if there is no randomness or no memory for it.
pub(crate) async fn hash(password: Password) -> Result<String> {
    on_blocking_thread("hashing a password", move || {
        Ok(argon2()?
            .hash_password(password.expose().as_bytes())?
            .to_string())
    })
    .await
}

/// Whether the password is the one of this hash: as it was typed, which is how hashes were made at first, or as it is
/// prepared. Without a hash the same work is done, to answer `false`.
///
/// # Errors
/// [`Error::Internal`] if the stored hash can't be read.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    on_blocking_thread("verifying a password", move || {
        let known = hash.is_some();
        let hash = hash.as_deref().unwrap_or(NOBODYS_HASH);
        let hash = PasswordHash::new(hash).map_err(HashError::from)?;
        let prepared = prepare_password(&password);
        // Most are typed as they are prepared.
        let other = (prepared != password).then_some(&prepared);
        for spelling in [&password].into_iter().chain(other) {
            match argon2()?.verify_password(spelling.as_bytes(), &hash) {
                Ok(()) => return Ok(known),
                Err(HashError::PasswordInvalid) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    })
    .await
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, ITERATIONS, PARALLELISM, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn on_blocking_thread<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
) -> Result<T> {
    let internal =
        |source: Box<dyn std::error::Error + Send + Sync>| Error::Internal { what, source };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|panicked| internal(Box::new(panicked)))?
        .map_err(|error| internal(Box::new(error)))
}

#[cfg(test)]
mod tests;
