use super::*;

fn user(number: u8) -> UserId {
    UserId::generate(1_767_225_600_000, &[number; 10])
}

fn members(roster: &Roster) -> Vec<UserId> {
    let mut users: Vec<UserId> = roster.shareholders().map(Shareholder::user_id).collect();
    users.sort_unstable();
    users
}

#[test]
fn whoever_is_removed_the_others_stay_and_are_found() {
    for gone in 1..=4 {
        let mut roster = Roster::new(PriceModel::new(&[7; 32]));
        roster.extend((1..=4).map(user));
        assert_eq!(roster.remove([user(gone), user(9)]), 1);
        let left: Vec<UserId> = (1..=4).filter(|n| *n != gone).map(user).collect();
        assert_eq!(members(&roster), left);
        // Who is known already is not added again.
        roster.extend(left.clone());
        assert_eq!(members(&roster), left);
        for user in left {
            let admission = roster.admit(user, Tick(0), Tick(0)).unwrap();
            assert_eq!(
                (admission.shareholder.user_id(), admission.is_new),
                (user, false)
            );
        }
    }
}

#[test]
fn who_was_deleted_never_comes_back() {
    let mut roster = Roster::new(PriceModel::new(&[7; 32]));
    // Deleted before this process has heard of them, too.
    assert_eq!(roster.remove([user(1), user(1)]), 0);
    roster.extend([user(1), user(2)]);
    assert_eq!(members(&roster), [user(2)]);
    assert!(roster.admit(user(1), Tick(0), Tick(0)).is_none());
    assert_eq!(roster.len(), 1);
}
