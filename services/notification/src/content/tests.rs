use super::*;

fn at() -> At {
    At::new(prost_types::Timestamp {
        seconds: 1_767_225_605,
        nanos: 999,
    })
}

fn alert(name: &str) -> Content {
    Content::PriceAlert(PriceAlert {
        name: Name::parse(name).unwrap(),
        crossing: Crossing::Above,
        threshold: Price::parse("104.00").unwrap(),
        price: Price::parse("104.20").unwrap(),
        at: at(),
    })
}

#[test]
fn an_alert_says_what_happened_when() {
    let mail = alert("Ada").mail().unwrap();
    assert_eq!(mail.subject, "Your share rose to 104.20");
    assert_eq!(
        mail.text,
        "Hello Ada,\n\nyour share rose to 104.20 on 2026-01-01 00:00:05 UTC.\n\
             You asked to be told at 104.00.\n\nFastfusion"
    );
    assert!(mail.html.contains("104.20") && mail.html.contains("2026-01-01 00:00:05 UTC"));
}

#[test]
fn names_are_escaped_in_html_and_left_alone_in_text() {
    let mail = alert("<script>alert('&')</script>").mail().unwrap();
    assert!(!mail.html.contains("<script>"), "{}", mail.html);
    assert!(mail.html.contains("&#60;script&#62;"), "{}", mail.html);
    assert!(mail.text.contains("Hello <script>alert('&')</script>,"));
}

#[test]
fn the_longest_text_message_is_one_message() {
    let highest = Price::MAX;
    let longest = Content::PriceAlert(PriceAlert {
        name: Name::parse("Ada").unwrap(),
        crossing: Crossing::Above,
        threshold: highest,
        price: highest,
        at: at(),
    });
    let text = longest.text_message();
    assert!(text.len() <= 160 && text.is_ascii(), "{text}");
}

#[test]
fn every_template_has_its_subject() {
    let welcome = Content::Welcome(Welcome {
        name: Name::parse("Ada").unwrap(),
        opening_price: Price::parse("100.00").unwrap(),
    });
    let saved = Content::SnapshotSaved(SnapshotSaved {
        name: Name::parse("Ada").unwrap(),
        snapshot_id: "01J<".to_owned(),
        price: Price::parse("99.10").unwrap(),
        at: at(),
    });
    assert_eq!(welcome.mail().unwrap().subject, "Welcome to Fastfusion");
    let mail = saved.mail().unwrap();
    assert_eq!(mail.subject, "Your snapshot at 99.10 is saved");
    assert!(mail.html.contains("01J&#60;"), "{}", mail.html);
}
