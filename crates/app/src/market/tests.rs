use async_trait::async_trait;
use domain::UserId;
use domain::user::Role;

use super::*;

struct Users(Vec<UserId>);

#[async_trait]
impl FindUsers for Users {
    async fn unknown_users(&self, _: &[UserId]) -> feed::Result<Vec<UserId>> {
        unreachable!("nobody asks")
    }

    async fn all_users(&self, limit: usize) -> feed::Result<Option<Vec<UserId>>> {
        Ok((self.0.len() <= limit).then(|| self.0.clone()))
    }
}

#[tokio::test]
async fn counts_who_is_listed_unless_there_are_too_many() {
    let now_ms = 1_767_225_600_000;
    let user = |ago_ms: u64, number| UserId::generate(now_ms - ago_ms, &[number; 10]);
    let users = || Users(vec![user(60_000, 1), user(30_000, 2), user(0, 3)]);
    let prices = PriceModel::new(&[7; 32]);
    let caller = Authenticated {
        user_id: user(0, 3),
        expires_at: 0,
        role: Role::User,
    };
    let show = ShowMarket::new(Arc::new(users()), prices, 3);
    let summary = show.show(caller, now_ms).await.unwrap().unwrap();
    assert_eq!(
        (summary.tick, summary.shareholders),
        (Tick::at_ms(now_ms), 2)
    );
    let show = ShowMarket::new(Arc::new(users()), prices, 2);
    assert_eq!(show.show(caller, now_ms).await.unwrap(), None);
}
