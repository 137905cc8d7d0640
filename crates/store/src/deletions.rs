//! The items that remember who was deleted, in the users table: `deleted#<when>#<user id>`, so that those of a
//! shard of the roster's index are in the order of their instants, and before all users.

use app::users::Deletion;
use domain::UserId;

/// What the keys begin with. No user's does, and all users' are after it.
pub(crate) const PREFIX: &str = "deleted#";

/// The partition key of a deletion. The instant has thirteen digits until the year 2286.
pub(crate) fn deletion_pk(deletion: &Deletion) -> String {
    let Deletion {
        user_id,
        deleted_at_ms,
    } = deletion;
    format!("{PREFIX}{deleted_at_ms:013}#{user_id}")
}

/// The deletion that a partition key is about, if it is about one.
pub(crate) fn deletion_of(pk: &str) -> Option<Deletion> {
    let (instant, user_id) = pk.strip_prefix(PREFIX)?.split_once('#')?;
    Some(Deletion {
        user_id: UserId::parse(user_id).ok()?,
        deleted_at_ms: instant.parse().ok()?,
    })
}

/// The partition keys of all deletions since an instant are between these.
pub(crate) fn deletion_pks_since(since_ms: u64) -> (String, String) {
    (format!("{PREFIX}{since_ms:013}"), format!("{PREFIX}~"))
}

#[cfg(test)]
mod tests;
