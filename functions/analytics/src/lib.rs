//! `GET /analytics/user/{id}`: what a user's snapshots amount to, and a page of them.
//! `GET /analytics/user/{id}/prices`: the user's prices in a period.
//!
//! Both come as JSON or as CSV.

use api::problem::Problem;
use api::rest::{
    AnalyticsBody, PricesBody, Responder, bearer_token, format, history_request, price_request,
};
use app::analytics::ShowAnalytics;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt as _, Response};

/// The handler, with what it needs.
pub struct Analytics {
    /// The use cases.
    pub show: ShowAnalytics,
    /// Makes responses.
    pub responder: Responder,
}

impl Analytics {
    /// Answers one request at `now_ms`, in milliseconds since the Unix epoch.
    pub async fn handle(&self, request: &Request, now_ms: u64) -> Response<Body> {
        let answer = if is_for_prices(request) {
            self.prices(request, now_ms).await
        } else {
            self.history(request, now_ms).await
        };
        self.responder.answer(answer)
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

/// Which of the two routes API Gateway took.
fn is_for_prices(request: &Request) -> bool {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context
            .resource_path
            .as_deref()
            .is_some_and(|route| route.ends_with("/prices")),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
