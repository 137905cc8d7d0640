use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Has the database carry out an operation, as its server does.
pub(super) fn dispatch(
    database: &Database,
    operation: &str,
    body: &str,
) -> Result<String, DynoxideError> {
    fn write(response: impl Serialize) -> String {
        serde_json::to_string(&response).expect("JSON")
    }
    fn read<T: DeserializeOwned>(body: &str) -> T {
        serde_json::from_str(body).expect("a request")
    }
    macro_rules! dispatch {
        ($($name:literal => $method:ident),* $(,)?) => {
            match operation {
                $($name => database.$method(read(body)).map(write),)*
                _ => panic!("{operation} is not an operation that the kit knows"),
            }
        };
    }
    dispatch! {
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "CreateTable" => create_table,
        "DeleteItem" => delete_item,
        "DescribeTable" => describe_table,
        "GetItem" => get_item,
        "PutItem" => put_item,
        "Query" => query,
        "Scan" => scan,
        "TransactWriteItems" => transact_write_items,
        "UpdateItem" => update_item,
    }
}
