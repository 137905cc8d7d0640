//! Finishes the erasure of deleted users: started by a schedule each minute.
//!
//! `delete-me` erases what it can while its caller waits. What it had no time for, what failed, and what others
//! wrote who had found the user in existence is erased here.

use api::schedule::ErasedBody;
use bootstrap::config::Tables;
use bootstrap::push::{self, PushEndpoint};
use bootstrap::{Error, Start, schedule, users};

bootstrap::config! {
    struct Config {
        tables: Tables,
        push: PushEndpoint,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let push = push::client(&clients, config.push)?;
    let erase = users::erase_users(&clients, &config.tables, push);
    schedule::run(async |context| {
        let report = erase.run(context.deadline).await?;
        Ok(ErasedBody::try_from(report)?)
    })
    .await
}
