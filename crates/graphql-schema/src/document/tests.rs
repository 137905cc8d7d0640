use async_graphql::parser::types::{OperationType, Selection, Type};
use async_graphql::{Name, Pos};
use async_graphql_value::Value;
use proptest::prelude::*;

use super::*;
use crate::limits::MAX_NESTING;

/// The value of the first argument of the first field.
fn value(literal: &str) -> Result<Value, String> {
    let document = parse(&format!("{{ f(a: {literal}) }}")).map_err(|error| error.message)?;
    let (_, operation) = document.operations.iter().next().unwrap();
    let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
        panic!("it is a field")
    };
    Ok(field.node.arguments[0].1.node.clone())
}

fn string(literal: &str) -> String {
    match value(literal) {
        Ok(Value::String(text)) => text,
        other => panic!("{literal}: {other:?}"),
    }
}

fn refused(text: &str) -> DocumentError {
    match parse(text) {
        Err(error) => error,
        Ok(document) => panic!("{text}: {document:?}"),
    }
}

#[test]
fn strings_have_every_escape() {
    for (literal, expected) in [
        (r#""""#, ""),
        (r#""a # b, c""#, "a # b, c"),
        (
            r#""\" \\ \/ \b \f \n \r \t""#,
            "\" \\ / \u{8} \u{c} \n \r \t",
        ),
        (r#""\u00e9\u00E9""#, "éé"),
        (r#""\u{e9}\u{1F600}\u{00000041}""#, "é😀A"),
        (r#""\uD83D\uDE00""#, "😀"),
        ("\"\u{1}\u{7f}😀\"", "\u{1}\u{7f}😀"),
    ] {
        assert_eq!(string(literal), expected, "{literal}");
    }
    for literal in [
        r#""\a""#,
        r#""\u12""#,
        r#""\u{}""#,
        r#""\u{110000}""#,
        r#""\u{D800}""#,
        r#""\uD83D""#,
        r#""\uDE00""#,
        r#""\uD83D\u0041""#,
        "\"a\nb\"",
        "\"a\rb\"",
        r#""a"#,
    ] {
        assert!(value(literal).is_err(), "{literal}");
    }
}

#[test]
fn block_strings_lose_their_indentation_and_keep_their_quotes() {
    for (literal, expected) in [
        (r#""""""""#, ""),
        (r#""""a \""" b""""#, "a \"\"\" b"),
        (r#""""a \n \u0041 " "" b""""#, "a \\n \\u0041 \" \"\" b"),
        (
            "\"\"\"\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  \"\"\"",
            "Hello,\n  World!\n\nYours,\n  GraphQL.",
        ),
        (
            "\"\"\"  first\n    second\n   third\"\"\"",
            "  first\n second\nthird",
        ),
        ("\"\"\"a\r\n  b\r  c\n\td\"\"\"", "a\n b\n c\nd"),
        // A line of blanks alone counts for no indentation, and loses it all the same.
        ("\"\"\"a\n    b\n  \n    c\"\"\"", "a\nb\n\nc"),
        ("\"\"\"\n\n \n\"\"\"", ""),
    ] {
        assert_eq!(string(literal), expected, "{literal:?}");
    }
    for literal in [r#""""a"#, r#""""a""#, r#""""a\""""#] {
        assert!(value(literal).is_err(), "{literal}");
    }
}

#[test]
fn numbers_are_neither_followed_by_names_nor_begin_with_zeros() {
    for (literal, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-12", "-12"),
        ("9223372036854775808", "9223372036854775808"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        ("1E+3", "1000.0"),
        ("-1.5e-1", "-0.15"),
        ("1e400", "1.7976931348623157e+308"),
    ] {
        let Ok(Value::Number(number)) = value(literal) else {
            panic!("{literal}")
        };
        assert_eq!(number.to_string(), expected, "{literal}");
    }
    for literal in [
        "00", "01", "-", "+1", "1.", ".5", "1.e3", "1e", "1e+", "1a", "1.5a", "1_", "0x1", "1.2.3",
        "[1a]", "-01",
    ] {
        assert!(value(literal).is_err(), "{literal}");
    }
}

#[test]
fn names_keywords_and_literals_are_told_apart() {
    let name = |name| Ok(Value::Enum(Name::new(name)));
    assert_eq!(value("trueish"), name("trueish"));
    assert_eq!(value("nullable"), name("nullable"));
    assert_eq!(value("_1"), name("_1"));
    assert_eq!(value("true"), Ok(Value::Boolean(true)));
    assert_eq!(value("null"), Ok(Value::Null));
    assert_eq!(value("$on"), Ok(Value::Variable(Name::new("on"))));
    for text in [
        "{ é }",
        "{ a-b }",
        "querya { b }",
        "queryA { b }",
        "{ ...A } fragment A onQuery { b }",
        "{ ...A } fragment on on Query { b }",
        "query($1: Int) { a }",
    ] {
        assert!(refused(text).is_syntax, "{text}");
    }
    for text in [
        "query query { query mutation: fragment on type(input: on) }",
        "{ ...onA } fragment onA on on { on }",
        "{ ... on\u{feff}User\n{ id } ... { a } ... @b { c } }",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn blanks_commas_comments_and_byte_order_marks_are_ignored() {
    let plain = parse("query A($a:[Int!]!=[1 2]@b){c:d(e:$a)@f...G}fragment G on H{i}").unwrap();
    let spread = parse(
        "\u{feff}query,A#, }\"\n($a\t:\r[ Int ! ] ! = [1,2,,] @ b) { c : d (e : $ a) @f ... G,}\r\n,fragment G on H {i}#end",
    );
    assert_eq!(
        format!("{:?}", at_nowhere(plain)),
        format!("{:?}", at_nowhere(spread.unwrap()))
    );
}

/// The types and names of variables, and how much is selected.
fn at_nowhere(document: ExecutableDocument) -> Vec<String> {
    let operations = document.operations.iter().map(|(name, operation)| {
        let variables = operation.node.variable_definitions.iter().map(|variable| {
            let variable = &variable.node;
            let default = variable.default_value.as_ref().map(|value| &value.node);
            let directives = variable.directives.len();
            format!(
                "{} {} {default:?} {directives}",
                variable.name.node, variable.var_type.node
            )
        });
        let set = &operation.node.selection_set.node;
        format!(
            "{name:?} {:?} {}",
            variables.collect::<Vec<_>>(),
            set.items.len()
        )
    });
    let fragments = document.fragments.keys().map(Name::to_string);
    operations.chain(fragments).collect()
}

#[test]
fn types_have_lists_and_exclamation_marks() {
    let document = parse("query($a: [ [ID!] ! ] = null) { a }").unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let variable = &operation.node.variable_definitions[0].node;
    assert_eq!(Some(variable.var_type.node.clone()), Type::new("[[ID!]!]"));
    for text in [
        "query($a: Int!!) { a }",
        "query($a: [Int) { a }",
        "query($a) { a }",
    ] {
        assert!(refused(text).is_syntax, "{text}");
    }
}

#[test]
fn operations_variables_and_fragments_may_be_described() {
    let text = "\"it's \u{e9}\" query A(\"\"\"a\n$b: Int\"\"\" $a: String = \"x\" $b: [String] = [\"y\"] \"z\" $c: Int) { d }
        \"mine\" fragment F on Query { e(f: \"query\") } \"\" mutation B { g }";
    let document = parse(text).unwrap();
    assert_eq!(document.operations.iter().count(), 2);
    let DocumentOperationsOf { variables, kind } = DocumentOperationsOf::named(&document, "A");
    assert_eq!(
        (variables, kind),
        (vec!["a", "b", "c"], OperationType::Query)
    );
    for text in [
        "\"described\" { a }",
        "\"twice\" \"described\" query { a }",
        "{ \"described\" a }",
        "query(\"described\") { a }",
        "query($a: String = \"x\" \"y\" \"z\" $b: Int) { a }",
        "{ a } \"described\"",
    ] {
        assert!(refused(text).is_syntax, "{text}");
    }
}

struct DocumentOperationsOf<'a> {
    variables: Vec<&'a str>,
    kind: OperationType,
}

impl<'a> DocumentOperationsOf<'a> {
    fn named(document: &'a ExecutableDocument, wanted: &str) -> Self {
        let mut operations = document.operations.iter();
        let found = operations.find(|(name, _)| name.is_some_and(|name| name == wanted));
        let operation = &found.unwrap().1.node;
        let variables = operation.variable_definitions.iter();
        Self {
            variables: variables
                .map(|variable| variable.node.name.node.as_str())
                .collect(),
            kind: operation.ty,
        }
    }
}

#[test]
fn what_must_not_be_empty_is_not() {
    for text in [
        "",
        " # nothing",
        "{}",
        "{ a {} }",
        "{ a() }",
        "query() { a }",
        "{ ... on A {} }",
        "query A",
        "fragment A on B",
        "{ a @ }",
        "{ a(b:) }",
        "{ a(b: $) }",
        "{ ... }",
        "{ a(b: [1) }",
        "{ a(b: {c: 1) }",
        "{ a",
        "{ a }}",
        "subscription",
        "&",
        "{ a ? }",
        "{ a . b }",
        "{ a .. b }",
    ] {
        assert!(refused(text).is_syntax, "{text}");
    }
    assert_eq!(value("[]"), Ok(Value::List(Vec::new())));
    assert_eq!(
        value("{}").map(|value| value.to_string()),
        Ok("{}".to_owned())
    );
}

#[test]
fn constants_hold_no_variables() {
    for text in [
        "query($a: Int = $b) { a }",
        "query($a: [Int] = [1, $b]) { a }",
        "query($a: Int @b(c: $d)) { a }",
    ] {
        assert!(refused(text).is_syntax, "{text}");
    }
}

#[test]
fn what_is_there_twice_or_is_no_operation_is_not_valid() {
    for text in [
        "{ a } { b }",
        "{ a } query B { b }",
        "query B { b } { a }",
        "query A { a } mutation A { b }",
        "{ ...F } fragment F on A { a } fragment F on A { a }",
        "{ a(b: {c: 1, c: 2}) }",
        "query($a: B = {c: [{d: 1 d: 1}]}) { a }",
        "{ a } type A { b: Int }",
        "{ a } extend type A { b: Int }",
    ] {
        assert!(!refused(text).is_syntax, "{text}");
    }
}

#[test]
fn errors_and_nodes_are_where_the_text_says() {
    let position = |text| refused(text).position;
    assert_eq!(position("{ a(b: 01) }"), Pos { line: 1, column: 8 });
    assert_eq!(position("{\r\n a\r\"é\" }"), Pos { line: 3, column: 1 });
    let document = parse("{ a\n  # é\n  é: b }".replace('é', "c").as_str()).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let items = &operation.node.selection_set.node.items;
    assert_eq!(items[0].pos, Pos { line: 1, column: 3 });
    assert_eq!(items[1].pos, Pos { line: 3, column: 3 });
}

/// Wherever something can be nested, by how many levels.
fn nested(levels: usize) -> Vec<String> {
    let around = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(levels), close.repeat(levels))
    };
    let (list, object) = (around("[", "1", "]"), around("{a:", "1", "}"));
    let mut documents = vec![
        around("{a", "", "}"),
        around("{...on A", "", "}").replacen("A}", "A{b}}", 1),
        around("{...", "{a}", "}"),
        format!("query($a:{}){{b}}", around("[", "Int", "]")),
        format!("query($a:{}){{b}}", around("[", "Int", "!]!")),
    ];
    for value in [list, object, around("[{a:", "$b", "}]")] {
        documents.extend([
            format!("{{a(b:{value})}}"),
            format!("{{a@b(c:{value})}}"),
            format!("{{...A@b(c:{value})}}"),
            format!("{{...@b(c:{value}){{d}}}}"),
            format!("query@a(b:{value}){{c}}"),
            format!("query($a:A={value}){{b}}").replace("$b", "1"),
            format!("query($a:A@b(c:{value})){{b}}").replace("$b", "1"),
            format!("fragment A on B@c(d:{value}){{e}}"),
        ]);
    }
    // Nor does it matter whether what was opened is ever closed.
    let opened = [
        "{a",
        "[",
        "{a(b:",
        "{a(b:[",
        "{a(b:{c:",
        "query($a:[",
        "(",
        "query($a:A=[",
    ];
    documents.extend(opened.iter().map(|open| open.repeat(levels)));
    documents.extend(["{a(b:", "query($a:A=", "{a@b(c:"].map(|open| {
        let open = open.to_owned();
        open + &"[".repeat(levels)
    }));
    documents
}

/// Runs this with a quarter of the stack that a thread has by default: a function has eight times as much as that.
fn with_little_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(512 * 1024);
        thread.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

#[test]
fn no_depth_takes_more_stack_than_there_is() {
    with_little_stack(|| {
        for document in nested(8_000) {
            assert!(refused(&document).is_syntax, "{:?}", &document[..40]);
        }
        for document in nested(MAX_NESTING / 4) {
            if let Err(error) = parse(&document) {
                assert!(!error.message.contains("deeper"), "{document}: {error}");
            }
        }
    });
    let within = |levels| format!("{{a(b:{}{})}}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(&within(MAX_NESTING - 2)).is_ok());
    let message = refused(&within(MAX_NESTING + 1)).message;
    assert!(message.contains("64 levels"), "{message}");
}

/// What documents are made of.
fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "=",
        "!",
        "$",
        "@",
        "...",
        "|",
        "&",
        ",",
        " ",
        "\n",
        "\r",
        "query",
        "mutation",
        "subscription",
        "fragment",
        "on",
        "type",
        "extend",
        "a",
        "B",
        "true",
        "null",
        "1",
        "-1",
        "0",
        "1.5",
        "1e3",
        "\"",
        "\"\"\"",
        "\"a\"",
        "\\",
        "\\u",
        "\\\"\"\"",
        "\"\\u{41}\"",
        "\"\"\"b\"\"\"",
        "#",
        "\u{feff}",
        "é",
        "😀",
        ".",
        "-",
        "$a",
        "{a}",
        "(a:1)",
        "query($a:Int){",
        "{a(b:[",
        "{...on B{",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever is sent, it is a document or it is refused at a place within the text.
    #[test]
    fn any_soup_of_tokens_is_read_or_refused(text in tokens()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.position.line >= 1 && error.position.column >= 1);
            prop_assert!(error.position.column <= text.chars().count() + 1, "{error:?}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        drop(parse(&text));
    }

    /// A string is what it was, however it is written.
    #[test]
    fn strings_survive(text in "\\PC{0,20}") {
        let escaped: String = text
            .chars()
            .map(|c| format!("\\u{{{:x}}}", u32::from(c)))
            .collect();
        prop_assert_eq!(&string(&format!("\"{escaped}\"")), &text);
        let json = serde_json::Value::from(text.as_str()).to_string();
        prop_assert_eq!(&string(&json), &text);
    }
}
