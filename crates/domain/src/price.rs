use std::fmt::{self, Write as _};
use std::str::FromStr;

/// What one share costs: a positive amount with two decimals, kept in cents.
///
/// There is no zero price, so a relative change always exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

/// Why something is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a price: expected a positive amount with two decimals, such as 101.20, up to 1000000000000.00"
)]
pub struct PriceError;

impl Price {
    /// The lowest price, 0.01.
    pub const MIN: Self = Self(1);
    /// The highest price, a trillion: far above what the model can reach, and low enough that changes
    /// and percentages of prices fit 64 bits.
    pub const MAX: Self = Self(100_000_000_000_000);

    /// The price of this many cents; none if that is zero or above [`Price::MAX`].
    #[must_use]
    pub const fn from_cents(cents: u64) -> Option<Self> {
        if cents >= Self::MIN.0 && cents <= Self::MAX.0 {
            Some(Self(cents))
        } else {
            None
        }
    }

    /// The price in cents.
    #[must_use]
    pub const fn cents(self) -> u64 {
        self.0
    }

    /// Reads the text that [`Price`] displays as.
    ///
    /// # Errors
    /// [`PriceError`] for anything else: signs, leading zeros, more or fewer decimals, zero.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let (units, cents) = text.split_once('.').ok_or(PriceError)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let leading_zero = units.len() > 1 && units.starts_with('0');
        if units.is_empty() || leading_zero || cents.len() != 2 || !digits(units) || !digits(cents)
        {
            return Err(PriceError);
        }
        let units: u64 = units.parse().map_err(|_| PriceError)?;
        let cents: u64 = cents.parse().map_err(|_| PriceError)?;
        let total = units
            .checked_mul(100)
            .and_then(|all| all.checked_add(cents));
        total.and_then(Self::from_cents).ok_or(PriceError)
    }

    /// The nearest price to a number of cents that came out of a computation.
    pub(crate) fn nearest(cents: f64) -> Self {
        // The cast saturates, and takes NaN to zero.
        Self(((cents + 0.5) as u64).clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(f, false, self.0)
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Price({self})")
    }
}

impl FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// A signed amount with two decimals, kept in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    /// The amount of this many cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(f, self.0 < 0, self.0.unsigned_abs())
    }
}

/// A signed percentage with two decimals, kept in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

impl Percent {
    /// The percentage of this many hundredths of a percent.
    #[must_use]
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// The percentage in hundredths of a percent.
    #[must_use]
    pub const fn hundredths(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hundredths(f, self.0 < 0, self.0.unsigned_abs())
    }
}

/// How one price differs from an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The later price less the earlier one.
    pub absolute: Money,
    /// The same in percent of the earlier one, rounded to the nearest hundredth, halves away from zero.
    pub percent: Percent,
}

impl Change {
    /// The change from one price to another.
    #[must_use]
    pub const fn between(from: Price, to: Price) -> Self {
        // Prices end at 10^14 cents, so twenty thousand times a difference is below 2^63.
        let from = from.0 as i64;
        let difference = to.0 as i64 - from;
        let half = if difference < 0 { -from } else { from };
        let hundredths = (difference * 20_000 + half) / (2 * from);
        Self {
            absolute: Money(difference),
            percent: Percent(hundredths),
        }
    }
}

fn write_hundredths(f: &mut fmt::Formatter<'_>, negative: bool, hundredths: u64) -> fmt::Result {
    if negative {
        f.write_char('-')?;
    }
    write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests;
