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
