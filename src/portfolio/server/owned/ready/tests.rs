//! What is written is what is valued: of any ledgers, on any day of theirs, whatever the market does meanwhile.

use super::{Lines, Ready};
use crate::market::instrument::Instrument;
use crate::market::quote::Quote;
use crate::market::server::Market;
use crate::market::server::listing::Listed;
use crate::money::Decimal;
use crate::portfolio::activity::Activity;
use crate::portfolio::activity::ActivityKind as Kind;
use crate::portfolio::book::Method;
use crate::portfolio::book::sample::{buy, d, day, money};
use crate::portfolio::described::DescribedInstrument;
use crate::portfolio::server::owned::Owned;
use crate::portfolio::server::owned::tests::{Drawn, MARKET, drawn, known, ledger_of, market, owned, settings_of};
use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

static LINES: LazyLock<Lines> = LazyLock::new(Lines::default);

fn told(owned: &Arc<Owned>, market: &Market, lines: &Lines, day: NaiveDate) -> String {
    written(&Ready::new(owned, market, lines, day), market)
}

fn written(ready: &Ready, market: &Market) -> String {
    let mut text = vec![];
    ready.tell(market, &mut text, |_, _| ());
    String::from_utf8(text).unwrap()
}

fn valued(owned: &Owned, market: &Market, day: NaiveDate) -> String {
    serde_json::to_string(&owned.valuation(market, day)).unwrap()
}

/// What is written and what is valued: at one moment, where prices move from second to second.
fn both(owned: &Arc<Owned>, day: NaiveDate) -> (String, String) {
    loop {
        let before = valued(owned, &MARKET, day);
        let told = told(owned, &MARKET, &LINES, day);
        if valued(owned, &MARKET, day) == before {
            return (told, before);
        }
    }
}

/// The ledgers, of which yen are a currency that nobody has a rate of.
fn without_rates(mut ledger: Vec<Activity>) -> Vec<Activity> {
    for activity in &mut ledger {
        if activity.currency == "JPY" {
            activity.currency = "XTS".into();
            activity.exchange_rate = Some(d("4"));
        }
    }
    ledger
}

fn described(name: &str, alias: Option<&str>, simulated: bool) -> Vec<DescribedInstrument> {
    let one = |symbol: &str| DescribedInstrument {
        symbol: symbol.into(),
        name: name.into(),
        alias: alias.map(str::to_owned),
        simulated,
        ..DescribedInstrument::default()
    };
    vec![one("FUND"), one("FLAT")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_ledgers_are_written_as_they_are_valued(
        drawn in prop::collection::vec(drawn(), 1..3),
        method in prop::sample::select(Method::ALL.to_vec()),
        cash_tracked in any::<bool>(),
        base in prop::sample::select(vec!["USD", "EUR", "JPY"]),
        rates in any::<bool>(),
        name in prop::sample::select(vec!["", "A \"fund\" \\ \u{1}\u{e9}"]),
        (alias, simulated) in (prop::option::of(Just("KO")), any::<bool>()),
        entered in prop::collection::vec((1u32..60, 0usize..2, 1i64..9_000_000), 0..3),
        days in prop::collection::vec(50u32..62, 1..3),
    ) {
        let settings = settings_of(base, method, cash_tracked);
        let ledger = |drawn: Vec<Drawn>| if rates { ledger_of(drawn) } else { without_rates(ledger_of(drawn)) };
        let ledgers = drawn.into_iter().map(|drawn| (settings.terms.clone(), ledger(drawn))).collect();
        let entered = entered.into_iter().map(|(of, which, price)| known(["FLAT", "FUND"][which], day(of), &Decimal::new(price, 4).to_string()));
        let owned = Arc::new(Owned::new("u".into(), "p".into(), settings, ledgers, described(name, alias, simulated), entered.collect()));
        for number in days {
            let (told, valued) = both(&owned, day(number));
            prop_assert_eq!(told, valued, "on day {}", number);
        }
    }
}

#[test]
fn a_price_and_what_is_listed_later_are_in_the_next_text() {
    let (market, lines) = (market(), Lines::default());
    let ledger = vec![
        money("d", Kind::Deposit, None, "9000"),
        buy("a", "AAPL", "3", "150"),
        buy("n", "NEW", "5", "40"),
    ];
    let owned = Arc::new(owned("EUR", vec![ledger], vec![]));
    let today = day(60);
    let ready = std::cell::RefCell::new(Ready::new(&owned, &market, &lines, today));
    let same = |what: &str| {
        let mut ready = ready.borrow_mut();
        if !ready.serves(&owned, &market, &lines, today) {
            *ready = Ready::new(&owned, &market, &lines, today);
        }
        let told = written(&ready, &market);
        assert_eq!(told, valued(&owned, &market, today), "{what}");
        told
    };
    let first = same("at first");
    let quote = |symbol: &str, price: &str, after: i64| {
        let known = market.bus.read(|quotes| quotes["AAPL"].clone());
        market.bus.publish([Quote {
            symbol: symbol.into(),
            price: d(price),
            quoted_at: known.quoted_at + TimeDelta::seconds(after),
            ..known
        }]);
    };
    quote("AAPL", "321.5", 1);
    let second = same("another price");
    assert!(second != first && second.contains("\"current_price\":321.5"));
    quote("MSFT", "7", 2);
    assert_eq!(same("a price of what is not held"), second);
    market.listing.add(Listed {
        instruments: [(
            "NEW".into(),
            Instrument {
                symbol: "NEW".into(),
                name: "New & Sons".into(),
                currency: "USD".into(),
                sector: "Other".into(),
                country: None,
            },
        )]
        .into_iter()
        .collect(),
        ..Listed::default()
    });
    let listed = same("listed, and not quoted yet");
    assert!(listed.contains("New & Sons") && listed.contains("\"price_source\":\"activity\""));
    quote("NEW", "55", 3);
    assert!(same("quoted").contains("\"current_price\":55,"));
    let ready = ready.into_inner();
    assert!(ready.serves(&owned, &market, &lines, today));
    let (again, others) = (Arc::new(Owned::clone(&owned)), Lines::default());
    assert!(!ready.serves(&again, &market, &lines, today), "another ledger");
    assert!(!ready.serves(&owned, &market, &others, today), "lines of another market");
    assert!(!ready.serves(&owned, &market, &lines, day(61)), "another day");
}
