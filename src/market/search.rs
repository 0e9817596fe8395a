//! How well an instrument answers to what somebody looks for: by symbol, name and ISIN, the closest first.

/// Letters of a search that one slip is forgiven from.
const FORGIVEN: usize = 4;
/// The longest text that is searched for.
const LONGEST: usize = 100;

/// How close it is, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// A symbol or the ISIN is just that.
    Exact,
    /// A symbol, the ISIN or the name begins with it.
    Prefix,
    /// A word of the name begins with it.
    Word,
    /// It stands somewhere in one of them.
    Within,
    /// A word differs from it by one letter: left out, put in, another, or two in each other's place.
    Fuzzy,
}

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Sought {
    text: String,
    letters: Vec<char>,
}

impl Sought {
    /// Spaces around it and the case of letters do not count.
    pub fn new(text: &str) -> Self {
        let text: String = text.trim().chars().take(LONGEST).collect::<String>().to_lowercase();
        let letters = text.chars().collect();
        Self { text, letters }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How close an instrument is, by its labels (symbol, alias, ISIN) and its name; `None` where it is something else.
    pub fn matches<'t>(&self, labels: impl IntoIterator<Item = &'t str>, name: &str) -> Option<Match> {
        let name = name.to_lowercase();
        let labels = labels.into_iter().map(str::to_lowercase);
        let best = labels.filter_map(|label| self.of_label(&label)).min();
        best.into_iter().chain(self.of_name(&name)).min()
    }

    fn of_label(&self, label: &str) -> Option<Match> {
        match () {
            () if label == self.text => Some(Match::Exact),
            () if label.starts_with(&self.text) => Some(Match::Prefix),
            () if label.contains(&self.text) => Some(Match::Within),
            () if self.is_a_slip_of(label) => Some(Match::Fuzzy),
            () => None,
        }
    }

    fn of_name(&self, name: &str) -> Option<Match> {
        let mut words = name.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
        match () {
            () if name.starts_with(&self.text) => Some(Match::Prefix),
            () if words.clone().any(|word| word.starts_with(&self.text)) => Some(Match::Word),
            () if name.contains(&self.text) => Some(Match::Within),
            () if words.any(|word| self.is_a_slip_of(word)) => Some(Match::Fuzzy),
            () => None,
        }
    }

    /// Whether one slip of the finger makes the one of the other.
    fn is_a_slip_of(&self, word: &str) -> bool {
        let (one, other) = (&self.letters, word.chars().collect::<Vec<_>>());
        if one.len() < FORGIVEN || one.len().abs_diff(other.len()) > 1 {
            return false;
        }
        let before = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
        let (one, other) = (&one[before..], &other[before..]);
        let after = |skip: usize, skipped: usize| one.get(skip..).is_some_and(|rest| Some(rest) == other.get(skipped..));
        let swapped = one.len() > 1 && other.len() > 1 && one[0] == other[1] && one[1] == other[0] && after(2, 2);
        after(1, 1) || after(0, 1) || after(1, 0) || swapped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(text: &str) -> Option<Match> {
        Sought::new(text).matches(["MSFT", "US5949181045"], "Microsoft Corp. (Class A)")
    }

    #[test]
    fn the_closest_comes_first() {
        for (text, expected) in [
            (" msft ", Some(Match::Exact)),
            ("us5949181045", Some(Match::Exact)),
            ("MS", Some(Match::Prefix)),
            ("micro", Some(Match::Prefix)),
            ("corp", Some(Match::Word)),
            ("soft", Some(Match::Within)),
            ("9181", Some(Match::Within)),
            ("mfst", Some(Match::Fuzzy)),
            ("microsft", Some(Match::Fuzzy)),
            ("micrrosoft", Some(Match::Fuzzy)),
            ("nicrosoft", Some(Match::Fuzzy)),
            ("mst", None),
            ("apple", None),
        ] {
            assert_eq!(matches(text), expected, "{text}");
        }
        assert!(Match::Exact < Match::Prefix && Match::Within < Match::Fuzzy);
    }

    proptest! {
        #[test]
        fn a_slip_is_forgiven_and_no_text_panics(word in "[a-z]{4,12}", at in 0usize..12, letter in "[a-z]", any in "\\PC{0,20}") {
            let at = at % word.len();
            let without: String = word.chars().enumerate().filter(|(place, _)| *place != at).map(|(_, one)| one).collect();
            let mut longer = word.clone();
            longer.insert_str(at, &letter);
            for slip in [without, longer] {
                if slip.len() >= FORGIVEN {
                    prop_assert!(Sought::new(&slip).matches([], &word).is_some(), "{slip} of {word}");
                }
            }
            let _ = Sought::new(&any).matches([word.as_str()], &any);
        }
    }
}
