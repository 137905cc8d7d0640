//! What adapters on DynamoDB share: tables, transactions, retries, batches, pages, and which faults pass.
//!
//! It must know no table, item or rule of Fastfusion, and no error but its own.

mod batch;
mod error;
mod item;
mod retry;
mod table;
mod transaction;
mod update;

pub use error::{Error, Result};
pub use item::{Item, number, read, text, write};
pub use table::{Table, read_pages};
pub use transaction::{IntoWrite, Refused};
pub use update::{Updated, send};
