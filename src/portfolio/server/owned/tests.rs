//! Values of ledgers on a market that stands still: foreign currency, cash, short positions, what has no price; and sums.

use super::*;
use crate::market::server::Market;
use crate::market::server::history::SharedCloses;
use crate::market::span::Span;
use crate::money::round_to_currency;
use crate::portfolio::activity::ActivityKind as Kind;
use crate::portfolio::book::Method;
use crate::portfolio::book::sample::{activity, buy, d, day, in_currency, money, on, sell, split};
use crate::portfolio::holding::{Holding, RowKind};
use crate::portfolio::range::Range;
use crate::portfolio::report::Report;
use crate::portfolio::server::owned::past::Past;
use crate::portfolio::valuation::Valuation;
use crate::server::clock::Clock;
use crate::server::config::{MarketConfig, MarketSource};
use crate::server::shutdown::Shutdown;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Its feed has ended: each price stays as it is.
pub(super) static MARKET: LazyLock<Market> = LazyLock::new(market);

pub(super) fn market() -> Market {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let config = MarketConfig {
            source: MarketSource::Simulated,
            seed: 8,
            replay_speed: 1.0,
        };
        let noon = day(60).and_hms_opt(12, 0, 0).unwrap().and_utc();
        let shutdown = Shutdown::default();
        shutdown.stopping().cancel();
        Market::open(&config, Clock::starting_at(noon), &shutdown).unwrap()
    })
}

/// The day that all is valued on.
fn today() -> NaiveDate {
    day(60)
}

pub(super) fn owned(base: &str, ledgers: Vec<Vec<Activity>>, prices: Vec<KnownPrice>) -> Owned {
    let settings = Settings {
        name: "Mine".into(),
        terms: Terms::in_currency(base),
        benchmark: None,
    };
    let ledgers = ledgers.into_iter().map(|activities| (settings.terms.clone(), activities)).collect();
    Owned::new("u".into(), "p".into(), settings, ledgers, vec![], prices)
}

pub(super) fn known(symbol: &str, of: NaiveDate, price: &str) -> KnownPrice {
    KnownPrice {
        symbol: symbol.into(),
        day: of,
        price: d(price),
        currency: Some("USD".into()),
    }
}

fn row<'v>(valuation: &'v Valuation, symbol: &str) -> &'v Holding {
    valuation.investments.iter().find(|row| row.symbol == symbol).unwrap()
}

/// What every frame keeps, as it is shown.
fn adds_up(valuation: &Valuation) {
    let rows = &valuation.investments;
    assert_eq!(valuation.total_value, rows.iter().map(|row| row.value).sum::<Decimal>());
    assert_eq!(
        valuation.total_change,
        rows.iter().filter_map(|row| row.day_change).sum::<Decimal>()
    );
    let gains = valuation.gains.unwrap();
    let made_of = gains.realised + gains.unrealised + gains.income - gains.fees + gains.moved;
    assert_eq!(gains.total, made_of);
    let paid = gains.contributions - gains.withdrawals;
    assert_eq!(gains.total, valuation.total_value + gains.unvalued - paid);
}

#[test]
fn a_foreign_share_and_its_cash_are_in_the_base_currency() {
    let ledger = vec![money("d", Kind::Deposit, None, "5000"), on(2, buy("b", "AAPL", "10", "150.25"))];
    let owned = owned("EUR", vec![ledger], vec![]);
    let valuation = owned.valuation(&MARKET, today());
    adds_up(&valuation);
    let price = MARKET.bus.read(|quotes| quotes["AAPL"].price);
    let rate = owned.rates.of("USD", today()).unwrap().rate;
    let share = row(&valuation, "AAPL");
    assert_eq!(share.value, round_to_currency(d("10") * price * rate, "EUR"));
    assert_eq!((&*share.currency, share.current_price), ("USD", Some(price)));
    assert_eq!(share.local_value, Some(round_to_currency(d("10") * price, "USD")));
    assert_eq!(
        (share.unrealised, share.note.as_ref()),
        (share.cost.map(|cost| share.value - cost), None)
    );
    // 5,000 - 10 x 150.25
    let cash = row(&valuation, "USD");
    assert_eq!((cash.quantity, cash.kind, &*cash.name), (d("3497.50"), Some(RowKind::Cash), "Cash"));
    assert_eq!(cash.value, round_to_currency(d("3497.50") * rate, "EUR"));
}

