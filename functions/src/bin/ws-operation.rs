//! The route `subscribe` of the WebSocket API: GraphQL operations of clients that speak `graphql-transport-ws`.
//!
//! Queries and mutations are executed at once. A subscription is stored; what comes of it live is the business of the
//! fan-outs.

use std::sync::Arc;

use api::feed::RouteResponse;
use api::operations::{SubscribePayload, decode_subscribe};
use api::origin::network_of;
use app::users::Tokens as _;
use bootstrap::clock::now_ms;
use bootstrap::config::KeySecrets;
use bootstrap::graphql::{SchemaConfig, schema};
use bootstrap::live::Feed;
use bootstrap::secrets::TokenKeys;
use bootstrap::websocket::{self, Event};
use bootstrap::{Error, Start};
use bytes::Bytes;
use domain::Network;
use feed::operations::{Operations, Planned};
use feed::{Authenticated, ConnectionId, Executed, Result};
use graphql_schema::{Caller, OperationType, Prepared, Rejected, Request, Schema};
use serde::Serialize;

bootstrap::config! {
    struct Config {
        secrets: KeySecrets,
        schema: SchemaConfig,
    }
}

struct WsOperation {
    /// What is allowed when, and who is told what.
    operations: Operations,
    schema: Schema,
    /// Gives resolvers proof of who the caller is: a connection keeps who that is, and not their token.
    tokens: Arc<TokenKeys>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let (tables, endpoint) = (&config.schema.tables, config.schema.push.clone());
    let feed = Feed::new(&clients, tables, endpoint)?;
    let handler = WsOperation {
        operations: feed.operations(prices, config.schema.everyone_limit.0),
        schema: schema(&clients, &config.schema, &tokens, prices, feed.answering())?,
        tokens,
    };
    websocket::run_answering(
        async |id, event| handler.receive(id, event, now_ms()).await,
        async |id, event| handler.give_up(id, &event).await,
    )
    .await
}

impl WsOperation {
    async fn receive(&self, connection: ConnectionId, event: Event, now_ms: u64) -> RouteResponse {
        let seen = event.request_context.identity.source_ip.as_deref();
        let message = decode_subscribe(event.body.as_deref());
        let plan = |request, identity, network: Option<Network>| {
            let network = network.unwrap_or_else(|| network_of(seen));
            self.plan(request, identity, network, now_ms)
        };
        RouteResponse::operations(self.operations.receive(&connection, message, plan).await)
    }

    async fn give_up(&self, connection: ConnectionId, event: &Event) -> RouteResponse {
        let message = decode_subscribe(event.body.as_deref());
        RouteResponse::operations(self.operations.give_up(&connection, message).await)
    }

    async fn plan(
        &self,
        request: SubscribePayload,
        identity: Authenticated,
        network: Network,
        now_ms: u64,
    ) -> Planned<impl Future<Output = Result<Executed>> + Send> {
        let request = match request {
            Ok(request) => request,
            Err(malformed) => return Planned::Impossible(json(&[malformed.error()])),
        };
        let prepared = self.schema.prepare(Request {
            query: request.query,
            operation_name: request.operation_name,
            variables: request.variables,
        });
        let plan = match prepared {
            Ok(prepared) if prepared.operation() == OperationType::Subscription => {
                self.schema.plan(prepared).await
            }
            Ok(prepared) => {
                return Planned::Once(self.execute(prepared, identity, network, now_ms));
            }
            Err(rejected) => Err(rejected),
        };
        match plan {
            Ok(plan) => Planned::Subscription {
                watch: plan.watch,
                since: plan.since,
                every: plan.every,
                operation: plan.operation,
            },
            Err(rejected) => Planned::Impossible(errors(&rejected)),
        }
    }

    /// Executes a query or a mutation.
    async fn execute(
        &self,
        prepared: Prepared,
        identity: Authenticated,
        network: Network,
        now_ms: u64,
    ) -> Result<Executed> {
        let Authenticated { user_id, role, .. } = identity;
        let proof = self.tokens.issue(user_id, role, now_ms).await?;
        let caller = Caller {
            token: Some(proof.token),
            network,
            now_ms,
        };
        Ok(match self.schema.execute(prepared, caller).await {
            Ok(done) => Executed::Results(vec![json(&done.body)]),
            Err(rejected) => Executed::Impossible(errors(&rejected)),
        })
    }
}

fn errors(rejected: &Rejected) -> Bytes {
    json(rejected.errors())
}

fn json(value: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).expect("BUG: GraphQL responses are JSON"))
}
