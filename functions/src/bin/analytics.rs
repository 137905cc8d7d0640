//! `GET /analytics/user/{id}`: what a user's snapshots amount to, and a page of them.
//! `GET /analytics/user/{id}/prices`: the user's prices in a period.
//!
//! Both come as JSON or as CSV.

use api::problem::Problem;
use api::rest::{
    AnalyticsBody, PricesBody, Responder, format, history_request, price_request, route,
};
use app::analytics::ShowAnalytics;
use app::users::CurrentUser;
use bootstrap::config::{KeySecrets, Tables};
use bootstrap::snapshots::show_analytics;
use bootstrap::{Error, Start, rest, users};
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        secrets: KeySecrets,
    }
}

struct Analytics {
    responder: Responder,
    show: ShowAnalytics,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let (tokens, prices) = clients.secrets().keys_and_prices(&config.secrets).await?;
    let authenticator = users::authenticator(&clients, &config.tables, tokens);
    let analytics = &Analytics {
        responder: config.responder,
        show: show_analytics(&clients, &config.tables, prices),
    };
    let show = |user, request, now_ms| analytics.show(user, request, now_ms);
    rest::run_for_users(&analytics.responder, &authenticator, show).await
}

impl Analytics {
    async fn show(
        &self,
        user: CurrentUser,
        request: Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        if route(&request).is_some_and(|route| route.ends_with("/prices")) {
            self.prices(&user, &request, now_ms).await
        } else {
            self.history(&user, &request).await
        }
    }

    async fn history(
        &self,
        user: &CurrentUser,
        request: &Request,
    ) -> Result<Response<Body>, Problem> {
        let format = format(request)?;
        let wanted = history_request(request)?;
        let analytics = self.show.history(user, &wanted).await?;
        let body = AnalyticsBody::new(&analytics, &wanted);
        Ok(self.responder.table(format, &body))
    }

    async fn prices(
        &self,
        user: &CurrentUser,
        request: &Request,
        now_ms: u64,
    ) -> Result<Response<Body>, Problem> {
        let format = format(request)?;
        let wanted = price_request(request)?;
        let prices = self.show.prices(user, &wanted, now_ms).await?;
        Ok(self.responder.table(format, &PricesBody::from(&prices)))
    }
}
