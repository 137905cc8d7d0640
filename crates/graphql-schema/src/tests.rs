mod live;
mod node;
mod plan;
mod privacy;
mod validation;
mod world;

use serde_json::json;
use test_kit::Reaction;
use world::{World, user};

#[test]
fn the_committed_schema_is_this_one() {
    let committed = include_str!("../../../docs/schema.graphql");
    assert!(
        crate::sdl() == committed,
        "run `cargo run -q -p graphql-schema --example sdl > docs/schema.graphql` and look at what has changed"
    );
}

#[tokio::test]
async fn the_introspection_of_graphql_js_is_within_the_limits() {
    let answer = World::of(0)
        .await
        .json(None, include_str!("tests/introspection.graphql"))
        .await;
    assert_eq!(answer.get("errors"), None);
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn however_many_users_a_request_names_they_are_read_once() {
    let world = World::of(30).await;
    let named: String = (1..=30)
        .map(|number| {
            format!(
                "u{number}: user(id: \"{}\") {{ name price }} ",
                user(number)
            )
        })
        .collect();
    let answer = world.json(Some(1), &format!("{{ {named} }}")).await;
    assert_eq!(answer["data"]["u30"]["name"], "User 30");
    // One for all of them, and one for the caller.
    assert_eq!(world.reads(), (1, 1));

    let movers = "{ market { shareholders gainers { user { name } } losers { user { name } } } }";
    let answer = world.json(Some(1), movers).await;
    assert_eq!(answer["data"]["market"]["shareholders"], 30);
    assert!(answer["data"]["market"]["gainers"][0]["user"]["name"].is_string());
    assert_eq!(world.reads(), (1, 1));

    let page = world
        .json(
            Some(1),
            "{ users(first: 20) { nodes { name change { percent } } } }",
        )
        .await;
    assert_eq!(page["data"]["users"]["nodes"].as_array().unwrap().len(), 20);
    assert_eq!(world.reads(), (1, 1));
}

#[tokio::test]
async fn a_field_that_fails_is_null_and_the_others_are_in_their_order() {
    let world = World::of(2).await;
    let query = format!(
        "{{ z: __typename user(id: \"{}\") {{ phone name ...f email }} a: __typename }}
        fragment f on User {{ analytics {{ count }} id }}",
        user(2)
    );
    let answer = world.answer(Some(1), &query).await;
    let (data, errors) = answer.split_once(",\"errors\":").unwrap();
    let expected = format!(
        "{{\"data\":{{\"z\":\"Query\",\"user\":{{\"phone\":null,\"name\":\"User 2\",\
        \"analytics\":null,\"id\":\"{}\",\"email\":null}},\"a\":\"Query\"}}",
        user(2)
    );
    assert_eq!(data, expected);
    assert_eq!(errors.matches("FORBIDDEN").count(), 3);
}

/// Every root field but those that take no token, with an argument that is refused where there can be one.
const FOR_USERS: [(&str, &str); 14] = [
    ("query", "me { id }"),
    ("query", "node(id: \"x\") { id }"),
    ("query", "nodes(ids: [\"x\"]) { id }"),
    ("query", "user(id: \"x\") { id }"),
    ("query", "users(first: 0) { nodes { id } }"),
    ("query", "snapshot(id: \"x\") { id }"),
    ("query", "alert(id: \"x\") { id }"),
    ("query", "market { tick }"),
    ("mutation", "updateMe(input: {name: \"\"}) { id }"),
    ("mutation", "deleteMe"),
    ("mutation", "saveSnapshot(idempotencyKey: \"\") { id }"),
    (
        "mutation",
        "createAlert(input: {crossing: ABOVE, threshold: \"0\", channel: EMAIL}) { id }",
    ),
    ("mutation", "rearmAlert(id: \"x\") { id }"),
    ("mutation", "deleteAlert(id: \"x\")"),
];

#[tokio::test]
async fn without_a_token_one_may_register_and_log_in_and_no_more() {
    let world = World::of(1).await;
    for (operation, field) in FOR_USERS {
        for caller in [None, Some(9)] {
            let query = format!("{operation} {{ {field} }}");
            let codes = world.codes(caller, &query).await;
            assert_eq!(codes, json!(["UNAUTHENTICATED"]), "{caller:?} {query}");
        }
    }
    let register = "mutation { register(input: {name: \"Bob\", email: \"bob@example.com\", password: \"correct horse battery\"}) { name email } }";
    assert_eq!(
        world.json(None, register).await,
        json!({"data": {"register": {"name": "Bob", "email": "bob@example.com"}}})
    );
}

#[tokio::test]
async fn every_root_field_is_for_users_but_register_and_login() {
    let world = World::of(1).await;
    let query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";
    let schema = world.json(None, query).await;
    let schema = &schema["data"]["__schema"];
    let roots = [("query", "queryType"), ("mutation", "mutationType")];
    let mut fields: Vec<_> = roots
        .into_iter()
        .flat_map(|(operation, root)| {
            let fields = schema[root]["fields"].as_array().unwrap().iter();
            fields.map(move |field| (operation, field["name"].as_str().unwrap()))
        })
        .collect();
    fields.sort_unstable();
    let name = |field: &'static str| field.split([' ', '(']).next().unwrap();
    let mut known: Vec<_> = FOR_USERS
        .iter()
        .map(|(operation, field)| (*operation, name(field)))
        .chain([("mutation", "register"), ("mutation", "login")])
        .collect();
    known.sort_unstable();
    assert_eq!(fields, known);
}

#[tokio::test]
async fn nothing_is_done_for_a_user_whom_the_mutation_before_deleted() {
    let world = World::of(2).await;
    let query = "mutation { deleteMe saveSnapshot { id } updateMe(input: {}) { id } }";
    let codes = world.codes(Some(2), query).await;
    assert_eq!(codes, json!(["UNAUTHENTICATED", "UNAUTHENTICATED"]));
}

#[tokio::test]
async fn an_object_of_which_everything_is_skipped_is_empty_and_not_null() {
    let world = World::of(2).await;
    for (query, expected) in [
        ("{ me { id @skip(if: true) } }", r#"{"data":{"me":{}}}"#),
        (
            "{ me { ...A } users { nodes { ... @include(if: false) { id } } } } fragment A on User { id @skip(if: true) }",
            r#"{"data":{"me":{},"users":{"nodes":[{},{}]}}}"#,
        ),
        (
            "{ me { id @skip(if: true) } me { name } }",
            r#"{"data":{"me":{"name":"User 1"}}}"#,
        ),
        ("{ me @skip(if: true) { id } }", r#"{"data":{}}"#),
        (
            "{ user(id: \"x\") { id @skip(if: true) } }",
            r#"{"data":{"user":null}}"#,
        ),
    ] {
        assert_eq!(world.answer(Some(1), query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn errors_say_what_rest_says() {
    let world = World::of(1).await;
    let register = |email: &str, name: &str, password: &str| {
        format!(
            "mutation {{ register(input: {{name: \"{name}\", email: \"{email}\", password: \"{password}\"}}) {{ id }} }}"
        )
    };
    let taken = format!("{}@example.com", user(1));
    let taken = register(&taken, "Ada", "correct horse battery");
    insta::assert_json_snapshot!(world.json(None, &taken).await, @r#"
    {
      "data": {
        "register": null
      },
      "errors": [
        {
          "extensions": {
            "code": "EMAIL_TAKEN"
          },
          "locations": [
            {
              "column": 12,
              "line": 1
            }
          ],
          "message": "The email address is already registered. Log in, or register with another email address.",
          "path": [
            "register"
          ]
        }
      ]
    }
    "#);
    let bad = register("nonsense", "", "short");
    insta::assert_json_snapshot!(world.json(None, &bad).await["errors"][0]["extensions"], @r#"
    {
      "code": "VALIDATION",
      "fields": [
        {
          "detail": "is empty: expected 1 to 100 characters",
          "field": "name"
        },
        {
          "detail": "is not an email address: expected one such as ada@example.com",
          "field": "email"
        },
        {
          "detail": "is too short: expected at least 12 characters",
          "field": "password"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn errors_say_when_to_ask_again_and_keep_what_is_ours_to_know() {
    let world = World::of(1).await;
    let login =
        "mutation { login(input: {email: \"ada@example.com\", password: \"x\"}) { accessToken } }";
    world.fail_logins("ada@example.com").await;
    insta::assert_json_snapshot!(world.json(None, login).await["errors"][0], @r#"
    {
      "extensions": {
        "code": "TOO_MANY_ATTEMPTS",
        "retryAfter": 32
      },
      "locations": [
        {
          "column": 12,
          "line": 1
        }
      ],
      "message": "Too many attempts. Try again in 32 s.",
      "path": [
        "login"
      ]
    }
    "#);
    let update = "mutation { updateMe(input: {name: \"Ada\"}) { id } }";
    world.database.react(|request| {
        if request.is("UpdateItem", "UsersTable") {
            Reaction::Fail
        } else {
            Reaction::Answer
        }
    });
    insta::assert_json_snapshot!(world.json(Some(1), update).await["errors"][0], @r#"
    {
      "extensions": {
        "code": "UNAVAILABLE",
        "retryAfter": 1
      },
      "locations": [
        {
          "column": 12,
          "line": 1
        }
      ],
      "message": "The service is unavailable for the moment. Try again shortly.",
      "path": [
        "updateMe"
      ]
    }
    "#);
}

#[tokio::test]
async fn what_is_not_valid_has_a_code_and_no_data() {
    let world = World::of(1).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ ...f } fragment f on Query { ...f }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "query A { me { id } } query B { me { id } }",
            "OPERATION_RESOLUTION_FAILURE",
        ),
        ("query($id: ID!) { user(id: $id) { id } }", "BAD_USER_INPUT"),
        (
            "subscription { onMarket { tick } }",
            "SUBSCRIPTION_NEEDS_WEBSOCKET",
        ),
        (
            "mutation { a: login(input: {email: \"a\", password: \"a\"}) { tokenType }
            b: login(input: {email: \"a\", password: \"a\"}) { tokenType }
            c: login(input: {email: \"a\", password: \"a\"}) { tokenType }
            d: login(input: {email: \"a\", password: \"a\"}) { tokenType }
            e: login(input: {email: \"a\", password: \"a\"}) { tokenType } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        let answer = world.json(Some(1), query).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], code,
            "{query}: {answer}"
        );
        assert_eq!(answer.get("data"), None, "{query}");
    }
}

#[tokio::test]
async fn all_users_are_paged_in_the_order_of_their_names() {
    let world = World::of(12).await;
    let (mut after, mut seen) = ("null".to_owned(), Vec::new());
    loop {
        let query = format!(
            "{{ users(orderBy: NAME, first: 5, after: {after}) {{
                nodes {{ name }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let answer = world.json(Some(1), &query).await;
        let page = &answer["data"]["users"];
        let names = page["nodes"].as_array().unwrap().iter();
        seen.extend(names.map(|node| node["name"].as_str().unwrap().to_owned()));
        after = page["pageInfo"]["endCursor"].to_string();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let mut sorted: Vec<String> = (1..=12).map(|number| format!("User {number}")).collect();
    // As places are: a name that goes on with a digit comes after the name itself.
    sorted.sort_unstable();
    assert_eq!(seen, sorted);
    // A place among names is none in the order of registration.
    let other = format!("{{ users(orderBy: REGISTRATION, after: {after}) {{ nodes {{ id }} }} }}");
    assert_eq!(world.codes(Some(1), &other).await, json!(["VALIDATION"]));
}

#[tokio::test]
async fn a_search_is_followed_by_its_own_cursors() {
    let world = World::of(12).await;
    let (mut after, mut seen) = ("null".to_owned(), Vec::new());
    loop {
        let query = format!(
            "{{ users(search: \"USER 1\", first: 3, after: {after}) {{
                nodes {{ name }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"
        );
        let answer = world.json(Some(1), &query).await;
        let page = &answer["data"]["users"];
        let names = page["nodes"].as_array().unwrap().iter();
        seen.extend(names.map(|node| node["name"].as_str().unwrap().to_owned()));
        assert_eq!(page["pageInfo"]["hasPreviousPage"], after != "null");
        after = page["pageInfo"]["endCursor"].to_string();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, ["User 1", "User 10", "User 11", "User 12"]);
    for query in [
        format!("{{ users(after: {after}) {{ nodes {{ id }} }} }}"),
        format!("{{ users(search: \"User 2\", after: {after}) {{ nodes {{ id }} }} }}"),
        "{ users(search: \"\") { nodes { id } } }".to_owned(),
        "{ users(search: \"User\", orderBy: REGISTRATION) { nodes { id } } }".to_owned(),
    ] {
        assert_eq!(
            world.codes(Some(1), &query).await,
            json!(["VALIDATION"]),
            "{query}"
        );
    }
}
