//! One instrument: what each of its sources said, and which of it a page has.

mod told;

use crate::market::exchange::unit;
use crate::market::quote::Quote;
use crate::market::server::candles::LastDays;
use crate::market::server::provider::Kind;
use crate::market::server::sources::doubt::{Doubt, Verdict, near};
use crate::market::server::sources::file::{Named, Sourced};
use crate::market::server::sources::vote;
use crate::money::Decimal;
use chrono::{DateTime, TimeDelta, Utc};

/// The shortest time between two lines in the log about doubtful prices of one instrument.
const LOGGED: TimeDelta = TimeDelta::minutes(1);

/// A price as one source told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The price.
    pub price: Decimal,
    /// When the venue made it, by its clock, and not after it came.
    pub quoted_at: DateTime<Utc>,
    /// The number of its trade.
    pub trade: Option<u64>,
    /// How many units were traded.
    pub size: Option<Decimal>,
    /// When it came, or when the venue said last that it is still the last.
    pub received_at: DateTime<Utc>,
}

impl Heard {
    /// Whether it says something that `before`, of the same source, did not.
    pub fn follows(&self, before: &Self) -> bool {
        match (self.trade, before.trade) {
            (Some(trade), Some(before)) => trade > before,
            _ => self.quoted_at > before.quoted_at || (self.quoted_at == before.quoted_at && self.price != before.price),
        }
    }
}

/// What a page has.
#[derive(Clone, Copy, Debug)]
struct Shown {
    price: Decimal,
    quoted_at: DateTime<Utc>,
    previous_close: Option<Decimal>,
    /// When it came, or was said last to be still the last.
    received_at: DateTime<Utc>,
}

/// One source.
#[derive(Debug)]
pub struct Source {
    /// How the file names it.
    pub named: Named,
    /// What it said on the connection that it has now. Silence and an end make it forgotten.
    heard: Option<Heard>,
    /// Whether it was asked last in vain. What it said before counts where nobody else says anything.
    failing: bool,
    /// Whether most say something else.
    outlier: bool,
    /// The currency that it is priced in, where that is not the instrument's.
    other: Option<String>,
}

/// One instrument.
#[derive(Debug)]
pub struct Tracked {
    /// Its label.
    pub symbol: String,
    currency: String,
    counts_as: Vec<String>,
    /// Whether a person chose it.
    chosen: bool,
    /// Its sources, the first the best.
    pub sources: Vec<Source>,
    /// Whose price is shown, by its place in the order.
    current: usize,
    shown: Option<Shown>,
    doubt: Doubt,
    /// When a doubtful price was logged last.
    logged: Option<DateTime<Utc>>,
    /// What its source told too late to be shown: it belongs into the candles.
    pub late: Option<Quote>,
    /// The last days before today, where they are known.
    pub before: LastDays,
}

impl Tracked {
    /// Nothing was heard yet.
    pub fn new(planned: &Sourced) -> Self {
        let source = |named: &Named| Source {
            named: named.clone(),
            heard: None,
            failing: false,
            outlier: false,
            other: None,
        };
        Self {
            symbol: planned.instrument.symbol.clone(),
            currency: planned.instrument.currency.clone(),
            counts_as: planned.counts_as.clone(),
            chosen: planned.chosen,
            sources: planned.sources.iter().map(source).collect(),
            // The last: whoever speaks first takes over.
            current: planned.sources.len().saturating_sub(1),
            shown: None,
            doubt: Doubt::default(),
            logged: None,
            late: None,
            before: LastDays::new(),
        }
    }

    /// Takes other sources. What is shown stays where it has no other price, and so does what is known of a source that stays.
    pub fn adopt(&mut self, planned: &Sourced, now: DateTime<Utc>) -> Option<Quote> {
        let mut new = Self::new(planned);
        let same = |one: &Named, other: &Named| one.provider == other.provider && one.symbol == other.symbol;
        let current = &self.sources[self.current].named;
        let stays = new.sources.iter().position(|one| same(&one.named, current));
        new.current = stays.unwrap_or(new.current);
        for source in &mut new.sources {
            let before = self.sources.iter().find(|one| same(&one.named, &source.named));
            source.heard = before.and_then(|one| one.heard);
            source.failing = before.is_some_and(|one| one.failing);
        }
        (new.shown, new.before) = (self.shown, std::mem::take(&mut self.before));
        *self = new;
        self.vote(now);
        if stays.is_some() {
            self.take_over(now)
        } else {
            self.hand_over(now)
        }
    }

