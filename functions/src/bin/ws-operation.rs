//! The route `subscribe` of the WebSocket API: GraphQL operations of clients that speak `graphql-transport-ws`.
//!
//! Queries and mutations are executed at once. A subscription is stored; what comes of it live is the business of the
//! fan-outs.

use std::sync::Arc;

use api::feed::{RouteResponse, encode};
use api::operations::{SubscribeMessage, decode_subscribe};
use api::rest::network_of;
use app::users::{IssueToken as _, Network};
use bootstrap::clock::now_ms;
use bootstrap::config::{ConfigError, Env, FromEnv, PriceSecret, TokenSecret};
use bootstrap::graphql::{SchemaConfig, schema};
use bootstrap::live::Feed;
use bootstrap::secrets::TokenKeys;
use bootstrap::websocket::{self, Event};
use bootstrap::{Error, Start};
use bytes::Bytes;
use feed::operations::{Admitted, Operations};
use feed::session::{
    Connection, Message, Refusal, Refused, Reply, SubscriptionId, SubscriptionRequest,
};
use feed::{Authenticated, ConnectionId, Executed};
use graphql_schema::{Caller, OperationType, Prepared, Rejected, Request, Schema};
use serde::Serialize;

struct Config {
    tokens: TokenSecret,
    prices: PriceSecret,
    schema: SchemaConfig,
}

impl FromEnv for Config {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            tokens: env.read()?,
            prices: env.read()?,
            schema: env.read()?,
        })
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
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let secrets = clients.secrets();
    let (tokens, prices) = secrets
        .keys_and_prices(&config.tokens, &config.prices)
        .await?;
    let (tables, endpoint) = (&config.schema.tables, config.schema.push.clone());
    let feed = Feed::new(&clients, tables, endpoint)?;
    let handler = WsOperation {
        operations: feed.operations(prices, config.schema.everyone_limit),
        schema: schema(&clients, &config.schema, &tokens, prices)?,
        tokens,
    };
    websocket::run(async |id, event| Ok(handler.receive(id, event, now_ms()).await)).await
}

/// Who runs an operation, and where.
struct Client {
    connection: Connection,
    identity: Authenticated,
    network: Network,
    now_ms: u64,
}

impl WsOperation {
    async fn receive(&self, connection: ConnectionId, event: Event, now_ms: u64) -> RouteResponse {
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
        RouteResponse::ok(last.map(|Message(text)| text))
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
    async fn execute(&self, client: &Client, prepared: Prepared) -> feed::Result<Executed> {
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
