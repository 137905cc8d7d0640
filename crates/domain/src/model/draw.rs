//! Where the randomness comes from: a keyed hash of a counter, so that any draw can be repeated alone.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::PriceModel;
use crate::{Price, UserId};

/// The key that all shareholders' keys derive from.
#[derive(Clone, Copy)]
pub(super) struct MasterKey(u128);

/// What a derived key is for; keys for different purposes are unrelated.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Walk = 0,
    OpeningPrice = 1,
}

impl MasterKey {
    pub(super) fn from_secret(secret: &[u8]) -> Self {
        // A fixed key: this step condenses the secret and never shows the result.
        Self(SipHasher24::new_with_keys(0, 0).hash_128(secret))
    }

    pub(super) fn derive(&self, purpose: Purpose, user_id: UserId) -> DrawKey {
        let mut message = [0; 18];
        message[0] = PriceModel::VERSION;
        message[1] = purpose as u8;
        message[2..].copy_from_slice(user_id.as_uuid().as_bytes());
        let key =
            SipHasher24::new_with_keys(self.0 as u64, (self.0 >> 64) as u64).hash_128(&message);
        DrawKey {
            k0: key as u64,
            k1: (key >> 64) as u64,
        }
    }
}

trait Hash128 {
    fn hash_128(self, message: &[u8]) -> u128;
}

impl Hash128 for SipHasher24 {
    fn hash_128(mut self, message: &[u8]) -> u128 {
        self.write(message);
        self.finish128().as_u128()
    }
}

/// A shareholder's own key.
#[derive(Clone, Copy)]
pub(super) struct DrawKey {
    k0: u64,
    k1: u64,
}

impl DrawKey {
    /// SipHash-2-4 of the counter as eight little-endian bytes, written out because its length is fixed:
    /// without branches, the draws of one price run side by side in the processor.
    ///
    /// SipHash-1-3 would save a fifth of what a price costs. It is meant for hash tables, whose outputs
    /// nobody sees; ours are published, and who recovers a key knows the prices to come. So it is the
    /// variant that was designed, and has been studied, as a pseudo-random function.
    #[inline]
    pub(super) fn draw(&self, counter: u64) -> u64 {
        const LENGTH_BLOCK: u64 = 8 << 56;
        let mut v = [
            self.k0 ^ 0x736f_6d65_7073_6575,
            self.k1 ^ 0x646f_7261_6e64_6f6d,
            self.k0 ^ 0x6c79_6765_6e65_7261,
            self.k1 ^ 0x7465_6462_7974_6573,
        ];
        for block in [counter, LENGTH_BLOCK] {
            v[3] ^= block;
            round(&mut v);
            round(&mut v);
            v[0] ^= block;
        }
        v[2] ^= 0xff;
        for _ in 0..4 {
            round(&mut v);
        }
        v[0] ^ v[1] ^ v[2] ^ v[3]
    }

    /// Uniform from 50.00 to 500.00.
    pub(super) fn opening_price(&self) -> Price {
        const LOWEST: u64 = 5_000;
        const HIGHEST: u64 = 50_000;
        let choices = u128::from(HIGHEST - LOWEST + 1);
        let chosen = (u128::from(self.draw(0)) * choices) >> 64;
        Price::from_cents(LOWEST + chosen as u64).expect("BUG: opening prices are positive")
    }
}

#[inline]
fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[2] = v[2].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[1]);
    v[0] = v[0].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests;
