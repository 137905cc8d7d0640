//! Indexes that lag behind, as global secondary indexes may.

use std::time::Duration;

use dynoxide::Database;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::dispatch::dispatch;

/// A change to one item that indexes follow.
#[derive(Debug, Clone)]
pub struct IndexChange {
    /// The item's partition key.
    pub pk: String,
    /// Whether the item is gone.
    pub is_deleted: bool,
    table: Value,
    key: Value,
    item: Option<Value>,
}

/// What an index shows: the tables as they were a while ago.
pub(super) struct LaggingIndex {
    replica: Database,
    by: Box<dyn FnMut(&IndexChange) -> Duration + Send>,
    due: Vec<(Instant, IndexChange)>,
}

impl LaggingIndex {
    /// An index that shows everything there is now.
    pub(super) fn new(
        database: &Database,
        tables: &[String],
        by: Box<dyn FnMut(&IndexChange) -> Duration + Send>,
    ) -> Self {
        let replica = Database::memory().expect("a database in memory");
        for table in tables {
            ask(&replica, "CreateTable", table);
            let table: Value = serde_json::from_str(table).expect("JSON");
            let scan = json!({ "TableName": table["TableName"] });
            let found = ask(database, "Scan", &scan.to_string());
            for item in found["Items"].as_array().into_iter().flatten() {
                put(&replica, &table["TableName"], item);
            }
        }
        Self {
            replica,
            by,
            due: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, change: &IndexChange) {
        let due = Instant::now() + (self.by)(change);
        self.due.push((due, change.clone()));
    }

    /// The tables as far as the index has followed.
    pub(super) fn database(&mut self) -> &Database {
        let now = Instant::now();
        let due: Vec<_> = self.due.extract_if(.., |(at, _)| *at <= now).collect();
        for (_, change) in due {
            match &change.item {
                Some(item) => put(&self.replica, &change.table, item),
                None => {
                    let delete = json!({ "TableName": change.table, "Key": change.key });
                    ask(&self.replica, "DeleteItem", &delete.to_string());
                }
            }
        }
        &self.replica
    }
}

/// What a write has changed, each item as it is now.
pub(super) fn changes(database: &Database, operation: &str, body: &Value) -> Vec<IndexChange> {
    let of_writes = |writes: &Value, of: &str| {
        let writes = writes.as_array().into_iter().flatten();
        let one = |write: &Value| write.get(of).cloned();
        writes.filter_map(one).collect::<Vec<_>>()
    };
    let mut written = Vec::new();
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => written.push(body.clone()),
        "TransactWriteItems" => {
            for kind in ["Put", "Update", "Delete"] {
                written.extend(of_writes(&body["TransactItems"], kind));
            }
        }
        "BatchWriteItem" => {
            for (table, writes) in body["RequestItems"].as_object().into_iter().flatten() {
                for kind in ["PutRequest", "DeleteRequest"] {
                    for mut write in of_writes(writes, kind) {
                        write["TableName"] = table.as_str().into();
                        written.push(write);
                    }
                }
            }
        }
        _ => {}
    }
    written
        .iter()
        .map(|write| change(database, write))
        .collect()
}

fn change(database: &Database, write: &Value) -> IndexChange {
    let from = write.get("Key").unwrap_or(&write["Item"]);
    let parts = ["pk", "sk"].map(|name| Some((name.to_owned(), from.get(name)?.clone())));
    let key: Map<String, Value> = parts.into_iter().flatten().collect();
    let get = json!({ "TableName": write["TableName"], "Key": key, "ConsistentRead": true });
    let mut found = ask(database, "GetItem", &get.to_string());
    let item = found.get_mut("Item").map(Value::take);
    IndexChange {
        pk: key["pk"]["S"].as_str().expect("a string").to_owned(),
        is_deleted: item.is_none(),
        table: write["TableName"].clone(),
        key: key.into(),
        item,
    }
}

fn put(database: &Database, table: &Value, item: &Value) {
    let put = json!({ "TableName": table, "Item": item });
    ask(database, "PutItem", &put.to_string());
}

fn ask(database: &Database, operation: &str, body: &str) -> Value {
    let answer = dispatch(database, operation, body).expect("the database answers");
    serde_json::from_str(&answer).expect("JSON")
}
