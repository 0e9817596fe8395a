//! Exact amounts: the decimal type, its rounding, and how it crosses the wire.
//!
//! No float ever holds money. Conversion to a float for drawing belongs to `ui::chart`.

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

/// Decimal places of a currency's smallest unit (ISO 4217). What is not listed has two.
pub fn minor_units(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "ISK" | "CLP" | "VND" => 0,
        "BHD" | "KWD" | "JOD" | "TND" | "OMR" => 3,
        _ => 2,
    }
}

/// Rounds to the currency's smallest unit, half to even, and keeps that many places in print.
pub fn round_to_currency(amount: Decimal, currency: &str) -> Decimal {
    round(amount, minor_units(currency))
}

/// Rounds half to even and prints with exactly `places` decimals.
pub fn round(amount: Decimal, places: u32) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven);
    rounded.rescale(places);
    rounded
}

/// `part` as a percentage of `whole`, to two places; `None` where `whole` is zero.
pub fn percent_of(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if whole.is_zero() {
        return None;
    }
    part.checked_div(whole)?
        .checked_mul(Decimal::ONE_HUNDRED)
        .map(|percent| round(percent, 2))
}

/// A decimal as a JSON number with exactly its own digits, read back from its text and never through a float.
///
/// Use with `#[serde(with = "crate::money::number")]`. Only for `serde_json`: it relies on raw values.
pub mod number {
    use super::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::SerializeStruct as _};
    use serde_json::value::RawValue;

    /// Writes the decimal's own digits.
    pub fn serialize<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        // What a `RawValue` says of itself to its serializer. To make one is to read the digits as JSON first, and they are known to be:
        // of a frame of hundreds of numbers that was a tenth.
        let mut room = [0; MOST];
        let mut raw = serializer.serialize_struct(RAW, 1)?;
        raw.serialize_field(RAW, digits(amount, &mut room))?;
        raw.end()
    }

    /// The name by which `serde_json` knows what is to be written as it is.
    const RAW: &str = "$serde_json::private::RawValue";

    /// Characters that a decimal may have: its sign, 29 digits, the point.
    const MOST: usize = 31;

    /// What the decimal prints as. A frame holds hundreds of numbers, and each would be a text of its own in memory.
    fn digits<'r>(amount: &Decimal, room: &'r mut [u8; MOST]) -> &'r str {
        let (mut left, scale) = (amount.mantissa().unsigned_abs(), amount.scale() as usize);
        let mut at = MOST;
        let mut put = |byte| {
            at -= 1;
            room[at] = byte;
        };
        let mut written = 0;
        while left > 0 || written <= scale {
            if scale > 0 && written == scale {
                put(b'.');
            }
            // Division of the wide type is a call; nearly all amounts are narrow.
            let digit = match u64::try_from(left) {
                Ok(narrow) => {
                    left = u128::from(narrow / 10);
                    narrow % 10
                }
                Err(_) => {
                    let digit = left % 10;
                    left /= 10;
                    digit as u64
                }
            };
            put(b'0' + digit as u8);
            written += 1;
        }
        if amount.is_sign_negative() {
            put(b'-');
        }
        // Digits, a point and a sign are text.
        std::str::from_utf8(&room[at..]).unwrap_or_default()
    }

    /// Writes the decimal's own digits at the end of a text.
    pub fn put(amount: Decimal, text: &mut Vec<u8>) {
        text.extend_from_slice(digits(&amount, &mut [0; MOST]).as_bytes());
    }

    /// Reads a JSON number from its text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        parse(Box::<RawValue>::deserialize(deserializer)?.get()).map_err(D::Error::custom)
    }

    /// Reads the text of a JSON number without an exponent: nobody writes money with one.
    pub(super) fn parse(text: &str) -> Result<Decimal, rust_decimal::Error> {
        Decimal::from_str_exact(text)
    }

    /// The same for what may be missing: `null`.
    pub mod option {
        use super::{Decimal, Deserialize, Deserializer, RawValue, Serializer, parse};
        use serde::de::Error as _;

        /// Writes the digits, or `null`.
        pub fn serialize<S: Serializer>(amount: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
            match amount {
                Some(amount) => super::serialize(amount, serializer),
                None => serializer.serialize_none(),
            }
        }

        /// Reads a JSON number or `null`.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
            match Option::<Box<RawValue>>::deserialize(deserializer)? {
                None => Ok(None),
                Some(raw) => parse(raw.get()).map(Some).map_err(D::Error::custom),
            }
        }
    }

    /// The same for a list.
    pub mod list {
        use super::{Decimal, Deserialize, Deserializer, RawValue, Serializer, parse};
        use serde::{de::Error as _, ser::SerializeSeq};

        /// Writes an array of numbers.
        pub fn serialize<S: Serializer>(amounts: &[Decimal], serializer: S) -> Result<S::Ok, S::Error> {
            struct One(Decimal);
            impl serde::Serialize for One {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    super::serialize(&self.0, serializer)
                }
            }
            let mut seq = serializer.serialize_seq(Some(amounts.len()))?;
            for amount in amounts {
                seq.serialize_element(&One(*amount))?;
            }
            seq.end()
        }

        /// Reads an array of numbers.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Decimal>, D::Error> {
            let raw = Vec::<Box<RawValue>>::deserialize(deserializer)?;
            raw.iter().map(|one| parse(one.get()).map_err(D::Error::custom)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal")
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(round_to_currency(d("0.125"), "USD").to_string(), "0.12");
        assert_eq!(round_to_currency(d("0.135"), "USD").to_string(), "0.14");
        assert_eq!(round_to_currency(d("2.5"), "JPY").to_string(), "2");
        assert_eq!(round_to_currency(d("7"), "USD").to_string(), "7.00");
    }

    #[test]
    fn percent_of_nothing_is_unknown() {
        assert_eq!(percent_of(d("1"), Decimal::ZERO), None);
        assert_eq!(percent_of(d("250"), d("50000")).map(|p| p.to_string()).as_deref(), Some("0.50"));
    }

    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    struct Amounts {
        #[serde(with = "number")]
        one: Decimal,
        #[serde(with = "number::option")]
        maybe: Option<Decimal>,
        #[serde(with = "number::list")]
        many: Vec<Decimal>,
    }

    #[test]
    fn a_number_keeps_its_digits_both_ways() {
        let text = r#"{"one":50000.10,"maybe":null,"many":[0.1,0.20,-3]}"#;
        let amounts: Amounts = serde_json::from_str(text).expect("reads");
        assert_eq!(serde_json::to_string(&amounts).expect("writes"), text);
        assert!(serde_json::from_str::<Amounts>(r#"{"one":"x","maybe":null,"many":[]}"#).is_err());
    }

    #[test]
    fn the_longest_and_the_strangest_are_printed_as_they_are() {
        for text in [
            "0",
            "0.00",
            "-0.00",
            "7",
            "-1",
            "0.0000000000000000000000000001",
            "-0.5",
            "10",
            "18446744073709551616.5",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "-7.9228162514264337593543950335",
        ] {
            let printed = serde_json::to_string(&Amounts {
                one: d(text),
                maybe: None,
                many: vec![],
            })
            .expect("writes");
            assert_eq!(printed, format!(r#"{{"one":{},"maybe":null,"many":[]}}"#, d(text)));
        }
    }

    proptest! {
        #[test]
        fn any_amount_survives_the_wire(units in -1_000_000_000_000i64..1_000_000_000_000, scale in 0u32..12) {
            let amount = Decimal::new(units, scale);
            let before = Amounts { one: amount, maybe: Some(amount), many: vec![amount] };
            let after: Amounts = serde_json::from_str(&serde_json::to_string(&before).expect("writes")).expect("reads");
            prop_assert_eq!(before.one.to_string(), after.one.to_string());
            prop_assert_eq!(before, after);
        }
    }
}
