//! An activity as it is typed: which fields a kind has, what they become, and at which field a fault belongs.

use crate::money::{Decimal, round_to_currency};
use crate::portfolio::activity::{Activity, ActivityKind, NamedLot, SplitRatio};
use crate::portfolio::book::effect::{Conversion, Effect};
use crate::portfolio::book::{Fault, exact};
use crate::portfolio::typed::things::{day, some, symbol};
use crate::portfolio::typed::{Errors, Typed, number};
use chrono::{NaiveDate, NaiveTime};

/// A field that some kinds have and others have not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The instrument, which must be named.
    Symbol,
    /// The instrument, where the activity concerns one.
    MaybeSymbol,
    /// Units.
    Quantity,
    /// Price of a unit.
    Price,
    /// Money before fee and tax.
    Amount,
    /// New units for old ones.
    Ratio,
    /// Named lots.
    Lots,
    /// Fee, tax, currency and rate.
    Money,
}

/// Before the name of a field that holds the units taken from a lot comes this; behind it, the activity that opened the lot.
pub const LOT: &str = "lot:";

/// The fields of a kind, beside the day, the note and the tags.
pub fn parts(kind: ActivityKind) -> &'static [Part] {
    use ActivityKind::*;
    use Part::*;
    match kind {
        Buy => &[Symbol, Quantity, Price, Amount, Money],
        Sell => &[Symbol, Quantity, Price, Amount, Money, Lots],
        Dividend => &[MaybeSymbol, Amount, Quantity, Price, Money],
        Interest | Fee | Tax => &[MaybeSymbol, Amount, Money],
        Deposit | Withdrawal => &[Amount, Money],
        TransferIn => &[Symbol, Quantity, Price, Amount, Money],
        TransferOut => &[Symbol, Quantity, Amount, Money, Lots],
        Split => &[Symbol, Ratio],
        ReturnOfCapital => &[Symbol, Amount, Money],
    }
}

/// The fields of the form in the order in which they stand on the page.
pub const ORDER: [&str; 16] = [
    "day",
    "time",
    "symbol",
    "quantity",
    "price",
    "amount",
    "new",
    "old",
    "fee",
    "tax",
    "currency",
    "exchange_rate",
    "lots",
    "note",
    "tags",
    "id",
];

/// The form of an activity.
pub fn of_activity(one: &Activity) -> Typed {
    let figure = |figure: Option<Decimal>| figure.map(|one| one.normalize().to_string()).unwrap_or_default();
    let charge = |charge: Decimal| figure((!charge.is_zero()).then_some(charge));
    let ratio = one.ratio.or((one.kind == ActivityKind::Split).then_some(SplitRatio {
        new: one.quantity,
        old: Decimal::ONE,
    }));
    let mut typed = Typed::default()
        .with("day", one.day.to_string())
        .with("time", one.time.map(|time| time.to_string()).unwrap_or_default())
        .with("symbol", one.symbol.as_deref().unwrap_or_default())
        .with("quantity", charge(one.quantity))
        .with("price", figure(one.price))
        .with("amount", figure(one.amount))
        .with("new", figure(ratio.map(|ratio| ratio.new)))
        .with("old", figure(ratio.map(|ratio| ratio.old)))
        .with("fee", charge(one.fee))
        .with("tax", charge(one.tax))
        .with("currency", &one.currency)
        .with("exchange_rate", figure(one.exchange_rate))
        .with("note", &one.note)
        .with("tags", one.tags.join(", "));
    for lot in &one.lots {
        typed = typed.with(&format!("{LOT}{}", lot.opened_by), figure(Some(lot.quantity)));
    }
    typed
}

