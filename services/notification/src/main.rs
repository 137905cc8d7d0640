//! Wires the notification service. `--check` asks a running one how it is, for containers' health checks.

use bootstrap::clock::SystemClock;
use bootstrap::config::Env;
use bootstrap::secrets::Secrets;
use bootstrap::{clients, telemetry};
use notification::{Config, DynamoNotifications, Notifier, Server, SesMailer, SnsTexter, Tokens};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let env = Env::process();
    if std::env::args().nth(1).as_deref() == Some("--check") {
        return notification::check(notification::listen_address(&env)?).await;
    }
    telemetry::init()?;
    let config = Config::read(&env)?;
    let aws = clients::aws_config().await;
    let tokens = Tokens::load(Secrets::new(&aws), config.secret).await?;
    let notifier = Notifier::new(
        DynamoNotifications::new(&aws, config.table),
        SesMailer::new(&aws, &config.sender),
        SnsTexter::new(&aws),
        SystemClock,
        config.limits,
    );
    let stop = notification::stop_on_signal()?;
    let listener = notification::listen(config.address).await?;
    Server::new(notifier, tokens).run(listener, stop).await
}
