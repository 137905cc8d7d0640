//! Who may use which route: every REST route of the template, by everybody who might try.

use std::fmt;

use api::token::{KeySet, LIFETIME_SECS};
use e2e::{Answer, Session, Stack, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{drift, openapi};

/// Routes that take no token, and look at none. Every other route of the template refuses whoever has none that counts.
const PUBLIC: [(&str, &str); 8] = [
    ("/.well-known/jwks.json", "get"),
    ("/health", "get"),
    // Registering and logging in are mutations: who else needs a token is for each field to say.
    ("/api/v1/users/graphql", "get"),
    ("/api/v1/users/graphql", "post"),
    ("/api/v1/users/login", "post"),
    // The cookie says whose session it is.
    ("/api/v1/users/logout", "post"),
    ("/api/v1/users/refresh", "post"),
    ("/api/v1/users/register", "post"),
];

/// What the owner of the data, another user and an admin are answered. A route with an id in its path has to be here.
const FOR_USERS: [(&str, &str, [u16; 3]); 13] = [
    ("/analytics/user/{id}", "get", [200, 403, 200]),
    ("/analytics/user/{id}/prices", "get", [200, 200, 200]),
    ("/api/v1/users/alerts", "get", [200, 200, 200]),
    ("/api/v1/users/alerts", "post", [201, 201, 201]),
    ("/api/v1/users/alerts/{id}", "get", [200, 404, 404]),
    ("/api/v1/users/alerts/{id}/rearm", "post", [200, 404, 404]),
    ("/api/v1/users/alerts/{id}", "delete", [204, 404, 404]),
    ("/api/v1/users/me", "get", [200, 200, 200]),
    ("/api/v1/users/me", "patch", [200, 200, 200]),
    ("/api/v1/users/save-snapshot", "post", [202, 202, 202]),
    ("/api/v1/users/sessions/{id}", "delete", [204, 404, 404]),
    ("/api/v1/users/snapshots/{id}", "get", [200, 404, 404]),
    ("/api/v1/users/me", "delete", [204, 204, 204]),
];

/// Somebody whose request is refused, whatever it is.
struct Nobody {
    what: &'static str,
    token: Option<String>,
}

impl fmt::Debug for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

fn expired_token(stack: &Stack, user: &User) -> String {
    let secret = std::fs::read_to_string(stack.data_dir().join("secrets/TokenSecret")).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let (issued_at, token_id) = (now - LIFETIME_SECS - 1, uuid::Uuid::now_v7());
    let keys = KeySet::parse(&secret).unwrap();
    let signed = keys.sign(user.id, Default::default(), token_id, issued_at);
    signed.unwrap()
}

async fn nobodies(stack: &Stack, session: &Session) -> Vec<Nobody> {
    let [user, deleted] = [session.new_user().await, session.new_user().await];
    let (user, deleted) = (user.unwrap(), deleted.unwrap());
    let gone = session.delete("/api/v1/users/me", &deleted.token).await;
    assert_eq!(gone.unwrap().status, 204);
    let (head, signature) = user.token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{flipped}{}", &signature[1..]);
    let nobody = |what, token| Nobody { what, token };
    vec![
        nobody("without a token", None),
        nobody("with an empty token", Some(String::new())),
        nobody("with a malformed token", Some("nonsense".to_owned())),
        nobody("with a forged token", Some(forged)),
        nobody("with an expired token", Some(expired_token(stack, &user))),
        nobody("deleted", Some(deleted.token)),
    ]
}

async fn send(
    session: &Session,
    (path, method): (&str, &str),
    token: Option<&str>,
    body: Option<(&str, &str)>,
) -> Answer {
    let method: Method = method.to_uppercase().parse().unwrap();
    let mut request = session.request(method, path);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some((media_type, body)) = body {
        request = request.header("content-type", media_type);
        request = request.body(body.to_owned());
    }
    session.send(request).await.unwrap()
}

/// The routes that take a token.
fn routes_for_users() -> Vec<(String, String)> {
    let is_public = |(path, method): &(String, String)| PUBLIC.contains(&(path, method));
    let mut routes = drift::routes_of_the_template();
    routes.retain(|route| !is_public(route));
    routes.into_iter().collect()
}

#[test]
fn the_openapi_document_says_which_routes_take_a_token() {
    let document = openapi::document();
    for (path, method) in drift::routes_of_the_template() {
        let operation = &document["paths"][&path][&method];
        let requirements = match &operation["security"] {
            Value::Null => &document["security"],
            own => own,
        };
        let requirements = requirements.as_array().unwrap();
        let takes_token = !requirements.is_empty() && !requirements.contains(&json!({}));
        let is_public = PUBLIC.contains(&(&path, &method));
        assert_eq!(takes_token, !is_public, "{method} {path}");
    }
}

#[test]
fn it_is_said_who_may_use_a_route_about_something() {
    for (path, method) in routes_for_users() {
        let mut said = FOR_USERS.iter().map(|(path, method, _)| (*path, *method));
        let is_said = said.any(|route| route == (&path, &method));
        assert!(is_said || !path.contains('{'), "{method} {path}");
    }
}

/// Neither a body that can't be read nor a parameter that is not known is looked at before the token.
#[tokio::test]
async fn a_request_of_nobody_is_refused_before_anything_else() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let for_users = routes_for_users();
    for nobody in nobodies(stack, &session).await {
        for (path, method) in &for_users {
            let path = format!("{}?unknown=1", path.replace("{id}", "nonsense"));
            let body = (*method != "get").then_some(("text/plain", "{"));
            let token = nobody.token.as_deref();
            let answer = send(&session, (&path, method), token, body).await;
            assert_eq!(answer.status, 401, "{method} {path} {nobody:?}: {answer:?}");
            assert_eq!(answer.body["type"], "/problems/unauthenticated");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer"), "{answer:?}");
        }
        for (path, method) in PUBLIC {
            let body = (method == "post").then_some(("application/json", "{}"));
            let token = nobody.token.as_deref();
            let with = send(&session, (path, method), token, body).await;
            let without = send(&session, (path, method), None, body).await;
            assert_eq!(
                with.status, without.status,
                "{method} {path} {nobody:?}: {with:?}"
            );
        }
    }
}

