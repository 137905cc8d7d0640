//! Asks a running service how it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tonic::transport::Endpoint;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// It answers in a millisecond, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(2);

/// Fails unless the service that listens at this address is serving.
///
/// # Errors
/// If it can't be reached or says that it is not.
pub async fn check(address: SocketAddr) -> anyhow::Result<()> {
    let channel = Endpoint::from_shared(format!("http://{}", reachable(address)))?
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .connect()
        .await
        .context("the service can't be reached")?;
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let answer = HealthClient::new(channel).check(request).await?;
    let status = answer.into_inner().status;
    ensure!(
        status == ServingStatus::Serving as i32,
        "the service is not serving (status {status})"
    );
    Ok(())
}

/// Who listens on every interface is reached on the machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests;
