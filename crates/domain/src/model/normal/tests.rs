use proptest::prelude::*;

use super::*;

/// The bits that stand for a probability, to within 2^-52.
fn bits(probability: f64) -> u64 {
    (((probability - 0.5) * (1_u64 << 52) as f64).floor() as i64 as u64) << 12
}

#[test]
fn inverts_the_normal_distribution_function() {
    // Percentage points as tables have them.
    for (probability, expected) in [
        (0.500_000_1, 2.506_628_274_566_559e-7),
        (0.6, 0.253_347_103_135_799_7),
        (0.75, 0.674_489_750_196_081_7),
        (0.925, 1.439_531_470_938_456),
        (0.975, 1.959_963_984_540_054),
        (0.999, 3.090_232_306_167_813_5),
        (0.999_999, 4.753_424_308_822_899),
    ] {
        let upper = deviate(bits(probability));
        let lower = deviate(!bits(probability));
        assert!(
            (upper - expected).abs() < 1e-9 * expected.max(1.0),
            "{probability}: {upper}"
        );
        assert_eq!(
            upper.to_bits(),
            (-lower).to_bits(),
            "not symmetric at {probability}"
        );
    }
}

#[test]
fn is_finite_and_rising_everywhere() {
    let extremes = [
        1 << 63,
        (1 << 63) + (1 << 12),
        u64::MAX,
        0,
        1 << 12,
        (1 << 63) - 1,
    ];
    let deviates = extremes.map(deviate);
    assert!(deviates.iter().all(|z| z.abs() < 8.3), "{deviates:?}");
    assert!(deviates.is_sorted_by(|a, b| a < b), "{deviates:?}");
    // The seams between the three formulas.
    for (below, above) in [
        (0.924_999, 0.925_001),
        (0.999_999_999_986, 0.999_999_999_987),
    ] {
        assert!(deviate(bits(below)) < deviate(bits(above)));
    }
}

#[test]
fn software_functions_agree_to_the_last_bit_on_every_machine() {
    let seen = [
        libm::log(0.075),
        libm::log(1e-16),
        libm::exp(0.3),
        libm::exp(-1.234_567),
    ];
    let expected: [u64; 4] = [
        13_836_387_218_775_339_144,
        13_853_753_814_847_673_622,
        4_608_758_042_795_448_982,
        4_598_913_102_298_192_324,
    ];
    assert_eq!(seen.map(f64::to_bits), expected);
}

proptest! {
    #[test]
    fn many_at_once_are_the_same_as_one_by_one(bits: [u64; 16]) {
        prop_assert_eq!(deviates(bits), bits.map(deviate));
    }
}
