use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use percent_encoding::NON_ALPHANUMERIC;
use proptest::prelude::*;

use super::*;

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

async fn sign_at(signer: &Signer, second: u64) -> Result<Request<()>, SignError> {
    let mut request = Request::post("https://host/live/@connections/a%3D")
        .header(header::HOST, "host")
        .body(())
        .unwrap();
    signer
        .sign(&mut request, &hex_sha256(b"body"), at(second))
        .await?;
    Ok(request)
}

/// The signature was worked out apart, step by step as AWS describes it.
#[tokio::test]
async fn date_token_host_and_body_are_signed() {
    let provider = SharedCredentialsProvider::new(credentials(Some("token"), None));
    let signer = Signer::new("eu-central-1".to_owned(), provider);
    let request = sign_at(&signer, 1_767_225_600).await.unwrap();
    let header = |name: &str| request.headers()[name].to_str().unwrap();
    assert_eq!(header("x-amz-date"), "20260101T000000Z");
    assert_eq!(header("x-amz-security-token"), "token");
    let (scope, signature) = header("authorization").split_once(", Signature=").unwrap();
    assert_eq!(
        scope,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/execute-api/aws4_request, \
         SignedHeaders=host;x-amz-date;x-amz-security-token"
    );
    assert_eq!(
        signature,
        "24f2770fbb89b091934f92ee04c78c037f0672091b6eb942b133fa669359368c"
    );
}

/// What the SDK's own signer puts into `authorization`.
fn sdk_authorization(
    request: &Request<()>,
    token: Option<&str>,
    digest: &str,
    second: u64,
) -> String {
    let identity = credentials(token, None).into();
    let mut settings = SigningSettings::default();
    // A connection's id may be a dot.
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name(SERVICE)
        .time(at(second))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let (method, url) = (request.method(), request.uri().to_string());
    let host = request.headers()[header::HOST].to_str().unwrap();
    let body = SignableBody::Precomputed(digest.to_owned());
    let signable = SignableRequest::new(method.as_str(), &url, [("host", host)].into_iter(), body);
    let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
    let mut signed = Request::get(&url).body(()).unwrap();
    instructions.apply_to_request_http1x(&mut signed);
    let authorization = signed.headers()[header::AUTHORIZATION].to_str();
    authorization.unwrap().to_owned()
}

proptest! {
    #[test]
    fn signatures_are_those_of_the_sdk(
        method in "POST|DELETE",
        host in "[a-z0-9-]{1,20}(\\.[a-z0-9-]{1,9}){0,3}(:[1-9][0-9]{1,3})?",
        path in "(/[a-zA-Z0-9_~.@-]{1,9}){0,3}",
        id in "[ -~]{1,20}",
        token in proptest::option::of("[a-zA-Z0-9+/=]{1,40}"),
        body: Vec<u8>,
        second in 0_u64..253_402_300_800,
    ) {
        let segment = utf8_percent_encode(&id, NON_ALPHANUMERIC);
        let url = format!("https://{host}{path}/@connections/{segment}");
        let digest = hex_sha256(&body);
        let provider = SharedCredentialsProvider::new(credentials(token.as_deref(), None));
        let signer = Signer::new("eu-central-1".to_owned(), provider);
        let request = Request::builder().method(method.as_str()).uri(url).header(header::HOST, host);
        let mut request = request.body(()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(signer.sign(&mut request, &digest, at(second))).unwrap();
        let authorization = request.headers()[header::AUTHORIZATION].to_str().unwrap();
        prop_assert_eq!(authorization, sdk_authorization(&request, token.as_deref(), &digest, second));
    }
}

#[tokio::test]
async fn the_key_is_that_of_the_day() {
    let provider = SharedCredentialsProvider::new(credentials(None, None));
    let signer = Signer::new("eu-central-1".to_owned(), provider);
    let digest = hex_sha256(b"body");
    for second in [86_398, 86_399, 86_400, 86_401, 86_399] {
        let request = sign_at(&signer, second).await.unwrap();
        assert_eq!(
            request.headers()[header::AUTHORIZATION],
            sdk_authorization(&request, None, &digest, second)
        );
    }
}

#[test]
fn a_digest_is_in_hexadecimal_digits() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex_sha256(b""), empty);
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
    let provider = SharedCredentialsProvider::new(provider);
    Signer::new("eu-central-1".to_owned(), provider)
}

async fn token_at(signer: &Signer, second: u64) -> String {
    let request = sign_at(signer, second).await.unwrap();
    let token = &request.headers()["x-amz-security-token"];
    token.to_str().unwrap().to_owned()
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
    assert!(sign_at(&signer, 3_600).await.is_err());
}

#[tokio::test]
async fn credentials_that_no_header_can_carry_are_refused() {
    let provider = SharedCredentialsProvider::new(credentials(Some("a\nb"), None));
    let signer = Signer::new("eu-central-1".to_owned(), provider);
    assert!(sign_at(&signer, 0).await.is_err());
}