#[test]
fn a_report_is_one_while_nothing_changes_and_never_that_of_before() {
    let market = market();
    let mine = || {
        let (paid, bought) = (money("d", Kind::Deposit, None, "5000"), buy("b", "AAPL", "10", "150.25"));
        let ledger = vec![paid, on(2, bought), on(9, buy("c", "MSFT", "3", "300"))];
        let mut mine = owned("EUR", vec![ledger], vec![]);
        mine.settings.benchmark = Some("SP500".into());
        mine
    };
    let asked = mine();
    let report = |market: &Market, owned: &Owned, risk_free| owned.report(market, today(), Range::Named(Span::All), risk_free).unwrap();
    let first = report(&market, &asked, d("0"));
    assert!(Arc::ptr_eq(&first, &report(&market, &asked, d("0"))));
    let as_new = |market: &Market, risk_free| {
        let told = report(market, &asked, risk_free);
        assert_eq!(format!("{told:?}"), format!("{:?}", report(market, &mine(), risk_free)));
        told
    };
    let other = as_new(&market, d("0.03"));
    assert!(other.sharpe != first.sharpe && other.worth() == first.worth());
    as_new(&market, d("0"));
    // A price of this moment.
    let quote = market.bus.read(|quotes| quotes["AAPL"].clone());
    let later = quote.quoted_at + chrono::TimeDelta::seconds(1);
    market.bus.publish([crate::market::quote::Quote {
        price: quote.price + d("1"),
        quoted_at: later,
        received_at: later,
        ..quote
    }]);
    let moved = as_new(&market, d("0"));
    assert!(moved.worth() > first.worth() && moved.benchmark != first.benchmark);
    // A day whose close comes late.
    let mut early = market.clone();
    early.closes = SharedCloses::new(market.closes.read(|closes| closes.before(day(59), usize::MAX)));
    let before = as_new(&early, d("0"));
    let after = as_new(&market, d("0"));
    let yesterday = |report: &Report| report.days.iter().find(|one| one.day == day(59)).map(|one| one.value);
    assert_ne!(yesterday(&before), yesterday(&after));
    // Another stretch.
    let month = asked.report(&market, today(), Range::Named(Span::Month), d("0")).unwrap();
    assert_eq!(month.days.len(), 31);
    as_new(&market, d("0"));
}

#[test]
fn a_short_position_is_below_zero() {
    let owned = owned("USD", vec![vec![sell("s", "ZZZ", "5", "100")]], vec![known("ZZZ", day(50), "90")]);
    let valuation = owned.valuation(&MARKET, today());
    adds_up(&valuation);
    let short = row(&valuation, "ZZZ");
    assert_eq!((short.quantity, short.value), (d("-5"), d("-450.00")));
    assert_eq!((short.cost, short.unrealised), (Some(d("-500.00")), Some(d("50.00"))));
    assert!(short.note.as_ref().unwrap().contains("2024-02-19"), "{short:?}");
}

#[test]
fn what_has_no_rate_has_no_value_and_says_why() {
    let coin = Activity {
        exchange_rate: Some(d("4")),
        ..in_currency("XTS", buy("b", "COIN", "10", "5"))
    };
    let owned = owned("USD", vec![vec![coin]], vec![]);
    let valuation = owned.valuation(&MARKET, today());
    adds_up(&valuation);
    let coin = row(&valuation, "COIN");
    assert_eq!((coin.value, coin.unrealised, coin.current_price), (d("0.00"), None, Some(d("5"))));
    assert!(coin.note.as_ref().unwrap().contains("no rate from XTS to USD"), "{coin:?}");
    assert_eq!(coin.cost, Some(d("200.00")), "ten at five, at the rate that the activity tells");
}

