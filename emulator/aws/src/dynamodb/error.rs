//! Why there is no DynamoDB, or not the template's tables.

use emulator_template::model::Table;

/// What can't be started or created.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The database file or its port.
    #[error("the embedded DynamoDB can't start: {0}")]
    Start(String),
    /// A table could not be created or looked at.
    #[error("table {table}: {reason}")]
    Table {
        /// Logical id.
        table: String,
        /// What DynamoDB says.
        reason: String,
    },
    /// A table exists and is another than the template's.
    #[error(
        "table {table} exists with another key or index ({difference}): \
         delete the table or the data directory, and it is created as declared"
    )]
    Changed {
        /// Logical id.
        table: String,
        /// What differs.
        difference: String,
    },
}

pub(super) fn table_error(table: &Table, error: &dyn std::error::Error) -> DynamoDbError {
    // The SDK's own Display says "service error"; what went wrong is further down the chain.
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        reason.push_str(": ");
        reason.push_str(&error.to_string());
        cause = error.source();
    }
    DynamoDbError::Table {
        table: table.name.clone(),
        reason,
    }
}
