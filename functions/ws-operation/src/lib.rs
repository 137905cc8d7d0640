//! The route `subscribe` of the WebSocket API: GraphQL operations of clients that speak `graphql-transport-ws`.
//!
//! Queries and mutations are executed at once. A subscription is stored; what comes of it live is the business of the
//! fan-outs.

use std::sync::Arc;

use api::feed::{RouteResponse, connection_id, encode};
use api::operations::{SubscribeMessage, decode_subscribe};
use api::rest::network_of;
use app::users::{Network, Tokens};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use bytes::Bytes;
use feed::Authenticated;
use feed::Executed;
use feed::Result;
use feed::operations::{Admitted, Operations};
use feed::session::{
    Connection, Message, Refusal, Refused, Reply, SubscriptionId, SubscriptionRequest,
};
use graphql_schema::{Caller, OperationType, Prepared, Rejected, Request, Schema};
use serde::Serialize;

/// The handler, with what it needs.
pub struct WsOperation {
    /// What is allowed when, and who is told what.
    pub operations: Operations,
    /// The schema with its resolvers.
    pub schema: Schema,
    /// Gives resolvers proof of who the caller is: a connection keeps who that is, and not their token.
    pub tokens: Arc<dyn Tokens>,
}

/// Who runs an operation, and where.
struct Client {
    connection: Connection,
    identity: Authenticated,
    network: Network,
    now_ms: u64,
}

impl WsOperation {
    /// Runs the operation of a message at `now_ms`, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// If the event names no connection.
    pub async fn handle(
        &self,
        event: ApiGatewayWebsocketProxyRequest,
        now_ms: u64,
    ) -> std::result::Result<RouteResponse, &'static str> {
        let connection = connection_id(&event).ok_or("the event names no connection")?;
        let message = decode_subscribe(event.body.as_deref());
        let network = network_of(event.request_context.identity.source_ip.as_deref());
        let id = message.as_ref().map(|message| &message.id);
        let last = match (self.operations.admit(&connection, id).await, message) {
            (Admitted::Welcome(connection, identity), Ok(message)) => {
                let client = Client {
                    connection,
                    identity,
                    network,
                    now_ms,
                };
                self.run(&client, message).await
            }
            (Admitted::Welcome(..), Err(_)) => {
                unreachable!("BUG: what can't be read is not welcome")
            }
            (Admitted::OtherProtocol, _) => Some(misrouted()),
            (Admitted::Refused(last), _) => last,
        };
        Ok(RouteResponse::ok(last.map(|Message(text)| text)))
    }

    async fn run(&self, client: &Client, message: SubscribeMessage) -> Option<Message> {
        let SubscribeMessage { id, request } = message;
        let id = &id;
        let prepared = self.schema.prepare(Request {
            query: request.query,
            operation_name: request.operation_name,
            variables: request.variables,
        });
        match prepared {
            Ok(prepared) if prepared.operation() == OperationType::Subscription => {
                self.subscribe(client, id, prepared).await
            }
            Ok(prepared) => {
                let run = self.execute(client, prepared);
                self.operations
                    .run_once(&client.connection, client.identity, id, run)
                    .await
            }
            Err(rejected) => Some(self.operations.reject(id, &errors(&rejected))),
        }
    }

    async fn subscribe(
        &self,
        client: &Client,
        id: &SubscriptionId,
        prepared: Prepared,
    ) -> Option<Message> {
        let plan = match self.schema.plan(prepared).await {
            Ok(plan) => plan,
            Err(rejected) => return Some(self.operations.reject(id, &errors(&rejected))),
        };
        let request = SubscriptionRequest::new(id.clone(), plan.watch, plan.since, plan.every);
        match request {
            Ok(request) => {
                self.operations
                    .subscribe(
                        &client.connection,
                        client.identity,
                        request,
                        &plan.operation,
                    )
                    .await
            }
            Err(refusal) => Some(self.operations.refuse(id, &refusal)),
        }
    }

    /// Executes a query or a mutation.
    async fn execute(&self, client: &Client, prepared: Prepared) -> Result<Executed> {
        let Authenticated { user_id, role, .. } = client.identity;
        let proof = self.tokens.issue(user_id, role, client.now_ms).await?;
        let caller = Caller {
            token: Some(proof.token),
            network: client.network.clone(),
            now_ms: client.now_ms,
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

/// What the raw feed says to a message that has a type.
fn misrouted() -> Message {
    let refusal = Refusal::BadMessage("the raw feed's messages have an op, and no type".to_owned());
    let refused = Refused { id: None, refusal };
    Message(encode(&Reply::Refused(refused)).concat())
}
