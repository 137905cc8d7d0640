use std::fs;
use std::os::unix::fs::symlink;

use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, IF_MODIFIED_SINCE,
    LAST_MODIFIED, RANGE,
};
use axum::http::request::Builder;
use http_body_util::BodyExt;
use tempfile::TempDir;

use super::*;

const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const ANYTHING: (&str, &str) = ("accept", "*/*");

/// `secret` and `site/`, with a page, a script below `assets/` in three encodings, and what nobody may have.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let site = dir.path().join("site");
    fs::create_dir_all(site.join("assets")).unwrap();
    fs::create_dir_all(site.join(".git")).unwrap();
    let files = [
        ("index.html", "<p>page"),
        ("robots.txt", "nobody"),
        ("with space.svg", "<svg/>"),
        ("assets/app-1a2b.js", "let it = 'be'"),
        ("assets/app-1a2b.js.br", "brotli"),
        ("assets/app-1a2b.js.gz", "gzip"),
        (".env", "hidden"),
        (".git/config", "hidden"),
    ];
    for (name, content) in files {
        fs::write(site.join(name), content).unwrap();
    }
    fs::write(dir.path().join("secret"), "secret").unwrap();
    symlink("../secret", site.join("outside.txt")).unwrap();
    symlink("..", site.join("up")).unwrap();
    symlink("robots.txt", site.join("inside.txt")).unwrap();
    fs::write(site.join("app.js"), "plain").unwrap();
    symlink("../secret", site.join("app.js.gz")).unwrap();
    dir
}

