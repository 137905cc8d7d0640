//! Where the template's services are: at ports of this machine, or elsewhere.

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

/// Finds a port for each service that runs here: as the command line says, or any where the front door takes any, or that of
/// the container.
pub(super) fn take(args: &Args, services: &[Service]) -> Result<Vec<ServicePort>> {
    let ports = args.service_port.iter().map(|(name, _)| ("port", name));
    let urls = args.service_url.iter().map(|(name, _)| ("url", name));
    for (option, name) in ports.chain(urls) {
        if !services.iter().any(|service| service.name == *name) {
            bail!("--service-{option} names {name}: the template has no such service");
        }
    }
    let local = services.iter().filter(|service| is_local(args, service));
    local.map(|service| take_one(args, service)).collect()
}

/// Whether the emulator runs this service.
fn is_local(args: &Args, service: &Service) -> bool {
    let mut elsewhere = args.service_url.iter();
    !elsewhere.any(|(name, _)| *name == service.name)
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
pub(super) fn urls(args: &Args, ports: &[ServicePort]) -> Vec<(String, String)> {
    let local = ports
        .iter()
        .map(|port| (&port.service, format!("http://{}", port.address)));
    let elsewhere = args
        .service_url
        .iter()
        .map(|(name, url)| (name, url.clone()));
    local
        .chain(elsewhere)
        .map(|(service, url)| {
            let name: String = service.split(['-', '_']).map(capitalised).collect();
            (format!("{name}Url"), url)
        })
        .collect()
}

/// The services and where they are, in one line.
pub(super) fn summary(args: &Args, ports: &[ServicePort]) -> String {
    let local = ports
        .iter()
        .map(|port| format!("{} {}", port.service, port.address));
    let elsewhere = args.service_url.iter();
    let elsewhere = elsewhere.map(|(name, url)| format!("{name} {url} (elsewhere)"));
    let all: Vec<_> = local.chain(elsewhere).collect();
    match all.as_slice() {
        [] => "none".to_owned(),
        all => all.join(", "),
    }
}

/// The services that run here, with their addresses.
pub(super) fn addressed(model: &Model, ports: &[ServicePort]) -> Vec<(Service, String)> {
    let address_of = |service: &Service| {
        let port = ports.iter().find(|port| port.service == service.name)?;
        Some((service.clone(), port.address.to_string()))
    };
    model.services.iter().filter_map(address_of).collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
