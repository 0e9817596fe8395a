//! How moments and days cross the wire.
//!
//! They are read here and not by chrono, whose reader of many formats would be a fiftieth of the browser's client.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Reads `2026-01-01`.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let digits = text.as_bytes();
    let separated = digits.len() == 10 && digits[4] == b'-' && digits[7] == b'-';
    let [year, month, day] = [number(text, 0, 4)?, number(text, 5, 7)?, number(text, 8, 10)?];
    if separated {
        NaiveDate::from_ymd_opt(year as i32, month, day)
    } else {
        None
    }
}

/// Reads an RFC 3339 moment, to the millisecond: `2026-01-01T12:00:00.123Z`, or with an offset in the place of `Z`.
pub fn parse_moment(text: &str) -> Option<DateTime<Utc>> {
    let day = parse_day(text.get(..10)?)?;
    let rest = text.as_bytes();
    let separated = matches!(rest.get(10)?, b'T' | b't') && rest.get(13)? == &b':' && rest.get(16)? == &b':';
    let time = NaiveTime::from_hms_opt(number(text, 11, 13)?, number(text, 14, 16)?, number(text, 17, 19)?)?;
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("0", rest),
    };
    let millis = fraction
        .bytes()
        .chain([b'0'; 3])
        .take(3)
        .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let offset = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let minutes = i64::from(number(zone, 1, 3)? * 60 + number(zone, 4, 6)?);
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let moment = day.and_time(time).and_utc().checked_add_signed(TimeDelta::milliseconds(millis))?;
    if separated && !fraction.is_empty() {
        moment.checked_sub_signed(TimeDelta::minutes(offset))
    } else {
        None
    }
}

/// The digits of `text` from `from` to `to`; `None` for anything else.
fn number(text: &str, from: usize, to: usize) -> Option<u32> {
    let digits = text.as_bytes().get(from..to)?;
    digits
        .iter()
        .try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// RFC 3339 in UTC with milliseconds: `2026-01-01T12:00:00.123Z`. Use with `#[serde(with = "crate::time::millis")]`.
pub mod millis {
    use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use std::borrow::Cow;

    const EXPECTED: &str = "expected a moment like 2026-01-01T12:00:00.123Z";

    /// Writes the moment.
    pub fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        match text(time) {
            Some(text) => serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }

    /// The moment as text, without a detour through a formatter of any pattern: a frame holds dozens. `None` for years of other than four
    /// digits, and for leap seconds.
    fn text(time: &DateTime<Utc>) -> Option<[u8; 24]> {
        let (year, millis) = (u32::try_from(time.year()).ok()?, time.timestamp_subsec_millis());
        if year > 9_999 || millis > 999 {
            return None;
        }
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (year, 0..4),
            (time.month(), 5..7),
            (time.day(), 8..10),
            (time.hour(), 11..13),
            (time.minute(), 14..16),
            (time.second(), 17..19),
            (millis, 20..23),
        ];
        for (mut number, places) in parts {
            for place in text[places].iter_mut().rev() {
                *place += (number % 10) as u8;
                number /= 10;
            }
        }
        Some(text)
    }

    /// Reads any RFC 3339 moment.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        super::parse_moment(&Cow::<str>::deserialize(deserializer)?).ok_or_else(|| D::Error::custom(EXPECTED))
    }

    /// The same for what may be missing: `null`.
    pub mod option {
        use super::{Cow, DateTime, Deserialize, Deserializer, EXPECTED, Serializer, Utc};
        use crate::time::parse_moment;
        use serde::de::Error as _;

        /// Writes the moment, or `null`.
        pub fn serialize<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => super::serialize(time, serializer),
                None => serializer.serialize_none(),
            }
        }

        /// Reads a moment or `null`.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
            let text = Option::<Cow<str>>::deserialize(deserializer)?;
            text.map(|text| parse_moment(&text).ok_or_else(|| D::Error::custom(EXPECTED)))
                .transpose()
        }
    }
}

/// A day, or `null`: `2022-12-28`. Use with `#[serde(with = "crate::time::maybe_day")]`.
pub mod maybe_day {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
    use std::borrow::Cow;

    /// Writes the day, or `null`.
    pub fn serialize<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        day.serialize(serializer)
    }

    /// Reads a day or `null`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
        let text = Option::<Cow<str>>::deserialize(deserializer)?;
        text.map(|text| super::parse_day(&text).ok_or_else(|| D::Error::custom("expected a day like 2022-12-28")))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    #[test]
    fn reads_what_rfc_3339_allows_and_nothing_else() {
        let noon = DateTime::from_timestamp_millis(1_767_268_800_123).expect("in range");
        for text in [
            "2026-01-01T12:00:00.123Z",
            "2026-01-01t12:00:00.123999z",
            "2026-01-01T13:30:00.123+01:30",
            "2026-01-01T07:00:00.123-05:00",
        ] {
            assert_eq!(parse_moment(text), Some(noon), "{text}");
        }
        assert_eq!(
            parse_moment("2026-01-01T12:00:00Z").map(|time| time.timestamp_millis()),
            Some(1_767_268_800_000)
        );
        for text in [
            "",
            "2026-01-01",
            "2026-13-01T12:00:00Z",
            "2026-01-01T25:00:00Z",
            "2026-01-01T12:00:00",
            "2026-01-01T12:00:00.Z",
            "2026-01-01 12:00:00Z",
            "2026-01-01T12:00:00+1:00",
            "2026-01-01T1é:00:00Z",
            "2026/01/01T12:00:00Z",
            "+026-01-01T12:00:00Z",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
        assert_eq!(parse_day("2024-02-29"), NaiveDate::from_ymd_opt(2024, 2, 29));
        assert_eq!((parse_day("2023-02-29"), parse_day("2023-2-9")), (None, None));
    }

    proptest! {
        #[test]
        fn reads_every_moment_that_chrono_writes(millis in 0i64..253_402_300_800_000) {
            let moment = DateTime::from_timestamp_millis(millis).expect("in range");
            let text = moment.to_rfc3339_opts(SecondsFormat::Millis, true);
            prop_assert_eq!(parse_moment(&text), Some(moment));
            let written = super::millis::serialize(&moment, serde_json::value::Serializer).expect("writes");
            prop_assert_eq!(written.as_str(), Some(text.as_str()));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse_moment(&text);
        }
    }
}