/// What a route is about, made anew by its owner.
async fn subject(session: &Session, owner: &User, path: &str) -> String {
    let id = if path.starts_with("/analytics") {
        owner.id.to_string()
    } else if path.contains("/snapshots/") {
        let saved = session.save_snapshot(owner).await.unwrap();
        text(&saved["snapshot_id"])
    } else if path.contains("/sessions/") {
        session.begin(owner).await.unwrap();
        let token = Some(owner.token.as_str());
        let sessions = session.get("/api/v1/users/sessions", token).await.unwrap();
        text(&sessions.body["sessions"][0]["id"])
    } else if path.contains("/alerts/") {
        let url = "/api/v1/users/alerts";
        let token = Some(owner.token.as_str());
        let body = Some(("application/json", ALERT));
        let made = send(session, (url, "post"), token, body).await;
        text(&made.body["id"])
    } else {
        return path.to_owned();
    };
    path.replace("{id}", &id)
}

const ALERT: &str = r#"{"above": "100000.00", "channel": "email"}"#;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn body_of(path: &str, method: &str) -> Option<(&'static str, &'static str)> {
    match (path, method) {
        ("/api/v1/users/alerts", "post") => Some(("application/json", ALERT)),
        (_, "patch") => Some(("application/merge-patch+json", "{}")),
        _ => None,
    }
}

#[tokio::test]
async fn owners_others_and_admins_may_what_is_theirs() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let mut users = Vec::new();
    for _ in 0..3 {
        users.push(session.new_user().await.unwrap());
    }
    let [owner, other, admin] = &mut users[..] else {
        panic!("there are three")
    };
    stack.grant_admin(&admin.email).unwrap();
    admin.token = session.log_in(&admin.email, &admin.password).await.unwrap();
    for (path, method, expected) in FOR_USERS {
        let url = subject(&session, owner, path).await;
        let body = body_of(path, method);
        // The owner comes last, as they may delete what it is about.
        for (caller, status) in [&*other, admin, owner].iter().zip([1, 2, 0]) {
            let token = Some(caller.token.as_str());
            let answer = send(&session, (&url, method), token, body).await;
            assert_eq!(
                answer.status, expected[status],
                "{method} {path}: {answer:?}"
            );
        }
    }
}
