//! XML, read whole and within bounds. A document type with entities of its own is refused.

use crate::imports::preview::Fault;
use crate::imports::server::limits;
use crate::imports::server::place::Lines;
use roxmltree::{Document, ParsingOptions};

/// The document of a text.
///
/// # Errors
/// Where the text is no XML, is nested too deeply, or has too many nodes, with the place.
pub fn document<'input>(lines: &Lines<'input>) -> Result<Document<'input>, Fault> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: limits::XML_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(lines.text, options).map_err(|error| {
        let place = error.pos();
        let mut reason = error.to_string();
        if let Some(at) = reason.rfind(" at ") {
            reason.truncate(at);
        }
        Fault {
            line: place.row,
            column: place.col,
            field: "XML".to_owned(),
            reason,
        }
    })?;
    let (mut depth, mut deepest) = (0usize, 0usize);
    let mut node = document.root();
    // Walked without recursion: down, else to the next, else up until there is a next.
    while deepest <= limits::XML_DEPTH {
        if let Some(child) = node.first_child() {
            node = child;
            depth += 1;
            deepest = deepest.max(depth);
            continue;
        }
        while node.next_sibling().is_none() {
            match node.parent() {
                Some(parent) => node = parent,
                None => return Ok(document),
            }
            depth = depth.saturating_sub(1);
        }
        match node.next_sibling() {
            Some(next) => node = next,
            None => return Ok(document),
        }
    }
    Err(lines.fault(
        node.range().start,
        "XML",
        format!("is nested more than {} levels deep", limits::XML_DEPTH),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_broken_or_has_entities_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        for (text, part) in [
            (deep.as_str(), "levels deep"),
            ("<a><b></a>", "expected 'b' tag"),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "DTD"),
        ] {
            let fault = document(&Lines::new(text)).unwrap_err();
            assert!(fault.reason.contains(part), "{fault}");
        }
        assert!(document(&Lines::new("<a><b/><c>x</c></a>")).is_ok());
    }
}
