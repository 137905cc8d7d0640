use app::alerts::NewAlert;
use domain::Price;
use domain::alert::{Alert, AlertState, Channel, Condition, Crossed, Crossing};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use serde::Serialize;

use super::Fields;
use crate::instant::rfc3339;
use crate::problem::Problem;

/// Reads `POST /api/v1/users/alerts`.
///
/// # Errors
/// The problem with the request; bad fields are named all at once.
pub fn new_alert(request: &Request) -> Result<NewAlert, Problem> {
    let mut fields = Fields::read(request)?;
    match (fields.is_given("above"), fields.is_given("below")) {
        (true, true) => fields.refuse("below", "is given beside above: expected one of the two"),
        (false, false) => fields.refuse("above", "is missing: expected above or below"),
        (true, false) | (false, true) => {}
    }
    let above = fields.optional("above", Price::parse);
    let below = fields.optional("below", Price::parse);
    let channel = fields.required("channel", str::parse::<Channel>);
    let made = || {
        let (crossing, threshold) = match (above, below) {
            (Some(price), _) => (Crossing::Above, price),
            (None, price) => (Crossing::Below, price?),
        };
        Some(NewAlert {
            condition: Condition {
                crossing,
                threshold,
            },
            channel: channel?,
        })
    };
    Ok(fields.finish(made)?)
}

/// The path of the route that a request came by, with its parameters unfilled: how a function that has several
/// routes tells them apart.
#[must_use]
pub fn route(request: &Request) -> Option<String> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.resource_path.clone(),
        _ => None,
    }
}

/// The URL of an alert, relative to that of the collection: so it is right under any stage and domain.
#[must_use]
pub fn alert_url(alert: &Alert) -> String {
    format!("alerts/{}", alert.id)
}

/// What an alert waits for: `above` or `below`.
#[derive(Debug, Serialize)]
pub(crate) struct ConditionBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    above: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<String>,
}

/// An alert, as every route shows it.
#[derive(Debug, Serialize)]
pub struct AlertBody {
    id: String,
    #[serde(flatten)]
    condition: ConditionBody,
    channel: &'static str,
    state: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crossed: Option<CrossedBody>,
}

/// Answers `GET /api/v1/users/alerts`.
#[derive(Debug, Serialize)]
pub struct AlertsBody {
    alerts: Vec<AlertBody>,
}

#[derive(Debug, Serialize)]
struct CrossedBody {
    tick: u64,
    price: String,
    at: String,
}

impl From<Condition> for ConditionBody {
    fn from(condition: Condition) -> Self {
        let threshold = Some(condition.threshold.to_string());
        match condition.crossing {
            Crossing::Above => Self {
                above: threshold,
                below: None,
            },
            Crossing::Below => Self {
                above: None,
                below: threshold,
            },
        }
    }
}

impl From<&Alert> for AlertBody {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            condition: alert.condition.into(),
            channel: alert.channel.name(),
            state: match alert.state {
                AlertState::Armed { .. } => "armed",
                AlertState::Firing(_) => "firing",
                AlertState::Fired(_) => "fired",
                AlertState::Failed(_) => "failed",
            },
            created_at: rfc3339(alert.id.created_at_ms()),
            crossed: alert.state.crossed().map(CrossedBody::from),
        }
    }
}

impl From<&[Alert]> for AlertsBody {
    fn from(alerts: &[Alert]) -> Self {
        Self {
            alerts: alerts.iter().map(AlertBody::from).collect(),
        }
    }
}

impl From<Crossed> for CrossedBody {
    fn from(crossed: Crossed) -> Self {
        Self {
            tick: crossed.tick.get(),
            price: crossed.price.to_string(),
            at: rfc3339(crossed.tick.starts_at_ms()),
        }
    }
}
