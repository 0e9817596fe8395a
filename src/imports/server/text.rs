//! From bytes to text: UTF-8, UTF-16 and Windows-1252.

use crate::imports::preview::Fault;
use crate::imports::server::limits;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// The text of a file, and a remark where its encoding had to be concluded.
///
/// # Errors
/// A file beyond its bound, an empty one, and one that is not text.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<String>), Fault> {
    decode_up_to(bytes, limits::FILE_BYTES)
}

/// The same with another bound.
///
/// # Errors
/// As [`decode`].
pub fn decode_up_to(bytes: &[u8], most: usize) -> Result<(Cow<'_, str>, Option<String>), Fault> {
    if bytes.len() > most {
        let limit = most / (1024 * 1024);
        return Err(whole_file(format!(
            "the file has {} bytes; at most {limit} MiB are read",
            bytes.len()
        )));
    }
    let (text, remark) = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => (encoding.decode(bytes).0, None),
        None => match wide(bytes) {
            Some(encoding) => {
                let remark = format!("read as {}, which the file does not say", encoding.name());
                (encoding.decode_without_bom_handling(bytes).0, Some(remark))
            }
            None => match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), None),
                Err(_) => {
                    let remark = "read as Windows-1252, since it is not UTF-8".to_owned();
                    (WINDOWS_1252.decode_without_bom_handling(bytes).0, Some(remark))
                }
            },
        },
    };
    if text.trim().is_empty() {
        return Err(whole_file("the file is empty".to_owned()));
    }
    if text.contains('\0') {
        return Err(whole_file("the file is not text".to_owned()));
    }
    Ok((text, remark))
}

/// UTF-16 without a mark: in the first characters of any of our formats, every second byte is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..8)?;
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 4) => Some(UTF_16LE),
        (4, 0) => Some(UTF_16BE),
        _ => None,
    }
}

/// A fault of the file as a whole.
pub fn whole_file(reason: String) -> Fault {
    Fault {
        line: 1,
        column: 1,
        field: "file".to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let text = "Date,Note\n2024-01-01,Käufe";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [0xFE, 0xFF]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        let latin = WINDOWS_1252.encode(text).0.into_owned();
        let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &wide, &marked, &latin, &with_mark] {
            assert_eq!(decode(bytes).unwrap().0, text);
        }
        assert!(decode(&latin).unwrap().1.unwrap().contains("Windows-1252"));
        assert_eq!(decode(text.as_bytes()).unwrap().1, None);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b""[..], b" \n", b"PK\x03\x04\0\0\0\x01\0\0"] {
            assert!(decode(bytes).is_err());
        }
        let fault = decode(&vec![b'x'; limits::FILE_BYTES + 1]).unwrap_err();
        assert!(fault.reason.contains("64 MiB"), "{fault}");
    }
}
