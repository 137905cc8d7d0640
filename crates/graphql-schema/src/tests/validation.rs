//! The validation rules of the GraphQL specification, in its order.

use serde_json::{Map, Value, json};

use super::world::World;
use crate::Request;

/// Rules, and a document that breaks each and no other. That a subscription has one root field is tested with plans.
const BROKEN: &[(&str, &str)] = &[
    ("Executable Definitions", "type A { a: Int } { __typename }"),
    (
        "Operation Name Uniqueness",
        "query A { me { id } } query A { me { id } }",
    ),
    (
        "Lone Anonymous Operation",
        "{ me { id } } query A { me { id } }",
    ),
    ("Field Selections", "{ me { nothing } }"),
    ("Field Selection Merging", "{ me { a: id a: name } }"),
    ("Leaf Field Selections", "{ me }"),
    ("Leaf Field Selections", "{ me { id { x } } }"),
    ("Argument Names", "{ me(x: 1) { id } }"),
    (
        "Argument Uniqueness",
        "{ user(id: \"x\", id: \"x\") { id } }",
    ),
    ("Required Arguments", "{ user { id } }"),
    (
        "Fragment Name Uniqueness",
        "{ ...A } fragment A on Query { __typename } fragment A on Query { __typename }",
    ),
    (
        "Fragment Spread Type Existence",
        "{ ... on Nothing { __typename } }",
    ),
    (
        "Fragments on Object, Interface or Union Types",
        "{ me { ... on String { id } } }",
    ),
    (
        "Fragments Must Be Used",
        "{ __typename } fragment A on Query { __typename }",
    ),
    ("Fragment Spread Target Defined", "{ ...A }"),
    (
        "Fragment Spreads Must Not Form Cycles",
        "{ ...A } fragment A on Query { __typename ...B } fragment B on Query { ...A }",
    ),
    (
        "Fragment Spread Is Possible",
        "{ me { ... on Alert { id } } }",
    ),
    ("Values of Correct Type", "{ user(id: [true]) { id } }"),
    (
        "Input Object Field Names",
        "mutation { updateMe(input: {nothing: 1}) { id } }",
    ),
    (
        "Input Object Required Fields",
        "mutation { login(input: {email: \"a\"}) { tokenType } }",
    ),
    (
        "Input Object Field Uniqueness",
        "mutation { updateMe(input: {name: \"a\", name: \"b\"}) { id } }",
    ),
    ("Directives Are Defined", "{ me @nothing { id } }"),
    (
        "Directives Are in Valid Locations",
        "query @skip(if: true) { me { id } }",
    ),
    (
        "Directives Are Unique per Location",
        "{ me @skip(if: true) @skip(if: false) { id } }",
    ),
    (
        "Variable Uniqueness",
        "query($a: ID, $a: ID) { user(id: $a) { id } }",
    ),
    (
        "Variables Are Input Types",
        "query($a: User) { me { id @skip(if: $a) } }",
    ),
    ("All Variable Uses Defined", "{ user(id: $a) { id } }"),
    ("All Variables Used", "query($a: ID) { me { id } }"),
    (
        "All Variable Usages Are Allowed",
        "query($a: ID) { user(id: $a) { id } }",
    ),
];

/// Documents whose variables don't fit where they are used, wherever that is.
const MISFITS: &[&str] = &[
    "query($a: Int = 7) { users(search: $a) { nodes { id } } }",
    "query($a: ID = null) { user(id: $a) { id } }",
    "query($a: Boolean) { me { id @skip(if: $a) } }",
    "query($a: String!) { me { ...f } } fragment f on User { prices(ticksPerBucket: $a) { __typename } }",
    "query($a: String!) { me { ... on User { ... { prices(ticksPerBucket: $a) { __typename } } } } }",
    "mutation($a: String) { login(input: {email: $a, password: \"x\"}) { tokenType } }",
    "mutation($a: String!) { login(input: $a) { tokenType } }",
    "subscription($a: ID!) { onPriceUpdate(userIds: $a) { tick } }",
    "subscription($a: [ID]) { onPriceUpdate(userIds: $a) { tick } }",
    "subscription($a: ID) { onPriceUpdate(userIds: [$a]) { tick } }",
];

/// Documents whose variables fit.
const FITS: &[&str] = &[
    "query($a: ID!) { user(id: $a) { id } }",
    "query($a: ID = \"x\") { user(id: $a) { id } }",
    "query($a: Boolean = true) { me { id @skip(if: $a) } }",
    "query($a: String) { users(search: $a) { nodes { id } } }",
    "mutation($a: LoginInput!) { login(input: $a) { tokenType } }",
    "mutation($a: String!) { login(input: {email: $a, password: \"x\"}) { tokenType } }",
    "query($a: Boolean!) { me { ...f ...f } } fragment f on User { id @include(if: $a) }",
];

