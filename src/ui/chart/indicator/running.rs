//! A study under way: what it keeps of the bars that were, and what it gives for the next.

use super::average::Average;
use super::window::{Moments, Span, Window};
use super::{Bar, LONGEST, Study};

/// A study and what it keeps of the bars before: as much as its lengths ask for, and no more.
#[derive(Clone, Debug)]
pub struct Running(State);

/// What a bar gives, a value for each of [`Study::lines`]; `None` until there were bars enough, and where there is no line.
type Values = [Option<f64>; 3];

#[derive(Clone, Debug)]
enum State {
    Sma(Window<Moments>),
    Ema(Average),
    Bollinger(Window<Moments>, f64),
    Rsi(Rsi),
    Macd(Macd),
    Atr(Atr),
    Vwap(Vwap),
    Stochastic(Stochastic),
}

impl Running {
    pub(super) fn new(study: &Study) -> Self {
        let within = |length: usize| length.clamp(1, LONGEST);
        Self(match *study {
            Study::Sma { length } => State::Sma(Window::new(within(length))),
            Study::Ema { length } => State::Ema(Average::exponential(within(length))),
            Study::Bollinger { length, deviations } => State::Bollinger(Window::new(within(length)), deviations),
            Study::Rsi { length } => State::Rsi(Rsi {
                close: None,
                gain: Average::wilder(within(length)),
                loss: Average::wilder(within(length)),
            }),
            Study::Macd { fast, slow, signal } => State::Macd(Macd {
                fast: Average::exponential(within(fast)),
                slow: Average::exponential(within(slow)),
                signal: Average::exponential(within(signal)),
            }),
            Study::Atr { length } => State::Atr(Atr {
                close: None,
                range: Average::wilder(within(length)),
            }),
            Study::Vwap => State::Vwap(Vwap {
                day: i64::MIN,
                volume: 0.0,
                price: 0.0,
            }),
            Study::Stochastic { length, smooth, signal } => State::Stochastic(Stochastic {
                spans: Window::new(within(length)),
                places: Window::new(within(smooth)),
                smoothed: Window::new(within(signal)),
            }),
        })
    }

    /// Takes a finished bar in, and gives the values at it. A bar whose prices are no numbers, or beyond 1e100, has none and leaves
    /// no trace; VWAP asks the same of its volume.
    pub fn push(&mut self, bar: Bar) -> Values {
        let values = self.peek(bar);
        if bar.has_prices() {
            self.keep(bar);
        }
        values
    }

    /// What a bar under way would give. Nothing is kept, nothing is allocated, and the cost does not depend on what came before.
    pub fn peek(&self, bar: Bar) -> Values {
        if !bar.has_prices() {
            return [None; 3];
        }
        match &self.0 {
            State::Sma(window) => one(window.with(Moments::of(bar.close)).map(|moments| moments.mean())),
            State::Ema(average) => one(average.after(bar.close).value()),
            State::Bollinger(window, deviations) => bands(window.with(Moments::of(bar.close)), *deviations),
            State::Rsi(rsi) => one(rsi.after(bar).value()),
            State::Macd(macd) => macd.after(bar).values(),
            State::Atr(atr) => one(atr.after(bar).range.value()),
            State::Vwap(vwap) => one(bar.has_volume().then(|| vwap.after(bar).value()).flatten()),
            State::Stochastic(stochastic) => stochastic.with(bar).values(),
        }
    }

    fn keep(&mut self, bar: Bar) {
        match &mut self.0 {
            State::Sma(window) | State::Bollinger(window, _) => window.push(Moments::of(bar.close)),
            State::Ema(average) => *average = average.after(bar.close),
            State::Rsi(rsi) => *rsi = rsi.after(bar),
            State::Macd(macd) => *macd = macd.after(bar),
            State::Atr(atr) => *atr = atr.after(bar),
            State::Vwap(vwap) if bar.has_volume() => *vwap = vwap.after(bar),
            State::Vwap(_) => {}
            State::Stochastic(stochastic) => stochastic.push(bar),
        }
    }
}

fn one(value: Option<f64>) -> Values {
    [value, None, None]
}

/// Middle, upper and lower.
fn bands(moments: Option<Moments>, deviations: f64) -> Values {
    let Some(moments) = moments else { return [None; 3] };
    let (middle, away) = (moments.mean(), deviations * moments.deviation());
    [Some(middle), Some(middle + away), Some(middle - away)]
}

/// 100 x mean gain / (mean gain + mean loss).
#[derive(Clone, Copy, Debug)]
struct Rsi {
    close: Option<f64>,
    gain: Average,
    loss: Average,
}

