use dynamodb::number;

use super::*;
use crate::error::Error;

fn read(channel: &str, state: &str, more: &[(&str, &str)]) -> Result<Stored> {
    let attribute = |(name, value): (&str, &str)| {
        let value = match value.parse::<u64>() {
            Ok(value) => number(value),
            Err(_) => text(value),
        };
        (name.to_owned(), value)
    };
    let usual = [
        ("pk", "notification#k"),
        ("channel", channel),
        ("state", state),
        ("fingerprint", "f"),
        ("created_ms", "1767225600000"),
        ("expires_at", "1767830400"),
    ];
    let item = usual.into_iter().chain(more.iter().copied());
    Stored::read(&Key::parse("k").unwrap(), item.map(attribute).collect())
}

#[test]
fn every_state_is_read_as_it_is_stored() {
    let pending = read("email", "pending", &[("lease_until_ms", "7")]).unwrap();
    assert_eq!((&*pending.fingerprint, pending.lease_until_ms), ("f", 7));
    assert_eq!(pending.record.state, State::Pending);
    assert_eq!(pending.record.channel, Channel::Email);
    assert_eq!(pending.record.created_ms, 1_767_225_600_000);

    let sent = read("sms", "sent", &[("sent_ms", "8"), ("message_id", "m-1")]).unwrap();
    let expected = State::Sent {
        at_ms: 8,
        message_id: "m-1".to_owned(),
    };
    assert_eq!((sent.record.state, sent.lease_until_ms), (expected, 0));
    assert_eq!(sent.record.channel, Channel::Sms);
    assert_eq!(
        read("sms", "refused", &[]).unwrap().record.state,
        State::Refused
    );
}

#[test]
fn anything_else_is_an_error() {
    for (channel, state) in [("email", "lost"), ("email", "pending"), ("fax", "refused")] {
        let error = read(channel, state, &[]).err();
        assert!(matches!(error, Some(Error::Internal { .. })), "{error:?}");
    }
}
