//! Elements that stand for others: XStream's relative paths, and identities where the file was saved with them.

use crate::imports::server::limits;
use roxmltree::{Document, Node, NodeId};
use std::cell::RefCell;
use std::collections::HashMap;

/// References that lead to references.
const HOPS: usize = 16;

/// An element's children by name, in order.
type Children<'a> = HashMap<&'a str, Vec<NodeId>>;

/// A document whose references can be followed.
pub struct Tree<'a, 'input> {
    /// The document.
    pub document: &'a Document<'input>,
    by_id: HashMap<&'a str, NodeId>,
    // Filled on the way: a path names the hundred-thousandth sibling, and counting to it each time would be quadratic.
    children: RefCell<HashMap<NodeId, Children<'a>>>,
}

impl<'a, 'input> Tree<'a, 'input> {
    /// Indexes a document.
    pub fn new(document: &'a Document<'input>) -> Self {
        let elements = document.descendants().filter(Node::is_element);
        let by_id = elements.filter_map(|node| Some((node.attribute("id")?, node.id()))).collect();
        Self {
            document,
            by_id,
            children: RefCell::default(),
        }
    }

    /// The element itself, or the one that it stands for. `None` where a reference leads nowhere.
    pub fn resolve(&self, node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
        let mut node = node;
        for _ in 0..HOPS {
            let Some(reference) = node.attribute("reference") else {
                return Some(node);
            };
            node = match reference.bytes().all(|byte| byte.is_ascii_digit()) {
                true => self.document.get_node(*self.by_id.get(reference)?)?,
                false => self.walk(node, reference)?,
            };
        }
        None
    }

    /// A child of an element, with its reference followed.
    pub fn child(&self, node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
        self.resolve(plain_child(node, name)?)
    }

    fn walk(&self, from: Node<'a, 'input>, path: &str) -> Option<Node<'a, 'input>> {
        if path.len() > limits::REFERENCE_CHARACTERS {
            return None;
        }
        let mut node = match path.strip_prefix('/') {
            Some(_) => self.document.root(),
            None => from,
        };
        for step in path.split('/').filter(|step| !step.is_empty()) {
            node = match step {
                ".." => node.parent()?,
                "." => node,
                _ => {
                    let (name, place) = match step.split_once('[') {
                        Some((name, place)) => (name, place.strip_suffix(']')?.parse::<usize>().ok()?),
                        None => (step, 1),
                    };
                    self.nth(node, name, place.checked_sub(1)?)?
                }
            };
        }
        Some(node)
    }

    fn nth(&self, parent: Node<'a, 'input>, name: &str, place: usize) -> Option<Node<'a, 'input>> {
        let mut index = self.children.borrow_mut();
        let children = index.entry(parent.id()).or_insert_with(|| {
            let mut children = Children::new();
            for child in parent.children().filter(Node::is_element) {
                children.entry(child.tag_name().name()).or_default().push(child.id());
            }
            children
        });
        self.document.get_node(*children.get(name)?.get(place)?)
    }
}

/// A child of an element as it stands there.
pub fn plain_child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_identities_lead_to_their_element() {
        let text = r#"<r><a><b>1</b><b>2</b></a><c reference="../a/b[2]"/><d reference="../c"/><e id="7">x</e><f reference="7"/>
            <g reference="../g"/><h reference="../../../a"/><i reference="../a/b[0]"/><k reference="/r/a/b"/></r>"#;
        let document = Document::parse(text).unwrap();
        let tree = Tree::new(&document);
        let text_of = |name| tree.child(document.root_element(), name).and_then(|node| node.text());
        assert_eq!(
            [text_of("c"), text_of("d"), text_of("f"), text_of("k")],
            [Some("2"), Some("2"), Some("x"), Some("1")]
        );
        assert_eq!([text_of("g"), text_of("h"), text_of("i"), text_of("z")], [None; 4]);
    }
}
