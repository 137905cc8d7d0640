use notification_proto::v1;
use prost_types::Timestamp;

use super::*;

fn at() -> Option<Timestamp> {
    Some(Timestamp {
        seconds: 1_767_225_605,
        nanos: 999,
    })
}

fn read(wire: Wire) -> Content {
    let mut fields = Fields::default();
    let content = Content::read(&wire, &mut fields);
    assert!(fields.violations.is_empty(), "{:?}", fields.violations);
    content.unwrap()
}

fn alert(threshold: &str, price: &str) -> Content {
    read(Wire::PriceAlert(v1::PriceAlert {
        crossing: v1::Crossing::Above.into(),
        threshold: threshold.to_owned(),
        price: price.to_owned(),
        price_time: at(),
    }))
}

#[test]
fn an_alert_says_what_happened_when() {
    let mail = alert("104.00", "104.20").mail().unwrap();
    assert_eq!(mail.subject, "Your share rose to 104.20");
    assert_eq!(
        mail.text,
        "Hello,\n\nyour share rose to 104.20 on 2026-01-01 00:00:05 UTC.\n\
             You asked to be told at 104.00.\n\nFastfusion"
    );
    let body = "\n<p>Hello,</p>\n<p>your share rose to</p>\n\
         <p style=\"font-size:32px;font-weight:700;margin:8px 0\">104.20</p>\n\
         <p>on 2026-01-01 00:00:05 UTC. You asked to be told at 104.00.</p>\n</div>";
    assert!(mail.html.contains(body), "{}", mail.html);
}

#[test]
fn the_longest_text_message_is_one_message() {
    let highest = domain::Price::MAX.to_string();
    let longest = alert(&highest, &highest);
    let text = longest.text_message().unwrap();
    assert!(text.len() <= 160 && text.is_ascii(), "{text}");
}

#[test]
fn every_template_has_its_subject() {
    let welcome = read(Wire::Welcome(v1::Welcome {
        opening_price: "100.00".to_owned(),
    }));
    let saved = read(Wire::SnapshotSaved(v1::SnapshotSaved {
        snapshot_id: "01J<".to_owned(),
        price: "99.10".to_owned(),
        price_time: at(),
    }));
    assert_eq!(welcome.mail().unwrap().subject, "Welcome to Fastfusion");
    let mail = saved.mail().unwrap();
    assert_eq!(mail.subject, "Your snapshot at 99.10 is saved");
    assert!(mail.html.contains("01J&#60;"), "{}", mail.html);
}
