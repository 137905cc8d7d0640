use e2e::{Options, Session, Stack};
use reqwest::Method;
use serde_json::json;

use crate::graphql::{GRAPHQL, URL, ask, codes, data, post};

#[tokio::test]
async fn the_media_type_decides_on_the_status() {
    let session = Session::new(Stack::shared());
    for (accept, partial, of_success) in [
        (GRAPHQL, 294, GRAPHQL),
        ("*/*", 294, GRAPHQL),
        ("application/json", 200, "application/json"),
    ] {
        for (body, status, of_body) in [
            (json!({"query": "{ __typename }"}), 200, of_success),
            (json!({"query": "{ me { id } }"}), partial, of_success),
            (json!({"query": "{"}), 400, GRAPHQL),
            (json!({"query": "{ nothing }"}), 422, GRAPHQL),
            (
                json!({"query": "subscription { onMarket { tick } }"}),
                422,
                GRAPHQL,
            ),
            (json!({"qeury": "{ me { id } }"}), 422, GRAPHQL),
            (
                json!({"query": "query A { me { id } } query B { me { id } }"}),
                422,
                GRAPHQL,
            ),
            (
                json!({"query": "query($id: ID!) { user(id: $id) { id } }"}),
                422,
                GRAPHQL,
            ),
            (
                json!({"query": "query($n: Int) { users(first: $n) { nodes { id } } }", "variables": {"n": "x"}}),
                422,
                GRAPHQL,
            ),
        ] {
            let answer = post(&session, accept, None, &body).await;
            assert_eq!(answer.status, status, "{accept} {body}: {answer:?}");
            assert_eq!(
                answer.header("content-type"),
                format!("{of_body}; charset=utf-8")
            );
            // Only what was executed has data, if only null.
            assert_eq!(
                answer.body.get("data").is_some(),
                status < 300,
                "{answer:?}"
            );
        }
    }
    let html = post(
        &session,
        "text/html",
        None,
        &json!({"query": "{ __typename }"}),
    )
    .await;
    assert_eq!((html.status, codes(&html)), (406, vec!["NOT_ACCEPTABLE"]));
    let text = session.request(Method::POST, URL).body("{ __typename }");
    let text = session
        .send(text.header("content-type", "text/plain"))
        .await
        .unwrap();
    assert_eq!(
        (text.status, codes(&text)),
        (415, vec!["UNSUPPORTED_MEDIA_TYPE"])
    );
    let nonsense = session.request(Method::POST, URL).body("NONSENSE");
    let nonsense = session
        .send(nonsense.header("content-type", "application/json"))
        .await
        .unwrap();
    assert_eq!(
        (nonsense.status, codes(&nonsense)),
        (400, vec!["MALFORMED_JSON"])
    );
}

#[tokio::test]
async fn a_get_reads_and_changes_nothing() {
    let session = Session::new(Stack::shared());
    let ada = session.new_user().await.unwrap();
    let get = async |parameters: &[(&str, &str)]| {
        let mut query = form_urlencoded::Serializer::new(format!("{URL}?"));
        let url = query.extend_pairs(parameters).finish();
        let request = session.request(Method::GET, &url);
        session.send(request.bearer_auth(&ada.token)).await.unwrap()
    };
    let document = "query A($id: ID!) { user(id: $id) { name } } mutation B { deleteMe }";
    let variables = json!({"id": ada.id.to_string()}).to_string();
    let parameters = [
        ("query", document),
        ("operationName", "A"),
        ("variables", &variables),
    ];
    let read = get(&parameters).await;
    assert_eq!(
        read.body,
        json!({"data": {"user": {"name": "Ada Lovelace"}}})
    );
    let changed = get(&[("query", document), ("operationName", "B")]).await;
    assert_eq!(
        (changed.status, changed.header("allow")),
        (405, "POST"),
        "{changed:?}"
    );
    assert_eq!(codes(&changed), ["METHOD_NOT_ALLOWED"]);
    let subscribed = get(&[("query", "subscription { onMarket { tick } }")]).await;
    assert_eq!(
        (subscribed.status, codes(&subscribed)),
        (422, vec!["SUBSCRIPTION_NEEDS_WEBSOCKET"])
    );
    let still = data(&session, Some(&ada), "{ me { name } }", json!({})).await;
    assert_eq!(still["me"]["name"], "Ada Lovelace");
    assert_eq!(get(&[]).await.status, 422);
}

