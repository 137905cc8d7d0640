use std::sync::{Arc, OnceLock};

use async_graphql::Request;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use domain::Tick;
use feed::session::Watch;
use feed::{Operation, OperationKey};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use crate::canonical::{canonical, root_alone, root_fields};
use crate::error::{BAD_INPUT, VALIDATION_FAILED};
use crate::limits::{BeyondLimit, MAX_OPERATION_BYTES};
use crate::result::Progress;
use crate::schema::{Prepared, Rejected, Schema};
use crate::selection::Collector;
use crate::subscription::{Source, Wanted};

/// What a subscription is about, and what is executed for each of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionPlan {
    /// What it watches.
    pub watch: Watch,
    /// The last tick that the client has, if it wants those after it.
    pub since: Option<Tick>,
    /// Only ticks that this divides; all if it is not given.
    pub every: Option<u64>,
    /// What is executed. Subscriptions that differ only in what they watch, in `since` and in `every`, in layout, in
    /// fragments or in how they are told what to skip, have the same.
    pub operation: Operation,
}

impl Schema {
    /// Validates a subscription, and reads what its root field is told by the rules of the raw feed. Whether `since` is in
    /// the future, and whether there are such users, is left to who subscribes.
    ///
    /// # Errors
    /// Why it can't be subscribed to, as GraphQL errors: that it is no subscription, is not valid, or asks for something
    /// that is out of bounds.
    pub async fn plan(&self, prepared: Prepared) -> Result<SubscriptionPlan, Rejected> {
        let Prepared {
            request,
            document,
            operation,
            whole,
        } = prepared;
        if operation.ty != OperationType::Subscription {
            let message = "Only subscriptions can be subscribed to.";
            return Err(Rejected::one(VALIDATION_FAILED, message));
        }
        if let Some(whole) = whole {
            self.validate(whole).await?;
        }
        let values = request.variables.clone();
        let collector = Collector {
            document: &document,
            operation: &operation,
            values: &values,
        };
        let root = root_fields(collector);
        let root = root.map_err(|error| Rejected::one(VALIDATION_FAILED, error))?;
        // The document as a whole has to be valid. Root fields within fragments are not executed by async-graphql.
        let mut wanted = self.what_is_wanted(request, &document).await?;
        if let (None, Some(field)) = (&wanted, root.first()) {
            let request = Request::new(root_alone(collector, field));
            wanted = self.what_is_wanted(request, &document).await?;
        }
        let Some(Wanted {
            watch,
            since,
            every,
        }) = wanted
        else {
            let message = "The subscription has no root field.";
            return Err(Rejected::one(VALIDATION_FAILED, message));
        };
        let text = canonical(collector, &root);
        if text.len() > MAX_OPERATION_BYTES {
            let beyond = BeyondLimit::OperationBytes;
            return Err(Rejected::one(beyond.code(), beyond));
        }
        let key = OperationKey(Sha256::digest(&text).into());
        Ok(SubscriptionPlan {
            watch,
            since,
            every,
            operation: Operation { key, text },
        })
    }

    /// Validates a document and executes the root field without an event, for what it asks for.
    async fn what_is_wanted(
        &self,
        request: Request,
        document: &ExecutableDocument,
    ) -> Result<Option<Wanted>, Rejected> {
        let (progress, wanted) = (Progress::default(), Arc::<OnceLock<Wanted>>::default());
        let request = request
            .data(progress.clone())
            .data(Source::Plan(Arc::clone(&wanted)));
        let responses: Vec<_> = self.inner.execute_stream(request).collect().await;
        let errors: Vec<_> = responses
            .into_iter()
            .flat_map(|response| response.errors)
            .collect();
        if !progress.is_valid() {
            return Err(self.not_valid(document.clone(), errors).await);
        }
        if !errors.is_empty() {
            return Err(Rejected::new(false, BAD_INPUT, errors));
        }
        Ok(wanted.get().cloned())
    }
}
