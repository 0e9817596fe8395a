//! JSON whose values know where they stand: raw values are parts of the text itself, so their place is their address in it.

use crate::imports::preview::Fault;
use crate::imports::server::cell::Cell;
use crate::imports::server::limits;
use crate::imports::server::place::{Lines, Place};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Reads a value out of the text.
///
/// # Errors
/// Where the text is no JSON or of another shape, with the place.
pub fn read<'a, T: Deserialize<'a>>(lines: &Lines<'a>) -> Result<T, Fault> {
    part(lines, lines.text)
}

/// Reads a value out of a part of the text.
///
/// # Errors
/// Like `read`, with the place in the whole text.
pub fn part<'a, T: Deserialize<'a>>(lines: &Lines<'a>, text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        let inner = Lines::new(text).offset(error.line().max(1), error.column().max(1));
        let mut reason = error.to_string();
        // Its own place is that in the part.
        if let Some(at) = reason.rfind(" at line ") {
            reason.truncate(at);
        }
        lines.fault(lines.offset_of(text) + inner, "JSON", reason)
    })
}

/// Refuses what is nested too deeply, before anything is built.
///
/// # Errors
/// With the place of the bracket that is too deep.
pub fn check_depth(lines: &Lines<'_>) -> Result<(), Fault> {
    let (mut depth, mut is_text, mut is_escaped) = (0usize, false, false);
    for (offset, byte) in lines.text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => depth += 1,
            b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::JSON_DEPTH {
            let reason = format!("is nested more than {} levels deep", limits::JSON_DEPTH);
            return Err(lines.fault(offset, "JSON", reason));
        }
    }
    Ok(())
}

/// The keys of the object at the top; none of an array.
///
/// # Errors
/// Where the text is no JSON.
pub fn keys(lines: &Lines<'_>) -> Result<Vec<String>, Fault> {
    struct Keys(Vec<String>);
    impl<'de> Deserialize<'de> for Keys {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Top;
            impl<'de> Visitor<'de> for Top {
                type Value = Keys;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                    let mut keys = vec![];
                    while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                        if keys.len() < limits::COLUMNS {
                            keys.push(key);
                        }
                    }
                    Ok(Keys(keys))
                }
            }
            deserializer.deserialize_map(Top)
        }
    }
    check_depth(lines)?;
    read::<Keys>(lines).map(|keys| keys.0)
}

/// A cell of a value: its text without quotation marks. Of a field that is missing, an empty cell where its object stands.
///
/// # Errors
/// Where the value is neither text nor number nor truth nor null.
pub fn cell<'a>(lines: &'a Lines<'a>, object: &'a RawValue, value: Option<&'a RawValue>, field: &'a str) -> Result<Cell<'a>, Fault> {
    let Some(value) = value else {
        return Ok(Cell::new("", field, Place::Byte(lines.offset_of(object.get()), lines)));
    };
    let raw = value.get();
    let place = Place::Byte(lines.offset_of(raw), lines);
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text: Cow<'a, str> =
                borrowed(raw).map_or_else(|| serde_json::from_str::<String>(raw).unwrap_or_default().into(), Cow::Borrowed);
            let text = match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            };
            Ok(Cell { text, field, place })
        }
        Some(b'{' | b'[') => Err(Cell::new("", field, place).fault("is an object or a list; expected a single value")),
        _ if raw == "null" => Ok(Cell::new("", field, place)),
        _ => Ok(Cell::new(raw, field, place)),
    }
}

fn borrowed(raw: &str) -> Option<&str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Pair<'a> {
        #[serde(borrow)]
        a: &'a RawValue,
    }

    #[test]
    fn a_value_knows_its_place() {
        let lines = Lines::new("{\n  \"ä\": 1, \"a\": \"x\\n<\" }");
        let top: &RawValue = read(&lines).unwrap();
        let pair: Pair = read(&lines).unwrap();
        let cell = cell(&lines, top, Some(pair.a), "a").unwrap();
        assert_eq!((cell.text.as_ref(), cell.place.position()), ("x\n<", (2, 16)));
    }

    #[test]
    fn broken_json_is_told_with_its_place() {
        let lines = Lines::new("{\n  \"a\": 1,\n  oops\n}");
        let fault = keys(&lines).unwrap_err();
        assert_eq!((fault.line, fault.column), (3, 3), "{fault}");
        let deep = "[".repeat(100);
        assert_eq!(check_depth(&Lines::new(&deep)).unwrap_err().column, 65);
        assert!(check_depth(&Lines::new("\"[[[\\\"[[\"")).is_ok());
    }
}
