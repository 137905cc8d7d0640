use http::HeaderValue;
use lambda_http::{Body, Request, Response};
use serde_json::{Value, json};

use super::*;
use crate::rest::Responder;
use crate::rest::test_events::{decode, event, request};

const PATH: &str = "/api/v1/users/graphql";
const QUERY: &str = "{ me { id } }";

fn post(content_type: &str, body: &str) -> Result<GraphqlRequest, Malformed> {
    let headers = [("Content-Type", content_type)];
    graphql_request(&request("POST", PATH, &headers, Some(body)))
}

fn get(parameters: &Value) -> Result<GraphqlRequest, Malformed> {
    let mut event = event("GET", PATH, &[], None);
    event["queryStringParameters"] = parameters.clone();
    let multi = parameters.as_object().unwrap().iter();
    let multi = multi.map(|(name, value)| (name.clone(), json!([value])));
    event["multiValueQueryStringParameters"] = Value::Object(multi.collect());
    graphql_request(&decode(&event))
}

fn status(request: Result<GraphqlRequest, Malformed>) -> u16 {
    request.unwrap_err().status().as_u16()
}

#[test]
fn a_post_carries_its_parameters_as_json() {
    let body = json!({
        "query": QUERY,
        "operationName": "Me",
        "variables": {"id": 7},
        "extensions": {"trace": true},
        "id": "what is not understood is ignored",
    });
    let request = post("application/json; charset=UTF-8", &body.to_string()).unwrap();
    let expected = GraphqlRequest {
        query: QUERY.to_owned(),
        operation_name: Some("Me".to_owned()),
        variables: json!({"id": 7}).as_object().unwrap().clone(),
        extensions: json!({"trace": true}).as_object().unwrap().clone(),
    };
    assert_eq!(request, expected);
    let nulls =
        r#"{"query":"{ me { id } }","operationName":null,"variables":null,"extensions":null}"#;
    let expected = GraphqlRequest {
        query: QUERY.to_owned(),
        ..Default::default()
    };
    assert_eq!(post("application/json", nulls).unwrap(), expected);
}

#[test]
fn a_get_carries_its_parameters_in_the_url() {
    let parameters = json!({
        "query": QUERY,
        "operationName": "null",
        "variables": r#"{"id":7}"#,
        "extensions": "",
    });
    let request = get(&parameters).unwrap();
    assert_eq!(request.operation_name.as_deref(), Some("null"));
    assert_eq!(Value::Object(request.variables), json!({"id": 7}));
    assert!(request.extensions.is_empty());
    let empty = get(&json!({"query": QUERY, "operationName": "", "variables": ""})).unwrap();
    assert_eq!((empty.operation_name, empty.variables.len()), (None, 0));
}

