use std::time::Instant;

use anyhow::Result;
use reqwest::Method;
use reqwest::header::HOST;
use serde_json::{Value, json};

use crate::{PATIENCE, Stack};

/// A password that the rules accept.
const PASSWORD: &str = "correct horse battery staple";

/// An answer of the REST API.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// Body; `null` where it is empty.
    pub body: Value,
}

impl Answer {
    /// A header as text, empty if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// The names of the fields that a validation problem complains of, sorted.
    #[must_use]
    pub fn bad_fields(&self) -> Vec<&str> {
        let errors = self.body["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut fields: Vec<_> = errors
            .iter()
            .filter_map(|error| error["field"].as_str())
            .collect();
        fields.sort_unstable();
        fields
    }
}

/// An HTTP client of one stack.
#[derive(Debug, Clone)]
pub struct Session {
    base: String,
    client: reqwest::Client,
}

/// A registered and logged-in user.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's id.
    pub id: domain::UserId,
    /// The email address registered with.
    pub email: String,
    /// The password registered with.
    pub password: String,
    /// An access token.
    pub token: String,
    /// What registering answered.
    pub registration: Value,
}

/// An email address that nobody has used before.
#[must_use]
pub fn unique_email() -> String {
    format!("{}@example.com", uuid::Uuid::now_v7().simple())
}

impl Session {
    /// A client for this stack.
    ///
    /// # Panics
    /// If it can't be made.
    #[must_use]
    pub fn new(stack: &Stack) -> Self {
        let host = stack.host().map(|host| {
            let host = host.parse().expect("a host's name is a header's value");
            (HOST, host)
        });
        let client = reqwest::Client::builder()
            .default_headers(host.into_iter().collect())
            .build();
        Self {
            base: stack.url().to_owned(),
            client: client.expect("a client of the defaults is made"),
        }
    }

    /// A request that can be changed before it is sent with [`Session::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request.
    ///
    /// # Errors
    /// If there is no answer, or one that is neither empty nor JSON.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)?
        };
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    /// `POST` of a JSON body.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `GET`, with a token if there is one.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer> {
        let request = self.request(Method::GET, path);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.send(request).await
    }

    /// `PATCH` of a JSON merge patch with a token.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn patch(&self, path: &str, token: &str, body: &Value) -> Result<Answer> {
        let request = self.request(Method::PATCH, path).bearer_auth(token);
        let request = request
            .header("content-type", "application/merge-patch+json")
            .body(body.to_string());
        self.send(request).await
    }

    /// `DELETE` with a token.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn delete(&self, path: &str, token: &str) -> Result<Answer> {
        self.send(self.request(Method::DELETE, path).bearer_auth(token))
            .await
    }

    /// Registers somebody new and logs in.
    ///
    /// # Errors
    /// If either is refused.
    pub async fn new_user(&self) -> Result<User> {
        self.new_user_with(json!({})).await
    }

    /// Registers somebody new with further fields and logs in.
    ///
    /// # Errors
    /// If either is refused.
    pub async fn new_user_with(&self, more: Value) -> Result<User> {
        let email = unique_email();
        let mut body = json!({"name": "Ada Lovelace", "email": email, "password": PASSWORD});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let registration = self.post("/api/v1/users/register", &body).await?;
        anyhow::ensure!(
            registration.status == 201,
            "register answered {registration:?}"
        );
        let token = self.log_in(&email, PASSWORD).await?;
        let id = registration.body["id"].as_str().unwrap_or_default();
        Ok(User {
            id: domain::UserId::parse(id)?,
            email,
            password: PASSWORD.to_owned(),
            token,
            registration: registration.body,
        })
    }

    /// Logs in and gives the access token.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn log_in(&self, email: &str, password: &str) -> Result<String> {
        let body = json!({"email": email, "password": password});
        let login = self.post("/api/v1/users/login", &body).await?;
        anyhow::ensure!(login.status == 200, "login answered {login:?}");
        Ok(login.body["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Asks for a snapshot and gives the answer's body.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn save_snapshot(&self, user: &User) -> Result<Value> {
        let request = self.request(Method::POST, "/api/v1/users/save-snapshot");
        let answer = self.send(request.bearer_auth(&user.token)).await?;
        anyhow::ensure!(answer.status == 202, "save-snapshot answered {answer:?}");
        Ok(answer.body)
    }

    /// Waits until a snapshot is saved and gives what is known of it.
    ///
    /// # Errors
    /// If it is not found, or not saved in time.
    pub async fn saved_snapshot(&self, user: &User, id: &str) -> Result<Value> {
        let url = format!("/api/v1/users/snapshots/{id}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(&url, Some(&user.token)).await?;
            anyhow::ensure!(answer.status == 200, "its status answered {answer:?}");
            if answer.body["status"] == "saved" {
                return Ok(answer.body);
            }
            anyhow::ensure!(Instant::now() < deadline, "snapshot {id} stays pending");
            crate::poll_pause().await;
        }
    }
}
