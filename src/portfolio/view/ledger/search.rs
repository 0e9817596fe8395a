//! What a list of activities is looked through for, as it stands in an address.

use crate::portfolio::typed::Typed;

/// The search of a list of activities. Empty fields let everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words.
    pub q: String,
    /// A kind's label.
    pub kind: String,
    /// A symbol.
    pub symbol: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Page of the list, from one on.
    pub page: u32,
}

impl Search {
    /// Reads it from an address's query.
    pub fn of(typed: &Typed) -> Self {
        let text = |name| typed.get(name).chars().take(200).collect();
        Self {
            q: text("q"),
            kind: text("kind"),
            symbol: text("symbol"),
            from: text("from"),
            to: text("to"),
            page: typed.get("page").parse().unwrap_or(1).clamp(1, 1_000_000),
        }
    }

    /// Whether it leaves anything out.
    pub fn is_narrow(&self) -> bool {
        [&self.q, &self.kind, &self.symbol, &self.from, &self.to]
            .iter()
            .any(|text| !text.is_empty())
    }

    /// The same with another page, as a query with its question mark; `more` follows.
    pub fn query(&self, page: u32, more: &[(&str, &str)]) -> String {
        let number = page.to_string();
        let own = [
            ("q", self.q.as_str()),
            ("kind", &self.kind),
            ("symbol", &self.symbol),
            ("from", &self.from),
            ("to", &self.to),
            ("page", if page > 1 { &number } else { "" }),
        ];
        query(own.iter().chain(more))
    }
}

/// A query of an address, with its question mark; what is empty is left out.
pub fn query<'a>(fields: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        out.push_str(&encoded(text));
    }
    out
}

/// A text as a part of an address: everything but letters, digits and `-_.~` is written in percent.
pub fn encoded(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_stands_in_its_address() {
        let typed = Typed::default().with("q", "a&b é").with("kind", "buy").with("page", "3");
        let search = Search::of(&typed);
        assert_eq!(
            search.query(search.page, &[("done", "x")]),
            "?q=a%26b%20%C3%A9&kind=buy&page=3&done=x"
        );
        assert_eq!(Search::of(&Typed::default().with("page", "-4")).query(1, &[]), "");
        assert_eq!(encoded("BRK/B ?"), "BRK%2FB%20%3F");
        assert!(search.is_narrow() && !Search::default().is_narrow());
    }
}