#[test]
fn what_is_not_well_formed_has_the_status_that_fits() {
    let json = "application/json";
    for (content_type, body, expected) in [
        ("text/plain", r#"{"query":"{me{id}}"}"#, 415),
        (
            "application/json; charset=latin1",
            r#"{"query":"{me{id}}"}"#,
            415,
        ),
        ("application/graphql", "{ me { id } }", 415),
        (json, "NONSENSE", 400),
        (json, r#"{"query":"#, 400),
        (json, "", 400),
        (json, r#"{"qeury":"{ __typename }"}"#, 422),
        (json, r#"{"query":7}"#, 422),
        (json, r#"{"query":null}"#, 422),
        (json, r#"{"query":"{me{id}}","variables":[7]}"#, 422),
        (json, r#"{"query":"{me{id}}","variables":"{}"}"#, 422),
        (json, r#"{"query":"{me{id}}","operationName":7}"#, 422),
        (json, r#"{"query":"{me{id}}","extensions":"x"}"#, 422),
        (json, r#"{"query":"{me{id}}","query":"{me{name}}"}"#, 422),
        (json, r#"[{"query":"{me{id}}"}]"#, 422),
        (json, r#"{"extensions":{"persistedQuery":null}}"#, 422),
    ] {
        assert_eq!(
            status(post(content_type, body)),
            expected,
            "{content_type} {body}"
        );
    }
    let long = json!({"query": "#".repeat(16 * 1024)});
    assert_eq!(status(post(json, &long.to_string())), 413);
    assert_eq!(status(get(&long)), 414);
    assert_eq!(status(get(&json!({"variables": "{}"}))), 422);
    assert_eq!(status(get(&json!({"query": QUERY, "variables": "{"}))), 400);
    assert_eq!(status(get(&json!({"query": QUERY, "variables": "7"}))), 422);
    let untyped = request("POST", PATH, &[], Some(r#"{"query":"{me{id}}"}"#));
    let mut untyped: Request = untyped;
    untyped.headers_mut().remove("content-type");
    assert_eq!(status(graphql_request(&untyped)), 415);
}

/// Apollo's clients read this message or this code, and send the document then.
#[test]
fn a_persisted_query_is_told_that_there_are_none() {
    let extensions = r#"{"persistedQuery":{"version":1,"sha256Hash":"ab"}}"#;
    let body = format!(r#"{{"operationName":"A","variables":{{}},"extensions":{extensions}}}"#);
    for refused in [
        post("application/json", &body),
        get(&json!({"operationName": "A", "extensions": extensions})),
    ] {
        let malformed = refused.unwrap_err();
        assert_eq!(
            malformed.error(),
            json!({"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}})
        );
        assert_eq!(malformed.status(), 422);
    }
    let both = format!(r#"{{"query":"{{me{{id}}}}","extensions":{extensions}}}"#);
    assert!(post("application/json", &both).is_ok());
}

#[test]
fn a_client_gets_the_media_type_that_it_prefers() {
    use ResponseMedia::{GraphqlResponse, Json};
    for (accept, expected) in [
        ("*/*", Some(GraphqlResponse)),
        ("application/*", Some(GraphqlResponse)),
        ("application/graphql-response+json", Some(GraphqlResponse)),
        (
            "application/graphql-response+json; charset=utf-8",
            Some(GraphqlResponse),
        ),
        (
            "application/graphql-response+json, application/json;q=0.9",
            Some(GraphqlResponse),
        ),
        (
            "application/json, application/graphql-response+json",
            Some(Json),
        ),
        ("application/json", Some(Json)),
        ("application/json; charset=utf-8", Some(Json)),
        (
            "application/json, application/graphql-response+json;q=0.5",
            Some(Json),
        ),
        ("application/graphql-response+json;q=0, */*", Some(Json)),
        ("text/html, application/json;q=0.1", Some(Json)),
        (
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            Some(GraphqlResponse),
        ),
        ("", Some(GraphqlResponse)),
        ("application/json; charset=latin1", Some(Json)),
        ("nonsense, application/json", Some(Json)),
        ("text/html", None),
        ("application/graphql-response", None),
        ("json", None),
    ] {
        let chosen = media_type(&request("POST", PATH, &[("Accept", accept)], None));
        assert_eq!(chosen.ok(), expected, "{accept}");
    }
    let mut without = request("POST", PATH, &[], None);
    without.headers_mut().remove("accept");
    assert_eq!(media_type(&without), Ok(GraphqlResponse));
}

#[test]
fn a_browser_that_brings_no_operation_wants_the_page() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (accept, expected) in [
        (browser, true),
        ("text/html", true),
        ("TEXT/HTML; charset=utf-8", true),
        ("text/html, application/json", true),
        ("application/json, text/html;q=0.9", false),
        ("application/graphql-response+json, text/html", false),
        ("text/html;q=0, */*", false),
        ("*/*", false),
        ("text/*, */*;q=0.1", true),
        ("application/json", false),
        ("nonsense", false),
    ] {
        let headers = [("Accept", accept)];
        let asked = request("GET", PATH, &headers, None);
        assert_eq!(wants_page(&asked), expected, "{accept}");
        assert!(!wants_page(&request("POST", PATH, &headers, None)));
    }
    let mut without = request("GET", PATH, &[], None);
    without.headers_mut().remove("accept");
    assert!(!wants_page(&without));
    for (query, expected) in [(QUERY, false), ("", true)] {
        let mut event = event("GET", PATH, &[("Accept", browser)], None);
        event["queryStringParameters"] = json!({"query": query});
        event["multiValueQueryStringParameters"] = json!({"query": [query]});
        assert_eq!(wants_page(&decode(&event)), expected, "{query}");
    }
}

#[test]
fn the_status_and_the_media_type_say_what_came_of_a_request() {
    let responder = GraphqlResponder::new(Responder::new(HeaderValue::from_static("*")));
    let body = json!({"data": null});
    let graphql = "application/graphql-response+json; charset=utf-8";
    let json = "application/json; charset=utf-8";
    let seen = |response: Response<Body>| {
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("vary"), "Accept");
        assert_eq!(header("cache-control"), "no-store");
        (response.status().as_u16(), header("content-type"))
    };
    let nonsense = post("application/json", "NONSENSE").unwrap_err();
    for (media, success) in [
        (ResponseMedia::GraphqlResponse, graphql),
        (ResponseMedia::Json, json),
    ] {
        let is_graphql = media == ResponseMedia::GraphqlResponse;
        let complete = responder.executed(media, &body, true);
        assert_eq!(seen(complete), (200, success.to_owned()));
        let partial = responder.executed(media, &body, false);
        let expected = if is_graphql { 294 } else { 200 };
        assert_eq!(seen(partial), (expected, success.to_owned()));
        // What is no success has the media type of GraphQL, whatever was asked for.
        let syntax = responder.rejected(media, &body, true);
        assert_eq!(seen(syntax), (400, graphql.to_owned()));
        let invalid = responder.rejected(media, &body, false);
        assert_eq!(seen(invalid), (422, graphql.to_owned()));
        let unread = responder.malformed(media, &nonsense);
        assert_eq!(seen(unread), (400, graphql.to_owned()));
        let mutation = responder.mutation_by_get(media);
        assert_eq!(mutation.headers()["allow"], "POST");
        assert_eq!(seen(mutation), (405, graphql.to_owned()));
    }
    assert_eq!(seen(responder.not_acceptable()), (406, json.to_owned()));
}