#[test]
fn a_split_that_two_portfolios_tell_of_divides_an_entered_price_once() {
    let ledger = |id: &str| vec![buy(id, "FUND", "10", "40"), on(30, split("s", "FUND", "4", "1"))];
    let owned = owned("USD", vec![ledger("a"), ledger("b")], vec![known("FUND", day(20), "48")]);
    let valuation = owned.valuation(&MARKET, today());
    adds_up(&valuation);
    let fund = row(&valuation, "FUND");
    assert_eq!(
        (fund.current_price, fund.quantity, fund.value),
        (Some(d("12")), d("80"), d("960.00"))
    );
    assert_eq!(owned.known_on("FUND", day(29)).unwrap().0.price, d("48"), "before the split");
}

#[test]
fn of_two_portfolios_the_latest_activity_tells_the_price() {
    let ledgers = vec![vec![buy("a", "FUND", "1", "40")], vec![on(9, buy("b", "FUND", "1", "50"))]];
    let valuation = owned("USD", ledgers, vec![]).valuation(&MARKET, today());
    adds_up(&valuation);
    assert_eq!(row(&valuation, "FUND").current_price, Some(d("50")));
}

#[test]
fn a_close_is_told_in_units_of_its_day() {
    let until = MARKET.closes.read(|closes| closes.real_until);
    let old = |id: &str, back: i64, activity: Activity| Activity {
        id: id.into(),
        day: until - chrono::TimeDelta::days(back),
        ..activity
    };
    let ledger = vec![
        old("b", 90, buy("b", "AAPL", "10", "400")),
        old("s", 30, split("s", "AAPL", "4", "1")),
    ];
    let owned = owned("USD", vec![ledger], vec![]);
    let close = d("100");
    let on = |back: i64| owned.unadjusted("AAPL", close, (until - chrono::TimeDelta::days(back), until));
    assert_eq!((on(60), on(30), on(1)), (d("400"), close, close));
}

/// Kind, day, which instrument, quantity, price and currency.
pub(super) type Drawn = (Kind, u32, usize, i64, i64, usize);

/// Anything that may have been done on the first sixty days.
pub(super) fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let kinds = prop::sample::select(vec![
        Kind::Buy,
        Kind::Buy,
        Kind::Sell,
        Kind::Dividend,
        Kind::Interest,
        Kind::Fee,
        Kind::Deposit,
        Kind::Withdrawal,
        Kind::TransferIn,
        Kind::TransferOut,
        Kind::ReturnOfCapital,
    ]);
    let one = (kinds, 1u32..=60, 0usize..4, 1i64..9_000_000, 1i64..9_000_000, 0usize..4);
    prop::collection::vec(one, 1..30)
}

pub(super) fn ledger_of(drawn: Vec<Drawn>) -> Vec<Activity> {
    let one = |(at, (kind, of, which, quantity, price, currency)): (usize, Drawn)| {
        let alone = matches!(kind, Kind::Deposit | Kind::Withdrawal | Kind::Interest);
        let trade = matches!(kind, Kind::Buy | Kind::Sell);
        Activity {
            symbol: (!alone).then(|| ["AAPL", "MSFT", "FLAT", "FUND"][which].to_owned()),
            quantity: if alone { Decimal::ZERO } else { Decimal::new(quantity, 3) },
            price: trade.then(|| Decimal::new(price, 4)),
            amount: (!trade).then(|| Decimal::new(price, 3)),
            fee: Decimal::new(price % 500, 3),
            currency: ["USD", "EUR", "GBP", "JPY"][currency].to_owned(),
            ..on(of, activity(&format!("{at:03}"), kind))
        }
    };
    drawn.into_iter().enumerate().map(one).collect()
}

