//! An activity that is being read, and its identity.

use crate::imports::preview::Format;
use crate::money::{Decimal, round};
use crate::portfolio::activity::{Activity, ActivityKind, NamedLot, SplitRatio};
use chrono::{NaiveDate, NaiveTime};
use sha2::{Digest, Sha256};

/// Places of a quantity and of a price.
const PLACES: u32 = 12;

/// An activity without its identity.
#[derive(Clone, Debug)]
pub struct Draft {
    /// An identity that is taken as it is: our own.
    pub id: Option<String>,
    /// The identity that the source gives.
    pub source_id: Option<String>,
    /// The account or depot that the file names.
    pub account: Option<String>,
    /// The day.
    pub day: NaiveDate,
    /// Its time, where known.
    pub time: Option<NaiveTime>,
    /// What happened.
    pub kind: ActivityKind,
    /// Label of the instrument.
    pub symbol: Option<String>,
    /// Units.
    pub quantity: Decimal,
    /// Price of a unit.
    pub price: Option<Decimal>,
    /// Money before fee and tax.
    pub amount: Option<Decimal>,
    /// Cost.
    pub fee: Decimal,
    /// Tax.
    pub tax: Decimal,
    /// ISO 4217 code.
    pub currency: String,
    /// To the file's base currency.
    pub exchange_rate: Option<Decimal>,
    /// Of a split.
    pub ratio: Option<SplitRatio>,
    /// Lots that a sale names.
    pub lots: Vec<NamedLot>,
    /// Text.
    pub note: String,
    /// Words.
    pub tags: Vec<String>,
    /// What was read leniently.
    pub remarks: Vec<String>,
}

impl Draft {
    /// What every activity has.
    pub fn new(kind: ActivityKind, (day, time): (NaiveDate, Option<NaiveTime>), currency: &str) -> Self {
        Self {
            id: None,
            source_id: None,
            account: None,
            day,
            time,
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
            remarks: vec![],
        }
    }

    /// Adds a remark.
    pub fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    /// Turns money that the source gives back into what it is for the ledger: a fee or tax that is returned is income, an
    /// income that is taken back is a fee. Cash and income come out right; only the name differs, so it is remarked.
    pub fn turn_around(&mut self, what: &str) {
        self.kind = match self.kind {
            ActivityKind::Fee | ActivityKind::Tax if self.symbol.is_some() => ActivityKind::Dividend,
            ActivityKind::Fee | ActivityKind::Tax => ActivityKind::Interest,
            ActivityKind::Dividend | ActivityKind::Interest => ActivityKind::Fee,
            ActivityKind::Deposit => ActivityKind::Withdrawal,
            ActivityKind::Withdrawal => ActivityKind::Deposit,
            other => other,
        };
        let name = match self.kind {
            ActivityKind::Fee => "a fee",
            ActivityKind::Dividend => "income of its instrument",
            ActivityKind::Interest => "income",
            _ => return,
        };
        self.remark(format!("{what} is booked as {name}"));
    }

    /// Rounds to the places that a ledger keeps, and says so where digits are lost.
    fn settle(&mut self) {
        let mut is_cut = false;
        let mut cut = |number: Decimal| {
            let kept = if number.scale() > PLACES { round(number, PLACES) } else { number };
            is_cut |= kept != number;
            kept.normalize()
        };
        self.quantity = cut(self.quantity);
        self.fee = cut(self.fee);
        self.tax = cut(self.tax);
        self.amount = self.amount.map(&mut cut);
        // A price that was divided out of an amount has as many places as a decimal holds: no digit of the file is lost.
        self.price = self.price.map(|price| {
            if price.scale() > PLACES {
                round(price, PLACES).normalize()
            } else {
                price.normalize()
            }
        });
        if is_cut {
            self.remark("rounded to twelve places");
        }
    }

    /// What the identity is made of: everything but the note, the tags and how the numbers were written.
    fn digest(&self, format: Format) -> Sha256 {
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update(part.as_bytes());
            hash.update([0x1f]);
        };
        add(format.label());
        add(self.source_id.as_deref().unwrap_or_default());
        // A broker numbers its bookings in each account anew. Elsewhere an account is a name, which its owner may change.
        let is_numbered = matches!(format, Format::Ofx | Format::FlexCsv | Format::FlexXml);
        add(self.account.as_deref().filter(|_| is_numbered).unwrap_or_default());
        let time = self.time.map(|time| time.to_string()).unwrap_or_default();
        add(&format!("{} {time} {:?}", self.day, self.kind));
        add(self.symbol.as_deref().unwrap_or_default());
        for number in [self.quantity, self.fee, self.tax] {
            add(&number.normalize().to_string());
        }
        for number in [self.price, self.amount] {
            add(&number.map(|number| number.normalize().to_string()).unwrap_or_default());
        }
        add(&self.currency);
        hash
    }

    /// The activity, with an identity from its content and from how many equal ones stand before it in the file. With an
    /// identity of the source, equal ones are the same.
    pub fn finish(mut self, format: Format, mut before: impl FnMut([u8; 16]) -> u32) -> (Activity, Vec<String>) {
        self.settle();
        let id = self.id.take().unwrap_or_else(|| {
            let first = short(self.digest(format));
            let repeats = if self.source_id.is_some() { 0 } else { before(first) };
            if repeats == 0 {
                hex(first)
            } else {
                hex(short(self.digest(format).chain_update(repeats.to_be_bytes())))
            }
        });
        let activity = Activity {
            id,
            day: self.day,
            time: self.time,
            kind: self.kind,
            symbol: self.symbol,
            quantity: self.quantity,
            price: self.price,
            amount: self.amount,
            fee: self.fee,
            tax: self.tax,
            currency: self.currency,
            exchange_rate: self.exchange_rate,
            ratio: self.ratio,
            lots: self.lots,
            note: self.note,
            tags: self.tags,
        };
        (activity, self.remarks)
    }
}

fn short(hash: Sha256) -> [u8; 16] {
    let full = hash.finalize();
    std::array::from_fn(|at| full[at])
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
