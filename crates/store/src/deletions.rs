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
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_in_the_order_of_their_instants() {
        let deletion = |deleted_at_ms| Deletion {
            user_id: UserId::generate(1_767_225_600_000, &[1; 10]),
            deleted_at_ms,
        };
        let instants = [7, 1_767_225_600_000, 1_767_225_600_001, 9_999_999_999_998];
        let pks = instants.map(|at| deletion_pk(&deletion(at)));
        assert!(pks.is_sorted());
        for (pk, at) in pks.iter().zip(instants) {
            assert_eq!(deletion_of(pk), Some(deletion(at)));
            let (first, last) = deletion_pks_since(at);
            assert!(first < *pk && *pk < last && pk.as_str() < "user#");
            assert!(*pk < deletion_pks_since(at + 1).0);
        }
        for other in [
            "user#019b76da-a800-7abc-9def-0123456789ab",
            "deleted#",
            "deleted#1#x",
        ] {
            assert_eq!(deletion_of(other), None);
        }
    }
}
