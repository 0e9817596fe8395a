//! Studies of a chart: what is worked out of its candles, bar by bar. docs/CHARTS.md has the formulas and what each begins with.
//!
//! Each costs the same for a bar, however many came before: nothing is worked out anew when a price moves. A study is drawn and
//! never booked, so floats are right here.

mod average;
mod label;
mod running;
mod window;

pub use running::Running;

/// The longest stretch of bars that a study may look back over.
pub const LONGEST: usize = 500;

/// What no price and no volume is beyond: its square, 500 times over, is still a number.
const MOST: f64 = 1e100;

/// What a study reads of a candle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Its beginning, in milliseconds since 1970.
    pub time_ms: i64,
    /// The first price.
    pub open: f64,
    /// The highest price.
    pub high: f64,
    /// The lowest price.
    pub low: f64,
    /// The last price.
    pub close: f64,
    /// What was traded, in units; 0 where nobody says.
    pub volume: f64,
}

impl Bar {
    /// One whose four prices are one, without a volume: a value at a moment.
    pub fn flat(time_ms: i64, value: f64) -> Self {
        Self {
            time_ms,
            open: value,
            high: value,
            low: value,
            close: value,
            volume: 0.0,
        }
    }
}

impl Bar {
    /// Whether its prices are numbers that a study can work with. What is not is passed over.
    fn has_prices(&self) -> bool {
        [self.open, self.high, self.low, self.close].iter().all(|price| price.abs() <= MOST)
    }

    /// Whether its volume is one.
    fn has_volume(&self) -> bool {
        (0.0..=MOST).contains(&self.volume)
    }

    /// The price that stands for the bar: the mean of its highest, lowest and last.
    fn typical(&self) -> f64 {
        (self.high + self.low + self.close) / 3.0
    }

    /// The day of UTC that it began on, counted from 1970.
    fn day(&self) -> i64 {
        self.time_ms.div_euclid(24 * 60 * 60 * 1000)
    }
}

/// One of the studies, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Study {
    /// Simple moving average of closes.
    Sma {
        /// How many bars.
        length: usize,
    },
    /// Exponential moving average of closes.
    Ema {
        /// How many bars: the newest weighs 2 / (length + 1).
        length: usize,
    },
    /// Bollinger bands: a simple moving average, and lines some standard deviations above and below it.
    Bollinger {
        /// How many bars.
        length: usize,
        /// How many standard deviations.
        deviations: f64,
    },
    /// Relative strength index, after Wilder.
    Rsi {
        /// How many bars.
        length: usize,
    },
    /// Moving average convergence divergence.
    Macd {
        /// Bars of the quick average.
        fast: usize,
        /// Bars of the slow average.
        slow: usize,
        /// Bars of the average of their difference.
        signal: usize,
    },
    /// Average true range, after Wilder.
    Atr {
        /// How many bars.
        length: usize,
    },
    /// Volume-weighted average price of the day of UTC so far.
    Vwap,
    /// Stochastic oscillator.
    Stochastic {
        /// Bars whose range the close is set against.
        length: usize,
        /// Bars that %K is the mean of: 1 for the fast one, 3 for the slow one.
        smooth: usize,
        /// Bars that %D is the mean of.
        signal: usize,
    },
}

impl Study {
    /// All of them, with the parameters that are usual.
    pub const ALL: [Study; 8] = [
        Study::Sma { length: 20 },
        Study::Ema { length: 50 },
        Study::Bollinger {
            length: 20,
            deviations: 2.0,
        },
        Study::Rsi { length: 14 },
        Study::Macd {
            fast: 12,
            slow: 26,
            signal: 9,
        },
        Study::Atr { length: 14 },
        Study::Vwap,
        Study::Stochastic {
            length: 14,
            smooth: 3,
            signal: 3,
        },
    ];

