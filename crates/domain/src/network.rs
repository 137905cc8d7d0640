use std::fmt;
use std::net::{AddrParseError, IpAddr, Ipv6Addr};
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// Where a client is: an IPv4 address, or the /64 of an IPv6 address, which is what one customer has at least.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Network(String);

impl Network {
    /// The network of a client with this address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let prefix = address.to_bits() >> 64 << 64;
                format!("{}/64", Ipv6Addr::from_bits(prefix))
            }
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Network {
    type Err = AddrParseError;

    /// Reads what `Display` has written.
    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        let address = text.strip_suffix("/64").unwrap_or(text);
        Ok(Self::of(address.parse()?))
    }
}
