use domain::Tick;
use feed::session::Watch;
use serde_json::{Value, json};

use super::world::{World, user};
use crate::{Request, SubscriptionPlan};

async fn plan(query: &str, variables: &Value) -> Result<SubscriptionPlan, Value> {
    let schema = World::of(0).await.schema();
    let prepared = schema.prepare(Request {
        query: query.to_owned(),
        operation_name: None,
        variables: variables.as_object().cloned().unwrap_or_default(),
    });
    let plan = match prepared {
        Ok(prepared) => schema.plan(prepared).await,
        Err(rejected) => Err(rejected),
    };
    plan.map_err(|rejected| serde_json::to_value(rejected.errors()).unwrap())
}

async fn planned(query: &str, variables: Value) -> SubscriptionPlan {
    plan(query, &variables).await.unwrap()
}

/// The codes and messages of what is refused.
async fn refused(query: &str, variables: Value) -> Vec<String> {
    let errors = plan(query, &variables).await.unwrap_err();
    let errors = errors.as_array().unwrap().iter();
    let said = errors.map(|error| {
        let (code, message) = (&error["extensions"]["code"], &error["message"]);
        format!("{} {}", code.as_str().unwrap(), message.as_str().unwrap())
    });
    said.collect()
}

#[tokio::test]
async fn a_root_field_says_what_is_watched() {
    let ids = json!({"ids": [user(1).to_string(), user(2).to_string()], "since": 7, "no": null});
    let named = Watch::Users(vec![user(1), user(2)]);
    for (query, watch, since, every) in [
        (
            "subscription { onPriceUpdate { tick } }",
            Watch::Everyone,
            None,
            None,
        ),
        (
            "subscription($ids: [ID!]!, $since: Int) { onPriceUpdate(userIds: $ids, since: $since, every: 12) { tick } }",
            named.clone(),
            Some(7),
            Some(12),
        ),
        (
            "subscription($ids: [ID!]!, $since: Int = 5, $no: Int) { ...A } fragment A on Subscription { ... { p: onPriceUpdate(userIds: $ids, since: $since, every: $no) { tick } } }",
            named,
            Some(7),
            None,
        ),
        (
            "subscription($left: Int = 3) { onMarket(every: $left) { tick } ... { onMarket(every: $left) { mean } } }",
            Watch::Market,
            None,
            Some(3),
        ),
        (
            "subscription { onUserRegistered { id } }",
            Watch::Registrations,
            None,
            None,
        ),
        (
            "subscription { onSnapshotSaved { id } }",
            Watch::Snapshots,
            None,
            None,
        ),
        ("subscription { onAlert { id } }", Watch::Alerts, None, None),
    ] {
        let mentions = |name: &str| query.contains(&format!("${name}"));
        let ids = ids.as_object().unwrap().clone().into_iter();
        let variables = ids.filter(|(name, _)| mentions(name)).collect();
        let plan = planned(query, Value::Object(variables)).await;
        assert_eq!(
            (plan.watch, plan.since, plan.every),
            (watch, since.map(Tick), every),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_is_out_of_bounds_is_refused_in_the_words_of_the_raw_feed() {
    let prices = "subscription($ids: [ID!], $since: Int, $every: Int) { onPriceUpdate(userIds: $ids, since: $since, every: $every) { tick } }";
    let many: Vec<_> = (0..101).map(|n| user(n).to_string()).collect();
    let one = user(1).to_string();
    let mut said = Vec::new();
    for variables in [
        json!({"ids": []}),
        json!({"ids": many}),
        json!({"ids": [one, one]}),
        json!({"ids": ["Ada"]}),
        json!({"ids": [null]}),
        json!({"every": 0}),
        json!({"every": 721}),
        json!({"since": -1}),
        json!({"since": "7"}),
    ] {
        said.extend(refused(prices, variables).await);
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    INVALID_SUBSCRIPTION users must name 1 to 100 users, not 0
    INVALID_SUBSCRIPTION users must name 1 to 100 users, not 101
    INVALID_SUBSCRIPTION users names 019b76d9-bda0-7101-8101-010101010101 twice
    BAD_USER_INPUT userIds: "Ada" is not a user id: expected a UUID such as 019b76da-a800-7000-8000-000000000001.
    BAD_USER_INPUT Invalid value for argument "userIds.0", expected type "ID"
    INVALID_SUBSCRIPTION every must be 1 to 720
    INVALID_SUBSCRIPTION every must be 1 to 720
    BAD_USER_INPUT Failed to parse "Int": Invalid number
    BAD_USER_INPUT Invalid value for argument "since", expected type "Int"
    "#);
}

#[tokio::test]
async fn a_subscription_has_one_root_field_and_no_condition_on_it() {
    let mut said = Vec::new();
    for query in [
        "subscription { onMarket { tick } onAlert { id } }",
        "subscription { onMarket { tick } again: onMarket { tick } }",
        "subscription { onMarket { tick } ...A } fragment A on Subscription { onAlert { id } }",
        "subscription { __typename }",
        "subscription { name: __typename }",
        "subscription { onMarket @include(if: true) { tick } }",
        "subscription { ... @skip(if: false) { onMarket { tick } } }",
        "subscription { ...A } fragment A on Subscription { onMarket @skip(if: false) { tick } }",
        "subscription { ...A }",
        "subscription { ...A } fragment A on Subscription { ...A }",
        "subscription { onMarket(since: 1) { tick } onMarket(since: 2) { tick } }",
        "subscription { nothing }",
        "subscription { onMarket(every: \"x\") { tick } }",
        "subscription { onMarket { tick } } fragment A on Subscription { onMarket { tick } }",
        "{ market { tick } }",
    ] {
        said.extend(refused(query, json!({})).await);
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    GRAPHQL_VALIDATION_FAILED A subscription has one root field: subscribe to others on their own.
    GRAPHQL_VALIDATION_FAILED A subscription has one root field: subscribe to others on their own.
    GRAPHQL_VALIDATION_FAILED A subscription has one root field: subscribe to others on their own.
    GRAPHQL_VALIDATION_FAILED The root field of a subscription can't be one of the introspection.
    GRAPHQL_VALIDATION_FAILED The root field of a subscription can't be one of the introspection.
    GRAPHQL_VALIDATION_FAILED The root field of a subscription can't have @skip or @include.
    GRAPHQL_VALIDATION_FAILED The root field of a subscription can't have @skip or @include.
    GRAPHQL_VALIDATION_FAILED The root field of a subscription can't have @skip or @include.
    GRAPHQL_VALIDATION_FAILED Unknown fragment: "A"
    GRAPHQL_VALIDATION_FAILED The recursion depth of the query cannot be greater than `32`
    GRAPHQL_VALIDATION_FAILED Fields "since" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional.
    GRAPHQL_VALIDATION_FAILED Unknown field "nothing" on type "Subscription".
    GRAPHQL_VALIDATION_FAILED Invalid value for argument "every", expected type "Int"
    GRAPHQL_VALIDATION_FAILED Fragment "A" is never used
    GRAPHQL_VALIDATION_FAILED Only subscriptions can be subscribed to.
    "#);
}

#[tokio::test]
async fn a_list_costs_what_it_may_hold_and_fragments_are_as_long_as_where_they_are_spread() {
    let fields: String = (0..19).map(|n| format!("p{n}: price ")).collect();
    let query =
        |more: &str| format!("subscription {{ onPriceUpdate {{ prices {{ {fields} {more} }} }} }}");
    assert!(plan(&query(""), &json!({})).await.is_ok());
    assert_eq!(
        refused(&query("userId"), json!({})).await,
        ["GRAPHQL_VALIDATION_FAILED Query is too complex."]
    );
    let long = "x".repeat(1_500);
    let lists = |count| {
        (0..count)
            .map(|n| format!("m{n}: losers {{ ...L }} "))
            .collect::<String>()
    };
    let query = |count| {
        let lists = lists(count);
        format!("subscription {{ onMarket {{ {lists} }} }} fragment L on Mover {{ {long}: price }}")
    };
    assert!(plan(&query(10), &json!({})).await.is_ok());
    assert_eq!(
        refused(&query(11), json!({})).await,
        ["QUERY_TOO_LARGE With its fragments, the subscription has more than 16384 bytes."]
    );
}

#[tokio::test]
async fn who_asks_for_the_same_of_others_has_the_same_operation() {
    let query = "subscription A($ids: [ID!]!, $since: Int, $x: Boolean!) {
        onPriceUpdate(userIds: $ids, since: $since) { tick replay @include(if: $x) { from } prices { ...P } } }
        fragment P on UserPrice { price userId }";
    let values =
        |number, since, x| json!({"ids": [user(number).to_string()], "since": since, "x": x});
    let one = planned(query, values(1, 1, true)).await;
    let other = planned(query, values(2, 2, true)).await;
    assert_ne!(one.watch, other.watch);
    assert_ne!(one.since, other.since);
    assert_eq!(one.operation, other.operation);
    insta::assert_snapshot!(one.operation.text, @"subscription{onPriceUpdate{tick replay{from} prices{price userId}}}");
    insta::assert_snapshot!(one.operation.key, @"e952564bed325cf4a7b42e19b8a4f190de65028ecf72096b7cd9cfac06cb18bd");
    // Another layout, and values instead of variables.
    let literal = "subscription { onPriceUpdate(every: 2) { tick, ... { replay { from } } prices { price } prices { userId } } }";
    assert_eq!(planned(literal, json!({})).await.operation, one.operation);
    // What is decided elsewhere is another operation.
    let without = planned(query, values(1, 1, false)).await;
    insta::assert_snapshot!(without.operation.text, @"subscription{onPriceUpdate{tick prices{price userId}}}");
    let none = "subscription($no: Boolean = false) { m: onMarket(since: 1) { gainers { u: userId @include(if: $no) } } }";
    insta::assert_snapshot!(planned(none, json!({})).await.operation.text, @"subscription{m:onMarket{gainers{__typename@skip(if:true)}}}");
}
