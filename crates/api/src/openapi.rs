//! What `docs/openapi.yaml` says, derived from the code.
//!
//! Each route is described once, in the file of its wire types, by a function `describe`. Schemas come from the wire
//! types, and what an error looks like from [`Problem`]. Only tests enable the feature: nothing that is deployed holds
//! this.

pub(crate) mod components;
pub(crate) mod operations;
pub(crate) mod route;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::instant::Instant;
use crate::{graphql, rest, token};

use operations::Api;
use route::Operation;

const DESCRIPTION: &str = "\
Live share prices. Every registered user is a shareholder whose share price moves at random every five seconds.

A **tick** is `floor(unix_seconds / 5)`. Every price belongs to a tick and is computed: the same shareholder has the same
price at the same tick for ever. Amounts and percentages are decimal strings, so that nothing is lost to floating point:
prices, changes of a price and their percentages have two decimals, means and deviations have four. Instants are
RFC 3339 in UTC.

A request's body may have at most 16 KiB; it is `application/json` in UTF-8 unless an operation says otherwise.

Errors are `application/problem+json` (RFC 9457). Programs should look at `type`, which is stable; the texts are for
people.

Prices also come live over the WebSocket feed, which docs/websocket-feed.md describes.
";

#[derive(Serialize)]
struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    tags: Value,
    security: Value,
    paths: BTreeMap<&'static str, BTreeMap<&'static str, Operation>>,
    components: Value,
}

/// The document as YAML.
#[must_use]
pub fn yaml() -> String {
    let yaml = yaml_serde::to_string(&document()).expect("BUG: the document is plain data");
    // Readers of YAML 1.1 take an instant for something else than a string unless it is quoted.
    let quoted = yaml.lines().map(|line| match line.split_once(": ") {
        Some((key, value)) if value.parse::<Instant>().is_ok() => format!("{key}: '{value}'\n"),
        _ => format!("{line}\n"),
    });
    quoted.collect()
}

/// The document, its parts in the order in which people read them.
#[must_use]
pub fn document() -> impl Serialize {
    let mut api = Api::new();
    rest::describe(&mut api);
    graphql::describe(&mut api);
    token::describe(&mut api);
    Document {
        openapi: "3.1.0",
        info: json!({
            "title": "Fastfusion",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": DESCRIPTION,
        }),
        servers: servers(),
        tags: tags(),
        security: json!([{"accessToken": []}]),
        paths: api.paths,
        components: json!({
            "securitySchemes": {"accessToken": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The `access_token` of a login. It is refused once it has expired or \
                                its user no longer exists. It carries the user's role; only an \
                                operator can grant the role `admin`.",
            }},
            "headers": headers(),
            "schemas": api.components.schemas(),
            "responses": api.components.responses,
        }),
    }
}

/// The example of what `GET` of this path answers.
#[cfg(test)]
pub(crate) fn example(path: &str) -> Value {
    let mut document = serde_json::to_value(document()).expect("it is plain data");
    document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        .take()
}

fn servers() -> Value {
    json!([
        {"url": "http://127.0.0.1:8001", "description": "On one machine, `make up`"},
        {
            "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
            "description": "On AWS: the output RestUrl of the stack",
            "variables": {
                "api": {"default": "abcdefghij", "description": "The id of the REST API"},
                "region": {"default": "eu-central-1", "description": "The AWS region"},
                "stage": {"default": "live", "description": "The parameter Stage of the stack"},
            },
        },
    ])
}

fn tags() -> Value {
    json!([
        {"name": "users", "description": "Registration, login and profile"},
        {"name": "sessions", "description": "Staying logged in, and the password"},
        {"name": "snapshots", "description": "Saving the price of a moment"},
        {"name": "alerts", "description": "Notifications when a price crosses a threshold"},
        {"name": "analytics", "description": "Statistics of snapshots, and prices of any period"},
        {"name": "graphql", "description": "The same in GraphQL: docs/graphql.md, docs/schema.graphql"},
        {"name": "operation", "description": "For machines: the health check and the public keys"},
    ])
}

/// The headers that several responses share.
fn headers() -> Value {
    let header =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "Link": header(
            "The next page, if there is one, as a reference relative to this URL (RFC 8288): \
             `<?limit=50&cursor=...>; rel=\"next\"`.",
        ),
        "RetryAfter": {
            "description": "After how many seconds to try again.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "Vary": header("The answer depends on the request's `Accept` header."),
        "WwwAuthenticate": header(
            "The challenge `Bearer`. Behind API Gateway the header is called \
             `x-amzn-Remapped-WWW-Authenticate`.",
        ),
    })
}
