use std::time::Instant;

use domain::{Tick, UserId};
use e2e::{Answer, PATIENCE, Session, Stack, User, unique_email};
use reqwest::Method;
use serde_json::{Value, json};

/// The route.
pub const URL: &str = "/api/v1/users/graphql";
/// The media type of results.
pub const GRAPHQL: &str = "application/graphql-response+json";

/// `POST` of a request that accepts a media type.
pub async fn post(session: &Session, accept: &str, token: Option<&str>, body: &Value) -> Answer {
    let request = session.request(Method::POST, URL).json(body);
    let request = request.header("accept", accept);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    session.send(request).await.unwrap()
}

/// Asks as a user, or as nobody.
pub async fn ask(session: &Session, user: Option<&User>, query: &str, variables: Value) -> Answer {
    let token = user.map(|user| user.token.as_str());
    let body = json!({"query": query, "variables": variables});
    post(session, GRAPHQL, token, &body).await
}

/// The data of an answer without errors.
pub async fn data(session: &Session, user: Option<&User>, query: &str, variables: Value) -> Value {
    let answer = ask(session, user, query, variables).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body.get("errors"), None, "{answer:?}");
    answer.body["data"].clone()
}

/// The codes of an answer's errors.
pub fn codes(answer: &Answer) -> Vec<&str> {
    let errors = answer.body["errors"].as_array().unwrap();
    let code = |error: &'_ Value| error["extensions"]["code"].as_str().is_some();
    assert!(errors.iter().all(code), "{answer:?}");
    let codes = errors
        .iter()
        .filter_map(|error| error["extensions"]["code"].as_str());
    codes.collect()
}

#[tokio::test]
async fn a_life_of_a_user() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (email, password) = (unique_email(), "correct horse battery staple");
    let input = json!({"name": "Ada Lovelace", "email": email, "password": password});
    let register = "mutation($input: RegisterInput!) { register(input: $input) { id email openingPrice price } }";
    let registered = data(&session, None, register, json!({"input": input})).await;
    assert_eq!(registered["register"]["email"], email);
    let login = "mutation($input: LoginInput!) { login(input: $input) { accessToken tokenType expiresIn } }";
    let input = json!({"email": email, "password": password});
    let login = data(&session, None, login, json!({"input": input})).await["login"].take();
    assert_eq!(
        (&login["tokenType"], &login["expiresIn"]),
        (&json!("Bearer"), &json!(3600))
    );
    let ada = User {
        id: UserId::parse(registered["register"]["id"].as_str().unwrap()).unwrap(),
        email,
        password: password.to_owned(),
        token: login["accessToken"].as_str().unwrap().to_owned(),
        registration: registered["register"].clone(),
    };
    let me = "{ me { id name price tick openingPrice change { absolute percent } phone } }";
    let me = data(&session, Some(&ada), me, json!({})).await["me"].take();
    let tick = Tick(me["tick"].as_u64().unwrap());
    let price = stack.price_model().shareholder(ada.id).price_at(tick);
    assert_eq!(me["price"], price.to_string());
    assert_eq!(me["openingPrice"], ada.registration["openingPrice"]);

    let update = "mutation { updateMe(input: {name: \"Ada King\", phone: \"+4930901820\",
        notifications: {alert: false}}) { name phone notifications { alert snapshotSaved } } }";
    let updated = data(&session, Some(&ada), update, json!({})).await["updateMe"].take();
    let expected = json!({"name": "Ada King", "phone": "+4930901820",
        "notifications": {"alert": false, "snapshotSaved": false}});
    assert_eq!(updated, expected);
    let kept = session
        .get("/api/v1/users/me", Some(&ada.token))
        .await
        .unwrap();
    assert_eq!(kept.body["name"], "Ada King");

    let deleted = data(&session, Some(&ada), "mutation { deleteMe }", json!({})).await;
    assert_eq!(deleted["deleteMe"], true);
    let gone = ask(&session, Some(&ada), "{ me { id } }", json!({})).await;
    assert_eq!((gone.status, codes(&gone)), (294, vec!["UNAUTHENTICATED"]));
}

