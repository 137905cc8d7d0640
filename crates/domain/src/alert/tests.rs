use super::*;
use crate::UserId;

fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

fn alert(crossing: Crossing, state: AlertState) -> Alert {
    Alert {
        id: AlertId::generate(1_767_225_600_123, &[7; 10]),
        user_id: UserId::generate(1_767_225_600_000, &[1; 10]),
        condition: Condition {
            crossing,
            threshold: price(10_000),
        },
        channel: Channel::Email,
        state,
    }
}

#[test]
fn only_a_crossing_counts_not_being_beyond() {
    use Crossing::{Above, Below};
    for (crossing, previous, now, crossed) in [
        (Above, 9_999, 10_000, true),
        (Above, 9_999, 10_500, true),
        (Above, 10_000, 10_001, false),
        (Above, 9_998, 9_999, false),
        (Above, 10_500, 9_500, false),
        (Below, 10_001, 10_000, true),
        (Below, 10_001, 9_000, true),
        (Below, 10_000, 9_999, false),
        (Below, 10_002, 10_001, false),
        (Below, 9_500, 10_500, false),
    ] {
        let alert = alert(crossing, AlertState::Armed { from: Tick(5) });
        let (previous, now) = (price(previous), price(now));
        let found = alert.is_set_off_by(Tick(5), previous, now);
        assert_eq!(found, crossed, "{crossing:?} {previous} {now}");
    }
}

#[test]
fn nothing_counts_before_it_is_armed_or_after_it_has_fired() {
    let crossed = Crossed {
        tick: Tick(7),
        price: price(10_100),
    };
    for (state, tick, fires) in [
        (AlertState::Armed { from: Tick(5) }, 4, false),
        (AlertState::Armed { from: Tick(5) }, 6, true),
        (AlertState::Firing(crossed), 8, false),
        (AlertState::Fired(crossed), 8, false),
        (AlertState::Failed(crossed), 8, false),
    ] {
        let alert = alert(Crossing::Above, state);
        let found = alert.is_set_off_by(Tick(tick), price(9_900), price(10_100));
        assert_eq!(found, fires, "{state:?} {tick}");
    }
}

#[test]
fn an_id_carries_its_instant_and_reads_only_its_own_form() {
    let id = AlertId::generate(1_767_225_600_123, &[7; 10]);
    assert_eq!(id.created_at_ms(), 1_767_225_600_123);
    assert_eq!(AlertId::parse(&id.to_string()), Ok(id));
    for text in ["", "mine", "019b76da-a87b-4abc-9def-0123456789ab"] {
        assert_eq!(AlertId::parse(text), Err(AlertIdError), "{text}");
    }
}

#[test]
fn channels_are_read_by_name() {
    for channel in [Channel::Email, Channel::Sms] {
        assert_eq!(channel.name().parse(), Ok(channel));
    }
    assert_eq!("fax".parse::<Channel>(), Err(ChannelError));
}
