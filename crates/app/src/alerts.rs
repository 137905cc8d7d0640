//! Price alerts: users keep them over REST, and the fan-out of prices finds the crossings.
//!
//! A crossing is claimed before anybody is told: the alert goes from armed to firing by a conditional write,
//! and from firing to fired once the notification is accepted. Between the two it is taken up again and
//! again, whatever crashes: see `docs/adr/0009-alerts.md`.

mod cache;
mod deliver;
mod fire;
mod keep;
mod ports;
mod report;
mod tell;

pub use deliver::DeliverPrices;
pub use fire::FireAlerts;
pub use keep::{NewAlert, UserAlerts};
pub use ports::{AlertPorts, Alerts, Claim, Settled};
pub use report::AlertReport;