#[tokio::test]
async fn other_methods_are_unknown_routes() {
    let session = Session::new(Stack::shared());
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let request = session.request(method, URL).header("accept", GRAPHQL);
        let request = request.json(&json!({"query": "{ __typename }"}));
        let answer = session.send(request).await.unwrap();
        let content_type = answer.header("content-type");
        assert_eq!(
            (answer.status, content_type),
            (404, "application/problem+json")
        );
    }
    let head = session
        .send(session.request(Method::HEAD, URL))
        .await
        .unwrap();
    assert_eq!(head.status, 404);
}

#[tokio::test]
async fn a_crash_is_an_answer_of_the_gateway_and_no_result() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    stack.kill_at_answer("graphql").await.unwrap();
    let body = json!({"query": "{ __typename }"});
    let crashed = post(&session, GRAPHQL, None, &body).await;
    let content_type = crashed.header("content-type");
    assert_eq!(
        (crashed.status, content_type),
        (502, "application/problem+json")
    );
    assert_eq!(crashed.body.get("errors"), None);
    assert_eq!(post(&session, GRAPHQL, None, &body).await.status, 200);
}

#[tokio::test]
async fn what_asks_for_too_much_is_refused() {
    let session = Session::new(Stack::shared());
    let ada = session.new_user().await.unwrap();
    let aliases: String = (0..31).map(|n| format!("a{n}: me {{ id }} ")).collect();
    let lists = "{ users(first: 100) { nodes { snapshots(first: 100) { nodes { id } } } } }";
    for (query, code) in [
        (format!("{{ {aliases} }}"), "TOO_MANY_ALIASES"),
        (
            format!("{{ {}id{} }}", "me { ".repeat(12), " }".repeat(12)),
            "QUERY_TOO_DEEP",
        ),
        (lists.to_owned(), "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let answer = ask(&session, Some(&ada), &query, json!({})).await;
        assert_eq!((answer.status, codes(&answer)), (422, vec![code]));
    }
    let much = format!("{{ {} }}", "__typename ".repeat(1_300));
    let much = ask(&session, Some(&ada), &much, json!({})).await;
    assert_eq!(much.status, 200, "{much:?}");
    let long = ask(&session, Some(&ada), &"#".repeat(16 * 1024), json!({})).await;
    assert_eq!((long.status, codes(&long)), (413, vec!["BODY_TOO_LARGE"]));
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    const SCHEMA: &str = "{ __schema { queryType { name } } }";
    let session = Session::new(Stack::shared());
    let shown = data(&session, None, SCHEMA, json!({})).await;
    assert_eq!(shown["__schema"]["queryType"]["name"], "Query");
    let arguments = [
        "--parameter",
        "GraphqlIntrospection=off",
        "--parameter",
        "MarketSubscriptionUsers=0",
    ];
    let options = Options {
        arguments: arguments.map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let stack = Stack::start(options).unwrap();
    let session = Session::new(&stack);
    let hidden = ask(&session, None, SCHEMA, json!({})).await;
    assert_eq!(
        (hidden.status, codes(&hidden)),
        (422, vec!["INTROSPECTION_DISABLED"])
    );
    // Nor is a name that is nearly right told.
    let nearly = ask(&session, None, "{ markt { tick } }", json!({})).await;
    assert!(!nearly.body.to_string().contains("market"), "{nearly:?}");
    // This market is too large to be summed up.
    let ada = session.new_user().await.unwrap();
    let market = data(
        &session,
        Some(&ada),
        "{ market { tick } __typename }",
        json!({}),
    )
    .await;
    assert_eq!(market, json!({"market": null, "__typename": "Query"}));
}

/// Documents that are nested as deeply as 16 KiB allow, wherever they can be.
pub fn deep_documents() -> Vec<String> {
    let levels = 7_000;
    let nested = |open: &str, close: &str| {
        let levels = levels / open.len();
        open.repeat(levels) + &close.repeat(levels)
    };
    let (list, object) = (nested("[", "]"), nested("{a:[", "]}"));
    vec![
        format!("{{users(search:{list}){{nodes{{name}}}}}}"),
        format!("{{users(search:{object}){{nodes{{name}}}}}}"),
        format!("{{me@skip(if:{list}){{id}}}}"),
        format!("query($a:String={list}){{me{{id}}}}"),
        format!(
            "query($a:{}Int{}){{me{{id}}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        ),
        format!("subscription{{onPriceUpdate(userIds:{list}){{tick}}}}"),
        nested("{me", "}"),
        nested("{...", "}"),
        "[".repeat(levels),
        "{a(b:".repeat(levels / 5),
    ]
}

#[tokio::test]
async fn a_document_that_is_nested_too_deeply_is_refused_and_ends_no_process() {
    let session = Session::new(Stack::shared());
    for document in deep_documents() {
        let mut query = form_urlencoded::Serializer::new(format!("{URL}?"));
        let url = query.append_pair("query", &document).finish();
        let by_get = session.send(session.request(Method::GET, &url)).await;
        let by_post = ask(&session, None, &document, json!({})).await;
        for answer in [by_get.unwrap(), by_post] {
            let answered = (answer.status, codes(&answer));
            assert_eq!(answered, (400, vec!["GRAPHQL_PARSE_FAILED"]), "{document}");
        }
    }
    // Deeper than JSON may be, and as deep.
    for (levels, status) in [(7_000, 400), (100, 422)] {
        let value = "[".repeat(levels) + &"]".repeat(levels);
        let query = "query($a: String) { users(search: $a) { nodes { name } } }";
        let body = format!(r#"{{"query": "{query}", "variables": {{"a": {value}}}}}"#);
        let request = session.request(Method::POST, URL).body(body);
        let request = request.header("content-type", "application/json");
        let answer = session.send(request).await.unwrap();
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let chain = (0..500).map(|n| format!("fragment f{n} on Query{{...f{}}}", n + 1));
    let chain = format!(
        "{{...f0}}{}fragment f500 on Query{{__typename}}",
        chain.collect::<String>()
    );
    let answer = ask(&session, None, &chain, json!({})).await;
    assert_eq!(
        (answer.status, codes(&answer)),
        (422, vec!["QUERY_TOO_DEEP"])
    );
}

#[tokio::test]
async fn of_several_operations_only_the_one_that_is_executed_takes_variables() {
    let session = Session::new(Stack::shared());
    let ada = session.new_user().await.unwrap();
    let query = "query A($x: Int) { users(first: $x) { nodes { id } } }
        query B($x: ID!) { user(id: $x) { id name } }";
    let ask = async |name: &str, x: serde_json::Value| {
        let body = json!({"query": query, "operationName": name, "variables": {"x": x}});
        post(&session, GRAPHQL, Some(&ada.token), &body).await
    };
    let id = ada.id.to_string();
    let answer = ask("B", json!(id)).await;
    let user = json!({"id": id, "name": "Ada Lovelace"});
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({"data": {"user": user}}))
    );
    assert_eq!(ask("A", json!(1)).await.status, 200);
    let answer = ask("A", json!(id)).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let is_input = |code: &&str| *code == "BAD_USER_INPUT";
    assert!(codes(&answer).iter().all(is_input), "{answer:?}");
}

/// The words are those that Apollo's clients read.
#[tokio::test]
async fn a_persisted_query_is_not_supported() {
    let session = Session::new(Stack::shared());
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}});
    let mut query = form_urlencoded::Serializer::new(format!("{URL}?"));
    let url = query
        .append_pair("extensions", &extensions.to_string())
        .finish();
    let by_get = session.send(session.request(Method::GET, &url)).await;
    let by_post = post(&session, "*/*", None, &json!({"extensions": extensions})).await;
    for answer in [by_get.unwrap(), by_post] {
        assert_eq!(
            (answer.status, codes(&answer)),
            (422, vec!["PERSISTED_QUERY_NOT_SUPPORTED"])
        );
        assert_eq!(
            answer.body["errors"][0]["message"],
            "PersistedQueryNotSupported"
        );
    }
    let both = json!({"query": "{ __typename }", "extensions": extensions});
    assert_eq!(post(&session, GRAPHQL, None, &both).await.status, 200);
}
