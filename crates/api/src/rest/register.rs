use app::users::{Registered, Registration};
use domain::Price;
use domain::user::{Email, Name, Password, Phone};
use lambda_http::Request;
use serde::Serialize;

use super::scalars::{Text, TickNumber};
use super::{Fields, ProfileBody};
use crate::instant::Instant;
use crate::problem::Problem;

/// Reads `POST /api/v1/users/register`.
///
/// # Errors
/// The problem with the request; bad fields are named all at once.
pub fn registration(request: &Request) -> Result<Registration, Problem> {
    let mut fields = Fields::read(request)?;
    let name = fields.required("name", Name::parse);
    let email = fields.required("email", Email::parse);
    let phone = fields.optional("phone", Phone::parse);
    let password = fields.required("password", Password::parse);
    let made = || {
        Some(Registration {
            name: name?,
            email: email?,
            phone,
            password: password?,
        })
    };
    Ok(fields.finish(made)?)
}

/// A user who has just registered.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RegisteredBody {
    #[serde(flatten)]
    profile: ProfileBody,
    /// The opening price.
    price: Text<Price>,
    tick: TickNumber,
    created_at: Instant,
}

impl From<&Registered> for RegisteredBody {
    fn from(registered: &Registered) -> Self {
        Self {
            profile: (&registered.profile).into(),
            price: registered.price.into(),
            tick: registered.tick.into(),
            created_at: Instant(registered.profile.created_at_ms()),
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) mod openapi {
    #![expect(dead_code, reason = "the reader above decodes requests field by field")]

    use app::Error;
    use schemars::JsonSchema;
    use serde_json::json;

    use super::super::me::openapi::{NAME, PhoneNumber};
    use super::{Email, Name, Password, RegisteredBody};
    use crate::openapi::operations::Api;

    const _: () = assert!(Name::MAX_CHARS == 100, "the pattern counts to it");

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct Registration {
        /// 1 to 100 characters, without the blanks around them. At least one visible character, and none that is not printable: no controls, no marks of direction, no fillers, nothing
        /// that Unicode has not assigned.
        #[schemars(regex(pattern = NAME))]
        name: String,
        /// ASCII before the `@`. A domain in other letters is kept as DNS has it (A-labels). Only one user can have it, in upper or
        /// lower case.
        #[schemars(email, length(max = Email::MAX_BYTES))]
        email: String,
        phone: Option<PhoneNumber>,
        /// None that is easy to guess, such as a common one or the user's name.
        #[schemars(length(min = Password::MIN_CHARS, max = Password::MAX_CHARS))]
        password: String,
    }

    pub(in super::super) fn describe(api: &mut Api) {
        api.operation("post", "/api/v1/users/register", "register", "users")
            .public()
            .summary("Register")
            .description("The user gets a share price, which moves from the next tick on.")
            .body::<Registration>(json!({
                "name": "Ada Lovelace", "email": "ada@example.com", "phone": "+4930901820",
                "password": "correct horse battery",
            }))
            .answers::<RegisteredBody>(
                201,
                "The user is registered.",
                json!({
                    "id": "019b76da-a800-7000-8000-000000000001", "name": "Ada Lovelace",
                    "email": "ada@example.com", "phone": "+4930901820",
                    "price": "101.20", "tick": 353445120, "created_at": "2026-01-01T00:00:00Z",
                }),
            )
            .problem(Error::EmailTaken);
    }
}
