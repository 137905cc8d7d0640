use super::*;

fn claim(counter: u32) -> RefreshClaim {
    RefreshClaim {
        user_id: UserId::generate(1_767_225_600_000, &[1; 10]),
        session: SessionId::generate(1_767_225_600_000, &[2; 10]),
        counter,
    }
}

#[test]
fn a_token_says_what_it_was_made_of() {
    let key = RefreshKey::new(&[7; 64]);
    for counter in [0, 1, u32::MAX] {
        let token = key.seal(&claim(counter));
        assert_eq!(token.len(), 91);
        assert_eq!(key.open(&token), Some(claim(counter)));
        assert_eq!(token, key.seal(&claim(counter)));
    }
}

#[test]
fn what_this_key_did_not_make_says_nothing() {
    let key = RefreshKey::new(&[7; 64]);
    let token = key.seal(&claim(1));
    assert_eq!(RefreshKey::new(&[8; 64]).open(&token), None);
    for text in ["", "nonsense", &token[1..], &format!("{token}AAAA")] {
        assert_eq!(key.open(text), None, "{text}");
    }
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_ne!(key.open(&changed), Some(claim(1)), "{at}");
        assert_eq!(key.open(&changed), None, "{at}");
    }
}
