//! Sessions: who logs in with one stays logged in until it ends, by refresh tokens that are each used once.

mod password;
mod ports;
mod user_sessions;

pub use password::{ChangePassword, NewPassword};
pub use ports::{KeptSessions, PasswordReplacement, SessionStore, Written};
pub use user_sessions::{Refreshed, UserSessions};

/// How often a change that others overtake is made anew before it is refused.
const TRIES: usize = 8;

/// Others were faster each time.
fn overtaken() -> crate::Error {
    crate::Error::Unavailable {
        what: "the list of sessions",
        source: "others changed it each time".into(),
    }
}