    /// What its outputs are called, in the order in which [`Running::push`] gives them; three at most.
    pub fn lines(&self) -> &'static [&'static str] {
        match self {
            Study::Sma { .. } => &["SMA"],
            Study::Ema { .. } => &["EMA"],
            Study::Bollinger { .. } => &["Middle", "Upper", "Lower"],
            Study::Rsi { .. } => &["RSI"],
            Study::Macd { .. } => &["MACD", "Signal", "Histogram"],
            Study::Atr { .. } => &["ATR"],
            Study::Vwap => &["VWAP"],
            Study::Stochastic { .. } => &["%K", "%D"],
        }
    }

    /// Whether it is a price, drawn over the candles; what is not has a pane of its own.
    pub fn over_price(&self) -> bool {
        matches!(self, Study::Sma { .. } | Study::Ema { .. } | Study::Bollinger { .. } | Study::Vwap)
    }

    /// Between what it always is, where it has bounds.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        matches!(self, Study::Rsi { .. } | Study::Stochastic { .. }).then_some((0.0, 100.0))
    }

    /// The study before its first bar. A parameter beyond its bounds counts as the nearest within.
    pub fn start(&self) -> Running {
        Running::new(self)
    }
}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod published;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;

    /// A walk of `count` minutes that nobody has to keep: each bar follows from the one before.
    fn walk(count: usize) -> impl Iterator<Item = Bar> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut chance = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let mut close = 30_000.0_f64;
        (0..count).map(move |at| {
            let open = close;
            close *= 1.0 + chance() / 500.0;
            let (high, low) = (
                open.max(close) * (1.0 + chance().abs() / 900.0),
                open.min(close) * (1.0 - chance().abs() / 900.0),
            );
            Bar {
                time_ms: at as i64 * MINUTE_MS,
                open,
                high,
                low,
                close,
                volume: (chance().abs() * 50.0).floor(),
            }
        })
    }

    fn near(found: [Option<f64>; 3], expected: [Option<f64>; 3], within: f64) -> bool {
        found.iter().zip(expected).all(|pair| match pair {
            (Some(found), Some(expected)) => (found - expected).abs() <= within * expected.abs().max(1.0),
            (found, expected) => found.is_none() && expected.is_none(),
        })
    }

    #[test]
    fn a_million_bars_leave_what_the_last_few_alone_give() {
        // What is older than this weighs nothing: (49/51)^2880 of an EMA over 50. It is two whole days, which VWAP needs.
        const FEW: usize = 2_880;
        const MANY: usize = 1_000_800;
        for study in Study::ALL {
            let (mut long, mut fresh) = (study.start(), study.start());
            let mut last = ([None; 3], [None; 3]);
            for (at, bar) in walk(MANY).enumerate() {
                last.0 = long.push(bar);
                if at >= MANY - MANY % 1_440 - FEW {
                    last.1 = fresh.push(bar);
                }
            }
            assert!(last.0.iter().flatten().count() == study.lines().len());
            assert!(near(last.0, last.1, 1e-9), "{}: {:?} is not {:?}", study.name(), last.0, last.1);
        }
    }

    #[test]
    fn what_is_no_number_is_passed_over() {
        for study in Study::ALL {
            let (mut clean, mut dirty) = (study.start(), study.start());
            for (at, bar) in walk(200).enumerate() {
                let wrong = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 1e101][at % 5];
                for bad in [
                    Bar { close: wrong, ..bar },
                    Bar { high: wrong, ..bar },
                    Bar {
                        low: wrong,
                        open: wrong,
                        ..bar
                    },
                ] {
                    assert_eq!(dirty.peek(bad), [None; 3]);
                    assert_eq!(dirty.push(bad), [None; 3]);
                }
                assert_eq!(dirty.push(bar), clean.push(bar), "{}", study.name());
            }
        }
        let (mut vwap, bar) = (Study::Vwap.start(), walk(1).next().unwrap());
        assert_eq!(vwap.push(Bar { volume: f64::NAN, ..bar }), [None; 3]);
        assert_eq!(vwap.push(Bar { volume: -1.0, ..bar }), [None; 3]);
        assert_eq!(vwap.push(Bar { volume: 0.0, ..bar }), [None; 3]);
        assert!(vwap.push(Bar { volume: 2.0, ..bar })[0].is_some());
        let mut sma = Study::Sma { length: 1 }.start();
        assert_eq!(
            sma.push(Bar { volume: f64::NAN, ..bar })[0],
            Some(bar.close),
            "a study without volume asks for none"
        );
    }

    #[test]
    fn the_largest_numbers_are_gone_when_their_bars_are() {
        for study in Study::ALL {
            let mut running = study.start();
            let mut before = [None; 3];
            for (at, bar) in walk(200).enumerate() {
                let bar = if at == 60 {
                    Bar {
                        high: 1e100,
                        low: -1e100,
                        close: 1e100,
                        volume: 1e100,
                        ..bar
                    }
                } else {
                    bar
                };
                before = running.push(bar);
                assert!(before.iter().flatten().all(|value| value.is_finite()), "{}", study.name());
            }
            if matches!(study, Study::Sma { .. } | Study::Bollinger { .. } | Study::Stochastic { .. }) {
                let mut fresh = study.start();
                let clean = walk(200).map(|bar| fresh.push(bar)).last().unwrap();
                assert!(near(before, clean, 1e-12), "{}", study.name());
            }
        }
    }

    #[test]
    fn a_market_that_stands_still_is_neither_up_nor_down() {
        let bar = Bar {
            time_ms: 0,
            open: 0.1,
            high: 0.1,
            low: 0.1,
            close: 0.1,
            volume: 3.0,
        };
        for study in Study::ALL {
            let mut running = study.start();
            let end = (0..100).map(|_| running.push(bar)).last().unwrap();
            let expected = match study {
                Study::Rsi { .. } => [Some(50.0), None, None],
                Study::Stochastic { .. } => [Some(50.0), Some(50.0), None],
                Study::Atr { .. } => [Some(0.0), None, None],
                Study::Macd { .. } => [Some(0.0); 3],
                Study::Bollinger { .. } => [Some(0.1); 3],
                _ => [Some(0.1), None, None],
            };
            assert!(near(end, expected, 1e-15), "{}: {end:?}", study.name());
        }
    }

    #[test]
    fn vwap_begins_anew_with_each_day() {
        let bar = |minute: i64, price: f64, volume: f64| Bar {
            time_ms: minute * MINUTE_MS,
            open: price,
            high: price,
            low: price,
            close: price,
            volume,
        };
        let mut vwap = Study::Vwap.start();
        assert_eq!(vwap.push(bar(-1, 500.0, 9.0))[0], Some(500.0), "before 1970 is the day before");
        assert_eq!(vwap.push(bar(0, 10.0, 1.0))[0], Some(10.0));
        assert_eq!(vwap.push(bar(1, 20.0, 3.0))[0], Some(17.5));
        assert_eq!(vwap.peek(bar(1_440, 30.0, 1.0))[0], Some(30.0));
        assert_eq!(vwap.peek(bar(1_440, 30.0, 0.0))[0], None, "nothing was traded yet");
        assert_eq!(vwap.push(bar(1_439, 17.5, 4.0))[0], Some(17.5));
        assert_eq!(vwap.push(bar(1_440, 30.0, 2.0))[0], Some(30.0));
    }

    fn any_bars() -> impl Strategy<Value = Vec<Bar>> {
        let bar = (1.0..1_000.0_f64, 0.0..50.0_f64, 0.0..50.0_f64, 0.0..1.0_f64, 0..20_u32, 1..900_i64);
        prop::collection::vec(bar, 1..120).prop_map(|drawn| {
            let mut time_ms = 0;
            let step = |(low, range, more, share, volume, minutes): (f64, f64, f64, f64, u32, i64)| {
                time_ms += minutes * MINUTE_MS;
                let high = low + range + more;
                Bar {
                    time_ms,
                    open: low + range,
                    high,
                    low,
                    close: low + share * (high - low),
                    volume: volume.into(),
                }
            };
            drawn.into_iter().map(step).collect()
        })
    }

    /// Any study, with lengths short enough to be full within the bars above.
    fn any_study() -> impl Strategy<Value = Study> {
        (0..8_usize, 1..20_usize, 1..12_usize, 1..9_usize, 1..400_u32).prop_map(|(kind, length, smooth, signal, deviations)| match kind {
            0 => Study::Sma { length },
            1 => Study::Ema { length },
            2 => Study::Bollinger {
                length,
                deviations: f64::from(deviations) / 100.0,
            },
            3 => Study::Rsi { length },
            4 => Study::Macd {
                fast: length,
                slow: length + smooth,
                signal,
            },
            5 => Study::Atr { length },
            6 => Study::Vwap,
            _ => Study::Stochastic { length, smooth, signal },
        })
    }

    proptest! {
        #[test]
        fn a_bar_under_way_gives_what_it_gives_when_it_is_finished(study in any_study(), bars in any_bars()) {
            let mut running = study.start();
            for bar in bars {
                let other = Bar { close: bar.low, high: bar.high + 7.0, volume: 400.0, ..bar };
                let (peeked, _) = (running.peek(bar), running.peek(other));
                prop_assert_eq!(running.peek(bar), peeked, "a look leaves nothing");
                prop_assert_eq!(running.push(bar), peeked);
            }
        }

        #[test]
        fn prices_of_another_unit_give_lines_of_that_unit(study in any_study(), bars in any_bars(), times in 0.001..5_000.0_f64) {
            let (mut running, mut scaled) = (study.start(), study.start());
            let unit = if study.bounds().is_some() { 1.0 } else { times };
            for bar in bars {
                let larger = Bar { open: bar.open * times, high: bar.high * times, low: bar.low * times, close: bar.close * times, ..bar };
                let expected = running.push(bar).map(|value| value.map(|value| value * unit));
                let found = scaled.push(larger);
                // A bandwidth of nothing but rounding grows under its root: to 1e-7 of the price and no more.
                let within = 1e-7 * bar.high * unit.max(1.0);
                for (found, expected) in found.into_iter().zip(expected) {
                    prop_assert_eq!(found.is_some(), expected.is_some());
                    prop_assert!((found.unwrap_or_default() - expected.unwrap_or_default()).abs() <= within, "{:?} {:?}", found, expected);
                }
            }
        }

        #[test]
        fn what_has_bounds_keeps_them(study in any_study(), bars in any_bars()) {
            let mut running = study.start();
            for bar in bars {
                let found = running.push(bar);
                if let Some((low, high)) = study.bounds() {
                    prop_assert!(found.iter().flatten().all(|value| (low..=high).contains(value)));
                }
                if let (Study::Bollinger { .. }, [Some(middle), Some(upper), Some(lower)]) = (study, found) {
                    prop_assert!(lower <= middle && middle <= upper);
                }
            }
        }
    }
}
