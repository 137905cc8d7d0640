//! Registration, login, the profile and the end of it: what the REST API does.

mod authenticator;
mod change;
mod delete;
mod erase;
mod login;
mod me;
mod names;
pub(crate) mod password;
mod ports;
mod register;
mod throttle;

pub use authenticator::{Authenticator, CurrentUser};
pub use change::change_me;
pub use delete::{DeleteUser, EraseEverywhere};
pub use erase::{EraseUsers, ErasureReport};
pub use login::{Credentials, LoggedIn, login_user};
pub use me::{Me, show_me};
pub use names::{NamePlace, NamePrefix, NamePrefixError};
pub use ports::{
    AccessToken, AttemptKey, Attempts, Deletion, EraseUser, Login, LoginAttempts, NewUser,
    PhoneChange, PreferencesChange, Profile, ProfileChange, RecordedAttempt, Tokens, Users,
};
pub use register::{Registered, Registration, register_user};
pub(crate) use throttle::admit as admit_attempt;
