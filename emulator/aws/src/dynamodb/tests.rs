use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::*;

fn orders(indexes: &[(&str, &str)]) -> Table {
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |name: &str| json!([{"AttributeName": name, "KeyType": "HASH"}]);
    let index = |(name, attribute): &(&str, &str)| json!({"IndexName": name, "KeySchema": key(attribute), "Projection": {"ProjectionType": "ALL"}});
    let attributes = indexes.iter().map(|(_, name)| attribute(name));
    let mut properties = json!({
        "AttributeDefinitions": std::iter::once(attribute("pk")).chain(attributes).collect::<Vec<_>>(),
        "KeySchema": key("pk"),
    });
    if !indexes.is_empty() {
        properties["GlobalSecondaryIndexes"] =
            indexes.iter().map(index).collect::<Vec<Value>>().into();
    }
    Table {
        name: "Orders".to_owned(),
        properties,
    }
}

#[tokio::test]
async fn a_table_that_exists_gets_new_indexes_and_keeps_its_items() {
    let directory = tempfile::tempdir().unwrap();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let url = embedded(directory.path(), &tasks, stop.clone())
        .await
        .unwrap();
    create_tables(&url, &[orders(&[])]).await.unwrap();
    let client = client(&url);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = client.put_item().table_name("Orders");
    let put = put
        .item("pk", text("1"))
        .item("city", text("Ulm"))
        .item("buyer", text("Ada"));
    put.send().await.unwrap();

    let indexed = orders(&[("by_city", "city"), ("by_buyer", "buyer")]);
    for _ in 0..2 {
        create_tables(&url, std::slice::from_ref(&indexed))
            .await
            .unwrap();
    }
    for (index, key, value) in [("by_city", "city", "Ulm"), ("by_buyer", "buyer", "Ada")] {
        let query = client.query().table_name("Orders").index_name(index);
        let query = query.key_condition_expression("#key = :value");
        let query = query.expression_attribute_names("#key", key);
        let query = query.expression_attribute_values(":value", text(value));
        assert_eq!(query.send().await.unwrap().count(), 1, "{index}");
    }

    // One that has another key is not what the template says.
    let changed = orders(&[("by_city", "buyer"), ("by_buyer", "buyer")]);
    let refused = create_tables(&url, &[changed]).await.unwrap_err();
    assert!(
        matches!(refused, DynamoDbError::Changed { .. }),
        "{refused}"
    );
    stop.cancel();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_page_can_guess_where_it_listens() {
    let mut addresses = Vec::new();
    for _ in 0..3 {
        let directory = tempfile::tempdir().unwrap();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let url = embedded(directory.path(), &tasks, stop.clone())
            .await
            .unwrap();
        create_tables(&url, &[]).await.unwrap();
        let address: std::net::SocketAddrV4 = url.strip_prefix("http://").unwrap().parse().unwrap();
        tokio::net::TcpStream::connect(address).await.unwrap();
        assert!(address.ip().is_loopback(), "{url}");
        assert_ne!(*address.ip(), Ipv4Addr::LOCALHOST);
        addresses.push(*address.ip());
        stop.cancel();
    }
    addresses.sort_unstable();
    addresses.dedup();
    assert!(addresses.len() > 1, "{addresses:?}");
}
