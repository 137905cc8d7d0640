//! Normal draws from uniform ones.
//!
//! Wichura's algorithm AS 241, PPND16 (Applied Statistics 37, 1988): the inverse of the normal
//! distribution function to about 16 digits. It uses the four operations and `sqrt`, which IEEE 754
//! defines to the last bit, and a logarithm in software, so that every machine agrees.

/// How far from one half a probability may lie for the formula of the centre to hold.
const CENTRE: f64 = 0.425;
const CENTRE_NUM: [f64; 8] = [
    2_509.080_928_730_122_7,
    33_430.575_583_588_13,
    67_265.770_927_008_7,
    45_921.953_931_549_87,
    13_731.693_765_509_46,
    1_971.590_950_306_551_3,
    133.141_667_891_784_38,
    3.387_132_872_796_366_5,
];
const CENTRE_DEN: [f64; 8] = [
    5_226.495_278_852_854,
    28_729.085_735_721_943,
    39_307.895_800_092_71,
    21_213.794_301_586_597,
    5_394.196_021_424_751,
    687.187_007_492_057_9,
    42.313_330_701_600_91,
    1.0,
];
const TAIL_NUM: [f64; 8] = [
    0.000_774_545_014_278_341_4,
    0.022_723_844_989_269_184,
    0.241_780_725_177_450_6,
    1.270_458_252_452_368_4,
    3.647_848_324_763_204_5,
    5.769_497_221_460_691,
    4.630_337_846_156_546,
    1.423_437_110_749_683_5,
];
const TAIL_DEN: [f64; 8] = [
    1.050_750_071_644_416_9e-09,
    0.000_547_593_808_499_534_5,
    0.015_198_666_563_616_457,
    0.148_103_976_427_480_08,
    0.689_767_334_985_1,
    1.676_384_830_183_803_8,
    2.053_191_626_637_759,
    1.0,
];
const FAR_NUM: [f64; 8] = [
    2.010_334_399_292_288_1e-07,
    2.711_555_568_743_487_6e-05,
    0.001_242_660_947_388_078_4,
    0.026_532_189_526_576_124,
    0.296_560_571_828_504_87,
    1.784_826_539_917_291_3,
    5.463_784_911_164_114,
    6.657_904_643_501_103,
];
const FAR_DEN: [f64; 8] = [
    2.044_263_103_389_939_7e-15,
    1.421_511_758_316_446e-07,
    1.846_318_317_510_054_8e-05,
    0.000_786_869_131_145_613_3,
    0.014_875_361_290_850_615,
    0.136_929_880_922_735_8,
    0.599_832_206_555_888,
    1.0,
];

/// The standard normal deviate that 64 uniform bits stand for. Their upper 52 are used, offset by half
/// a step, so that neither end of the distribution is ever infinite: the result stays within 8.3.
#[inline]
pub(super) fn deviate(bits: u64) -> f64 {
    let q = centred(bits);
    if q.abs() <= CENTRE {
        centre(q)
    } else {
        tail(q)
    }
}

/// [`deviate`] of each. The formula for the centre holds for five draws of six: it is worked out for all
/// without branches, which compilers turn into vector instructions, and the tails are put right after.
#[inline]
pub(super) fn deviates<const N: usize>(bits: [u64; N]) -> [f64; N] {
    let qs = bits.map(centred);
    let mut deviates = qs.map(centre);
    for (deviate, q) in deviates.iter_mut().zip(qs) {
        if q.abs() > CENTRE {
            *deviate = tail(q);
        }
    }
    deviates
}

/// The probability less one half: exactly representable, symmetric around zero, never zero nor an end.
#[inline]
fn centred(bits: u64) -> f64 {
    ((bits as i64 >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
}

#[inline]
fn centre(q: f64) -> f64 {
    let r = 0.180_625 - q * q;
    q * polynomial(&CENTRE_NUM, r) / polynomial(&CENTRE_DEN, r)
}

fn tail(q: f64) -> f64 {
    let r = (-libm::log(0.5 - q.abs())).sqrt();
    let magnitude = if r <= 5.0 {
        polynomial(&TAIL_NUM, r - 1.6) / polynomial(&TAIL_DEN, r - 1.6)
    } else {
        polynomial(&FAR_NUM, r - 5.0) / polynomial(&FAR_DEN, r - 5.0)
    };
    magnitude.copysign(q)
}

/// Horner's scheme, highest power first. No fused multiply-add: not every machine has one.
#[inline]
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests;
