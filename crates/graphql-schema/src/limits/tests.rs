use async_graphql::parser::parse_query;

use super::*;

fn checked(document: &str) -> Result<(), BeyondLimit> {
    check(&parse_query(document).unwrap()).map(drop)
}

fn nested(levels: usize) -> String {
    format!("{}{}", "{ a ".repeat(levels), "}".repeat(levels))
}

#[test]
fn a_document_may_be_as_large_as_the_limits_and_no_larger() {
    let aliases = |count: usize| {
        let fields: String = (0..count).map(|n| format!("a{n}: me ")).collect();
        format!("{{ {fields} }}")
    };
    let introspection = |levels| format!("{{ __schema {} }}", nested(levels));
    for (document, expected) in [
        (nested(12), Ok(())),
        (nested(13), Err(BeyondLimit::Depth)),
        (aliases(30), Ok(())),
        (aliases(31), Err(BeyondLimit::Aliases)),
        (introspection(14), Ok(())),
        (introspection(15), Err(BeyondLimit::IntrospectionDepth)),
        (format!("{{ {} }}", "a ".repeat(2_000)), Ok(())),
        (
            format!("{{ {} }}", "a ".repeat(2_001)),
            Err(BeyondLimit::Selections),
        ),
    ] {
        assert_eq!(checked(&document), expected, "{document}");
    }
}

#[test]
fn fragments_count_as_often_as_they_are_spread() {
    let twice = "{ ...f ...f } fragment f on Query { x: a }";
    let often = format!(
        "{{ {} }} fragment f on Query {{ x: a }}",
        "...f ".repeat(31)
    );
    assert_eq!(checked(twice), Ok(()));
    assert_eq!(checked(&often), Err(BeyondLimit::Aliases));
    let deep = format!("{{ b {{ ...f }} }} fragment f on Query {}", nested(12));
    assert_eq!(checked(&deep), Err(BeyondLimit::Depth));
}

#[test]
fn fragments_that_multiply_or_spread_themselves_are_measured_quickly() {
    let mut document = "{ ...f0 }".to_owned();
    for n in 0..400 {
        document += &format!("fragment f{n} on Q{{...f{} ...f{}}}", n + 1, n + 1);
    }
    document += "fragment f400 on Q{a}";
    assert_eq!(checked(&document), Err(BeyondLimit::Selections));
    assert_eq!(checked("{ ...f } fragment f on Q { a ...f }"), Ok(()));
}
