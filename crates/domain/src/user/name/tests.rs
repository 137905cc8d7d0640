use super::*;

#[test]
fn a_name_is_trimmed_and_bounded() {
    assert_eq!(
        Name::parse("  Ada Lovelace ").unwrap().as_str(),
        "Ada Lovelace"
    );
    assert_eq!(
        Name::parse(&"ß".repeat(100)).unwrap().to_string().len(),
        200
    );
    assert_eq!(
        Name::parse(&"x".repeat(101)),
        Err(NameError::TooLong { chars: 101 })
    );
    for blank in ["", " ", "\t\n", "\u{3000}"] {
        assert_eq!(Name::parse(blank), Err(NameError::Empty), "{blank:?}");
    }
    for text in ["Ada\nLovelace", "Ada\0", "a\u{85}b", "a\u{7f}b"] {
        assert_eq!(
            Name::parse(text),
            Err(NameError::ControlCharacter),
            "{text:?}"
        );
    }
}

#[test]
fn names_of_all_scripts_are_names() {
    for text in [
        "José Ñandú",
        "O'Brien-Smith Jr.",
        "李小龍",
        "עדה לאבלייס",
        "آدا\u{200C}لاولیس",
        "श्री\u{200D}राम",
        "Zoë \u{1F469}\u{200D}\u{1F4BB}",
        "\u{2764}\u{FE0F}",
        "\u{180A}\u{1820}\u{180B}",
        "7",
        "!",
        "한글",
    ] {
        assert_eq!(Name::parse(text).map(|name| name.0), Ok(text.to_owned()));
    }
}

#[test]
fn a_name_has_a_character_that_can_be_seen() {
    for text in [
        "\u{200D}",
        "\u{200C}\u{200D}",
        "\u{FE0F}",
        "\u{301}",
        "\u{2800}\u{2800}",
        "\u{E0100}",
        "\u{180B}",
    ] {
        assert_eq!(Name::parse(text), Err(NameError::Invisible), "{text:?}");
    }
}

#[test]
fn what_is_not_printable_is_named() {
    for (before, character) in [
        ("Ada", '\u{200B}'),
        ("", '\u{200B}'),
        ("Ada", '\u{FEFF}'),
        ("Ada", '\u{202E}'),
        ("Ada", '\u{2066}'),
        ("Ada", '\u{200F}'),
        ("Ada", '\u{061C}'),
        ("Ada", '\u{2028}'),
        ("Ada", '\u{2029}'),
        ("Ada", '\u{E0041}'),
        ("Ada", '\u{3164}'),
        ("Ada", '\u{115F}'),
        ("Ada", '\u{FFA0}'),
        ("Ada", '\u{17B4}'),
        ("Ada", '\u{AD}'),
        ("Ada", '\u{2061}'),
        ("Ada", '\u{E000}'),
        ("Ada", '\u{10FFFD}'),
        ("Ada", '\u{FFFF}'),
        ("Ada", '\u{378}'),
        ("Ada", '\u{180E}'),
    ] {
        let text = format!("{before}{character}b");
        assert_eq!(
            Name::parse(&text),
            Err(NameError::Unprintable(character)),
            "{text:?}"
        );
    }
    let error = Name::parse("a\u{202E}b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "contains the character U+202E, which is not printable: remove it"
    );
}

#[test]
fn the_same_name_has_one_spelling() {
    assert_eq!(Name::parse("Jose\u{301}"), Name::parse("Jos\u{E9}"));
    let marks = "a".to_owned() + &"\u{301}".repeat(99);
    assert!(Name::parse(&marks).is_ok());
}

#[test]
fn names_from_before_stay_readable() {
    for text in ["\u{200B}", "Ada\u{202E}", "Jose\u{301}"] {
        assert_eq!(Name::stored(text).map(|name| name.0), Ok(text.to_owned()));
    }
    assert_eq!(Name::stored(" "), Err(NameError::Empty));
    assert_eq!(Name::stored("a\nb"), Err(NameError::ControlCharacter));
}
