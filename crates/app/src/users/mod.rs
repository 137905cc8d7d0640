//! Registration, login, the profile and the end of it: what the REST API does.

mod change;
mod delete;
mod erase;
mod existing;
mod health;
mod login;
mod me;
mod password;
mod ports;
mod register;
mod throttle;

pub use change::{PhoneChange, PreferencesChange, ProfileChange, change_me};
pub use delete::{DeleteUser, Erasers};
pub use erase::{EraseUsers, ErasureReport};
pub use existing::VerifyExisting;
pub use health::{CheckHealth, check_health};
pub use login::{Credentials, login_user};
pub use me::{Me, authenticate, show_me};
pub use ports::{
    AccessToken, AttemptKey, Attempts, ChangeProfile, DeleteAccount, Deletion, EraseUser,
    FindLogin, FindProfile, IssueToken, LimitAttempts, Login, NewUser, Profile, RecallDeletions,
    RecordedAttempt, StoreUser,
};
pub use register::{Registered, Registration, register_user};
pub use throttle::Network;

#[cfg(test)]
mod tests;
