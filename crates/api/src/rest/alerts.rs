use app::alerts::NewAlert;
use domain::Price;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use serde::Serialize;

use super::Fields;
use super::scalars::{Text, TickNumber};
use crate::instant::Instant;
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
    let above = fields.changeable("above", Price::parse);
    let below = fields.changeable("below", Price::parse);
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

/// What an alert waits for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConditionBody {
    Above(Text<Price>),
    Below(Text<Price>),
}

/// A price alert.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AlertBody {
    id: Text<AlertId>,
    #[serde(flatten)]
    condition: ConditionBody,
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["email", "sms"])))]
    channel: &'static str,
    /// `armed`: waiting. `firing`: the price has crossed the threshold and the user is being notified. `fired`: the user
    /// was notified. `failed`: the user could not be notified within a quarter of an hour, or not at all.
    state: StateBody,
    created_at: Instant,
    /// What it fired on. Absent while the alert is armed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "CrossedBody"))]
    crossed: Option<CrossedBody>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(inline))]
#[serde(rename_all = "snake_case")]
enum StateBody {
    Armed,
    Firing,
    Fired,
    Failed,
}

/// All alerts of the caller.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AlertsBody {
    #[cfg_attr(feature = "openapi", schemars(length(max = Alert::MAX_PER_USER)))]
    alerts: Vec<AlertBody>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(inline))]
struct CrossedBody {
    tick: TickNumber,
    price: Text<Price>,
    at: Instant,
}

impl From<Condition> for ConditionBody {
    fn from(condition: Condition) -> Self {
        let threshold = condition.threshold.into();
        match condition.crossing {
            Crossing::Above => Self::Above(threshold),
            Crossing::Below => Self::Below(threshold),
        }
    }
}

impl From<&Alert> for AlertBody {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.into(),
            condition: alert.condition.into(),
            channel: alert.channel.name(),
            state: match alert.state {
                AlertState::Armed { .. } => StateBody::Armed,
                AlertState::Firing(_) => StateBody::Firing,
                AlertState::Fired(_) => StateBody::Fired,
                AlertState::Failed(_) => StateBody::Failed,
            },
            created_at: Instant(alert.id.created_at_ms()),
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
            tick: crossed.tick.into(),
            price: crossed.price.into(),
            at: Instant(crossed.tick.starts_at_ms()),
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) mod openapi {
    #![expect(dead_code, reason = "the reader above decodes requests field by field")]

    use app::Error;
    use schemars::JsonSchema;
    use serde_json::json;

    use super::{AlertBody, AlertsBody, ConditionBody};
    use crate::openapi::operations::Api;
    use crate::openapi::route::Route;

    const ALERTS: &str = "/api/v1/users/alerts";
    const ALERT: &str = "/api/v1/users/alerts/{id}";
    const REARM: &str = "/api/v1/users/alerts/{id}/rearm";

    /// A price alert to be created.
    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct NewAlert {
        #[serde(flatten)]
        condition: ConditionBody,
        #[schemars(extend("enum" = ["email", "sms"]))]
        channel: String,
    }

    /// One of the caller's alerts is named in the path.
    fn of_one_alert(route: Route<'_>) -> Route<'_> {
        route
            .with_token()
            .id("The alert's id.", "019b76db-9f12-7101-8101-010101010101")
            .problem(Error::AlertNotFound)
    }

    pub(in super::super) fn describe(api: &mut Api) {
        let armed = json!({
            "id": "019b76db-9f12-7101-8101-010101010101", "above": "120.00", "channel": "email",
            "state": "armed", "created_at": "2026-01-01T00:01:03.250Z",
        });
        let mut fired = armed.clone();
        fired["state"] = json!("fired");
        fired["crossed"] =
            json!({"tick": 353445140, "price": "120.03", "at": "2026-01-01T00:01:40Z"});
        let url = json!({
            "description": "The alert's URL, relative to this one.",
            "schema": {"type": "string", "format": "uri-reference"},
        });

        api.operation("post", ALERTS, "createAlert", "alerts")
            .with_token()
            .summary("Create an alert: a notification when the price crosses a threshold")
            .description(
                "`above` fires when the price rises to the threshold or beyond between two \
                 consecutive ticks, `below` when it falls to it or below. The alert is armed \
                 from the first tick that begins after the answer. A price that is beyond the \
                 threshold already has to come back first. An alert fires once, and then rests \
                 until it is armed again.",
            )
            .body::<NewAlert>(json!({"above": "120.00", "channel": "email"}))
            .answers::<AlertBody>(201, "The alert, armed.", armed.clone())
            .header(201, "Location", url)
            .problem(Error::TooManyAlerts)
            .problem(Error::NoPhone);
        api.operation("get", ALERTS, "listAlerts", "alerts")
            .with_token()
            .summary("The caller's alerts, the oldest first")
            .answers::<AlertsBody>(200, "All of them, 20 at most.", json!({"alerts": [fired]}));
        of_one_alert(api.operation("get", ALERT, "showAlert", "alerts"))
            .summary("An alert")
            .answers::<AlertBody>(200, "One of the caller's alerts.", fired);
        of_one_alert(api.operation("delete", ALERT, "deleteAlert", "alerts"))
            .summary("Delete an alert")
            .answers_nothing(204, "The alert is deleted, whatever its state was.");
        of_one_alert(api.operation("post", REARM, "rearmAlert", "alerts"))
            .summary("Arm an alert again")
            .description("Takes no fields. An alert that is armed stays as it is.")
            .no_fields()
            .answers::<AlertBody>(200, "The alert, armed.", armed)
            .problem(Error::AlertFiring);
    }
}
