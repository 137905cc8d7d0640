use super::*;

#[test]
fn the_case_before_the_at_sign_is_kept_and_the_key_has_none() {
    let email = Email::parse(" Ada.Lovelace+news@Example.COM ").unwrap();
    assert_eq!(email.as_str(), "Ada.Lovelace+news@example.com");
    assert_eq!(email.key(), "ada.lovelace+news@example.com");
}

#[test]
fn refuses_what_mail_cannot_be_sent_to() {
    for text in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@[127.0.0.1]",
        "Ada <ada@example.com>",
        "ada@example.com, bob@example.com",
        "a da@example.com",
        "ada@exa\nmple.com",
        "ada..l@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@example.com.",
        "ada@.example.com",
        "ada@exa_mple.com",
        "ada@127.0.0.1",
        "ada@example.123",
        "\"ada\"@example.com",
        "\"ada lovelace\"@example.com",
        "ada.@example.com",
        ".ada@example.com",
        "ada@xn--0.example",
        "ada@exa\u{200B}.\u{200B}",
        "ada@\u{2024}example.com",
    ] {
        assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text:?}");
    }
    let label = "d".repeat(60);
    let long = format!("ada@{label}.{label}.{label}.{label}.example");
    assert_eq!(long.len(), 255);
    assert_eq!(Email::parse(&long), Err(EmailError::TooLong { bytes: 255 }));
    assert!(Email::parse(&long[1..]).is_ok());
}

#[test]
fn a_domain_is_written_as_dns_has_it() {
    for (text, expected) in [
        ("ada@b\u{FC}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@B\u{DC}CHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.EXAMPLE", "ada@xn--bcher-kva.example"),
        ("ada@stra\u{DF}e.example", "ada@xn--strae-oqa.example"),
        ("ada@\u{FF45}xample\u{3002}com", "ada@example.com"),
        (
            "ada@\u{4F8B}\u{3048}.\u{30C6}\u{30B9}\u{30C8}",
            "ada@xn--r8jz45g.xn--zckzah",
        ),
        ("ada@mail--1.example", "ada@mail--1.example"),
    ] {
        assert_eq!(
            Email::parse(text).map(|email| email.0),
            Ok(expected.to_owned()),
            "{text:?}"
        );
    }
}

#[test]
fn the_part_before_the_at_sign_is_ascii() {
    for text in [
        "d\u{E5}n@example.com",
        "\u{430}da@example.com",
        "\u{FF41}da@example.com",
    ] {
        assert_eq!(
            Email::parse(text),
            Err(EmailError::NonAsciiLocalPart),
            "{text:?}"
        );
    }
}

#[test]
fn lengths_are_those_of_rfc_5321_and_1035() {
    let local = "a".repeat(64);
    assert!(Email::parse(&format!("{local}@example.com")).is_ok());
    assert_eq!(
        Email::parse(&format!("a{local}@example.com")),
        Err(EmailError::Malformed)
    );
    let label = "d".repeat(63);
    assert!(Email::parse(&format!("ada@{label}.example")).is_ok());
    assert_eq!(
        Email::parse(&format!("ada@d{label}.example")),
        Err(EmailError::Malformed)
    );
    let label = "\u{FC}".repeat(63);
    assert_eq!(
        Email::parse(&format!("ada@{label}.example")),
        Err(EmailError::Malformed)
    );
    let endless = format!("ada@{}", "\u{FC}.".repeat(100_000));
    assert!(matches!(
        Email::parse(&endless),
        Err(EmailError::TooLong { .. })
    ));
}

#[test]
fn addresses_from_before_stay_readable() {
    for text in ["d\u{E5}n@example.com", "Ada@B\u{FC}cher.example"] {
        assert_eq!(
            Email::stored(text).map(|email| email.0),
            Ok(text.to_owned())
        );
    }
    assert_eq!(Email::stored("ada"), Err(EmailError::Malformed));
    let known = |text| Email::known(text).map(|email| email.0);
    assert_eq!(
        known("d\u{E5}n@example.com"),
        Ok("d\u{E5}n@example.com".to_owned())
    );
    assert_eq!(
        known("ada@b\u{FC}cher.example"),
        Ok("ada@xn--bcher-kva.example".to_owned())
    );
    assert_eq!(known("d\u{E5}n"), Err(EmailError::Malformed));
}
