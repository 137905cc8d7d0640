use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;

const OLD: &str = "an-old-token-of-thirty-two-chars";
const NEW: &str = "a-newer-token-of-thirty-two-chars";

fn admitted(tokens: &Tokens, authorization: &str) -> bool {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", authorization.parse().unwrap());
    tokens.admit(&metadata)
}

/// Gives these texts one after the other, then fails.
struct Script(Mutex<VecDeque<&'static str>>);

#[async_trait]
impl ReadSecret for Script {
    async fn read_secret(&self, id: &str) -> Result<String, SecretError> {
        let text = self.0.lock().unwrap().pop_front();
        text.map(str::to_owned)
            .ok_or_else(|| SecretError::Unreadable {
                id: id.to_owned(),
                reason: "the script has ended".to_owned(),
            })
    }
}

fn script(texts: &[&'static str]) -> Script {
    Script(Mutex::new(texts.iter().copied().collect()))
}

#[test]
fn every_line_of_the_secret_is_let_in_and_nothing_else() {
    let tokens = Tokens::parse(&format!("{OLD}\n{NEW}\n")).unwrap();
    assert!(admitted(&tokens, &format!("Bearer {OLD}")));
    assert!(admitted(&tokens, &format!("bearer {NEW}")));
    for wrong in [
        format!("Basic {OLD}"),
        OLD.to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {OLD}x"),
    ] {
        assert!(!admitted(&tokens, &wrong), "{wrong:?}");
    }
}

#[test]
fn an_empty_or_short_secret_is_refused() {
    assert!(Tokens::parse("\n").is_err());
    assert!(Tokens::parse(&format!("{OLD}\nshort")).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_rolled_while_the_service_runs() {
    let tokens = Tokens::load(script(&[OLD, NEW, "short"]), "secret".to_owned())
        .await
        .unwrap();
    let (old, new) = (format!("Bearer {OLD}"), format!("Bearer {NEW}"));
    assert!(admitted(&tokens, &old) && !admitted(&tokens, &new));
    // Then the secret can't be used, and then it can't be read.
    for _ in 0..3 {
        tokio::time::sleep(REFRESH + Duration::from_millis(1)).await;
        assert!(!admitted(&tokens, &old) && admitted(&tokens, &new));
    }
}

#[tokio::test]
async fn without_tokens_nothing_starts_and_the_secret_is_not_told() {
    let error = Tokens::load(script(&["short"]), "secret".to_owned())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "secret secret can't be used: it must hold tokens of at least 32 characters, one to a line"
    );
}
