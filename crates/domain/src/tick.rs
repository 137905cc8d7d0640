use std::fmt;

/// A number for each five seconds since the Unix epoch: `floor(unix_seconds / 5)`.
///
/// Every part of the system computes it from the clock alone, and a price belongs to it. It serves as
/// the sequence number of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(pub u64);

impl Tick {
    /// Seconds from one tick to the next.
    pub const PERIOD_SECS: u64 = 5;
    /// Milliseconds from one tick to the next.
    pub const PERIOD_MS: u64 = Self::PERIOD_SECS * 1000;

    /// The tick that is current at this many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn at_ms(unix_ms: u64) -> Self {
        Self(unix_ms / Self::PERIOD_MS)
    }

    /// The boundary at which the tick begins, in milliseconds after the Unix epoch. Ticks of the far
    /// future, as a client may name them, saturate.
    #[must_use]
    pub const fn starts_at_ms(self) -> u64 {
        self.0.saturating_mul(Self::PERIOD_MS)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The tick after this one (the last number stays where it is).
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The tick before this one (0 stays 0).
    #[must_use]
    pub const fn previous(self) -> Self {
        self.minus(1)
    }

    /// The tick `ticks` later, saturating.
    #[must_use]
    pub const fn plus(self, ticks: u64) -> Self {
        Self(self.0.saturating_add(ticks))
    }

    /// The tick `ticks` earlier, saturating.
    #[must_use]
    pub const fn minus(self, ticks: u64) -> Self {
        Self(self.0.saturating_sub(ticks))
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