pub(super) fn settings_of(base: &str, method: Method, cash_tracked: bool) -> Settings {
    Settings {
        name: "Mine".into(),
        terms: Terms {
            method,
            cash_tracked,
            ..Terms::in_currency(base)
        },
        benchmark: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_ledger_adds_up_as_it_is_shown(
        drawn in drawn(),
        method in prop::sample::select(Method::ALL.to_vec()),
        cash_tracked in any::<bool>(),
        base in prop::sample::select(vec!["USD", "EUR", "JPY"]),
        entered in prop::option::of(1i64..9_000_000),
    ) {
        let settings = settings_of(base, method, cash_tracked);
        let ledgers = vec![(settings.terms.clone(), ledger_of(drawn))];
        let prices: Vec<_> = entered.map(|price| known("FLAT", day(58), &Decimal::new(price, 4).to_string())).into_iter().collect();
        let owned = Owned::new("u".into(), "p".into(), settings, ledgers, vec![], prices);
        let valuation = owned.valuation(&MARKET, today());
        adds_up(&valuation);
        // What is shown is the engine's own figure but for the rounding of rows.
        let exact: Decimal = owned.marked_now(&MARKET, today()).iter().map(|book| book.total_gain()).sum();
        let shown = valuation.gains.unwrap().total;
        let room = Decimal::from(valuation.investments.len() + 5);
        prop_assert!((shown - exact).abs() <= room, "{shown} {exact}");
    }

    #[test]
    fn any_stretch_of_any_ledger_adds_up_and_can_be_cut(
        drawn in drawn(),
        cash_tracked in any::<bool>(),
        base in prop::sample::select(vec!["USD", "EUR"]),
        entered in prop::collection::vec((1u32..60, 0usize..3, 1i64..9_000_000), 0..6),
        days in (1u32..60, 1u32..60),
    ) {
        let settings = settings_of(base, Method::Fifo, cash_tracked);
        let ledgers = vec![(settings.terms.clone(), ledger_of(drawn))];
        let entered = entered.into_iter().map(|(of, which, price)| known(["FLAT", "AAPL", "FUND"][which], day(of), &Decimal::new(price, 4).to_string()));
        let owned = Owned::new("u".into(), "p".into(), settings, ledgers, vec![], entered.collect());
        let (from, cut) = (days.0.min(days.1), days.0.max(days.1));
        let told = |from: u32, to: u32| owned.report(&MARKET, today(), Range::Custom { from: Some(day(from)), to: Some(day(to)) }, Decimal::ZERO);
        let (whole, first, second) = (told(from, 60), told(from, cut), told(cut + 1, 60));
        for report in [&whole, &first, &second].into_iter().flatten() {
            let gave: Decimal = report.contributions.iter().map(|one| one.gain).sum();
            prop_assert_eq!(gave, report.gain, "the sum of what each holding gave");
        }
        let Some(whole) = whole else { return Ok(()) };
        let at_last = whole.days.last().map_or(whole.opened_with, |last| last.value);
        prop_assert_eq!(whole.opened_with + whole.change.gain() + whole.change.flows, at_last, "the causes make the change");
        let past = Past::of(&owned, &MARKET, (from..=60).map(day).collect());
        for position in owned.books[0].positions() {
            for number in from..=60 {
                let slow = owned.price_on(&MARKET, &position.symbol, day(number));
                prop_assert_eq!(past.price(&position.symbol, day(number)), slow, "{} on {}", position.symbol, number);
            }
        }
        let Some(first) = first else { return Ok(()) };
        let on = |report: &Report| report.days.iter().find(|one| one.day == day(cut)).map(|one| one.value);
        prop_assert_eq!(on(&whole), on(&first), "a day is worth the same within a stretch and at its end");
        let Some(second) = second else { return Ok(()) };
        prop_assert_eq!(whole.gain, first.gain + second.gain);
        prop_assert_eq!(whole.change.flows, first.change.flows + second.change.flows);
        prop_assert_eq!(whole.change, first.change.and(second.change), "causes of two stretches are those of the one over both");
        let total = |report: &Report| report.twr.as_ref().map(|twr| twr.total + Decimal::ONE);
        if let (Some(whole), Some(first), Some(second)) = (total(&whole), total(&first), total(&second))
            && let Some(both) = first.checked_mul(second)
        {
            // Each return has twelve places.
            let places = (first.abs() + second.abs()) / Decimal::from(1_000_000_000);
            let room = (both.abs() + Decimal::ONE) / Decimal::from(1_000_000) + places;
            prop_assert!((whole - both).abs() <= room, "{whole} {both}");
        }
    }
}
