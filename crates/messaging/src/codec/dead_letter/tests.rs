use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rdkafka::message::Headers as _;

use super::*;

fn letter(key: Option<Vec<u8>>, value: Option<Vec<u8>>, reason: &str) -> DeadLetter {
    DeadLetter {
        key,
        value,
        source_topic: "user.price.update".to_owned(),
        source_partition: 3,
        source_offset: 42,
        reason: reason.to_owned(),
        failed_function: "price-fanout".to_owned(),
    }
}

fn header<'a>(limited: &'a LimitedLetter<'_>, name: &str) -> Option<&'a str> {
    let mut headers = limited.headers.iter();
    let found = headers.find(|header| header.key == name)?;
    found.value.map(|value| std::str::from_utf8(value).unwrap())
}

/// What the record takes at most, as librdkafka counts it.
fn bytes(limited: &LimitedLetter<'_>) -> usize {
    let headers = limited.headers.iter();
    let headers: usize = headers
        .map(|header| 10 + header.key.len() + length(header.value))
        .sum();
    61 + 36 + length(limited.key) + length(limited.value) + headers
}

#[test]
fn a_letter_that_fits_is_whole() {
    let letter = letter(Some(b"key".to_vec()), None, "the record has no value");
    assert!(letter.fits(1_000));
    let limited = letter.limited_to(1_000);
    assert_eq!((limited.key, limited.value), (Some(&b"key"[..]), None));
    assert_eq!(limited.headers.count(), 5);
}

#[test]
fn what_is_cut_is_told_by_its_size_and_digest() {
    let letter = letter(None, Some(b"abc".repeat(1_000)), "not JSON");
    assert!(!letter.fits(1_000));
    let limited = letter.limited_to(1_000);
    assert!(limited.value.unwrap().starts_with(b"abcabc"));
    assert_eq!(header(&limited, "source-offset"), Some("42"));
    assert_eq!(header(&limited, "source-value-bytes"), Some("3000"));
    let digest = sha256(letter.value.as_ref().unwrap());
    assert_eq!(header(&limited, "source-value-sha256"), Some(&digest[..]));
    assert_eq!(header(&limited, "source-key-bytes"), None);
}

#[test]
fn a_digest_is_in_hexadecimal_digits() {
    // FIPS 180-2, appendix B.1.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), expected);
}

#[test]
fn a_reason_that_quotes_the_record_is_cut_between_characters() {
    let letter = letter(None, None, &"\u{1f4b8}".repeat(100_000));
    assert!(letter.fits(10_000));
    let limited = letter.limited_to(10_000);
    assert_eq!(header(&limited, "dead-letter-reason").unwrap().len(), 1_000);
}

proptest! {
    #[test]
    fn a_letter_never_exceeds_its_limit_and_wastes_none_of_it(
        key in option::of(vec(any::<u8>(), 0..6_000)),
        value in option::of(vec(any::<u8>(), 0..6_000)),
        reason in ".{0,300}",
        limit in 2_500_usize..8_000,
    ) {
        let letter = letter(key.clone(), value.clone(), &reason);
        let limited = letter.limited_to(limit);
        prop_assert!(bytes(&limited) <= limit);
        let is_whole = limited.key == key.as_deref() && limited.value == value.as_deref();
        prop_assert_eq!(letter.fits(limit), is_whole);
        if !is_whole {
            // The headers that say so may have taken the room that the letter would have needed.
            prop_assert!(bytes(&limited) == limit || bytes(&letter.limited_to(usize::MAX)) + 300 > limit);
        }
        for (kept, was) in [(limited.key, &key), (limited.value, &value)] {
            prop_assert_eq!(kept.is_some(), was.is_some());
            prop_assert!(was.as_deref().unwrap_or_default().starts_with(kept.unwrap_or_default()));
        }
    }
}
