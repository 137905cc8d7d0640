use std::fmt::{self, Write as _};

/// A signed number with four decimals, kept in ten-thousandths: a mean or a deviation, which two decimals
/// would often round to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal4(i128);

impl Decimal4 {
    /// The number of this many ten-thousandths.
    #[must_use]
    pub const fn from_ten_thousandths(ten_thousandths: i128) -> Self {
        Self(ten_thousandths)
    }

    /// The number in ten-thousandths.
    #[must_use]
    pub const fn ten_thousandths(self) -> i128 {
        self.0
    }

    /// A number of ten-thousandths divided by a positive number, rounded to the nearest ten-thousandth,
    /// halves away from zero.
    pub(crate) const fn quotient(ten_thousandths: i128, divisor: u64) -> Self {
        let divisor = divisor as i128;
        let (whole, rest) = (ten_thousandths / divisor, ten_thousandths % divisor);
        // The rest is below 2^64, so twice of it is far from any limit.
        Self(whole + 2 * rest / divisor)
    }
}

impl fmt::Display for Decimal4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_char('-')?;
        }
        let all = self.0.unsigned_abs();
        write!(f, "{}.{:04}", all / 10_000, all % 10_000)
    }
}

#[cfg(test)]
mod tests;
