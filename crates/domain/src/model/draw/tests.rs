use std::hash::Hasher as _;

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn the_unrolled_hash_is_siphash_2_4(k0: u64, k1: u64, counter: u64) {
        let mut reference = siphasher::sip::SipHasher24::new_with_keys(k0, k1);
        reference.write(&counter.to_le_bytes());
        prop_assert_eq!(DrawKey { k0, k1 }.draw(counter), reference.finish());
    }

    #[test]
    fn opening_prices_lie_between_50_and_500(k0: u64, k1: u64) {
        let cents = DrawKey { k0, k1 }.opening_price().cents();
        prop_assert!((5_000..=50_000).contains(&cents));
    }
}

#[test]
fn keys_differ_by_secret_user_and_purpose() {
    let users = [UserId::generate(1, &[0; 10]), UserId::generate(1, &[1; 10])];
    let mut draws = Vec::new();
    for secret in ["one secret", "another secret"] {
        let master = MasterKey::from_secret(secret.as_bytes());
        for user in users {
            draws.push(master.derive(Purpose::Walk, user).draw(7));
            draws.push(master.derive(Purpose::OpeningPrice, user).draw(7));
        }
    }
    draws.sort_unstable();
    draws.dedup();
    assert_eq!(draws.len(), 8);
}
