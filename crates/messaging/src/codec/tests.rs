use std::collections::BTreeSet;

use domain::market::Mover;
use domain::{Percent, Price, Tick, UserId};
use proptest::prelude::*;

use super::*;

fn user_id(number: u8) -> UserId {
    UserId::generate(1_767_225_600_000, &[number; 10])
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn update() -> PriceUpdate {
    PriceUpdate {
        user_id: user_id(1),
        tick: Tick(353_445_121),
        price: price("101.20"),
        previous: price("101.05"),
    }
}

fn summary() -> Summary {
    let mover = |number, price, hundredths| Mover {
        user_id: user_id(number),
        price,
        change_percent: Percent::from_hundredths(hundredths),
    };
    Summary {
        tick: Tick(353_445_121),
        shareholders: 3,
        mean: Some(price("100.00")),
        gainers: vec![mover(1, price("101.20"), 123)],
        losers: vec![
            mover(2, price("99.00"), -7),
            mover(3, price("0.01"), -10_000),
        ],
    }
}

fn encoded(encode: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    encode(&mut out);
    String::from_utf8(out).unwrap()
}

fn encode_price(update: &PriceUpdate) -> String {
    encoded(|out| update.encode_value(out))
}

fn reason<T: std::fmt::Debug>(result: Result<T, DecodeError>) -> String {
    result.unwrap_err().reason()
}

#[test]
fn a_price_update_on_the_wire() {
    let value = encode_price(&update());
    assert_eq!(
        value,
        "{\"user_id\":\"019b76da-a800-7101-8101-010101010101\",\"tick\":353445121,\
         \"price\":\"101.20\",\"previous\":\"101.05\",\"at\":\"2026-01-01T00:00:05Z\"}"
    );
    assert_eq!(&value[PriceEncoder::KEY_AT], user_id(1).to_string());
}

#[test]
fn a_registration_on_the_wire() {
    let registration = Registration {
        user_id: user_id(1),
        name: "Zoë \"Z\" Müller".to_owned(),
        registered_at_ms: 1_767_225_600_123,
    };
    let value = encoded(|out| registration.encode_value(out));
    assert_eq!(
        value,
        "{\"event_id\":\"019b76da-a800-7101-8101-010101010101\",\
         \"user_id\":\"019b76da-a800-7101-8101-010101010101\",\
         \"name\":\"Zoë \\\"Z\\\" Müller\",\"registered_at\":\"2026-01-01T00:00:00.123Z\"}"
    );
    let key = user_id(1).to_string();
    let decoded = Registration::decode(Some(key.as_bytes()), Some(value.as_bytes()));
    assert_eq!(decoded.unwrap(), registration);
}

#[test]
fn a_market_summary_on_the_wire() {
    let value = encoded(|out| summary().encode_value(out));
    assert_eq!(
        value,
        "{\"tick\":353445121,\"at\":\"2026-01-01T00:00:05Z\",\"shareholders\":3,\
         \"mean\":\"100.00\",\
         \"gainers\":[{\"user_id\":\"019b76da-a800-7101-8101-010101010101\",\"price\":\"101.20\",\
         \"change_percent\":\"1.23\"}],\
         \"losers\":[{\"user_id\":\"019b76da-a800-7202-8202-020202020202\",\"price\":\"99.00\",\
         \"change_percent\":\"-0.07\"},{\"user_id\":\"019b76da-a800-7303-8303-030303030303\",\
         \"price\":\"0.01\",\"change_percent\":\"-100.00\"}]}"
    );
    let decoded = Summary::decode(Some(b"market"), Some(value.as_bytes()));
    assert_eq!(decoded.unwrap(), summary());
}

#[test]
fn an_empty_market_has_no_mean() {
    let empty = Summary::of(Tick(7), []);
    let value = encoded(|out| empty.encode_value(out));
    assert!(value.contains("\"mean\":null"), "{value}");
    assert_eq!(
        Summary::decode(Some(b"market"), Some(value.as_bytes())).unwrap(),
        empty
    );
}

#[test]
fn a_wrong_price_update_is_refused_with_the_reason() {
    let good = encode_price(&update());
    let key = user_id(1).to_string();
    let refused = |key: Option<&str>, value: Option<&str>| {
        reason(PriceUpdate::decode(
            key.map(str::as_bytes),
            value.map(str::as_bytes),
        ))
    };
    let with = |from: &str, to: &str| {
        assert!(good.contains(from));
        refused(Some(&key), Some(&good.replace(from, to)))
    };
    assert_eq!(refused(None, Some(&good)), "the record has no key");
    assert_eq!(refused(Some(&key), None), "the record has no value");
    assert_eq!(
        refused(Some("x"), Some(&good)),
        "the key is not 019b76da-a800-7101-8101-010101010101"
    );
    assert!(refused(Some(&key), Some("nonsense")).starts_with("the value is not the JSON object"));
    assert!(with("\"price\":\"101.20\",", "").contains("missing field `price`"));
    assert!(with("353445121", "\"353445121\"").contains("invalid type"));
    assert!(with("\"101.05\"", "101.05").contains("invalid type"));
    assert!(with("101.20", "101.2").starts_with("`price` is wrong: not a price"));
    assert!(with("101.05", "-1.05").starts_with("`previous` is wrong: not a price"));
    assert!(with("-7101-", "-4101-").starts_with("`user_id` is wrong: not a user id"));
    assert_eq!(
        with("00:00:05Z", "00:00:10Z"),
        "`at` is wrong: expected the instant at which the tick begins"
    );
    assert!(with("05Z", "05").starts_with("`at` is wrong: is not an instant"));
    assert!(with("353445121", "18446744073709551615").starts_with("`at` is wrong"));
}

#[test]
fn fields_of_a_later_version_are_passed_over() {
    let value = encode_price(&update()).replace("{\"user_id\"", "{\"volume\":7,\"user_id\"");
    let key = user_id(1).to_string();
    let decoded = PriceUpdate::decode(Some(key.as_bytes()), Some(value.as_bytes()));
    assert_eq!(decoded.unwrap(), update());
}

#[test]
fn a_wrong_summary_or_registration_is_refused_with_the_reason() {
    let good = encoded(|out| summary().encode_value(out));
    let with = |from: &str, to: &str| {
        assert!(good.contains(from));
        reason(Summary::decode(
            Some(b"market"),
            Some(good.replace(from, to).as_bytes()),
        ))
    };
    assert_eq!(
        with("-0.07", "+0.07"),
        "`losers` is wrong: expected a percentage such as -1.23"
    );
    assert_eq!(
        with("-0.07", "-0.7"),
        "`losers` is wrong: expected a percentage such as -1.23"
    );
    assert_eq!(
        with("-0.07", "-0"),
        "`losers` is wrong: expected a percentage such as -1.23"
    );
    assert!(with("\"100.00\"", "\"0.00\"").starts_with("`mean` is wrong: not a price"));
    assert_eq!(
        reason(Summary::decode(Some(b"x"), Some(good.as_bytes()))),
        "the key is not market"
    );

    let id = user_id(1).to_string();
    let value = format!(
        "{{\"event_id\":\"{}\",\"user_id\":\"{id}\",\"name\":\"A\",\
         \"registered_at\":\"2026-01-01T00:00:00Z\"}}",
        user_id(2)
    );
    assert_eq!(
        reason(Registration::decode(
            Some(id.as_bytes()),
            Some(value.as_bytes())
        )),
        "`event_id` is wrong: expected the user's id"
    );
}

#[test]
fn the_topics_are_those_of_the_template() {
    let template = include_str!("../../../../template.yaml");
    let names = template.lines().map(str::trim_start);
    let declared: BTreeSet<_> = names
        .filter_map(|line| line.strip_prefix("TopicName: !Sub ${TopicPrefix}"))
        .collect();
    let ours = Topic::ALL.iter().map(|topic| topic.name()).collect();
    assert_eq!(declared, ours);
}

#[test]
fn topics_are_found_by_name() {
    for topic in Topic::ALL {
        assert_eq!(Topic::from_name(topic.name()), Some(*topic));
    }
    assert_eq!(Topic::from_name("user.unregistered"), None);
}

#[test]
fn topics_may_have_a_prefix() {
    let plain = TopicNames::with_prefix("");
    let blue = TopicNames::with_prefix("blue.");
    for topic in Topic::ALL {
        assert_eq!(plain.name(*topic), topic.name());
        assert_eq!(plain.topic(topic.name()), Some(*topic));
        assert_eq!(blue.name(*topic), format!("blue.{}", topic.name()));
        assert_eq!(blue.topic(blue.name(*topic)), Some(*topic));
        assert_eq!(blue.topic(topic.name()), None);
        assert_eq!(plain.topic(blue.name(*topic)), None);
    }
}

prop_compose! {
    fn any_update()(
        registered_at_ms in 0..1_u64 << 48,
        random: [u8; 10],
        tick in 0..50_000_000_000_u64,
        price in 1..=100_000_000_000_000_u64,
        previous in 1..=100_000_000_000_000_u64,
    ) -> PriceUpdate {
        PriceUpdate {
            user_id: UserId::generate(registered_at_ms, &random),
            tick: Tick(tick),
            price: Price::from_cents(price).unwrap(),
            previous: Price::from_cents(previous).unwrap(),
        }
    }
}

proptest! {
    #[test]
    fn the_fast_writer_writes_what_serde_reads(updates in prop::collection::vec(any_update(), 1..4)) {
        let mut encoder = PriceEncoder::new(Tick(0));
        for update in updates {
            let mut value = Vec::new();
            encoder.encode(&update, &mut value);

            let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
            let user_id = update.user_id.to_string();
            let (price, previous) = (update.price.to_string(), update.previous.to_string());
            prop_assert_eq!(json.as_object().unwrap().len(), 5);
            prop_assert_eq!(&json["user_id"], user_id.as_str());
            prop_assert_eq!(&json["tick"], update.tick.get());
            prop_assert_eq!(json["price"].as_str(), Some(price.as_str()));
            prop_assert_eq!(json["previous"].as_str(), Some(previous.as_str()));
            let key = &value[PriceEncoder::KEY_AT];
            prop_assert_eq!(key, user_id.as_bytes());
            prop_assert_eq!(PriceUpdate::decode(Some(key), Some(&value)).unwrap(), update);
        }
    }

    #[test]
    fn nothing_makes_a_decoder_panic(key: Vec<u8>, value: Vec<u8>, text: String) {
        for value in [&value[..], text.as_bytes()] {
            prop_assert!(PriceUpdate::decode(Some(&key), Some(value)).is_err());
            prop_assert!(Summary::decode(Some(b"market"), Some(value)).is_err());
            prop_assert!(Registration::decode(Some(&key), Some(value)).is_err());
            prop_assert!(Snapshot::decode(Some(&key), Some(value)).is_err());
        }
    }
}
