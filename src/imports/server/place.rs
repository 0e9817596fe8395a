//! Where in a text something stands.

use crate::imports::preview::Fault;

/// Bytes between two marks: a column is counted over so many at the most, however long its line is.
const STRIDE: usize = 4096;

/// A text with an index of its lines.
pub struct Lines<'a> {
    /// The text.
    pub text: &'a str,
    starts: Vec<usize>,
    /// Characters before every `STRIDE`th byte. Empty where a character is a byte.
    marks: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Indexes a text once.
    pub fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut marks = vec![];
        if !text.is_ascii() {
            let mut characters = 0;
            for (at, byte) in text.bytes().enumerate() {
                if at % STRIDE == 0 {
                    marks.push(characters);
                }
                characters += usize::from(starts_character(byte));
            }
        }
        Self { text, starts, marks }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, offset: usize) -> u32 {
        saturate(self.starts.partition_point(|start| *start <= offset))
    }

    /// Line and character of a byte, each from 1.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.line(offset);
        let start = self.starts.get(line as usize - 1).copied().unwrap_or(0);
        (line, saturate(self.characters(offset).saturating_sub(self.characters(start)) + 1))
    }

    /// What is wrong at a byte.
    pub fn fault(&self, offset: usize, field: &str, reason: impl Into<String>) -> Fault {
        let (line, column) = self.position(offset);
        Fault {
            line,
            column,
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    /// Where a part of this very text begins in it.
    pub fn offset_of(&self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        offset.min(self.text.len())
    }

    /// The byte of a line and a byte in it, each from 1, as some readers tell their errors.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(0);
        (start + column.saturating_sub(1)).min(self.text.len())
    }

    fn characters(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        match self.marks.get(offset / STRIDE) {
            None if self.marks.is_empty() => offset,
            None => self.text.chars().count(),
            Some(before) => {
                let part = self.text.as_bytes().get(offset / STRIDE * STRIDE..offset).unwrap_or_default();
                before + part.iter().filter(|byte| starts_character(**byte)).count()
            }
        }
    }
}

fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A place that is worked out only when somebody asks.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// A cell of a table: line and column.
    Cell(u32, u32),
    /// A byte of a text.
    Byte(usize, &'a Lines<'a>),
}

impl Place<'_> {
    /// Line and column, each from 1.
    pub fn position(self) -> (u32, u32) {
        match self {
            Place::Cell(line, column) => (line, column),
            Place::Byte(offset, lines) => lines.position(offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_characters() {
        let lines = Lines::new("ä1\n€b\n");
        assert_eq!(lines.position(0), (1, 1));
        assert_eq!(lines.position(2), (1, 2));
        assert_eq!(lines.position(lines.text.find('b').unwrap()), (2, 2));
        assert_eq!(lines.position(99), (3, 1));
    }

    proptest! {
        #[test]
        fn a_position_is_what_counting_says(text in "[ab€\n]{0,40}", times in 1usize..400) {
            let text = text.repeat(times);
            let lines = Lines::new(&text);
            for (offset, _) in text.char_indices().step_by(97) {
                let before = &text[..offset];
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
                prop_assert_eq!(lines.position(offset), (line as u32, column as u32));
            }
        }
    }
}
