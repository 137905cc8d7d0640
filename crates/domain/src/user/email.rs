use std::fmt;

use email_address::{EmailAddress, Options};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

#[cfg(test)]
mod tests;

/// An email address that mail can be sent to: RFC 5321 syntax, the part before the `@` in ASCII and without quotes, and
/// a domain of two labels or more in the form that DNS knows (A-labels, RFC 5890, in lower case).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// Why something is not an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// More than [`Email::MAX_BYTES`] bytes, of its domain's A-labels.
    #[error("has {bytes} bytes: expected at most 254")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// Not an address.
    #[error("is not an email address: expected one such as ada@example.com")]
    Malformed,
    /// Mail servers that take other characters are rare, and Amazon SES sends to none.
    #[error(
        "has a character before the @ that is not ASCII: expected letters without accents, digits and .!#$%&'*+/=?^_`{{|}}~-"
    )]
    NonAsciiLocalPart,
}

impl Email {
    /// The most bytes of an address: a forward path has at most 256 with its brackets (RFC 5321, 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;

    /// Takes an address that somebody gives, without the blanks around it. The case of the part before the `@` is kept.
    ///
    /// # Errors
    /// [`EmailError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let bytes = text.trim().len();
        if bytes > Self::MAX_BYTES * LONGEST_SPELLING {
            return Err(EmailError::TooLong { bytes });
        }
        let (local, domain) = text.trim().rsplit_once('@').ok_or(EmailError::Malformed)?;
        if !local.is_ascii() {
            return Err(EmailError::NonAsciiLocalPart);
        }
        let domain = canonical_domain(domain).ok_or(EmailError::Malformed)?;
        // A quoted local part is another spelling of a mailbox that has one already (RFC 5321, 4.1.2), or one of those
        // that nobody has.
        if local.starts_with('"') {
            return Err(EmailError::Malformed);
        }
        Self::stored(&format!("{local}@{domain}"))
    }

    /// Takes an address that was accepted before, perhaps when the rules for [`Self::parse`] were laxer.
    ///
    /// # Errors
    /// [`EmailError`] for what was never accepted.
    pub fn stored(text: &str) -> Result<Self, EmailError> {
        let address = text.trim();
        if address.len() > Self::MAX_BYTES {
            return Err(EmailError::TooLong {
                bytes: address.len(),
            });
        }
        let options = Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        EmailAddress::parse_with_options(address, options).map_err(|_| EmailError::Malformed)?;
        Ok(Self(address.to_owned()))
    }

    /// Takes an address to log in with, be it one that was accepted before and is no longer.
    ///
    /// # Errors
    /// [`EmailError`] for what was never accepted.
    pub fn known(text: &str) -> Result<Self, EmailError> {
        Self::parse(text).or_else(|error| Self::stored(text).map_err(|_| error))
    }

    /// The address that mail is sent to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes the address unique: itself in lower case. (A server may tell apart addresses that
    /// differ in case; none in use does, and people don't.)
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much longer than its A-labels a domain is at most that has to be looked at.
const LONGEST_SPELLING: usize = 4;

/// The domain in A-labels and lower case, if it can be one: labels of 1 to 63 letters, digits and hyphens, 253 bytes in
/// all (RFC 1035, 2.3.4; UTS 46 without transitional processing), and no address of a host in digits.
fn canonical_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    let last = ascii.rsplit('.').next()?;
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    (!numeric).then(|| ascii.into_owned())
}
