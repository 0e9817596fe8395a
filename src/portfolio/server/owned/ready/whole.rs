//! What rows sum to, and a row as it is shown.

use super::fields::{MadeFields, NoteField, PriceFields, end, fields, figure, put};
use super::lines::Line;
use super::{Part, Parts};
use crate::money::{Decimal, round};
use crate::portfolio::change::Change;
use crate::portfolio::mark::{Held, MarkRate, Totals};
use crate::portfolio::server::owned::Owned;

/// What rows sum to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whole {
    /// Exact.
    pub totals: Totals,
    /// The causes of the day's change, exact.
    pub causes: Change,
    /// Value, as it is shown.
    pub value: Decimal,
    /// Day change, as it is shown.
    pub change: Decimal,
}

/// What a row is valued at, and how it is told.
#[derive(Clone, Copy, Debug)]
pub struct At<'l> {
    /// Its price; `None` where nobody knows one.
    pub line: Option<&'l Line>,
    /// The price's currency and its decimal places, where that is not the base currency.
    pub foreign: Option<(&'l str, u32)>,
    /// Into the base currency.
    pub rate: Option<MarkRate>,
    /// ISO 4217 code of the base currency.
    pub base: &'l str,
    /// Its decimal places.
    pub places: u32,
}

/// A row's own figures, as they are shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// `None` without a price or a rate.
    pub value: Option<Decimal>,
    /// `None` where it is not known.
    pub day_change: Option<Decimal>,
}

impl Part {
    fn held(&self) -> Held {
        let before = self.today.as_ref().map(|today| (today.quantity_before, today.paid_in));
        let (quantity_before, paid_in) = before.unwrap_or((self.quantity, Decimal::ZERO));
        Held {
            quantity: self.quantity,
            cost: self.cost,
            quantity_before,
            paid_in,
        }
    }
}

impl Whole {
    /// Values a row, and counts it in.
    pub fn value(&mut self, parts: &Parts, at: &At) -> Shown {
        let (price, close) = (at.line.map(|line| line.price), at.line.and_then(|line| line.close));
        let (mut value, mut day_change) = (Some(Decimal::ZERO), Some(Decimal::ZERO));
        let sum = |one: Option<Decimal>, other: Option<Decimal>| one.zip(other).map(|(one, other)| one + other);
        for part in parts.parts() {
            let held = part.held();
            let figures = held.at(price, close, at.rate);
            self.totals.add(&figures);
            if figures.day_change.is_some() {
                self.causes.currency += held.moved_by_rates(close, at.rate);
                if let Some(today) = &part.today {
                    self.causes.income += today.income;
                    self.causes.fees += today.fees;
                }
            }
            (value, day_change) = (sum(value, figures.value), sum(day_change, figures.day_change));
        }
        let shown = Shown {
            value: value.map(|value| round(value, at.places)),
            day_change: day_change.map(|change| round(change, at.places)),
        };
        self.show(shown.value, shown.day_change);
        shown
    }

    /// Counts a row in as it is shown.
    pub fn show(&mut self, value: Option<Decimal>, day_change: Option<Decimal>) {
        // Nothing is not zero: a sum of decimals has the places of what it adds.
        if let Some(value) = value {
            self.value = self.value.saturating_add(value);
        }
        if let Some(change) = day_change {
            self.change = self.change.saturating_add(change);
        }
    }
}

impl Shown {
    /// Writes the fields of a row (`Holding`), in their order, and a comma. `own` is the text that holds the row's own.
    pub fn write(&self, parts: &Parts, own: &[u8], at: &At, text: &mut Vec<u8>) {
        let At { line, base, places, .. } = *at;
        let own = |from: u32, to: u32| own.get(from as usize..to as usize).unwrap_or_default();
        text.push(b'{');
        text.extend_from_slice(own(parts.from, parts.held));
        match line {
            Some(line) => put(text, line.figures()),
            None => put(text, &fields(&PriceFields::default())),
        }
        text.extend_from_slice(own(parts.held, parts.cost));
        figure(text, "\"value\":", self.value.unwrap_or_else(|| round(Decimal::ZERO, places)));
        match line {
            Some(line) => put(text, line.made()),
            None => put(
                text,
                &fields(&MadeFields {
                    currency: base,
                    quoted_at: None,
                }),
            ),
        }
        let local = line
            .zip(at.foreign)
            .and_then(|(line, (_, places))| Some((line.price.checked_mul(parts.quantity())?, places)));
        if let Some((local, places)) = local {
            figure(text, "\"local_value\":", round(local, places));
        }
        text.extend_from_slice(own(parts.cost, parts.to));
        if let Some(value) = self.value {
            figure(text, "\"unrealised\":", value - parts.cost_shown);
        }
        if let Some(change) = self.day_change {
            figure(text, "\"day_change\":", change);
        }
        let note = match (line, self.value) {
            (Some(_), None) if at.rate.is_none() => Some(Owned::without_rate(at.foreign.map_or(base, |(currency, _)| currency), base)),
            (None, None) => Some(Owned::WITHOUT_PRICE.to_owned()),
            _ => None,
        };
        put(text, line.map_or("", Line::said));
        match note {
            Some(note) => put(text, &fields(&NoteField { note: Some(note) })),
            None => put(text, line.map_or("", Line::note)),
        }
        end(text, "},");
    }
}
