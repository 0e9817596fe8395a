//! What a message says of itself: its kind, its number, its moment. The rest of it is only counted.

use memchr::memmem;

/// A message, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// `price_update`: its number, and its moment in microseconds since 1970 where it has one.
    Update { seq: u64, stamp: Option<u64> },
    /// `error`.
    Error,
    /// Anything else.
    Other,
}

/// Reads a text message. The fields are looked for by their names: a frame is parsed ten thousand times a second here.
pub fn told(text: &[u8]) -> Told {
    let head = &text[..text.len().min(64)];
    let Some(kind) = after(head, b"\"type\":") else {
        return Told::Other;
    };
    let kind = kind.trim_ascii_start();
    if kind.starts_with(b"\"error\"") {
        return Told::Error;
    }
    if !kind.starts_with(b"\"price_update\"") {
        return Told::Other;
    }
    let digits = |value: &[u8]| {
        let value = value.trim_ascii_start();
        let end = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
        std::str::from_utf8(&value[..end]).ok()?.parse().ok()
    };
    let seq = after(text, b"\"seq\":").and_then(digits).unwrap_or(0);
    let stamp = after(text, b"\"timestamp\":").and_then(|value| moment(value.trim_ascii_start().strip_prefix(b"\"")?));
    Told::Update { seq, stamp }
}

fn after<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    memmem::find(text, name).map(|at| &text[at + name.len()..])
}

/// The head of an update of changed fields: what it follows, and how it goes on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Number of the update that it follows.
    pub follows: u64,
    /// Step of the number.
    pub seq: u64,
    /// Step of the moment, in milliseconds.
    pub millis: i64,
}

/// Reads the head of a binary update: docs/PROTOCOL.md, "Changed fields".
pub fn changed(bytes: &[u8]) -> Option<Changed> {
    let mut bytes = bytes.iter();
    let mut number = || {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    };
    let (follows, seq, millis) = (number()?, number()?, number()?);
    Some(Changed {
        follows,
        seq,
        millis: (millis >> 1).cast_signed() ^ -(millis & 1).cast_signed(),
    })
}

/// An RFC 3339 moment in UTC at the head of a text, in microseconds since 1970.
pub fn moment(text: &[u8]) -> Option<u64> {
    let number = |from: usize, to: usize| -> Option<u64> {
        let digits = text.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then_some(())?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| text.get(at) != Some(&byte)) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let seconds = (days(year, month, day) * 24 + number(11, 13)?) * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    let mut micros = seconds * 1_000_000;
    let mut rest = &text[19..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = fraction.iter().position(|byte| !byte.is_ascii_digit())?;
        let mut unit = 100_000;
        for digit in &fraction[..length.min(6)] {
            micros += u64::from(digit - b'0') * unit;
            unit /= 10;
        }
        rest = &fraction[length..];
    }
    (rest.starts_with(b"Z") || rest.starts_with(b"+00:00")).then_some(micros)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, with years that begin in March so that the leap day is their last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    // 719,468 days lie between the first of March of the year 0 and 1970.
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        assert_eq!(moment(b"1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(moment(b"2026-03-02T14:05:06.500Z\","), Some(1_772_460_306_500_000));
        assert_eq!(moment(b"2024-02-29T23:59:59.123456789Z"), Some(1_709_251_199_123_456));
        assert_eq!(moment(b"2000-03-01T00:00:00+00:00"), Some(951_868_800_000_000));
        for wrong in [
            &b"2026-03-02"[..],
            b"2026-13-02T00:00:00Z",
            b"2026-03-02T14:05:06.5",
            b"2026-03-02T14:05:06+01:00",
            b"x",
        ] {
            assert_eq!(moment(wrong), None);
        }
    }

    #[test]
    fn the_head_of_changed_fields_is_read() {
        // 300 as LEB128; a step of one; minus three and plus two hundred milliseconds.
        assert_eq!(
            changed(&[0xac, 2, 1, 5, 9]),
            Some(Changed {
                follows: 300,
                seq: 1,
                millis: -3
            })
        );
        assert_eq!(
            changed(&[7, 2, 0x90, 3]),
            Some(Changed {
                follows: 7,
                seq: 2,
                millis: 200
            })
        );
        assert_eq!(changed(&[7, 2]), None);
        assert_eq!(changed(&[0xff; 12]), None);
    }

    #[test]
    fn a_message_tells_its_kind_and_number() {
        let text = br#"{"type":"price_update","id":"a","seq":42,"timestamp":"1970-01-01T00:00:01.000Z","data":{}}"#;
        assert_eq!(
            told(text),
            Told::Update {
                seq: 42,
                stamp: Some(1_000_000)
            }
        );
        let spaced = br#"{"type": "price_update", "data": {"total_value": 1.0}, "seq": 7}"#;
        assert_eq!(told(spaced), Told::Update { seq: 7, stamp: None });
        assert_eq!(told(br#"{"type":"error","code":"invalid_json"}"#), Told::Error);
        assert_eq!(told(br#"{"type":"connection_established"}"#), Told::Other);
        assert_eq!(told(b""), Told::Other);
    }
}