fn site(dir: &TempDir) -> Site {
    let file = dir.path().join("headers.json");
    fs::write(&file, r#"{"X-Content-Type-Options": "nosniff"}"#).unwrap();
    let headers = SiteHeaders::read(&file).unwrap();
    Site::new(&dir.path().join("site"), headers, "Run <make>.")
}

fn get(path: &str) -> Builder {
    Request::builder().uri(path).header("host", "localhost")
}

async fn send(site: &Site, request: Builder) -> (u16, HeaderMap, String) {
    let response = site.answer(request.body(Body::empty()).unwrap()).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    // Whatever the answer is.
    assert_eq!(parts.headers["x-content-type-options"], "nosniff");
    let body = String::from_utf8(body.to_vec()).unwrap();
    (parts.status.as_u16(), parts.headers, body)
}

#[tokio::test]
async fn files_have_their_type_and_how_long_they_are_kept() {
    let dir = directory();
    let site = site(&dir);
    for (path, media, caching, content) in [
        ("/", "text/html", "no-cache", "<p>page"),
        ("/index.html", "text/html", "no-cache", "<p>page"),
        ("/robots.txt?x=1", "text/plain", "no-cache", "nobody"),
        ("/inside.txt", "text/plain", "no-cache", "nobody"),
        ("/with%20space.svg", "image/svg+xml", "no-cache", "<svg/>"),
        (
            "/assets/app-1a2b.js",
            "text/javascript",
            "public, max-age=31536000, immutable",
            "let it = 'be'",
        ),
    ] {
        let (status, headers, body) = send(&site, get(path).header(ANYTHING.0, ANYTHING.1)).await;
        assert_eq!((status, body.as_str()), (200, content), "{path}");
        assert_eq!(headers[CONTENT_TYPE], media, "{path}");
        assert_eq!(headers[CACHE_CONTROL], caching, "{path}");
        assert_eq!(headers.get_all(VARY).iter().count(), 1);
    }
}

#[tokio::test]
async fn other_paths_are_the_page_for_whoever_asks_for_one() {
    let dir = directory();
    let site = site(&dir);
    for path in [
        "/users/1",
        "/assets",
        "/assets/",
        "/missing.js",
        "/robots.txt/more",
    ] {
        let (status, headers, body) = send(&site, get(path).header(PAGE.0, PAGE.1)).await;
        assert_eq!((status, body.as_str()), (200, "<p>page"), "{path}");
        assert_eq!(headers[CONTENT_TYPE], "text/html");
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        for other in [
            get(path),
            get(path).header(ANYTHING.0, ANYTHING.1),
            get(path).header("accept", "application/json"),
        ] {
            let (status, headers, _) = send(&site, other).await;
            assert_eq!(status, 404, "{path}");
            assert_eq!(headers[CACHE_CONTROL], "no-cache");
        }
    }
}

#[tokio::test]
async fn nothing_hidden_and_nothing_outside_is_served() {
    let dir = directory();
    let site = site(&dir);
    for path in [
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/../secret",
        "/%2e%2e/secret",
        "/assets/../../secret",
        "/assets/..%2f..%2fsecret",
        "//etc/hostname",
        "/%2fetc/hostname",
        "/outside.txt",
        "/up/secret",
        "/app.js",
        "/app.js.gz",
        "/robots.txt%00",
        "/%ff",
    ] {
        let request = get(path).header(ACCEPT_ENCODING, "gzip");
        let (status, _, body) = send(&site, request).await;
        assert_eq!(
            (status, body.as_str()),
            (404, "There is no such file\n"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn precompressed_files_go_to_whoever_takes_them() {
    let dir = directory();
    let site = site(&dir);
    for (accepted, encoding, content) in [
        ("gzip, deflate, br", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("identity", None, "let it = 'be'"),
    ] {
        let request = get("/assets/app-1a2b.js").header(ACCEPT_ENCODING, accepted);
        let (status, headers, body) = send(&site, request).await;
        assert_eq!((status, body.as_str()), (200, content));
        let sent = headers
            .get(CONTENT_ENCODING)
            .map(|value| value.to_str().unwrap());
        assert_eq!(sent, encoding);
        assert_eq!(headers[CONTENT_TYPE], "text/javascript");
        assert_eq!(headers[VARY], "accept-encoding");
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again_and_parts_are() {
    let dir = directory();
    let site = site(&dir);
    let (_, headers, _) = send(&site, get("/")).await;
    let modified = headers[LAST_MODIFIED].clone();
    let again = get("/users/1")
        .header(PAGE.0, PAGE.1)
        .header(IF_MODIFIED_SINCE, modified);
    let (status, headers, body) = send(&site, again).await;
    assert_eq!((status, body.as_str()), (304, ""));
    assert_eq!(headers[CACHE_CONTROL], "no-cache");

    let part = get("/robots.txt").header(RANGE, "bytes=2-3");
    let (status, headers, body) = send(&site, part).await;
    assert_eq!((status, body.as_str()), (206, "bo"));
    assert_eq!(headers[CONTENT_RANGE], "bytes 2-3/6");

    let beyond = get("/assets/app-1a2b.js").header(RANGE, "bytes=100-");
    let (status, headers, _) = send(&site, beyond).await;
    assert_eq!(status, 416);
    assert_eq!(headers[CACHE_CONTROL], "no-cache");

    let (status, headers, body) = send(&site, get("/robots.txt").method("HEAD")).await;
    assert_eq!((status, body.as_str()), (200, ""));
    assert_eq!(headers[CONTENT_LENGTH], "6");
}

#[tokio::test]
async fn a_site_is_only_read() {
    let dir = directory();
    let site = site(&dir);
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let (status, headers, _) = send(&site, get("/robots.txt").method(method)).await;
        assert_eq!(status, 405, "{method}");
        assert_eq!(headers[ALLOW], "GET, HEAD");
    }
    let two = get("/").header("host", "other");
    assert_eq!(send(&site, two).await.0, 400);
}

#[tokio::test]
async fn a_site_that_is_not_built_says_so_until_it_is() {
    let dir = directory();
    let site = site(&dir);
    let (root, away) = (dir.path().join("site"), dir.path().join("away"));
    fs::rename(&root, &away).unwrap();
    assert!(!site.is_built().await);
    let (status, headers, body) = send(&site, get("/").header(PAGE.0, PAGE.1)).await;
    assert_eq!(status, 404);
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(headers[CACHE_CONTROL], "no-cache");
    let said = format!(
        "The site at {} is not built. Run &lt;make>.",
        root.display()
    );
    assert!(body.contains(&said), "{body}");
    assert_eq!(
        send(&site, get("/").header(ANYTHING.0, ANYTHING.1)).await.0,
        404
    );
    fs::rename(&away, &root).unwrap();
    assert!(site.is_built().await);
    assert_eq!(send(&site, get("/")).await.2, "<p>page");
}

#[test]
fn headers_that_cannot_be_sent_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("headers.json");
    let refused = |text: &str| {
        fs::write(&file, text).unwrap();
        let error = SiteHeaders::read(&file).unwrap_err().to_string();
        assert!(error.contains("headers.json"), "{error}");
        error
    };
    for (text, said) in [
        (r#"{"X-A": 1}"#, r#""X-A" must have a string"#),
        (r#"{"X A": "1"}"#, r#""X A" is no name"#),
        (r#"{"X-A": "1\n2"}"#, r#""X-A" has a character"#),
        (r#"{"X-A": "1", "x-a": "2"}"#, r#""x-a" is there twice"#),
        (
            r#"{"Content-Type": "text/html"}"#,
            r#""Content-Type" differs"#,
        ),
        ("[]", "are no JSON object"),
        ("{", "are no JSON object"),
    ] {
        let error = refused(text);
        assert!(error.contains(said), "{error}");
    }
    let missing = SiteHeaders::read(&dir.path().join("none.json")).unwrap_err();
    assert!(missing.to_string().contains("were not read"));
}
