//! Sessions as browsers have them.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::json;

use crate::{Answer, Session, User};

/// The cookie that an answer sets, as a browser would send it back: `refresh_token=…`. Empty once it is taken back.
#[must_use]
pub fn cookie_of(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    let cookie = set.split(';').next().unwrap_or_default();
    match cookie.strip_suffix('=') {
        Some(_name) => String::new(),
        None => cookie.to_owned(),
    }
}

impl Session {
    /// Logs a user in with a session, and gives the cookie.
    ///
    /// # Errors
    /// If there is no answer, or one without a cookie.
    pub async fn begin(&self, user: &User) -> Result<String> {
        let body = json!({"email": user.email, "password": user.password, "session": true});
        let answer = self.post("/api/v1/users/login", &body).await?;
        let cookie = cookie_of(&answer);
        (!cookie.is_empty())
            .then_some(cookie)
            .with_context(|| format!("no session began: {answer:?}"))
    }

    /// Sends the cookie to a path, as a page of ours does.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn post_cookie(&self, path: &str, cookie: &str) -> Result<Answer> {
        let request = self.request(Method::POST, path).json(&json!({}));
        let request = request.header("sec-fetch-site", "same-origin");
        self.send(request.header("cookie", cookie)).await
    }
}
