use domain::{Price, SavedSnapshot, Snapshot, SnapshotId};
use serde_json::{Value, json};
use test_kit::save_snapshots;

use super::world::{NOW_MS, World, user};
use crate::Request;

async fn node(world: &World, caller: u8, id: &str) -> Value {
    let query = format!(
        "{{ node(id: \"{id}\") {{ __typename ... on User {{ name }} id ... on Alert {{ channel }}
            ... on Snapshot {{ price id }} }} }}"
    );
    let answer = world.json(Some(caller), &query).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["node"].clone()
}

/// Snapshots of user 2, and the id of the first.
async fn with_snapshots(world: &World, count: u8) -> String {
    let saved = |number: u8| SavedSnapshot {
        snapshot: Snapshot {
            id: SnapshotId::generate(NOW_MS - 1000 + u64::from(number), &[number; 10]),
            user_id: user(2),
            price: Price::from_cents(10_000 + u64::from(number)).unwrap(),
        },
        saved_at_ms: NOW_MS,
    };
    let snapshots: Vec<_> = (0..count).map(saved).collect();
    save_snapshots(&world.database.snapshots(), &snapshots).await;
    snapshots[0].snapshot.id.to_string()
}

#[tokio::test]
async fn what_has_an_id_is_found_by_it_if_it_may_be_seen() {
    let world = World::of(2).await;
    let snapshot = with_snapshots(&world, 1).await;
    let create = "mutation { createAlert(input: {crossing: ABOVE, threshold: \"1.00\", channel: EMAIL}) { id } }";
    let alert = world.json(Some(2), create).await["data"]["createAlert"]["id"].clone();
    let alert = alert.as_str().unwrap();
    let theirs = user(1).to_string();
    let shown = json!({"__typename": "User", "name": "User 1", "id": theirs});
    assert_eq!(node(&world, 2, &theirs).await, shown);
    let shown = json!({"__typename": "Snapshot", "id": snapshot, "price": "100.00"});
    assert_eq!(node(&world, 2, &snapshot).await, shown);
    let shown = json!({"__typename": "Alert", "id": alert, "channel": "EMAIL"});
    assert_eq!(node(&world, 2, alert).await, shown);
    for hidden in [&snapshot, alert, "x", &user(9).to_string()] {
        assert_eq!(node(&world, 1, hidden).await, Value::Null, "{hidden}");
    }
}

#[tokio::test]
async fn of_an_object_of_another_type_nothing_is_shown() {
    let world = World::of(1).await;
    let id = user(1);
    for (selections, expected) in [
        ("... on Alert { id state }", json!({})),
        ("...A", json!({})),
        (
            "... on Alert { x: id } ... on User { x: name }",
            json!({"x": "User 1"}),
        ),
    ] {
        let fragment = if selections == "...A" {
            " fragment A on Alert { id }"
        } else {
            ""
        };
        let query = format!("{{ node(id: \"{id}\") {{ {selections} }} }}{fragment}");
        let answer = world.json(Some(1), &query).await;
        assert_eq!(answer, json!({"data": {"node": expected}}), "{selections}");
    }
    let never = format!("{{ node(id: \"{id}\") {{ ... on Market {{ tick }} }} }}");
    let codes = world.codes(Some(1), &never).await;
    assert_eq!(codes, json!(["GRAPHQL_VALIDATION_FAILED"]));
}

#[tokio::test]
async fn several_are_found_at_once_in_the_order_that_they_are_asked_for_in() {
    let world = World::of(2).await;
    let snapshot = with_snapshots(&world, 1).await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on User { name } } }";
    let ask = async |caller, ids: Vec<String>| {
        let variables = json!({"ids": ids});
        let request = Request {
            query: query.to_owned(),
            operation_name: None,
            variables: variables.as_object().unwrap().clone(),
        };
        let answer = world.answer_to(Some(caller), request).await;
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    let [one, two] = [user(1).to_string(), user(2).to_string()];
    let asked = [&two, &snapshot, &user(9).to_string(), &one, &two, "x"].map(|id| id.to_owned());
    let shown = |number| {
        let name = format!("User {number}");
        json!({"__typename": "User", "id": user(number).to_string(), "name": name})
    };
    let own = json!({"__typename": "Snapshot", "id": snapshot});
    assert_eq!(
        ask(2, asked.to_vec()).await["data"]["nodes"],
        json!([shown(2), own, null, shown(1), shown(2), null])
    );
    assert_eq!(
        ask(1, asked.to_vec()).await["data"]["nodes"],
        json!([shown(2), null, null, shown(1), shown(2), null])
    );
    assert_eq!(ask(1, Vec::new()).await, json!({"data": {"nodes": []}}));
    world.reads();
    let many = ask(1, vec![one.clone(); 100]).await;
    assert_eq!(many["data"]["nodes"].as_array().unwrap().len(), 100);
    assert_eq!(world.reads(), (1, 1), "the users, and who asks");
    let refused = ask(1, vec![one; 101]).await;
    assert_eq!(refused["data"]["nodes"], Value::Null);
    let error = &refused["errors"][0]["extensions"];
    assert_eq!(error["code"], "VALIDATION", "{error}");
    assert_eq!(error["fields"][0]["field"], "ids", "{error}");
}

/// What Relay's compiler makes of a fragment with `@refetchable` and `@connection` on `User`.
const REFETCH: &str =
    "query R($after: String, $first: Int = 2, $id: ID!) { node(id: $id) { __typename ...F id } }
    fragment F on User { snapshots(after: $after, first: $first) {
        edges { node { price id __typename } cursor } pageInfo { endCursor hasNextPage } } id }";

#[tokio::test]
async fn relay_pages_through_the_snapshots_of_a_user() {
    let world = World::of(2).await;
    with_snapshots(&world, 5).await;
    let (mut prices, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({"id": user(2).to_string(), "after": after});
        let request = Request {
            query: REFETCH.to_owned(),
            operation_name: Some("R".to_owned()),
            variables: variables.as_object().unwrap().clone(),
        };
        let answer = world.answer_to(Some(2), request).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let page = &answer["data"]["node"]["snapshots"];
        let edges = page["edges"].as_array().unwrap();
        prices.extend(edges.iter().map(|edge| edge["node"]["price"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(prices, ["100.04", "100.03", "100.02", "100.01", "100.00"]);
}
