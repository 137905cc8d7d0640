use domain::Tick;
use e2e::{Session, Stack};

const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn me_is_the_profile_with_the_live_price() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let answer = session.get(ME, Some(&user.token)).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["id"], user.id.to_string());
    assert_eq!(answer.body["email"], user.email.as_str());
    assert_eq!(answer.body["opening_price"], user.registration["price"]);

    let tick = Tick(answer.body["tick"].as_u64().unwrap());
    let price = stack.price_model().shareholder(user.id).price_at(tick);
    assert_eq!(answer.body["price"], price.to_string());
    assert!(answer.body["change"]["absolute"].is_string(), "{answer:?}");
    assert!(answer.body["change"]["percent"].is_string(), "{answer:?}");
}

#[tokio::test]
async fn me_without_a_valid_token_is_401() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let (head, signature) = user.token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{flipped}{}", &signature[1..]);
    for token in [None, Some("nonsense"), Some(forged.as_str())] {
        let answer = session.get(ME, token).await.unwrap();
        assert_eq!(answer.status, 401, "{token:?}: {answer:?}");
        assert_eq!(answer.body["type"], "/problems/unauthenticated");
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{answer:?}"
        );
    }
}