#[tokio::test]
async fn a_document_that_breaks_a_rule_of_validation_is_not_executed() {
    let world = World::of(1).await;
    for (rule, document) in BROKEN {
        let answer = world.json(Some(1), document).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        assert_eq!(code, Some("GRAPHQL_VALIDATION_FAILED"), "{rule}: {answer}");
        assert_eq!(answer.get("data"), None, "{rule}");
    }
}

/// async-graphql 7.2 has no rule for the first, and does not call its own for the others.
#[tokio::test]
async fn a_variable_has_to_fit_wherever_it_is_used() {
    let world = World::of(1).await;
    let refusal = |document: &'static str| {
        let request = Request {
            query: document.to_owned(),
            variables: variables(document),
            ..Request::default()
        };
        let prepared = world.schema().prepare(request);
        prepared.err().map(|rejected| rejected.body().to_string())
    };
    for document in MISFITS {
        let refusal = refusal(document).unwrap_or_default();
        assert!(refusal.contains("can't be used"), "{document}: {refusal}");
    }
    for document in FITS {
        assert_eq!(refusal(document), None, "{document}");
    }
}

/// Some value for a variable that needs one.
fn variables(document: &str) -> Map<String, Value> {
    let is_needed = document.contains("$a: ") && document.contains('!');
    let variables = is_needed.then(|| ("a".to_owned(), json!("x")));
    variables.into_iter().collect()
}

const ENUMS: &str = "mutation($c: AlertCrossing! = ABOVE) { createAlert(input: \
                     {crossing: $c, threshold: \"1.00\", channel: EMAIL}) { crossing } }";

#[tokio::test]
async fn the_literal_of_an_enum_is_a_name_and_its_variable_a_string() {
    let world = World::of(1).await;
    for document in [
        ENUMS.replace("EMAIL", "\"EMAIL\""),
        ENUMS.replace("= ABOVE", "= \"ABOVE\""),
        ENUMS.replace("$c,", "\"\"\"ABOVE\"\"\","),
    ] {
        let codes = world.codes(Some(1), &document).await;
        assert_eq!(codes, json!(["GRAPHQL_VALIDATION_FAILED"]), "{document}");
    }
    for (variables, expected) in [
        (json!({}), json!("ABOVE")),
        (json!({"c": "BELOW"}), json!("BELOW")),
    ] {
        let answer = executed(&world, ENUMS, None, variables).await;
        assert_eq!(
            answer["data"]["createAlert"]["crossing"], expected,
            "{answer}"
        );
    }
    for wrong in [json!("AROUND"), json!(1), json!(null)] {
        let answer = executed(&world, ENUMS, None, json!({"c": wrong})).await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
    }
}

async fn executed(
    world: &World,
    query: &str,
    operation_name: Option<&str>,
    variables: Value,
) -> Value {
    let request = Request {
        query: query.to_owned(),
        operation_name: operation_name.map(str::to_owned),
        variables: variables.as_object().unwrap().clone(),
    };
    serde_json::from_str(&world.answer_to(Some(1), request).await).unwrap()
}

fn code(answer: &Value) -> &str {
    let code = &answer["errors"][0]["extensions"]["code"];
    code.as_str().unwrap_or_default()
}

/// Two operations that have nothing but the name of a variable in common, not even its type.
const TWO: &str = "query A($x: Int) { users(first: $x) { ...F } } fragment F on UserConnection { nodes { id @skip(if: false) } }
    query B($x: ID!, $y: Boolean!) { ...G } fragment G on Query { user(id: $x) { name @skip(if: $y) } }";

#[tokio::test]
async fn variables_are_those_of_the_operation_that_is_executed() {
    let world = World::of(2).await;
    let id = super::world::user(2).to_string();
    for (operation, variables, expected) in [
        ("A", json!({"x": 1}), "users"),
        ("A", json!({}), "users"),
        ("B", json!({"x": id, "y": false}), "user"),
        ("B", json!({"x": "nobody", "y": false}), "user"),
    ] {
        let answer = executed(&world, TWO, Some(operation), variables.clone()).await;
        assert_eq!(
            answer.get("errors"),
            None,
            "{operation} {variables}: {answer}"
        );
        assert!(answer["data"].get(expected).is_some(), "{answer}");
    }
    for (operation, variables) in [
        ("A", json!({"x": "y"})),
        ("B", json!({"y": false})),
        ("B", json!({"x": [true], "y": false})),
        ("B", json!({"x": id, "y": 1})),
    ] {
        let answer = executed(&world, TWO, Some(operation), variables.clone()).await;
        assert_eq!(
            code(&answer),
            "BAD_USER_INPUT",
            "{operation} {variables}: {answer}"
        );
        assert_eq!(answer.get("data"), None);
    }
}

