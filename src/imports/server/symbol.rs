//! Labels of instruments: tickers, ISINs and names.

use crate::imports::server::limits;

/// Whether a text can be the ticker of something that is listed: letters, digits and the signs that exchanges use.
pub fn is_ticker(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "^$_".contains(c));
    let signs = |c: char| c.is_ascii_alphanumeric() || ".-=^_:/&+$*".contains(c);
    starts_well && text.len() <= 40 && text.chars().all(signs)
}

/// Whether a text can be a label at all: something printable of some length that is not markup.
pub fn is_label(text: &str) -> bool {
    let printable = text.chars().all(|c| !c.is_control() && !"<>{}".contains(c));
    !text.trim().is_empty() && printable && text.chars().count() <= limits::SYMBOL_CHARACTERS
}

/// Whether a text is an ISIN: two letters, nine letters or digits, and the right check digit (ISO 6166).
pub fn is_isin(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 12
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && bytes[11].is_ascii_digit();
    if !shaped {
        return false;
    }
    // Luhn over the digits, where A is 10 and Z is 35.
    let mut digits = vec![];
    for byte in bytes {
        match byte {
            b'0'..=b'9' => digits.push(u32::from(byte - b'0')),
            _ => {
                let value = u32::from(byte - b'A') + 10;
                digits.extend([value / 10, value % 10]);
            }
        }
    }
    let weigh = |(place, digit): (usize, &u32)| match place % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

/// An ISIN in brackets or between spaces, anywhere in a text.
pub fn isin_in(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| is_isin(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isin_has_its_check_digit() {
        for isin in ["US5949181045", "US9220427424", "DE000A1EWWW0", "CH0111762537", "IE00B4L5Y983"] {
            assert!(is_isin(isin), "{isin}");
        }
        for text in ["US5949181046", "US594918104", "us5949181045", "U15949181045", "", "éUS594918104"] {
            assert!(!is_isin(text), "{text}");
        }
        assert_eq!(isin_in("VT(US9220427424) CASH DIVIDEND"), Some("US9220427424"));
        assert_eq!(isin_in("SMMCHA(80486947) CASH"), None);
    }

    #[test]
    fn a_ticker_is_told_from_garbage() {
        for text in ["MSFT", "NOVN.SW", "BTC-USD", "^GSPC", "EURUSD=X", "0700.HK", "BRK/B", "JSE.JO"] {
            assert!(is_ticker(text), "{text}");
        }
        for text in ["<invalid>", "", "two words", "a\tb", "-x", "é", &"A".repeat(41)] {
            assert!(!is_ticker(text), "{text}");
        }
        assert!(is_label("Penthouse Apartment"));
        assert!(!is_label("<invalid>") && !is_label("  ") && !is_label("a\nb"));
    }
}
