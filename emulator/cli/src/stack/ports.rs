//! The ports of the template's services.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use emulator_template::model::{Model, Service};
use tokio::net::TcpSocket;

use crate::args::Args;

#[cfg(test)]
mod tests;

/// A port of this machine for a service.
pub(super) struct ServicePort {
    pub(super) service: String,
    pub(super) address: SocketAddr,
    /// Bound and not listening, it keeps the port from everybody but the service, which is started again at the same
    /// port should it end. Other systems than Linux let nobody listen beside it.
    _held: Option<TcpSocket>,
}

/// Finds a port for each service: as the command line says, or any where the front door takes any, or that of the
/// container.
pub(super) fn take(args: &Args, services: &[Service]) -> Result<Vec<ServicePort>> {
    for (name, _) in &args.service_port {
        if !services.iter().any(|service| service.name == *name) {
            bail!("--service-port names {name}: the template has no such service");
        }
    }
    services
        .iter()
        .map(|service| take_one(args, service))
        .collect()
}

fn take_one(args: &Args, service: &Service) -> Result<ServicePort> {
    let name = &service.name;
    let asked = args.service_port.iter().find(|(known, _)| known == name);
    let port = match asked {
        Some((_, port)) => *port,
        None if args.port == 0 => 0,
        None => service.port,
    };
    let bind = || {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        socket.local_addr().map(|address| (socket, address))
    };
    let (socket, address) = bind().with_context(|| {
        format!(
            "port {port} is not free for {name}: stop what uses it (another emulator?), or name another \
             with --service-port {name}=PORT"
        )
    })?;
    Ok(ServicePort {
        service: name.clone(),
        address,
        _held: cfg!(target_os = "linux").then_some(socket),
    })
}

/// The parameters that tell functions where services are, for example `NotificationUrl` of `notification`.
pub(super) fn urls(ports: &[ServicePort]) -> impl Iterator<Item = (String, String)> {
    ports.iter().map(|port| {
        let name = port
            .service
            .split(['-', '_'])
            .map(capitalised)
            .collect::<String>();
        (format!("{name}Url"), format!("http://{}", port.address))
    })
}

/// The services and where they listen, in one line.
pub(super) fn summary(ports: &[ServicePort]) -> String {
    if ports.is_empty() {
        return "none".to_owned();
    }
    let each = ports
        .iter()
        .map(|port| format!("{} {}", port.service, port.address));
    each.collect::<Vec<_>>().join(", ")
}

/// The services with their addresses.
pub(super) fn addressed(model: &Model, ports: &[ServicePort]) -> Vec<(Service, String)> {
    let services = model.services.iter().cloned();
    services
        .zip(ports.iter().map(|port| port.address.to_string()))
        .collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