    /// Whether what a source said last is not too old.
    fn is_well(&self, source: usize, now: DateTime<Utc>) -> bool {
        let Source { named, heard, .. } = &self.sources[source];
        let stale = TimeDelta::from_std(named.stale).unwrap_or(TimeDelta::MAX);
        heard.is_some_and(|heard| now - heard.received_at <= stale)
    }

    /// Whether nothing speaks against it either.
    fn is_good(&self, source: usize, now: DateTime<Utc>) -> bool {
        let Source { failing, outlier, .. } = &self.sources[source];
        !failing && !outlier && self.is_well(source, now)
    }

    /// Whether the price is too old, or comes from nobody that is well.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        let stale = TimeDelta::from_std(self.sources[self.current].named.stale).unwrap_or(TimeDelta::MAX);
        let old = |shown: Shown| now - shown.received_at > stale;
        self.best(now).is_none() || self.shown.is_none_or(old)
    }

    /// Whether that is to be said of the whole feed. What one person chose and never had a price makes nobody else's prices doubtful: its
    /// own row says that it has none.
    pub fn spoils_the_feed(&self, now: DateTime<Utc>) -> bool {
        self.is_stale(now) && (!self.chosen || self.shown.is_some())
    }

    /// A venue says that what it told last is still the last.
    pub fn is_current(&mut self, source: usize, at: DateTime<Utc>) {
        // Not of what was held back: then it is another price that is the last.
        if self.doubt.holds(source) {
            return;
        }
        let Some(heard) = &mut self.sources[source].heard else {
            return;
        };
        heard.received_at = at;
        if let Some(shown) = self.shown.as_mut().filter(|_| source == self.current) {
            shown.received_at = at;
        }
    }

    /// The first source that nothing speaks against; where there is none, the first that is well and not outvoted.
    fn best(&self, now: DateTime<Utc>) -> Option<usize> {
        let all = 0..self.sources.len();
        let good = all.clone().find(|source| self.is_good(*source, now));
        good.or_else(|| {
            all.clone()
                .find(|source| !self.sources[*source].outlier && self.is_well(*source, now))
        })
    }

    /// A price that was asked for. The same again is still the last.
    pub fn polled(&mut self, source: usize, heard: Heard, currency: &str) -> Option<Quote> {
        let Some(price) = self.in_currency(heard.price, currency) else {
            self.sources[source].other = Some(currency.to_owned());
            return self.forget(source, heard.received_at);
        };
        let heard = Heard { price, ..heard };
        let known = &mut self.sources[source];
        (known.failing, known.other) = (false, None);
        if known.heard.is_some_and(|before| !heard.follows(&before)) {
            self.is_current(source, heard.received_at);
            return None;
        }
        self.price(source, heard)
    }

    /// A price in the instrument's currency: a hundredth of it is converted, and what is none of it is no price.
    fn in_currency(&self, price: Decimal, currency: &str) -> Option<Decimal> {
        if currency == self.currency || self.counts_as.iter().any(|one| one == currency) {
            return Some(price);
        }
        let ((from, many), (to, few)) = (unit(currency), unit(&self.currency));
        if from != to {
            return None;
        }
        price
            .checked_mul(few.into())?
            .checked_div(many.into())
            .map(|price| price.normalize())
    }

    /// A source was asked in vain: another takes over, where there is one.
    pub fn fails(&mut self, source: usize, at: DateTime<Utc>) -> Option<Quote> {
        self.sources[source].failing = true;
        self.vote(at);
        let better = self.best(at).is_some_and(|best| best != self.current);
        if source == self.current && better {
            self.hand_over(at)
        } else {
            None
        }
    }

    /// A price came.
    pub fn price(&mut self, source: usize, heard: Heard) -> Option<Quote> {
        if self.sources[source].heard.is_some_and(|before| !heard.follows(&before)) {
            let believed = self.shown.is_some_and(|shown| near(shown.price, heard.price));
            self.late = (source == self.current && believed).then(|| self.quote(source, heard, None));
            return None;
        }
        match self.doubt.hear(self.shown.map(|shown| shown.price), source, heard) {
            Verdict::Doubtful => {
                if self.may_log(heard.received_at) {
                    let (symbol, price) = (&self.symbol, heard.price);
                    tracing::warn!(symbol, %price, "a price far from the last is held back until it is confirmed");
                }
                None
            }
            Verdict::Believed => self.believe(source, heard),
            // The one that was held back counts from now on as well.
            Verdict::Confirmed(other, earlier) => {
                let first = (other != source).then(|| self.believe(other, earlier)).flatten();
                self.believe(source, heard).or(first)
            }
        }
    }

    fn believe(&mut self, source: usize, heard: Heard) -> Option<Quote> {
        let at = heard.received_at;
        let known = &mut self.sources[source];
        (known.heard, known.failing) = (Some(heard), false);
        self.vote(at);
        if !self.is_good(self.current, at) {
            let quote = self.hand_over(at);
            let outlier = self.sources[source].outlier;
            // The best may have nothing as new as what is shown.
            return quote.or_else(|| if outlier { None } else { self.show(source, heard) });
        }
        if source <= self.current && self.is_good(source, at) {
            self.show(source, heard)
        } else {
            None
        }
    }

    /// Lets the sources that are well vote on each other.
    fn vote(&mut self, now: DateTime<Utc>) {
        if self.sources.len() < 2 {
            return;
        }
        let outliers = vote::count(&self.voices(now)).outliers;
        for source in 0..self.sources.len() {
            let outlier = outliers.contains(&source);
            if outlier && !self.sources[source].outlier && self.may_log(now) {
                let provider = name(&self.sources[source].named);
                tracing::warn!(
                    symbol = self.symbol,
                    provider,
                    "most sources say another price: this one is not shown"
                );
            }
            self.sources[source].outlier = outlier;
        }
    }

    /// What the sources that are well say.
    fn voices(&self, now: DateTime<Utc>) -> Vec<(usize, Decimal)> {
        let well = (0..self.sources.len()).filter(|source| !self.sources[*source].failing && self.is_well(*source, now));
        well.filter_map(|source| Some((source, self.sources[source].heard?.price)))
            .collect()
    }

    fn may_log(&mut self, at: DateTime<Utc>) -> bool {
        let may = self.logged.is_none_or(|logged| at - logged > LOGGED);
        if may {
            self.logged = Some(at);
        }
        may
    }

    /// A provider brings nothing any more, or nothing for one symbol.
    pub fn lose(&mut self, provider: usize, symbol: Option<&str>, at: DateTime<Utc>) -> Option<Quote> {
        for Source { named, heard, .. } in &mut self.sources {
            if named.provider == provider && symbol.is_none_or(|symbol| named.symbol == symbol) {
                *heard = None;
            }
        }
        self.vote(at);
        self.take_over(at)
    }

    fn forget(&mut self, source: usize, at: DateTime<Utc>) -> Option<Quote> {
        self.sources[source].heard = None;
        self.vote(at);
        self.take_over(at)
    }

    /// Where the source of what is shown has nothing to say, the first that is well takes over.
    fn take_over(&mut self, at: DateTime<Utc>) -> Option<Quote> {
        if self.sources[self.current].heard.is_some() {
            return None;
        }
        self.hand_over(at)
    }

    fn hand_over(&mut self, at: DateTime<Utc>) -> Option<Quote> {
        let next = self.best(at)?;
        let heard = self.sources[next].heard?;
        let quote = self.show(next, heard);
        // Also where what it said last is older than what is shown: its next price is the one to show.
        self.current = next;
        quote
    }

    /// Shows a price, unless it is older than what is shown.
    fn show(&mut self, source: usize, heard: Heard) -> Option<Quote> {
        let previous_close = match self.shown {
            Some(shown) if shown.quoted_at > heard.quoted_at => return None,
            // The last price of the day before.
            Some(shown) if shown.quoted_at.date_naive() < heard.quoted_at.date_naive() => Some(shown.price),
            Some(shown) => shown.previous_close,
            None => {
                let day = heard.quoted_at.date_naive();
                // The first price may be of one of the days that are known: nothing was traded since.
                self.before.iter().rfind(|(before, _)| *before < day).map(|(_, close)| *close)
            }
        };
        self.current = source;
        self.shown = Some(Shown {
            price: heard.price,
            quoted_at: heard.quoted_at,
            previous_close,
            received_at: heard.received_at,
        });
        Some(self.quote(source, heard, previous_close))
    }

    fn quote(&self, source: usize, heard: Heard, previous_close: Option<Decimal>) -> Quote {
        Quote {
            symbol: self.symbol.clone(),
            price: heard.price,
            previous_close,
            quoted_at: heard.quoted_at,
            received_at: heard.received_at,
            trade: heard.trade,
            size: heard.size,
            source: name(&self.sources[source].named),
        }
    }
}

/// The name of a source's provider.
fn name(named: &Named) -> &'static str {
    Kind::at(named.provider).map_or("", Kind::name)
}
