use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Method;
use proptest::prelude::*;

use super::*;

const DAY: u64 = 86_400;

fn credentials(token: Option<&str>, expiry: Option<SystemTime>) -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG",
        token.map(str::to_owned),
        expiry,
        "test",
    )
}

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(second)
}

/// What AWS's own signer puts into `authorization` and `x-amz-date`.
fn reference(
    url: &str,
    host: &str,
    body: &[u8],
    credentials: &Credentials,
    now: SystemTime,
) -> (String, String) {
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("host", host)].into_iter();
    let request = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let header = |wanted: &str| {
        let (_, value) = instructions
            .headers()
            .find(|(name, _)| *name == wanted)
            .unwrap();
        value.to_owned()
    };
    (header("authorization"), header("x-amz-date"))
}

proptest! {
    #[test]
    fn signs_as_the_sdk_does(
        id in "[A-Za-z0-9=+/_. %~@-]{1,40}",
        path in "(/[a-z0-9_~-]{1,12}){0,2}",
        port in prop::option::of(1024_u16..),
        body in prop::collection::vec(any::<u8>(), 0..200),
        token in prop::option::of("[!-~]{1,200}"),
        second in 0_u64..4_102_444_800,
    ) {
        // The SDK resolves `.` and `..` in paths, as it doesn't know that this segment is an id.
        prop_assume!(id != "." && id != "..");
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("a1b2.execute-api.eu-central-1.amazonaws.com{port}");
        let credentials = credentials(token.as_deref(), None);
        let endpoint: PushEndpoint = format!("https://{host}{path}").parse().unwrap();
        let provider = SharedCredentialsProvider::new(credentials.clone());
        let signer = Signer::new(&endpoint, "eu-central-1".to_owned(), provider);
        let segment = path_segment(&ConnectionId(id.as_str().into()));

        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let stamp = runtime.block_on(signer.stamp(at(second))).unwrap();
        let ours = signer.authorize(&stamp, &Method::POST, &segment, &sha256(&body));

        let url = format!("https://{host}{path}/@connections/{segment}");
        let (authorization, date) = reference(&url, &host, &body, &credentials, at(second));
        prop_assert_eq!(ours.to_str().unwrap(), authorization);
        prop_assert_eq!(stamp.date.to_str().unwrap(), date);
        prop_assert_eq!(stamp.token.as_ref().map(|token| token.to_str().unwrap()), token.as_deref());
    }
}

/// Gives new credentials on each call, numbered, that expire after an hour; fails when told to.
#[derive(Debug)]
struct Rotating {
    calls: AtomicUsize,
    fails_from: usize,
}

impl ProvideCredentials for Rotating {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if call >= self.fails_from {
            return future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("none")));
        }
        let expiry = at((call as u64 + 1) * 3600);
        let token = format!("token-{call}");
        future::ProvideCredentials::ready(Ok(credentials(Some(&token), Some(expiry))))
    }
}

fn rotating(fails_from: usize) -> Signer {
    let provider = Rotating {
        calls: AtomicUsize::new(0),
        fails_from,
    };
    let endpoint: PushEndpoint = "https://host/live".parse().unwrap();
    Signer::new(
        &endpoint,
        "eu-central-1".to_owned(),
        SharedCredentialsProvider::new(provider),
    )
}

async fn token_at(signer: &Signer, second: u64) -> String {
    let stamp = signer.stamp(at(second)).await.unwrap();
    stamp.token.as_ref().unwrap().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn credentials_are_kept_until_shortly_before_they_expire() {
    let signer = rotating(usize::MAX);
    for second in [0, 1, 1, 3_589] {
        assert_eq!(token_at(&signer, second).await, "token-0");
    }
    assert_eq!(token_at(&signer, 3_590).await, "token-1");
    assert_eq!(token_at(&signer, 3_600).await, "token-1");
}

#[tokio::test]
async fn old_credentials_serve_while_new_ones_can_not_be_had() {
    let signer = rotating(1);
    assert_eq!(token_at(&signer, 0).await, "token-0");
    assert_eq!(token_at(&signer, 3_599).await, "token-0");
    assert!(signer.stamp(at(3_600)).await.is_err());
}

#[tokio::test]
async fn the_signing_key_changes_with_the_day() {
    let endpoint: PushEndpoint = "https://host/live".parse().unwrap();
    let held = credentials(None, None);
    let provider = SharedCredentialsProvider::new(held.clone());
    let signer = Signer::new(&endpoint, "eu-central-1".to_owned(), provider);
    for second in [DAY - 1, DAY, DAY + 1] {
        let stamp = signer.stamp(at(second)).await.unwrap();
        let ours = signer.authorize(&stamp, &Method::POST, "x", &sha256(b"body"));
        let url = "https://host/live/@connections/x";
        let (expected, _) = reference(url, "host", b"body", &held, at(second));
        assert_eq!(ours.to_str().unwrap(), expected);
    }
}

#[tokio::test]
async fn credentials_that_no_header_can_carry_are_refused() {
    let endpoint: PushEndpoint = "https://host/live".parse().unwrap();
    let provider = SharedCredentialsProvider::new(credentials(Some("a\nb"), None));
    let signer = Signer::new(&endpoint, "eu-central-1".to_owned(), provider);
    assert!(signer.stamp(at(0)).await.is_err());
}