/// Reads the form of a kind. `before` is the activity that it edits, or a new one with its identity and its currency: what the
/// form does not show stays as it is there.
///
/// # Errors
/// What is wrong, at its field.
pub fn activity(typed: &Typed, kind: ActivityKind, before: &Activity, today: NaiveDate) -> Result<Activity, Errors> {
    let mut errors = Errors::default();
    let shown = parts(kind);
    let mut one = if before.kind == kind {
        before.clone()
    } else {
        bare(&before.id, kind, before.day, &before.currency)
    };
    match day(typed.get("day"), today) {
        Ok(day) => one.day = day,
        Err(reason) => errors.add("day", reason),
    }
    one.time = time(typed.get("time")).unwrap_or_else(|reason| {
        errors.add("time", reason);
        None
    });
    if shown.contains(&Part::Symbol) || shown.contains(&Part::MaybeSymbol) {
        one.symbol = some(typed.get("symbol"));
        match &one.symbol {
            None if shown.contains(&Part::Symbol) => errors.add("symbol", "needed, as in AAPL"),
            Some(text) => symbol("symbol", text).unwrap_or_else(|invalid| errors.add("symbol", invalid.reason)),
            None => {}
        }
    }
    if shown.contains(&Part::Quantity) {
        one.quantity = typed.figure("quantity", &mut errors).unwrap_or_default();
    }
    if shown.contains(&Part::Price) {
        one.price = typed.figure("price", &mut errors);
    }
    if shown.contains(&Part::Amount) {
        one.amount = typed.figure("amount", &mut errors);
    }
    if shown.contains(&Part::Ratio) {
        ratio(typed, &mut one, &mut errors);
    }
    if shown.contains(&Part::Money) {
        one.fee = typed.figure("fee", &mut errors).unwrap_or_default();
        one.tax = typed.figure("tax", &mut errors).unwrap_or_default();
        if let Some(code) = some(typed.get("currency")) {
            one.currency = code.to_ascii_uppercase();
        }
        one.exchange_rate = typed.figure("exchange_rate", &mut errors);
    }
    if shown.contains(&Part::Lots) {
        one.lots = lots(typed, &mut errors);
    }
    one.note = typed.get("note").replace("\r\n", "\n");
    one.tags = tags(typed.get("tags"));
    if matches!(kind, ActivityKind::Buy | ActivityKind::Sell) {
        price_or_amount(&mut one, &mut errors);
    }
    if let Err(invalid) = one.check() {
        errors.add(invalid.field, invalid.reason);
    }
    if errors.is_empty() {
        needs(&one, &mut errors);
    }
    if errors.is_empty() { Ok(one) } else { Err(errors) }
}

/// An activity that says nothing yet.
pub fn bare(id: &str, kind: ActivityKind, day: NaiveDate, currency: &str) -> Activity {
    Activity {
        id: id.to_owned(),
        day,
        time: None,
        kind,
        symbol: None,
        quantity: Decimal::ZERO,
        price: None,
        amount: None,
        fee: Decimal::ZERO,
        tax: Decimal::ZERO,
        currency: currency.to_owned(),
        exchange_rate: None,
        ratio: None,
        lots: vec![],
        note: String::new(),
        tags: vec![],
    }
}

/// Tags, of a text with commas between them.
pub fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = vec![];
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|one| one == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// The field that a fault of the book belongs to, and what to do about it; for a person.
pub fn fault_at(fault: &Fault) -> (&'static str, String) {
    match fault {
        Fault::SameIdentity => ("day", "another activity has the same identity; reload the page".into()),
        Fault::NoSymbol => ("symbol", "needed for this kind".into()),
        Fault::Missing("price") => ("price", "a price or a total is needed".into()),
        Fault::Missing("amount") => ("amount", "needed for this kind".into()),
        Fault::NotAboveZero("ratio") => ("new", "both sides must be above zero".into()),
        Fault::Missing(field) => (field, "needed for this kind".into()),
        Fault::Negative(field) => (field, "must be zero or more".into()),
        Fault::NotAboveZero(field) => (field, "must be above zero".into()),
        Fault::NoRate { currency } => (
            "exchange_rate",
            format!("no rate of {currency} is known for this day or before; write it here"),
        ),
        Fault::NoSuchLot { .. } => ("lots", "a named lot is not open on this day".into()),
        Fault::LotTooSmall { held, named, .. } => ("lots", format!("{named} are taken from a lot that has {held}")),
        Fault::LotsBeyondQuantity { named, quantity } => ("lots", format!("{named} are named, more than the {quantity} that move")),
        Fault::SplitOfNothing => ("symbol", "nothing is held on this day that could be split".into()),
        Fault::SplitToNothing => ("new", "nothing would be left of what is held".into()),
        Fault::TransferBeyondHeld { held } => ("quantity", format!("at most the {} held on this day", held.normalize())),
        Fault::TooLarge => ("amount", "it, or a total with it, is too large for a book".into()),
    }
}

