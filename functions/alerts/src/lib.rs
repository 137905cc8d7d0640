//! `/api/v1/users/alerts`: the caller's price alerts are made, shown, armed again and deleted.

use api::problem::Problem;
use api::rest::{
    AlertBody, AlertsBody, Responder, alert_url, bearer_token, new_alert, no_fields, route,
};
use app::alerts::UserAlerts;
use domain::alert::AlertId;
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};
use uuid::Uuid;

const ALERTS: &str = "/api/v1/users/alerts";
const ALERT: &str = "/api/v1/users/alerts/{id}";
const REARM: &str = "/api/v1/users/alerts/{id}/rearm";

/// The handler, with what it needs.
pub struct Alerts {
    /// The use cases.
    pub alerts: UserAlerts,
    /// Makes responses.
    pub responder: Responder,
}

impl Alerts {
    /// Answers one request. An alert that it makes gets this id, whose instant is that of the request.
    pub async fn handle(&self, request: &Request, id: AlertId) -> Response<Body> {
        self.responder.answer(self.answer(request, id).await)
    }

    async fn answer(&self, request: &Request, new: AlertId) -> Result<Response<Body>, Problem> {
        let now_ms = new.created_at_ms();
        let token = bearer_token(request);
        let parameters = request.path_parameters();
        let id = parameters.first("id").unwrap_or_default();
        let route = route(request).unwrap_or_default();
        match (request.method(), route.as_str()) {
            (&Method::POST, ALERTS) => {
                let wanted = new_alert(request)?;
                let alert = self.alerts.create(token, wanted, new).await?;
                let body = AlertBody::from(&alert);
                Ok(self.responder.created(&alert_url(&alert), &body))
            }
            (&Method::GET, ALERTS) => {
                let alerts = self.alerts.list(token, now_ms).await?;
                let body = AlertsBody::from(alerts.as_slice());
                Ok(self.responder.ok(StatusCode::OK, &body))
            }
            (&Method::GET, ALERT) => {
                let alert = self.alerts.show(token, id, now_ms).await?;
                Ok(self.responder.ok(StatusCode::OK, &AlertBody::from(&alert)))
            }
            (&Method::DELETE, ALERT) => {
                self.alerts.delete(token, id, now_ms).await?;
                Ok(self.responder.no_content())
            }
            (&Method::POST, REARM) => {
                no_fields(request)?;
                let alert = self.alerts.rearm(token, id, now_ms).await?;
                Ok(self.responder.ok(StatusCode::OK, &AlertBody::from(&alert)))
            }
            _ => Err(Problem::no_such_route()),
        }
    }
}

/// The id of an alert that is made now.
///
/// # Panics
/// Never: the UUID is of the version that an id has to be.
#[must_use]
pub fn new_alert_id() -> AlertId {
    AlertId::from_uuid(Uuid::now_v7()).expect("BUG: now_v7 makes version 7")
}

#[cfg(test)]
mod tests;
