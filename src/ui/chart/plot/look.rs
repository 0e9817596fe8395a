//! What a reader chose of a chart, as it stands in an address.

use crate::ui::chart::indicator::Study;
use crate::ui::chart::plot::scale::Spread;

/// Studies on a chart at the most.
pub const MOST_STUDIES: usize = 6;

/// How prices are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A line of closes.
    Line,
    /// The same above a filled ground.
    Area,
    /// Open, high, low and close of each stretch.
    #[default]
    Candles,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Line, Self::Area, Self::Candles];

    /// How addresses name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Area => "area",
            Self::Candles => "candles",
        }
    }

    /// The one of a label.
    pub fn read(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.label() == label)
    }
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// How prices are drawn.
    pub kind: Kind,
    /// How values are spread over the axis.
    pub spread: Spread,
    /// Whether what was traded is drawn.
    pub volume: bool,
    /// What is worked out from the candles.
    pub studies: Vec<Study>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            spread: Spread::default(),
            volume: true,
            studies: vec![],
        }
    }
}

impl Look {
    /// Reads the fields of an address or a form: `kind`, `scale`, `volume` and any number of `study`. `chosen` says that the form was
    /// there: then what it has no field for was not ticked.
    ///
    /// # Errors
    /// A field, and what is accepted in it.
    pub fn read<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, (&'static str, String)> {
        let mut look = Self::default();
        let (mut chosen, mut volume) = (false, false);
        for (name, text) in fields {
            match name {
                "kind" if !text.is_empty() => {
                    look.kind = Kind::read(text).ok_or_else(|| ("kind", "line, area and candles are accepted".to_owned()))?;
                }
                "scale" if !text.is_empty() => {
                    look.spread = Spread::read(text).ok_or_else(|| ("scale", "linear, log and percent are accepted".to_owned()))?;
                }
                "volume" => volume = text != "no",
                "chosen" => chosen = true,
                "study" if !text.is_empty() => {
                    let study = Study::read(text).ok_or_else(|| {
                        let usual: Vec<_> = Study::ALL.iter().map(Study::label).collect();
                        ("study", String::from("studies such as ") + &usual.join(", ") + " are accepted")
                    })?;
                    if !look.studies.contains(&study) {
                        look.studies.push(study);
                    }
                }
                _ => {}
            }
        }
        if look.studies.len() > MOST_STUDIES {
            return Err(("study", MOST_STUDIES.to_string() + " at the most are accepted"));
        }
        look.volume = if chosen { volume } else { look.volume };
        Ok(look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<Look, (&'static str, String)> {
        Look::read(fields.iter().copied())
    }

    #[test]
    fn what_is_chosen_is_read_and_what_cannot_be_is_named() {
        assert_eq!(read(&[]), Ok(Look::default()));
        let look = read(&[
            ("kind", "area"),
            ("scale", "log"),
            ("study", "sma-20"),
            ("study", "sma-20"),
            ("chosen", "1"),
        ]);
        let look = look.expect("it is right");
        assert_eq!(
            (look.kind, look.spread, look.volume, look.studies.len()),
            (Kind::Area, Spread::Logarithmic, false, 1)
        );
        assert!(read(&[("chosen", "1"), ("volume", "on")]).expect("it is right").volume);
        assert_eq!(read(&[("kind", "pie")]).expect_err("no kind").0, "kind");
        assert_eq!(read(&[("study", "tea-leaves")]).expect_err("no study").0, "study");
        let many: Vec<_> = ["sma-2", "sma-3", "sma-4", "sma-5", "sma-6", "sma-7", "sma-8"]
            .map(|study| ("study", study))
            .into();
        assert_eq!(read(&many).expect_err("too many").0, "study");
    }
}