impl Rsi {
    fn after(self, bar: Bar) -> Self {
        let Some(close) = self.close else {
            return Self {
                close: Some(bar.close),
                ..self
            };
        };
        let change = bar.close - close;
        Self {
            close: Some(bar.close),
            gain: self.gain.after(change.max(0.0)),
            loss: self.loss.after((-change).max(0.0)),
        }
    }

    fn value(&self) -> Option<f64> {
        let (gain, loss) = (self.gain.value()?, self.loss.value()?);
        let both = gain + loss;
        // A market that stands still is neither strong nor weak. The formula says nothing of it.
        Some(if both > 0.0 { 100.0 * (gain / both) } else { 50.0 })
    }
}

/// The difference of two averages, and its average.
#[derive(Clone, Copy, Debug)]
struct Macd {
    fast: Average,
    slow: Average,
    signal: Average,
}

impl Macd {
    fn after(self, bar: Bar) -> Self {
        let averages = Self {
            fast: self.fast.after(bar.close),
            slow: self.slow.after(bar.close),
            ..self
        };
        let signal = averages.line().map_or(self.signal, |line| self.signal.after(line));
        Self { signal, ..averages }
    }

    fn line(&self) -> Option<f64> {
        Some(self.fast.value()? - self.slow.value()?)
    }

    fn values(&self) -> Values {
        let (line, signal) = (self.line(), self.signal.value());
        [line, signal, line.zip(signal).map(|(line, signal)| line - signal)]
    }
}

/// The average of true ranges: of a bar, from the close before it if that lies outside.
#[derive(Clone, Copy, Debug)]
struct Atr {
    close: Option<f64>,
    range: Average,
}

impl Atr {
    fn after(self, bar: Bar) -> Self {
        let own = bar.high - bar.low;
        let range = self
            .close
            .map_or(own, |close| own.max((bar.high - close).abs()).max((bar.low - close).abs()));
        Self {
            close: Some(bar.close),
            range: self.range.after(range),
        }
    }
}

/// The day so far: what was traded, and its mean price.
#[derive(Clone, Copy, Debug)]
struct Vwap {
    day: i64,
    volume: f64,
    price: f64,
}

impl Vwap {
    fn after(self, bar: Bar) -> Self {
        let so_far = if self.day == bar.day() {
            self
        } else {
            Self {
                day: bar.day(),
                volume: 0.0,
                price: 0.0,
            }
        };
        let volume = so_far.volume + bar.volume;
        let share = if volume > 0.0 { bar.volume / volume } else { 0.0 };
        Self {
            volume,
            price: so_far.price + share * (bar.typical() - so_far.price),
            ..so_far
        }
    }

    fn value(&self) -> Option<f64> {
        (self.volume > 0.0).then_some(self.price)
    }
}

/// Where the close lies in the range of the last bars, smoothed once and twice.
#[derive(Clone, Debug)]
struct Stochastic {
    spans: Window<Span>,
    /// The place of each close in its range, in percent of it.
    places: Window<Moments>,
    smoothed: Window<Moments>,
}

/// What a bar comes to at each stage, as far as there were bars enough.
struct Stages {
    place: Option<Moments>,
    k: Option<f64>,
    d: Option<f64>,
}

impl Stochastic {
    fn with(&self, bar: Bar) -> Stages {
        let place = self.spans.with(span(bar)).map(|span| Moments::of(place(bar.close, span)));
        let mean = |moments: Moments| moments.mean().clamp(0.0, 100.0);
        let k = place.and_then(|place| self.places.with(place)).map(mean);
        let d = k.and_then(|k| self.smoothed.with(Moments::of(k))).map(mean);
        Stages { place, k, d }
    }

    fn push(&mut self, bar: Bar) {
        let Stages { place, k, .. } = self.with(bar);
        self.spans.push(span(bar));
        if let Some(place) = place {
            self.places.push(place);
        }
        if let Some(k) = k {
            self.smoothed.push(Moments::of(k));
        }
    }
}

impl Stages {
    fn values(&self) -> Values {
        [self.k, self.d, None]
    }
}

fn span(bar: Bar) -> Span {
    Span {
        low: bar.low,
        high: bar.high,
    }
}

/// Where a price lies from the lowest, 0, to the highest, 100; the middle where they are one.
fn place(price: f64, span: Span) -> f64 {
    let range = span.high - span.low;
    if range > 0.0 {
        (100.0 * ((price - span.low) / range)).clamp(0.0, 100.0)
    } else {
        50.0
    }
}
