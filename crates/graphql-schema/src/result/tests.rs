use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;

#[test]
fn fields_are_as_the_document_orders_them() {
    let document =
        parse_query("{ b { y ...f } a { x } c: b { z } b { w } } fragment f on B { x z }").unwrap();
    let completed = json!({
        "c": {"z": 1},
        "b": [{"w": 1, "z": 2, "x": 3, "y": 4}, null, {"z": 1, "y": 2, "x": 3, "w": 4}],
        "a": null,
    });
    let (_, operation) = document.operations.iter().next().unwrap();
    let value = Value::from_json(completed.clone()).unwrap();
    let collector = Collector {
        document: &document,
        operation: &operation.node,
        values: &Default::default(),
    };
    let ordered = in_order(value, collector);
    assert_eq!(
        serde_json::to_string(&ordered).unwrap(),
        r#"{"b":[{"y":4,"x":3,"z":2,"w":1},null,{"y":2,"x":3,"z":1,"w":4}],"a":null,"c":{"z":1}}"#
    );
    assert_eq!(ordered.into_json().unwrap(), completed);
}
