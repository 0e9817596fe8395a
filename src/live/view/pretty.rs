//! JSON with line breaks. It moves text and parses nothing: every digit stays as it came, and what is no JSON stays legible.

/// Lays out JSON over lines, two spaces a level. What stands within strings is left alone.
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                out.push(character);
                if characters.peek().is_some_and(|next| matches!(next, '}' | ']')) {
                    continue;
                }
                depth += 1;
                break_line(&mut out, depth);
            }
            '}' | ']' => {
                if !out.ends_with(['{', '[']) {
                    depth = depth.saturating_sub(1);
                    break_line(&mut out, depth);
                }
                out.push(character);
            }
            ',' => {
                out.push(',');
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_string = true;
                out.push('"');
            }
            _ if character.is_ascii_whitespace() => {}
            _ => out.push(character),
        }
    }
    out
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn keeps_digits_and_strings() {
        let text = r#"{"a":[1.10,{}],"b":"x{,\"}","c":[]}"#;
        assert_eq!(
            pretty(text),
            "{\n  \"a\": [\n    1.10,\n    {}\n  ],\n  \"b\": \"x{,\\\"}\",\n  \"c\": []\n}"
        );
    }

    #[test]
    fn nonsense_does_no_harm() {
        assert_eq!(pretty("}]"), "\n}\n]");
        assert_eq!(pretty("\"open"), "\"open");
        assert_eq!(pretty(""), "");
    }
}
