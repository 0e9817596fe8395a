//! What a study is called: in an address, and by readers.

use super::{LONGEST, Study};

impl Study {
    /// The study that a label of an address names: its kind alone with the usual parameters (`sma`), or with all of them
    /// (`sma-50`, `bollinger-20-2.5`, `macd-12-26-9`). `None` where it is unknown or a parameter is out of bounds: lengths are
    /// 1 to 500, the fast one of a MACD is below its slow one, deviations are above 0 and 10 at most.
    pub fn read(label: &str) -> Option<Study> {
        let (kind, rest) = label.split_once('-').map_or((label, None), |(kind, rest)| (kind, Some(rest)));
        let usual = Study::ALL.into_iter().find(|study| study.kind() == kind)?;
        let Some(rest) = rest else { return Some(usual) };
        let mut given = rest.split('-');
        let study = match usual {
            Study::Sma { .. } => Study::Sma {
                length: length(given.next())?,
            },
            Study::Ema { .. } => Study::Ema {
                length: length(given.next())?,
            },
            Study::Bollinger { .. } => Study::Bollinger {
                length: length(given.next())?,
                deviations: deviations(given.next())?,
            },
            Study::Rsi { .. } => Study::Rsi {
                length: length(given.next())?,
            },
            Study::Macd { .. } => {
                let (fast, slow, signal) = (length(given.next())?, length(given.next())?, length(given.next())?);
                (fast < slow).then_some(Study::Macd { fast, slow, signal })?
            }
            Study::Atr { .. } => Study::Atr {
                length: length(given.next())?,
            },
            Study::Vwap => return None,
            Study::Stochastic { .. } => {
                let (length, smooth, signal) = (length(given.next())?, length(given.next())?, length(given.next())?);
                Study::Stochastic { length, smooth, signal }
            }
        };
        given.next().is_none().then_some(study)
    }

    /// Its label in an address. [`Study::read`] gives the study back.
    pub fn label(&self) -> String {
        self.with_parameters(self.kind(), "-", "-")
    }

    /// What readers know it as.
    pub fn name(&self) -> String {
        let kind = match self {
            Study::Sma { .. } => "SMA",
            Study::Ema { .. } => "EMA",
            Study::Bollinger { .. } => "Bollinger",
            Study::Rsi { .. } => "RSI",
            Study::Macd { .. } => "MACD",
            Study::Atr { .. } => "ATR",
            Study::Vwap => "VWAP",
            Study::Stochastic { .. } => "Stochastic",
        };
        self.with_parameters(kind, " ", ", ")
    }

    fn kind(&self) -> &'static str {
        match self {
            Study::Sma { .. } => "sma",
            Study::Ema { .. } => "ema",
            Study::Bollinger { .. } => "bollinger",
            Study::Rsi { .. } => "rsi",
            Study::Macd { .. } => "macd",
            Study::Atr { .. } => "atr",
            Study::Vwap => "vwap",
            Study::Stochastic { .. } => "stochastic",
        }
    }

    fn with_parameters(&self, kind: &str, first: &str, next: &str) -> String {
        match self {
            Study::Sma { length } | Study::Ema { length } | Study::Rsi { length } | Study::Atr { length } => {
                format!("{kind}{first}{length}")
            }
            Study::Bollinger { length, deviations } => format!("{kind}{first}{length}{next}{deviations}"),
            Study::Macd {
                fast: one,
                slow: two,
                signal: three,
            }
            | Study::Stochastic {
                length: one,
                smooth: two,
                signal: three,
            } => {
                format!("{kind}{first}{one}{next}{two}{next}{three}")
            }
            Study::Vwap => kind.to_owned(),
        }
    }
}

fn length(text: Option<&str>) -> Option<usize> {
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().filter(|length| (1..=LONGEST).contains(length))
}

/// Digits with a point at most, so that neither `inf` nor `1e1` is one.
fn deviations(text: Option<&str>) -> Option<f64> {
    let plain = text.filter(|text| text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))?;
    plain.parse().ok().filter(|deviations| *deviations > 0.0 && *deviations <= 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_kind_alone_has_the_usual_parameters() {
        let labels = ["sma", "ema", "bollinger", "rsi", "macd", "atr", "vwap", "stochastic"];
        assert_eq!(labels.map(Study::read), Study::ALL.map(Some));
        let full = [
            "sma-20",
            "ema-50",
            "bollinger-20-2",
            "rsi-14",
            "macd-12-26-9",
            "atr-14",
            "vwap",
            "stochastic-14-3-3",
        ];
        assert_eq!(Study::ALL.map(|study| study.label()), full);
        let names = [
            "SMA 20",
            "EMA 50",
            "Bollinger 20, 2",
            "RSI 14",
            "MACD 12, 26, 9",
            "ATR 14",
            "VWAP",
            "Stochastic 14, 3, 3",
        ];
        assert_eq!(Study::ALL.map(|study| study.name()), names);
        assert!(Study::ALL.iter().all(|study| (1..=3).contains(&study.lines().len())));
    }

    #[test]
    fn what_is_out_of_bounds_is_none() {
        for good in [
            "sma-1",
            "sma-500",
            "bollinger-20-10",
            "bollinger-5-0.5",
            "macd-1-2-1",
            "stochastic-14-1-3",
        ] {
            assert_eq!(Study::read(good).unwrap().label(), good);
        }
        let wrong = [
            "",
            "-",
            "SMA",
            "sma-",
            "sma-0",
            "sma-501",
            "sma-+5",
            "sma--5",
            "sma-5-5",
            "sma-99999999999999999999",
            "sma-1.5",
            "vwap-1",
            "vwap-",
            "bollinger-20",
            "bollinger-20-0",
            "bollinger-20-10.1",
            "bollinger-20-NaN",
            "bollinger-20-inf",
            "bollinger-20-1e1",
            "bollinger-20-",
            "bollinger-20-.",
            "macd-12-26",
            "macd-26-12-9",
            "macd-12-12-9",
            "macd-12-26-9-1",
            "stochastic-14",
            "rsi-",
            "obv",
        ];
        for label in wrong {
            assert_eq!(Study::read(label), None, "{label}");
        }
    }

    proptest! {
        #[test]
        fn a_label_leads_back(length in 1..=500_usize, more in 1..=500_usize, signal in 1..=500_usize, hundredths in 1..=1_000_u32) {
            let (fast, slow) = (length.min(more), length.max(more));
            let studies = [
                Study::Sma { length }, Study::Ema { length }, Study::Rsi { length }, Study::Atr { length }, Study::Vwap,
                Study::Bollinger { length, deviations: f64::from(hundredths) / 100.0 },
                Study::Stochastic { length, smooth: more, signal },
            ];
            for study in studies {
                prop_assert_eq!(Study::read(&study.label()), Some(study));
            }
            let macd = Study::Macd { fast, slow, signal };
            prop_assert_eq!(Study::read(&macd.label()), (fast < slow).then_some(macd));
        }

        #[test]
        fn no_text_panics(label in "(sma|macd|bollinger|stochastic)?[-.0-9a-zé]{0,24}") {
            let read = Study::read(&label);
            prop_assert!(read.is_none_or(|study| Study::read(&study.label()) == Some(study)));
        }
    }
}
