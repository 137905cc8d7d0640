//! SEAM: to be removed once `graphql_schema::LiveSchema` is there. Functions hand that in instead.

use app::feed::{ExecuteOperations, Executed, LiveEvent, Operation};
use async_trait::async_trait;

/// Executes no operation.
pub struct NoSchema;

#[async_trait]
impl ExecuteOperations for NoSchema {
    async fn execute(&self, _: &Operation, _: &LiveEvent) -> Executed {
        Executed::Impossible(br#"[{"message":"There are no subscriptions yet."}]"#[..].into())
    }
}
