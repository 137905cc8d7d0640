//! `/api/v1/users/alerts`: the caller's price alerts are made, shown, armed again and deleted.

use api::problem::Problem;
use api::rest::{AlertBody, AlertsBody, Responder, alert_url, new_alert, no_fields, route};
use app::alerts::UserAlerts;
use app::users::CurrentUser;
use bootstrap::alerts::user_alerts;
use bootstrap::config::{Tables, TokenSecret};
use bootstrap::ids::new_alert_id;
use bootstrap::{Error, Start, rest, users};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};

const ALERTS: &str = "/api/v1/users/alerts";
const ALERT: &str = "/api/v1/users/alerts/{id}";
const REARM: &str = "/api/v1/users/alerts/{id}/rearm";

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        tokens: TokenSecret,
    }
}

struct Alerts {
    responder: Responder,
    alerts: UserAlerts,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let tokens = clients.secrets().token_keys(&config.tokens).await?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let alerts = &Alerts {
        responder: config.responder,
        alerts: user_alerts(&clients, &config.tables),
    };
    let answer = |user, request, now_ms| alerts.answer(user, request, now_ms);
    rest::run_for_users(&alerts.responder, &authenticator, answer).await
}

impl Alerts {
    async fn answer(
        &self,
        user: CurrentUser,
        request: Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        let parameters = request.path_parameters();
        let id = parameters.first("id").unwrap_or_default();
        let route = route(&request).unwrap_or_default();
        match (request.method(), route.as_str()) {
            (&Method::POST, ALERTS) => {
                let wanted = new_alert(&request)?;
                let alert = self.alerts.create(&user, wanted, new_alert_id()).await?;
                let body = AlertBody::from(&alert);
                Ok(self.responder.created(&alert_url(&alert), &body))
            }
            (&Method::GET, ALERTS) => {
                let alerts = self.alerts.list(&user).await?;
                let body = AlertsBody::from(alerts.as_slice());
                Ok(self.responder.ok(StatusCode::OK, &body))
            }
            (&Method::GET, ALERT) => {
                let alert = self.alerts.show(&user, id).await?;
                Ok(self.responder.ok(StatusCode::OK, &AlertBody::from(&alert)))
            }
            (&Method::DELETE, ALERT) => {
                self.alerts.delete(&user, id).await?;
                Ok(self.responder.no_content())
            }
            (&Method::POST, REARM) => {
                no_fields(&request)?;
                let alert = self.alerts.rearm(&user, id, now_ms).await?;
                Ok(self.responder.ok(StatusCode::OK, &AlertBody::from(&alert)))
            }
            _ => Err(Problem::no_such_route()),
        }
    }
}
