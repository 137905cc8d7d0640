use std::convert::Infallible;

use app::alerts::NewAlert;
use app::snapshots::IdempotencyKey;
use app::users::{
    Credentials, PhoneChange, PreferencesChange, ProfileChange, Registration, change_me,
    login_user, register_user,
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::alert::{AlertId, Condition};
use domain::user::{Email, Name, Password, Phone};
use domain::{Price, SnapshotId, UserId};

use crate::alert::{Alert, AlertChannel, AlertCrossing};
use crate::context::{request, use_cases};
use crate::error::Fault;
use crate::input::Checks;
use crate::scalars::Decimal;
use crate::snapshot::Snapshot;
use crate::user::User;

/// What there is to do. All but `register` and `login` takes an access token.
pub(crate) struct Mutation;

/// Hashing a password takes some 100 ms: five of these are what a request may cost.
const PASSWORD_COST: usize = 400;
/// A write, and what comes with it.
const WRITE_COST: usize = 20;

/// What somebody registers with.
#[derive(InputObject)]
struct RegisterInput {
    /// The name: 1 to 100 characters.
    name: String,
    /// The email address.
    email: String,
    /// The telephone number in international form, such as +4930901820.
    phone: Option<String>,
    /// The password.
    password: String,
}

/// What somebody logs in with.
#[derive(InputObject)]
struct LoginInput {
    /// The email address, in whatever case.
    email: String,
    /// The password.
    password: String,
}

/// What the caller wants to be different. What is left out stays as it is.
#[derive(InputObject)]
struct UpdateMeInput {
    /// The name.
    name: Option<String>,
    /// The telephone number; null removes it.
    phone: MaybeUndefined<String>,
    /// Which notifications the caller wants.
    notifications: Option<NotificationsInput>,
}

/// Which notifications the caller wants. What is left out stays as it is.
#[derive(InputObject)]
struct NotificationsInput {
    /// An email for every snapshot that is saved.
    snapshot_saved: Option<bool>,
    /// An email or a text message, as the alert says, when a price alert fires.
    alert: Option<bool>,
}

/// An alert on the caller's own price.
#[derive(InputObject)]
struct CreateAlertInput {
    /// Which way the price is to cross the threshold.
    crossing: AlertCrossing,
    /// The price that is waited for.
    threshold: Decimal,
    /// How the caller wants to be told.
    channel: AlertChannel,
}

/// Proof of who the caller is, to be sent in the header `Authorization: Bearer`.
#[derive(SimpleObject)]
struct AccessToken {
    /// The token.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How many seconds it is valid.
    expires_in: u64,
}

/// What there is to do. All but `register` and `login` takes an access token.
#[Object]
impl Mutation {
    /// Registers a user, who gets a share price that moves from the next tick on.
    #[graphql(complexity = "PASSWORD_COST + child_complexity")]
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<Option<User>> {
        let mut checks = Checks::default();
        let name = checks.read("name", Name::parse(&input.name));
        let email = checks.read("email", Email::parse(&input.email));
        let phone = input.phone.as_deref().map(Phone::parse).transpose();
        let phone = checks.read("phone", phone);
        let password = checks.read("password", Password::parse(&input.password));
        let made = || {
            Some(Registration {
                name: name?,
                email: email?,
                phone: phone?,
                password: password?,
            })
        };
        let registration = checks.finish(made())?;
        let use_cases = use_cases(ctx);
        let id = UserId::from_uuid((use_cases.new_uuid)()).expect("BUG: it makes version 7");
        let registered = register_user(&*use_cases.users, &use_cases.prices, registration, id);
        let registered = registered.await.map_err(Fault::from)?;
        Ok(Some(User::own(registered.profile)))
    }

    /// Exchanges an email address and its password for an access token.
    #[graphql(complexity = "PASSWORD_COST + child_complexity")]
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Result<Option<AccessToken>> {
        let mut checks = Checks::default();
        let email = checks.read("email", Email::known(&input.email));
        let credentials = checks.finish(email.map(|email| Credentials {
            email,
            // Any text may be wrong; rules are for new passwords.
            password: input.password,
            network: request(ctx).caller.network.clone(),
        }))?;
        let (use_cases, now_ms) = (use_cases(ctx), request(ctx).caller.now_ms);
        let token = login_user(
            &*use_cases.users,
            &*use_cases.attempts,
            &*use_cases.issuer,
            credentials,
            now_ms,
        );
        let token = token.await.map_err(Fault::from)?.token;
        Ok(Some(AccessToken {
            access_token: token.token,
            token_type: "Bearer",
            expires_in: token.expires_in_secs,
        }))
    }

    /// Changes name, phone number and notifications of the caller.
    #[graphql(complexity = "WRITE_COST + child_complexity")]
    async fn update_me(&self, ctx: &Context<'_>, input: UpdateMeInput) -> Result<Option<User>> {
        let (use_cases, request) = (use_cases(ctx), request(ctx));
        let user = request.authenticate(use_cases).await?;
        let change = profile_change(input)?;
        let (users, prices) = (&*use_cases.users, &use_cases.prices);
        let me = change_me(users, prices, &user, &change, request.caller.now_ms);
        Ok(Some(User::own(me.await.map_err(Fault::from)?.profile)))
    }

    /// Deletes the caller: nobody can log in as them or use their tokens any more. True once it is done.
    #[graphql(complexity = "WRITE_COST")]
    async fn delete_me(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let (use_cases, request) = (use_cases(ctx), request(ctx));
        let user = request.authenticate(use_cases).await?;
        let deleted = use_cases.delete.delete(&user, request.caller.now_ms);
        deleted.await.map_err(Fault::from)?;
        Ok(Some(true))
    }

    /// Takes the caller's live price and asks to save it. It is pending until it is saved, a moment later.
    #[graphql(complexity = "WRITE_COST + child_complexity")]
    async fn save_snapshot(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "By which the same request is known when it is sent again: 1 to 64 printable ASCII characters."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<Snapshot>> {
        let use_cases = use_cases(ctx);
        let user = request(ctx).authenticate(use_cases).await?;
        let mut checks = Checks::default();
        let key = idempotency_key
            .as_deref()
            .map(IdempotencyKey::parse)
            .transpose();
        let key = checks.read("idempotencyKey", key);
        let key = checks.finish(key)?;
        let id = SnapshotId::from_uuid((use_cases.new_uuid)()).expect("BUG: it makes version 7");
        let saved = use_cases.save.save(&user, key.as_ref(), id);
        Ok(Some(saved.await.map_err(Fault::from)?.into()))
    }

    /// Makes an alert on the caller's own price, armed from the next tick on.
    #[graphql(complexity = "WRITE_COST + child_complexity")]
    async fn create_alert(
        &self,
        ctx: &Context<'_>,
        input: CreateAlertInput,
    ) -> Result<Option<Alert>> {
        let use_cases = use_cases(ctx);
        let user = request(ctx).authenticate(use_cases).await?;
        let mut checks = Checks::default();
        let threshold = checks.read("threshold", Price::parse(&input.threshold.0));
        let threshold = checks.finish(threshold)?;
        let new = NewAlert {
            condition: Condition {
                crossing: input.crossing.into(),
                threshold,
            },
            channel: input.channel.into(),
        };
        let id = AlertId::from_uuid((use_cases.new_uuid)()).expect("BUG: it makes version 7");
        let alert = use_cases.alerts.create(&user, new, id).await;
        Ok(Some(Alert(alert.map_err(Fault::from)?)))
    }

    /// Arms one of the caller's alerts again.
    #[graphql(complexity = "WRITE_COST + child_complexity")]
    async fn rearm_alert(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Alert>> {
        let (use_cases, request) = (use_cases(ctx), request(ctx));
        let user = request.authenticate(use_cases).await?;
        let now_ms = request.caller.now_ms;
        let alert = use_cases.alerts.rearm(&user, &id, now_ms);
        Ok(Some(Alert(alert.await.map_err(Fault::from)?)))
    }

    /// Deletes one of the caller's alerts and gives its id.
    #[graphql(complexity = "WRITE_COST")]
    async fn delete_alert(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ID>> {
        let use_cases = use_cases(ctx);
        let user = request(ctx).authenticate(use_cases).await?;
        let deleted = use_cases.alerts.delete(&user, &id);
        deleted.await.map_err(Fault::from)?;
        Ok(Some(id))
    }
}

fn profile_change(input: UpdateMeInput) -> Result<ProfileChange, Fault> {
    let mut checks = Checks::default();
    let name = input.name.as_deref().map(Name::parse).transpose();
    let name = checks.read("name", name);
    let phone = match input.phone {
        MaybeUndefined::Undefined => checks.read("phone", Ok::<_, Infallible>(PhoneChange::Keep)),
        MaybeUndefined::Null => checks.read("phone", Ok::<_, Infallible>(PhoneChange::Remove)),
        MaybeUndefined::Value(phone) => {
            checks.read("phone", Phone::parse(&phone).map(PhoneChange::To))
        }
    };
    let preferences =
        input
            .notifications
            .map_or_else(Default::default, |wanted| PreferencesChange {
                snapshot_saved: wanted.snapshot_saved,
                alert: wanted.alert,
            });
    let made = name.zip(phone).map(|(name, phone)| ProfileChange {
        name,
        phone,
        preferences,
    });
    checks.finish(made)
}