/// What a kind needs, whatever is held.
fn needs(one: &Activity, errors: &mut Errors) {
    let conversion = Conversion {
        currency: 0,
        rate: Decimal::ONE,
    };
    if let Err(fault) = Effect::of(one, conversion) {
        let (field, reason) = fault_at(&fault);
        errors.add(field, reason);
    }
}

/// A trade's money is its price, or all of it together; both only where they say the same.
fn price_or_amount(one: &mut Activity, errors: &mut Errors) {
    let Some(amount) = one.amount else { return };
    if let Some(price) = one.price {
        let product = one.quantity.checked_mul(price).unwrap_or_default();
        let same = round_to_currency(product, &one.currency) == round_to_currency(amount, &one.currency);
        if !same && errors.of("price").is_none() {
            let product = product.normalize();
            errors.add("amount", format!("quantity x price is {product}; leave one of the two empty"));
        }
        one.amount = None;
        return;
    }
    // Where a price says it to the last digit, the price is kept: the latest one of an instrument counts until the next.
    let price = amount.checked_div(one.quantity).and_then(|price| exact::on_grid(price).ok());
    if let Some(price) = price.filter(|price| price.checked_mul(one.quantity) == Some(amount)) {
        one.price = Some(price.normalize());
        one.amount = None;
    }
}

fn ratio(typed: &Typed, one: &mut Activity, errors: &mut Errors) {
    let mut side = |name| match typed.figure(name, errors) {
        Some(units) if units > Decimal::ZERO => Some(units),
        _ => {
            errors.add(name, "must be above zero");
            None
        }
    };
    if let (Some(new), Some(old)) = (side("new"), side("old")) {
        one.ratio = Some(SplitRatio { new, old });
        one.quantity = new
            .checked_div(old)
            .and_then(|each| exact::on_grid(each).ok())
            .unwrap_or_default()
            .normalize();
    }
}

fn lots(typed: &Typed, errors: &mut Errors) -> Vec<NamedLot> {
    let mut lots = vec![];
    for (name, text) in &typed.0 {
        let Some(opened_by) = name.strip_prefix(LOT) else { continue };
        match number::read(text) {
            Ok(None) => {}
            Ok(Some(quantity)) if quantity.is_zero() => {}
            Ok(Some(quantity)) if quantity > Decimal::ZERO => lots.push(NamedLot {
                opened_by: opened_by.to_owned(),
                quantity,
            }),
            Ok(Some(_)) => errors.add("lots", "units must be above zero"),
            Err(reason) => errors.add("lots", reason),
        }
    }
    lots
}

fn time(text: &str) -> Result<Option<NaiveTime>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("{:?} is no time; write 14:30", text.chars().take(20).collect::<String>());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':').map(|part| {
        let digits = part.len() == 2 && part.bytes().all(|one| one.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok()).flatten()
    });
    let (Some(Some(hour)), Some(Some(minute))) = (parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let second = parts.next().unwrap_or(Some(0)).ok_or_else(wrong)?;
    let nanos: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = nanos.parse().map_err(|_| wrong())?;
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos).filter(|_| parts.next().is_none());
    time.ok_or_else(wrong).map(Some)
}

#[cfg(test)]
mod tests;
