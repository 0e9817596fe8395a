//! Names and passwords, and the bounds of both.

use std::ops::RangeInclusive;

/// Characters of a name.
pub const NAME_CHARACTERS: RangeInclusive<usize> = 1..=64;
/// Characters of a password.
pub const PASSWORD_CHARACTERS: RangeInclusive<usize> = 10..=200;

/// What is accepted as a name, for the line below its field.
pub fn name_hint() -> String {
    bounds(&NAME_CHARACTERS, "It is how you sign in")
}

/// What is accepted as a password, for the line below its field.
pub fn password_hint() -> String {
    bounds(&PASSWORD_CHARACTERS, "A few words are easy to keep")
}

/// A name as it is kept: without the spaces around it.
///
/// # Errors
/// For a person: what is wrong, and what is accepted.
pub fn name(text: &str) -> Result<&str, String> {
    let name = text.trim();
    within(name, &NAME_CHARACTERS)?;
    if name.chars().any(char::is_control) {
        return Err("A name holds no control characters.".into());
    }
    Ok(name)
}

/// A name as it is compared: two that differ in case alone are one.
pub fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether a password is within its bounds.
///
/// # Errors
/// For a person: what is wrong, and what is accepted.
pub fn password(text: &str) -> Result<(), String> {
    within(text, &PASSWORD_CHARACTERS)
}

fn within(text: &str, accepted: &RangeInclusive<usize>) -> Result<(), String> {
    let length = text.chars().count();
    if accepted.contains(&length) {
        return Ok(());
    }
    let (least, most) = (accepted.start(), accepted.end());
    Err(format!("{length} characters; from {least} to {most} are accepted."))
}

fn bounds(accepted: &RangeInclusive<usize>, why: &str) -> String {
    format!("From {} to {} characters. {why}.", accepted.start(), accepted.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(name("  Ada L. "), Ok("Ada L."));
        assert_eq!(name(&"é".repeat(64)).map(str::len), Ok(128));
        for wrong in ["", "   ", "a\u{0}b", &"x".repeat(65)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
        assert!(name("").is_err_and(|why| why.contains("from 1 to 64")));
    }

    #[test]
    fn names_that_differ_in_case_alone_are_one() {
        assert_eq!(name_key(" ÅSA "), name_key("åsa"));
        assert_ne!(name_key("asa"), name_key("åsa"));
    }

    #[test]
    fn a_password_is_counted_in_characters() {
        assert!(password(&"é".repeat(10)).is_ok() && password(&"x".repeat(200)).is_ok());
        assert!(password("123456789").is_err_and(|why| why == "9 characters; from 10 to 200 are accepted."));
        assert!(password(&"x".repeat(201)).is_err());
    }
}
