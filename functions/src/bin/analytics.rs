//! `GET /analytics/user/{id}`: what a user's snapshots amount to, and a page of them.
//! `GET /analytics/user/{id}/prices`: the user's prices in a period.
//!
//! Both come as JSON or as CSV.

use api::problem::Problem;
use api::rest::{
    AnalyticsBody, PricesBody, Responder, bearer_token, format, history_request, price_request,
    route,
};
use app::analytics::ShowAnalytics;
use bootstrap::config::{KeySecrets, Tables};
use bootstrap::snapshots::show_analytics;
use bootstrap::{Error, Start, rest};
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
    let analytics = &Analytics {
        responder: config.responder,
        show: show_analytics(&clients, &config.tables, tokens, prices),
    };
    rest::run(&analytics.responder, |request, now_ms| {
        analytics.show(request, now_ms)
    })
    .await
}

impl Analytics {
    async fn show(&self, request: Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        if route(&request).is_some_and(|route| route.ends_with("/prices")) {
            self.prices(&request, now_ms).await
        } else {
            self.history(&request, now_ms).await
        }
    }

    async fn history(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let format = format(request)?;
        let wanted = history_request(request)?;
        let token = bearer_token(request);
        let analytics = self.show.history(token, &wanted, now_ms).await?;
        let body = AnalyticsBody::new(&analytics, &wanted);
        Ok(self.responder.table(format, &body))
    }

    async fn prices(&self, request: &Request, now_ms: u64) -> Result<Response<Body>, Problem> {
        let format = format(request)?;
        let wanted = price_request(request)?;
        let token = bearer_token(request);
        let prices = self.show.prices(token, &wanted, now_ms).await?;
        Ok(self.responder.table(format, &PricesBody::from(&prices)))
    }
}