#[tokio::test]
async fn snapshots_become_a_connection_and_analytics() {
    let session = Session::new(Stack::shared());
    let ada = session.new_user().await.unwrap();
    let save = "mutation { saveSnapshot(idempotencyKey: \"one\") { id status price } }";
    let first = data(&session, Some(&ada), save, json!({})).await["saveSnapshot"].take();
    assert_eq!(first["status"], "PENDING");
    let again = data(&session, Some(&ada), save, json!({})).await["saveSnapshot"].take();
    assert_eq!(again, first);
    let second = data(
        &session,
        Some(&ada),
        "mutation { saveSnapshot { id } }",
        json!({}),
    )
    .await;
    let ids = [&second["saveSnapshot"]["id"], &first["id"]];
    let status = "query($id: ID!) { snapshot(id: $id) { status savedAt price } }";
    let deadline = Instant::now() + PATIENCE;
    for id in ids {
        loop {
            let found = data(&session, Some(&ada), status, json!({"id": id})).await;
            if found["snapshot"]["status"] == "SAVED" {
                assert!(found["snapshot"]["savedAt"].is_string(), "{found}");
                break;
            }
            assert!(Instant::now() < deadline, "{id} stays pending");
            e2e::poll_pause().await;
        }
    }
    let page = "query($after: String) { me { analytics { count maximum bestChange { from change { percent } } }
        snapshots(first: 1, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }";
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let me = data(&session, Some(&ada), page, json!({"after": after})).await["me"].take();
        assert_eq!(me["analytics"]["count"], 2);
        assert_eq!(me["analytics"]["bestChange"]["from"], first["price"]);
        seen.push(me["snapshots"]["edges"][0]["node"]["id"].clone());
        after = me["snapshots"]["pageInfo"]["endCursor"].clone();
        if me["snapshots"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen.iter().collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn alerts_are_made_shown_and_deleted() {
    let session = Session::new(Stack::shared());
    let ada = session.new_user().await.unwrap();
    let create =
        "mutation($input: CreateAlertInput!) { createAlert(input: $input) { id state threshold } }";
    let input = json!({"crossing": "ABOVE", "threshold": "99999.00", "channel": "EMAIL"});
    let made =
        data(&session, Some(&ada), create, json!({"input": input})).await["createAlert"].take();
    assert_eq!(
        (&made["state"], &made["threshold"]),
        (&json!("ARMED"), &json!("99999.00"))
    );
    let bad = json!({"crossing": "ABOVE", "threshold": "1.999", "channel": "EMAIL"});
    let bad = ask(&session, Some(&ada), create, json!({"input": bad})).await;
    assert_eq!(codes(&bad), ["VALIDATION"]);
    assert_eq!(
        bad.body["errors"][0]["extensions"]["fields"][0]["field"],
        "threshold"
    );
    let by_sms = json!({"crossing": "BELOW", "threshold": "1.00", "channel": "SMS"});
    let by_sms = ask(&session, Some(&ada), create, json!({"input": by_sms})).await;
    assert_eq!(codes(&by_sms), ["NO_PHONE"]);

    let list = "{ me { alerts { id crossing channel crossed { tick } } } }";
    let listed = data(&session, Some(&ada), list, json!({})).await;
    let expected =
        json!([{"id": made["id"], "crossing": "ABOVE", "channel": "EMAIL", "crossed": null}]);
    assert_eq!(listed["me"]["alerts"], expected);
    let id = json!({"id": made["id"]});
    let rearm = "mutation($id: ID!) { rearmAlert(id: $id) { state } }";
    let armed = data(&session, Some(&ada), rearm, id.clone()).await;
    assert_eq!(armed["rearmAlert"]["state"], "ARMED");
    let delete = "mutation($id: ID!) { deleteAlert(id: $id) }";
    let deleted = data(&session, Some(&ada), delete, id.clone()).await;
    assert_eq!(deleted["deleteAlert"], made["id"]);
    let again = ask(&session, Some(&ada), delete, id.clone()).await;
    assert_eq!(codes(&again), ["ALERT_NOT_FOUND"]);
    let shown = data(
        &session,
        Some(&ada),
        "query($id: ID!) { alert(id: $id) { id } }",
        id,
    )
    .await;
    assert_eq!(shown["alert"], Value::Null);
}

#[tokio::test]
async fn others_see_id_name_and_prices_and_nothing_else() {
    let session = Session::new(Stack::shared());
    let (ada, bob) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let id = json!({"id": ada.id.to_string()});
    let public = "query($id: ID!) { user(id: $id) { id name price openingPrice change { percent } createdAt } }";
    let seen = data(&session, Some(&bob), public, id.clone()).await;
    assert_eq!(seen["user"]["name"], "Ada Lovelace");
    for field in [
        "email",
        "phone",
        "notifications { alert }",
        "alerts { id }",
        "snapshots { nodes { id } }",
        "analytics { count }",
    ] {
        let query = format!("query($id: ID!) {{ user(id: $id) {{ id {field} }} }}");
        let own = ask(&session, Some(&ada), &query, id.clone()).await;
        assert_eq!((own.status, own.body.get("errors")), (200, None), "{own:?}");
        let others = ask(&session, Some(&bob), &query, id.clone()).await;
        assert_eq!(
            (others.status, codes(&others)),
            (294, vec!["FORBIDDEN"]),
            "{field}"
        );
        let user = others.body["data"]["user"].as_object().unwrap();
        assert_eq!(user["id"], id["id"]);
        assert_eq!(
            user.values().filter(|value| value.is_null()).count(),
            1,
            "{others:?}"
        );
        let none = ask(&session, None, &query, id.clone()).await;
        assert_eq!((none.status, codes(&none)), (294, vec!["UNAUTHENTICATED"]));
    }
    let nobody = json!({"id": "nonsense"});
    assert_eq!(
        data(&session, Some(&bob), public, nobody).await["user"],
        Value::Null
    );
}

#[tokio::test]
async fn everybody_is_on_some_page_and_in_the_market() {
    let session = Session::new(Stack::shared());
    let mut new = Vec::new();
    for _ in 0..3 {
        new.push(session.new_user().await.unwrap());
    }
    let query = "query($after: String) { users(first: 2, after: $after) {
        edges { node { id name price } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let page =
            data(&session, Some(&new[0]), query, json!({"after": after})).await["users"].take();
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        let edges = page["edges"].as_array().unwrap();
        seen.extend(
            edges
                .iter()
                .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()),
        );
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert!(seen.is_sorted(), "{seen:?}");
    for user in &new {
        let id = user.id.to_string();
        assert_eq!(seen.iter().filter(|seen| **seen == id).count(), 1);
    }
    let bad = "{ users(first: 101, after: \"here\") { nodes { id } } }";
    let bad = ask(&session, Some(&new[0]), bad, json!({})).await;
    assert_eq!(codes(&bad), ["VALIDATION"]);
    let fields = &bad.body["errors"][0]["extensions"]["fields"];
    assert_eq!(
        (&fields[0]["field"], &fields[1]["field"]),
        (&json!("first"), &json!("after"))
    );

    let name = format!("Zoe {}", new[0].id);
    let update = "mutation($name: String!) { updateMe(input: {name: $name}) { name } }";
    data(&session, Some(&new[0]), update, json!({"name": name})).await;
    let find = "query($search: String!) { users(search: $search) { nodes { id name } } }";
    let search = json!({"search": name.to_uppercase()});
    let found = data(&session, Some(&new[1]), find, search).await;
    assert_eq!(
        found["users"]["nodes"],
        json!([{"id": new[0].id.to_string(), "name": name}])
    );

    let market = "{ market { tick shareholders mean gainers { user { name } changePercent } } }";
    let deadline = Instant::now() + PATIENCE;
    while data(&session, Some(&new[0]), market, json!({})).await["market"]["shareholders"] == 0 {
        assert!(Instant::now() < deadline, "the market counts nobody");
    }
}

#[tokio::test]
async fn everybody_is_on_some_page_in_the_order_of_names() {
    let session = Session::new(Stack::shared());
    let mut new = Vec::new();
    for name in ["Zed", "adam", "Mia", "Bo", "Mia"] {
        let named = session.new_user_with(json!({"name": name})).await;
        new.push(named.unwrap());
    }
    let query = "query($after: String) { users(first: 2, after: $after, orderBy: NAME) {
        nodes { id name } pageInfo { hasNextPage endCursor } } }";
    let (mut after, mut named) = (Value::Null, Vec::new());
    loop {
        let page =
            data(&session, Some(&new[0]), query, json!({"after": after})).await["users"].take();
        named.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let place = |user: &Value| {
        let [name, id] = ["name", "id"].map(|field| user[field].as_str().unwrap().to_owned());
        format!("{}#{id}", name.to_lowercase())
    };
    // Others change their names meanwhile, which moves them.
    let ids: Vec<_> = new.iter().map(|user| json!(user.id.to_string())).collect();
    named.retain(|user| ids.contains(&user["id"]));
    assert_eq!(named.len(), ids.len(), "each is there once: {named:?}");
    assert!(named.is_sorted_by_key(place), "{named:?}");
}
