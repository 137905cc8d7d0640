use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// An item, or its key: attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// An attribute that is a string.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// An attribute that is a number.
pub fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Reads an item; `what` is being done, for the error.
///
/// # Errors
/// If an attribute is missing or not what it should be: the error names it and not its value.
pub fn read<T: DeserializeOwned>(what: &'static str, item: Item) -> Result<T> {
    let item: serde_dynamo::Item = item.into();
    let attributes = serde_dynamo::AttributeValue::M(item.into());
    let deserializer = serde_dynamo::Deserializer::from_attribute_value(attributes);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let why = match error.path().iter().next() {
            Some(attribute) => format!("attribute {attribute} is not what it should be"),
            None => error.inner().to_string(),
        };
        Error::unreadable(what, why)
    })
}

/// The attributes of a struct.
///
/// # Panics
/// If it holds what DynamoDB has no attribute for, which a test of the struct shows.
pub fn write(item: &impl Serialize) -> Item {
    serde_dynamo::to_item(item).expect("BUG: a stored struct has attributes only")
}
