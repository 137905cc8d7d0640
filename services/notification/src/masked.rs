//! Recipients in logs: enough to recognise one's own, too little to write to.

use std::fmt;

use crate::notification::Recipient;

/// Shows a recipient without giving it away.
pub(crate) struct Masked<'a>(pub(crate) &'a Recipient);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Recipient::Email(email) => {
                let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
                let (host, top) = domain.rsplit_once('.').unwrap_or_default();
                let first = |text: &str| text.chars().next().unwrap_or('*');
                write!(f, "{}***@{}***.{top}", first(local), first(host))
            }
            Recipient::Phone(phone) => {
                let number = phone.as_str();
                write!(f, "{}***{}", &number[..3], &number[number.len() - 2..])
            }
        }
    }
}

#[cfg(test)]
mod tests;
