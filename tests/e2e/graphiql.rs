//! The page that browsers get where GraphQL is answered.

use e2e::{Session, Stack};
use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::graphql::{GRAPHQL, URL};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Status, headers and text of a `GET`.
async fn get(accept: &str, query: &str) -> (u16, HeaderMap, String) {
    let session = Session::new(Stack::shared());
    let request = session.request(Method::GET, &format!("{URL}{query}"));
    let response = request.header("accept", accept).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.unwrap())
}

#[tokio::test]
async fn a_browser_gets_a_page_that_may_run_its_own_script_alone() {
    let (status, headers, html) = get(BROWSER, "").await;
    assert_eq!(status, 200);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("vary", "Accept"),
        ("cache-control", "private, max-age=300"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let policy = headers["content-security-policy"].to_str().unwrap();
    let directives: Vec<_> = policy.split("; ").collect();
    let feed = Stack::shared().websocket_url();
    for directive in [
        "default-src 'none'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        &format!("connect-src 'self' {feed}"),
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    // The front door is where the page finds the feed.
    let meta = format!(r#"<meta name="feed" content="{feed}/">"#);
    assert!(html.contains(&meta), "{}", &html[..500]);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let (_, _, html) = get("text/html", "").await;
    // What a response of Lambda may hold, with its quotes escaped.
    assert!(html.len() < 3 * 1024 * 1024, "{} bytes", html.len());
    for reference in [
        "src=\"http",
        "src=\"//",
        "href=\"http",
        "href=\"//",
        "@import",
        "url(http",
        "url(\"http",
        "url(//",
        "import(\"http",
        "import\"http",
        "cdn.jsdelivr",
        "esm.sh",
        "unpkg.com",
    ] {
        // Documentation is linked to in the script, where nothing is fetched before somebody clicks.
        let (markup, script) = html.split_once("<script>").unwrap();
        let found = markup.contains(reference)
            || (!reference.starts_with("href") && script.contains(reference));
        assert!(!found, "{reference}");
    }
}

#[tokio::test]
async fn whoever_asks_for_no_page_gets_graphql() {
    let content_type = |headers: &HeaderMap| headers["content-type"].to_str().unwrap().to_owned();
    for accept in ["*/*", GRAPHQL, "application/json, text/html;q=0.5"] {
        let (status, headers, _) = get(accept, "").await;
        assert_eq!(status, 422, "{accept}");
        assert!(content_type(&headers).starts_with(GRAPHQL), "{accept}");
    }
    // An operation is executed whoever brings it.
    let (status, headers, body) = get(BROWSER, "?query=%7B__typename%7D").await;
    assert_eq!(
        (status, body.as_str()),
        (200, r#"{"data":{"__typename":"Query"}}"#)
    );
    assert!(content_type(&headers).starts_with(GRAPHQL));
    let (status, ..) = get("text/html", "?query=%7B__typename%7D").await;
    assert_eq!(status, 406);
}
