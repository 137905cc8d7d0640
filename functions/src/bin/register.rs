//! `POST /api/v1/users/register`: stores a new user and assigns the opening price.
//!
//! It publishes nothing: the stored user carries the mark by which the registration gets published.

use api::problem::Problem;
use api::rest::{RegisteredBody, Responder, registration};
use app::users::register_user;
use bootstrap::config::{PriceSecret, Tables};
use bootstrap::ids::new_user_id;
use bootstrap::users::{self, DynamoUserStore};
use bootstrap::{Error, Start, rest};
use domain::PriceModel;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

bootstrap::config! {
    struct Config {
        responder: Responder,
        tables: Tables,
        prices: PriceSecret,
    }
}

struct Register {
    responder: Responder,
    users: DynamoUserStore,
    prices: PriceModel,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let register = &Register {
        responder: config.responder,
        users: users::store(&clients, &config.tables),
        prices: clients.secrets().price_model(&config.prices).await?,
    };
    rest::run(&register.responder, |request, _| register.register(request)).await
}

impl Register {
    async fn register(&self, request: Request) -> Result<Response<Body>, Problem> {
        let registration = registration(&request)?;
        let id = new_user_id();
        let registered = register_user(&self.users, &self.prices, registration, id).await?;
        let body = RegisteredBody::from(&registered);
        Ok(self.responder.ok(StatusCode::CREATED, &body))
    }
}
