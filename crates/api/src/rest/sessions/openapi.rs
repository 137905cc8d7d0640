#![expect(
    dead_code,
    reason = "the reader beside it decodes requests field by field"
)]

use app::Error;
use domain::user::Password;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::SessionsBody;
use crate::openapi::operations::Api;
use crate::problem::Problem;
use crate::rest::TokenBody;

const SESSIONS: &str = "/api/v1/users/sessions";
const SESSION: &str = "/api/v1/users/sessions/{id}";

/// A password that takes another's place.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct NewPassword {
    current_password: String,
    #[schemars(length(min = Password::MIN_CHARS, max = Password::MAX_CHARS))]
    new_password: String,
}

fn set_cookie() -> Value {
    json!({
        "description": "The cookie `refresh_token`: `HttpOnly; Secure; SameSite=Strict; Path=/api/v1/users`.",
        "schema": {"type": "string"},
    })
}

pub(in super::super) fn describe(api: &mut Api) {
    api.operation("post", "/api/v1/users/refresh", "refresh", "sessions")
        .public()
        .summary("Exchange the refresh token for an access token")
        .description(
            "The refresh token is that of the cookie `refresh_token`, which a login with `session` sets, and which is \
             replaced. Each is used once: within 30 seconds it gives the same successor again, later it ends its session, since \
             somebody has stolen it. A session ends 30 days after it was last used, and after 180 days. Pages of other origins are \
             refused.",
        )
        .empty_object()
        .answers::<TokenBody>(
            200,
            "The user stays logged in.",
            json!({
                "access_token": "eyJ0eXAiOiJKV1Qi.eyJpc3MiOiJm.c2lnbmF0dXJl",
                "token_type": "Bearer", "expires_in": 3600,
            }),
        )
        .header(200, "Set-Cookie", set_cookie())
        .problem(Error::SessionEnded)
        .problem(Problem::cross_site());
    api.operation("post", "/api/v1/users/logout", "logout", "sessions")
        .public()
        .summary("End the session of the refresh token")
        .description(
            "Takes the cookie back. Without a session there is nothing to end, which is as good. The access token is valid for as \
             long as it was issued for.",
        )
        .empty_object()
        .answers_nothing(204, "There is no session any more.")
        .header(204, "Set-Cookie", set_cookie())
        .problem(Problem::cross_site());
    describe_sessions(api);
    api.operation(
        "post",
        "/api/v1/users/password",
        "changePassword",
        "sessions",
    )
    .with_token()
    .summary("Change the password, and end all other sessions")
    .description("A wrong `current_password` counts as a failed attempt to log in.")
    .body::<NewPassword>(json!({
        "current_password": "correct horse battery", "new_password": "staple of another battery",
    }))
    .answers_nothing(204, "The password is the new one.")
    .problem(Error::WrongPassword)
    .problem(Error::TooManyAttempts {
        retry_after_secs: 8,
    });
}

fn describe_sessions(api: &mut Api) {
    api.operation("get", SESSIONS, "listSessions", "sessions")
        .with_token()
        .summary("Where the caller is logged in, the oldest session first")
        .answers::<SessionsBody>(
            200,
            "All of them, 20 at most.",
            json!({"sessions": [{
                "id": "019b76db-9f12-7101-8101-010101010101", "created_at": "2026-01-01T00:01:03.250Z",
                "last_used_at": "2026-01-01T09:00:00Z", "ends_at": "2026-01-31T09:00:00Z", "current": true,
            }]}),
        );
    api.operation("delete", SESSIONS, "endSessions", "sessions")
        .with_token()
        .summary("End all sessions of the caller")
        .answers_nothing(204, "There is none any more.");
    api.operation("delete", SESSION, "endSession", "sessions")
        .with_token()
        .id("The session's id.", "019b76db-9f12-7101-8101-010101010101")
        .summary("End a session of the caller")
        .answers_nothing(
            204,
            "The session has ended. Access tokens are valid for as long as they were issued for.",
        )
        .problem(Error::SessionNotFound);
}
