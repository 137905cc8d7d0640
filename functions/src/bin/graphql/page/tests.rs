use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn feed(text: &str) -> Result<FeedUrl, FeedUrlError> {
    text.parse()
}

#[test]
fn only_the_url_of_a_websocket_can_be_the_feed() {
    assert_eq!(feed("not a url"), Err(FeedUrlError::NotAbsolute));
    assert_eq!(feed("/live"), Err(FeedUrlError::NotAbsolute));
    assert_eq!(feed("https://host/live"), Err(FeedUrlError::Scheme));
    for url in [
        "wss://host/live?x=1",
        "wss://u@host/live",
        "ws://host/\"onload=\"",
        "ws://host/a;b",
    ] {
        assert_eq!(feed(url), Err(FeedUrlError::Extra), "{url}");
    }
}

#[test]
fn the_page_knows_its_feed_and_may_connect_to_it() {
    let (html, policy) = Page::new(&feed("wss://feed.example:444/live").unwrap()).parts();
    assert!(html.contains(r#"<meta name="feed" content="wss://feed.example:444/live">"#));
    assert!(!html.contains("{{feed"));
    let policy = policy.to_str().unwrap();
    assert!(
        policy.contains("; connect-src 'self' wss://feed.example:444; "),
        "{policy}"
    );
}

#[test]
fn the_policy_allows_the_script_and_the_style_of_the_page() {
    let inside = |tag: &str| {
        let (_, from) = HTML.split_once(&format!("<{tag}>")).unwrap();
        from.split_once(&format!("</{tag}>")).unwrap().0
    };
    for tag in ["script", "style"] {
        let digest = digest(&SHA256, inside(tag).as_bytes());
        let allowed = format!("{tag}-src 'sha256-{}';", STANDARD.encode(digest));
        assert!(POLICY.contains(&allowed), "{allowed}");
    }
}
