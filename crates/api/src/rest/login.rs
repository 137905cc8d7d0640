use std::convert::Infallible;

use app::users::{AccessToken, Credentials};
use domain::Network;
use domain::user::Email;
use lambda_http::Request;
use serde::Serialize;

use super::{Fields, check_site};
use crate::problem::Problem;

/// What a login asks for.
pub struct LoginRequest {
    /// Who logs in.
    pub credentials: Credentials,
    /// Whether a session is to begin.
    pub session: bool,
}

/// Reads `POST /api/v1/users/login`, which comes from this network.
///
/// # Errors
/// The problem with the request; bad fields are named all at once.
pub fn login_request(request: &Request, network: Network) -> Result<LoginRequest, Problem> {
    let mut fields = Fields::read(request)?;
    let email = fields.required("email", Email::known);
    // Any text may be wrong; rules are for new passwords.
    let password = fields.required("password", |text| Ok::<_, Infallible>(text.to_owned()));
    let session = fields.flag("session").unwrap_or(false);
    let made = || {
        let credentials = Credentials {
            email: email?,
            password: password?,
            network,
        };
        Some(LoginRequest {
            credentials,
            session,
        })
    };
    let login = fields.finish(made)?;
    if login.session {
        check_site(request)?;
    }
    Ok(login)
}

/// An access token and how long it is valid.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "AccessToken"))]
pub struct TokenBody {
    access_token: String,
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "Bearer")))]
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
}

impl From<AccessToken> for TokenBody {
    fn from(token: AccessToken) -> Self {
        Self {
            access_token: token.token,
            token_type: "Bearer",
            expires_in: token.expires_in_secs,
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) mod openapi {
    #![expect(dead_code, reason = "the reader above decodes requests field by field")]

    use app::Error;
    use schemars::JsonSchema;
    use serde_json::json;

    use super::{Email, Problem, TokenBody};
    use crate::openapi::operations::Api;

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Credentials {
        /// In upper or lower case.
        #[schemars(email, length(max = Email::MAX_BYTES))]
        email: String,
        password: String,
        /// Whether a session is to begin, for browsers: the answer sets the cookie `refresh_token`.
        #[serde(default)]
        session: bool,
    }

    pub(in super::super) fn describe(api: &mut Api) {
        let too_many = Error::TooManyAttempts {
            retry_after_secs: 8,
        };
        api.operation("post", "/api/v1/users/login", "login", "users")
            .public()
            .summary("Log in")
            .description(
                "Exchanges email address and password for an access token, a JWT signed with \
                 Ed25519 that is valid for an hour. It carries the user's id (`sub`) and role \
                 (`role`): a role that is granted or revoked takes effect with the next login. \
                 A refusal does not say whether the address or the password was wrong. After too \
                 many failed attempts for an address, all are refused for a while. With `session`, which pages of the same origin \
                 may ask for, the cookie `refresh_token` keeps the user logged in.",
            )
            .body::<Credentials>(
                json!({"email": "ada@example.com", "password": "correct horse battery"}),
            )
            .answers::<TokenBody>(
                200,
                "The user is logged in.",
                json!({
                    "access_token": "eyJ0eXAiOiJKV1Qi.eyJpc3MiOiJm.c2lnbmF0dXJl",
                    "token_type": "Bearer", "expires_in": 3600,
                }),
            )
            .problem(Error::InvalidCredentials)
            .problem(Problem::cross_site())
            .problem(too_many);
    }
}