#[tokio::test]
async fn all_operations_of_a_document_have_to_be_valid() {
    let world = World::of(1).await;
    for document in [
        "query A { me { id } } query B { nothing }",
        "query A { me { id } } query B($x: Int) { me { id } }",
        "query A { me { id } } query B($x: Int) { user(id: $x) { id } }",
        "query A { me { id } } mutation B { createAlert(input: {}) { id } }",
        "query A { me { id } } fragment F on User { id } query B { me { id } }",
        "query A { ...F } query B { ...F } fragment F on Query { user(id: $x) { id } }",
        "query A { me { id } } query B { me { ...F } } fragment F on User { ...F }",
    ] {
        let answer = executed(&world, document, Some("A"), json!({})).await;
        assert_eq!(
            code(&answer),
            "GRAPHQL_VALIDATION_FAILED",
            "{document}: {answer}"
        );
        assert_eq!(answer.get("data"), None);
    }
}

#[tokio::test]
async fn values_are_told_from_the_document_that_takes_them() {
    let world = World::of(1).await;
    for (document, variables, expected) in [
        (
            "query($n: Int) { users(first: $n) { nodes { id } } }",
            json!({"n": "x"}),
            "BAD_USER_INPUT",
        ),
        (
            "query($n: Int) { users(first: $n) { nodes { id } } }",
            json!({"n": 2_u64.pow(40)}),
            "BAD_USER_INPUT",
        ),
        (
            "query($n: Int) { users(first: $n) { nothing } }",
            json!({"n": "x"}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ users(first: \"x\") { nodes { id } } }",
            json!({}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "query($n: Int = \"x\") { users(first: $n) { nodes { id } } }",
            json!({}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ users(first: 0) { nodes { id } } }",
            json!({}),
            "VALIDATION",
        ),
        (
            "mutation($i: LoginInput!) { login(input: $i) { tokenType } }",
            json!({"i": {"email": 1, "password": ""}}),
            "BAD_USER_INPUT",
        ),
        (
            "mutation($i: LoginInput!) { login(input: $i) { tokenType } }",
            json!({"i": {"email": "", "password": "", "x": 1}}),
            "BAD_USER_INPUT",
        ),
    ] {
        let answer = executed(&world, document, None, variables.clone()).await;
        assert_eq!(code(&answer), expected, "{document} {variables}: {answer}");
    }
}

/// However deep, on a quarter of the stack that a function has, in a build without optimisation.
#[test]
fn no_depth_overflows_the_stack() {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let deep = async || {
        let world = World::of(1).await;
        let nested =
            |open: &str, levels: usize, close: &str| open.repeat(levels) + &close.repeat(levels);
        let chain = |levels: usize| {
            let links = (0..levels).map(|n| format!("fragment f{n} on Query{{...f{}}}", n + 1));
            format!(
                "{{...f0}}{}fragment f{levels} on Query{{__typename}}",
                links.collect::<String>()
            )
        };
        for levels in [10, 31, 33, 63, 65, 600, 4_000] {
            for document in [
                format!(
                    "{{users(search:{}){{nodes{{id}}}}}}",
                    nested("[", levels, "]")
                ),
                format!(
                    "query($a:{}Int{}){{me{{id}}}}",
                    "[".repeat(levels),
                    "]".repeat(levels)
                ),
                format!(
                    "{{...on Query{{me{{{}id{}}}}}}}",
                    "...{".repeat(levels),
                    "}".repeat(levels)
                ),
                chain(levels.min(600)),
            ] {
                let answer = world.json(Some(1), &document).await;
                assert!(
                    levels < 32 || !code(&answer).is_empty(),
                    "{levels}: {answer}"
                );
            }
            // As deep as JSON may be.
            let value = nested("[", levels.min(120), "]");
            let variables = json!({"a": serde_json::from_str::<Value>(&value).unwrap()});
            for document in [
                "query($a: String) { users(search: $a) { nodes { id } } }",
                "query($a: [[[[Int]]]]) { me { id } }",
            ] {
                let answer = executed(&world, document, None, variables.clone()).await;
                assert!(!code(&answer).is_empty(), "{answer}");
            }
        }
    };
    let runtime = move || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(deep());
    };
    thread.spawn(runtime).unwrap().join().unwrap();
}
