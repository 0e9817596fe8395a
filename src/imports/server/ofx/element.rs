//! Elements of OFX. In SGML a value has no end tag: an element with text behind its tag is a value and ends there.

use crate::imports::preview::Fault;
use crate::imports::server::limits;
use crate::imports::server::place::Lines;
use std::borrow::Cow;

/// Levels of a file. A statement has about eight.
const DEPTH: usize = 100;

/// Place of an element in the list.
pub type Id = usize;

/// An element.
pub struct Element<'a> {
    /// Name in capitals.
    pub name: String,
    /// Text behind its tag; empty where it holds others.
    pub value: Cow<'a, str>,
    /// Where its tag begins.
    pub at: usize,
    /// Where its value begins.
    pub value_at: usize,
    parent: Option<Id>,
    /// The element behind the last one that stands in it.
    end: Id,
}

/// The elements of a file, in order.
pub struct Elements<'a>(Vec<Element<'a>>);

impl<'a> Elements<'a> {
    /// Reads a file.
    ///
    /// # Errors
    /// A tag without end, too many levels, too many elements.
    pub fn new(lines: &Lines<'a>) -> Result<Self, Fault> {
        let text = lines.text;
        let mut elements: Vec<Element<'a>> = vec![];
        let mut open: Vec<Id> = vec![];
        let fault = |at: usize, reason: String| lines.fault(at, "OFX", reason);
        let mut rest = text.find('<').unwrap_or(text.len());
        while let Some(tag) = text.get(rest..).filter(|tag| !tag.is_empty()) {
            let (body, length) = tag_of(tag).ok_or_else(|| fault(rest, "a tag without >".to_owned()))?;
            let value_start = rest + length;
            let behind = text.get(value_start..).unwrap_or_default();
            let (value, next) = value_of(behind);
            if let Some(name) = body.strip_prefix('/') {
                let name = name.trim().to_ascii_uppercase();
                // An end that no open element waits for is that of a value.
                if let Some(depth) = open.iter().rposition(|id| elements[*id].name == name) {
                    for id in open.drain(depth..) {
                        elements[id].end = elements.len();
                    }
                }
            } else if !body.starts_with(['?', '!']) {
                let is_closed = body.ends_with('/');
                let name = body
                    .trim_end_matches('/')
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_ascii_uppercase();
                let id = elements.len();
                let leading = behind.len() - behind.trim_start().len();
                elements.push(Element {
                    name,
                    at: rest,
                    value_at: value_start + if value.is_empty() { 0 } else { leading },
                    parent: open.last().copied(),
                    end: id + 1,
                    value,
                });
                if elements[id].value.is_empty() && !is_closed {
                    open.push(id);
                }
            }
            if open.len() > DEPTH {
                return Err(fault(rest, format!("is nested more than {DEPTH} levels deep")));
            }
            if elements.len() > limits::XML_NODES as usize {
                return Err(fault(rest, format!("has more than {} elements", limits::XML_NODES)));
            }
            rest = value_start + next;
        }
        for id in open {
            elements[id].end = elements.len();
        }
        Ok(Self(elements))
    }

    /// An element.
    pub fn get(&self, id: Id) -> &Element<'a> {
        &self.0[id]
    }

    /// What an element stands in.
    pub fn parent(&self, id: Id) -> Option<Id> {
        self.0[id].parent
    }

    /// Every element of a name.
    pub fn all(&self, name: &'static str) -> impl Iterator<Item = Id> {
        self.0
            .iter()
            .enumerate()
            .filter(move |(_, element)| element.name == name)
            .map(|(id, _)| id)
    }

    /// The first element of a name below another.
    pub fn find(&self, below: Id, name: &str) -> Option<Id> {
        (below + 1..self.0[below].end).find(|id| self.0[*id].name == name)
    }

    /// The elements that stand in another, without those in them.
    pub fn children(&self, of: Id) -> impl Iterator<Item = Id> {
        let end = self.0[of].end;
        let first = Some(of + 1).filter(|id| *id < end);
        std::iter::successors(first, move |id| Some(self.0[*id].end).filter(|id| *id < end))
    }
}

/// What stands in a tag, and its whole length. A comment is a tag too.
fn tag_of(text: &str) -> Option<(&str, usize)> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| ("!", end + 3));
    }
    let end = text.find('>')?;
    Some((text.get(1..end)?, end + 1))
}

/// The text up to the next tag, and where that is. Within `CDATA` nothing is a tag.
fn value_of(text: &str) -> (Cow<'_, str>, usize) {
    let start = text.trim_start();
    if let Some(inner) = start.strip_prefix("<![CDATA[") {
        let end = inner.find("]]>").unwrap_or(inner.len());
        let skipped = text.len() - inner.len();
        return (Cow::Borrowed(inner[..end].trim()), (skipped + end + 3).min(text.len()));
    }
    let end = text.find('<').unwrap_or(text.len());
    let value = text[..end].trim();
    let plain = match value.contains('&') {
        true => {
            let entities = [
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&quot;", "\""),
                ("&apos;", "'"),
                ("&nbsp;", " "),
                ("&amp;", "&"),
            ];
            Cow::Owned(
                entities
                    .iter()
                    .fold(value.to_owned(), |text, (name, sign)| text.replace(name, sign)),
            )
        }
        false => Cow::Borrowed(value),
    };
    (plain, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_with_or_without_their_tag() {
        let text = "OFXHEADER:100\n<OFX><A>1<B> two &amp; <C><D>4</D></C><E></E><F/><!-- <X> --><G><![CDATA[<5>]]></OFX>";
        let lines = Lines::new(text);
        let elements = Elements::new(&lines).unwrap();
        let names: Vec<_> = elements
            .0
            .iter()
            .map(|element| (element.name.as_str(), element.value.as_ref()))
            .collect();
        assert_eq!(
            names,
            [
                ("OFX", ""),
                ("A", "1"),
                ("B", "two &"),
                ("C", ""),
                ("D", "4"),
                ("E", ""),
                ("F", ""),
                ("G", "<5>")
            ]
        );
        let children: Vec<_> = elements.children(0).map(|id| elements.get(id).name.as_str()).collect();
        assert_eq!(children, ["A", "B", "C", "E", "F", "G"]);
        assert_eq!((elements.find(3, "D"), elements.find(3, "E")), (Some(4), None));
        assert!(Elements::new(&Lines::new("<OFX><A")).is_err());
        assert!(Elements::new(&Lines::new(&"<A>".repeat(200))).is_err());
    }
}
