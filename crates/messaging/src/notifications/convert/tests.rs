use domain::alert::{Condition, Crossed};
use domain::{Price, Snapshot, SnapshotId, Tick, UserId};

use super::*;

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn template_of(content: &Content) -> Template {
    super::content(content).template.unwrap()
}

#[test]
fn a_welcome_and_a_confirmation() {
    let welcome = Content::Welcome {
        opening_price: price("104.20"),
    };
    let expected = v1::Welcome {
        opening_price: "104.20".to_owned(),
    };
    assert_eq!(template_of(&welcome), Template::Welcome(expected));

    let snapshot = Snapshot {
        id: SnapshotId::generate(1_767_225_600_123, &[2; 10]),
        user_id: UserId::generate(0, &[1; 10]),
        price: price("101.20"),
    };
    let saved = Content::SnapshotSaved { snapshot };
    let expected = v1::SnapshotSaved {
        snapshot_id: snapshot.id.to_string(),
        price: "101.20".to_owned(),
        price_time: Some(Timestamp {
            seconds: 1_767_225_600,
            nanos: 123_000_000,
        }),
    };
    assert_eq!(template_of(&saved), Template::SnapshotSaved(expected));
}

#[test]
fn an_alert_each_way() {
    for (crossing, expected) in [
        (Crossing::Above, v1::Crossing::Above),
        (Crossing::Below, v1::Crossing::Below),
    ] {
        let alert = Content::PriceAlert {
            condition: Condition {
                crossing,
                threshold: price("100.00"),
            },
            crossed: Crossed {
                tick: Tick(353_445_121),
                price: price("99.98"),
            },
        };
        let expected = v1::PriceAlert {
            crossing: expected.into(),
            threshold: "100.00".to_owned(),
            price: "99.98".to_owned(),
            price_time: Some(Timestamp {
                seconds: 1_767_225_605,
                nanos: 0,
            }),
        };
        assert_eq!(template_of(&alert), Template::PriceAlert(expected));
    }
}
