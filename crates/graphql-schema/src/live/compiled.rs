use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, SelectionSet};
use async_graphql::{Request, ServerError, Variables};
use bytes::{BufMut as _, Bytes, BytesMut};
use feed::LiveEvent;
use futures_util::StreamExt as _;

use super::SubscriptionSchema;
use super::in_order::InOrder;
use crate::result::with_hidden;
use crate::selection::Collector;
use crate::subscription::Source;

/// An operation that is valid and can be executed as often as is needed.
pub(super) struct Compiled {
    /// What is executed.
    document: ExecutableDocument,
    /// What is shown of that.
    shown: SelectionSet,
}

impl Compiled {
    /// Parses an operation, which is in canonical form, and validates it.
    pub(super) async fn new(
        strict: &SubscriptionSchema,
        text: &str,
    ) -> Result<Self, Vec<ServerError>> {
        let document = parse_query(text).map_err(|error| vec![error.into()])?;
        let Some((_, operation)) = document.operations.iter().next() else {
            return Err(vec![ServerError::new("There is no operation.", None)]);
        };
        if operation.node.ty != OperationType::Subscription {
            return Err(vec![ServerError::new("It is no subscription.", None)]);
        }
        let shown = operation.node.selection_set.node.clone();
        let mut request = Request::new(text).data(Source::Plan(Arc::default()));
        request.set_parsed_query(document.clone());
        let responses: Vec<_> = strict.execute_stream(request).collect().await;
        let errors = responses.into_iter().flat_map(|response| response.errors);
        let errors: Vec<_> = errors.collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let with_hidden = with_hidden(Collector {
            document: &document,
            operation: &operation.node,
            values: &Variables::default(),
        });
        Ok(Self {
            document: with_hidden.unwrap_or(document),
            shown,
        })
    }

    /// The result for an event, as it is written.
    pub(super) async fn execute(
        &self,
        fast: &SubscriptionSchema,
        event: Arc<LiveEvent>,
    ) -> Result<Bytes, Vec<ServerError>> {
        let mut request = Request::new(String::new()).data(Source::Event(event));
        request.set_parsed_query(self.document.clone());
        let response = fast.execute_stream(request).next().await;
        let response = response.ok_or_else(|| vec![ServerError::new("BUG: no result.", None)])?;
        if !response.errors.is_empty() {
            return Err(response.errors);
        }
        let mut body = BytesMut::with_capacity(512);
        body.put_slice(br#"{"data":"#);
        let data = InOrder::new(&response.data, &self.shown);
        serde_json::to_writer((&mut body).writer(), &data).expect("BUG: results are JSON");
        body.put_u8(b'}');
        Ok(body.freeze())
    }
}
