//! Worked examples, one for each row of the activity table.

use super::sample::*;
use super::*;
use crate::portfolio::activity::ActivityKind as Kind;
use crate::portfolio::mark::{MarkRate, MarkedBook, Price};
use crate::portfolio::rate::NoRates;
use chrono::NaiveDate;

fn book_of(activities: Vec<Activity>) -> Book {
    let book = Book::new(Terms::in_currency("USD"), activities, &rates);
    assert_eq!(book.problems(), []);
    book
}

fn by(method: Method, activities: Vec<Activity>) -> Book {
    let terms = Terms {
        method,
        ..Terms::in_currency("USD")
    };
    Book::new(terms, activities, &rates)
}

fn cash(book: &Book, currency: &str) -> Decimal {
    book.cash()
        .iter()
        .find(|cash| cash.currency == currency)
        .map_or(Decimal::ZERO, |cash| cash.amount)
}

pub(super) fn marked(book: &Book, day: NaiveDate, price: &str) -> MarkedBook {
    let price = |_: &str| {
        Some(Price {
            price: d(price),
            previous_close: Some(d("100")),
            currency: "USD".to_owned(),
        })
    };
    let rate = |currency: &str| {
        let at = |day| rates(currency, day).map(|rate| rate.rate);
        Some(MarkRate {
            now: at(day)?,
            previous: at(day.pred_opt()?)?,
        })
    };
    MarkedBook::new(book, day, price, rate)
}

pub(super) fn holds(book: &Book, marked: &MarkedBook) {
    let totals = marked.totals();
    assert_eq!(marked.total_gain(), totals.value + totals.unvalued - book.net_contributions());
    let sums = book.sums();
    assert_eq!(
        sums.cost + sums.cash,
        book.net_contributions() + sums.realised + sums.income - sums.fees + sums.moved
    );
    for position in book.positions() {
        let open = position.lots.open();
        assert_eq!(open.iter().map(|lot| lot.quantity).sum::<Decimal>(), position.lots.quantity());
        assert_eq!(open.iter().map(|lot| lot.cost).sum::<Decimal>(), position.cost());
        assert!(open.iter().all(|lot| lot.quantity > Decimal::ZERO));
    }
    assert_eq!(book.positions().iter().map(BookPosition::cost).sum::<Decimal>(), sums.cost);
    assert_eq!(book.closed_lots().iter().map(ClosedLot::gain).sum::<Decimal>(), sums.realised);
    assert_eq!(book.cash().iter().map(|cash| cash.book).sum::<Decimal>(), sums.cash);
}

#[test]
fn a_buy_costs_price_fee_and_tax() {
    let book = book_of(vec![charged("4.95", "1.05", buy("b", "A", "10", "185.50"))]);
    assert_eq!(cash(&book, "USD"), d("-1861.00"));
    assert_eq!(book.position("A").unwrap().quantity(), d("10"));
    assert_eq!(book.sums().cost, d("1861.00"));
    assert_eq!(book.sums().fees, d("0"));
}

#[test]
fn a_sale_realises_its_proceeds_less_the_cost_of_its_lots() {
    let book = book_of(vec![
        buy("b", "A", "10", "100"),
        on(31, charged("3", "2", sell("s", "A", "4", "120"))),
    ]);
    assert_eq!(cash(&book, "USD"), d("-525"));
    assert_eq!(book.sums().realised, d("75"));
    assert_eq!(book.sums().cost, d("600"));
    let closed = &book.closed_lots()[0];
    assert_eq!((closed.cost, closed.proceeds, closed.days_held()), (d("400"), d("475"), 30));
}

#[test]
fn income_is_what_comes_after_fee_and_tax() {
    let book = book_of(vec![
        buy("b", "A", "10", "100"),
        on(2, charged("1", "15", money("d", Kind::Dividend, Some("A"), "100"))),
        on(2, money("i", Kind::Interest, None, "7")),
    ]);
    assert_eq!(book.sums().income, d("91"));
    assert_eq!(cash(&book, "USD"), d("-909"));
    assert_eq!(book.position("A").unwrap().income, d("84"));
}

#[test]
fn fees_and_taxes_lower_cash_and_gain() {
    let book = book_of(vec![money("f", Kind::Fee, None, "12"), charged("0", "3", activity("t", Kind::Tax))]);
    assert_eq!((book.sums().fees, cash(&book, "USD")), (d("15"), d("-15")));
}

#[test]
fn deposits_and_withdrawals_are_contributions() {
    let book = book_of(vec![
        money("d", Kind::Deposit, None, "5000"),
        on(2, charged("1", "0", money("w", Kind::Withdrawal, None, "200"))),
    ]);
    assert_eq!((book.sums().contributions, book.sums().withdrawals), (d("5000"), d("200")));
    assert_eq!((cash(&book, "USD"), book.sums().fees), (d("4799"), d("1")));
}

#[test]
fn a_transfer_brings_its_basis_and_the_gain_made_before() {
    let mut arrives = buy("in", "A", "10", "60");
    (arrives.kind, arrives.amount) = (Kind::TransferIn, Some(d("1000")));
    let mut leaves = on(5, buy("out", "A", "4", "110"));
    (leaves.kind, leaves.price, leaves.amount) = (Kind::TransferOut, None, Some(d("440")));
    let book = book_of(vec![arrives, leaves]);
    assert_eq!((book.sums().contributions, book.sums().withdrawals), (d("1000"), d("440")));
    assert_eq!((book.sums().cost, book.sums().moved), (d("360"), d("-200")), "400 came, 200 left");
    let marked = marked(&book, day(6), "110");
    assert_eq!(marked.totals().unrealised, d("300"));
    assert_eq!(marked.total_gain(), d("100"), "ten units gained ten each here");
    holds(&book, &marked);
}

#[test]
fn a_split_keeps_the_cost_and_multiplies_units() {
    let book = book_of(vec![
        buy("b", "A", "10", "100"),
        on(2, buy("c", "A", "5", "130")),
        on(3, split("s", "A", "4", "1")),
    ]);
    let position = book.position("A").unwrap();
    assert_eq!((position.quantity(), position.cost()), (d("60"), d("1650")));
    assert_eq!(position.last_price.unwrap().price, d("32.5"));
    let thirds = book_of(vec![
        buy("b", "A", "5", "1"),
        on(2, buy("c", "A", "5", "1")),
        on(3, split("s", "A", "1", "3")),
    ]);
    let position = thirds.position("A").unwrap();
    assert_eq!(position.quantity(), d("3.333333333333"));
    holds(&thirds, &marked(&thirds, day(4), "3"));
}

#[test]
fn capital_comes_back_from_the_cost_and_what_is_beyond_is_realised() {
    for method in [Method::Fifo, Method::Average] {
        let book = by(
            method,
            vec![
                buy("b", "A", "10", "1"),
                buy("c", "A", "10", "9"),
                on(2, money("r", Kind::ReturnOfCapital, Some("A"), "40")),
            ],
        );
        let expected = if method == Method::Fifo {
            (d("70"), d("10"))
        } else {
            (d("60"), d("0"))
        };
        assert_eq!((book.sums().cost, book.sums().realised), expected, "{method:?}");
        assert_eq!(cash(&book, "USD"), d("-60"));
        holds(&book, &marked(&book, day(3), "5"));
    }
}

#[test]
fn a_sale_beyond_what_is_held_opens_a_short_position_that_a_buy_closes() {
    let short = vec![buy("b", "A", "10", "100"), on(2, sell("s", "A", "15", "120"))];
    let book = book_of(short.clone());
    assert_eq!(book.position("A").unwrap().quantity(), d("-5"));
    assert_eq!((book.sums().realised, book.sums().cost), (d("200"), d("-600")));
    let at = marked(&book, day(3), "130");
    assert_eq!(
        (at.totals().value, at.totals().unrealised),
        (d("150"), d("-50")),
        "1,800 - 1,000 of cash, less 650 owed"
    );
    let covered = book.with([on(4, buy("c", "A", "8", "110"))], &NoRates);
    assert_eq!(covered.position("A").unwrap().quantity(), d("3"));
    assert_eq!((covered.sums().realised, covered.sums().cost), (d("250"), d("330")));
    let closed = covered.closed_lots().last().unwrap();
    assert_eq!(
        (closed.short, closed.cost, closed.proceeds, closed.days_held()),
        (true, d("550"), d("600"), 2)
    );
    holds(&covered, &marked(&covered, day(5), "111"));
}

#[test]
fn each_method_takes_its_own_lots() {
    let ledger = vec![
        buy("one", "A", "10", "100"),
        on(2, buy("two", "A", "10", "130")),
        on(3, buy("three", "A", "10", "110")),
        on(4, sell("s", "A", "15", "120")),
    ];
    for (method, realised) in [
        (Method::Fifo, "150"),
        (Method::Lifo, "50"),
        (Method::Hifo, "-50"),
        (Method::Average, "100"),
    ] {
        let book = by(method, ledger.clone());
        assert_eq!(book.sums().realised, d(realised), "{method:?}");
        assert_eq!(
            book.position("A")
                .unwrap()
                .lots
                .open()
                .iter()
                .map(|lot| lot.quantity)
                .sum::<Decimal>(),
            d("15")
        );
    }
}

#[test]
fn a_sale_may_name_its_lots_and_leave_the_rest_to_the_method() {
    let lots = vec![buy("one", "A", "10", "100"), on(2, buy("two", "A", "10", "130"))];
    let book = book_of(lots.clone()).with([on(3, naming(&[("two", "4")], sell("s", "A", "6", "120")))], &NoRates);
    assert_eq!(book.problems(), []);
    assert_eq!(book.sums().realised, d("0"), "four at a loss of ten, two at a gain of twenty");
    let faulty = |sale: Activity| book_of(lots.clone()).with([on(3, sale)], &NoRates).problems()[0].fault.clone();
    assert_eq!(
        faulty(naming(&[("none", "1")], sell("s", "A", "6", "120"))),
        Fault::NoSuchLot { opened_by: "none".into() }
    );
    assert!(matches!(
        faulty(naming(&[("one", "11")], sell("s", "A", "12", "1"))),
        Fault::LotTooSmall { .. }
    ));
    assert!(matches!(
        faulty(naming(&[("one", "7")], sell("s", "A", "6", "1"))),
        Fault::LotsBeyondQuantity { .. }
    ));
}

#[test]
fn foreign_cash_gains_with_its_currency() {
    // 1,000 euros at 1.10 buy ten units at 50 a day later at 1.11; on the third day the euro is 1.12.
    let book = book_of(vec![
        in_currency("EUR", money("d", Kind::Deposit, None, "1000")),
        on(2, in_currency("EUR", buy("b", "A", "10", "50"))),
    ]);
    assert_eq!((book.sums().contributions, book.sums().cost), (d("1100"), d("555")));
    let marked = marked(&book, day(3), "60");
    assert_eq!(marked.totals().currency_gain, d("15"), "500 x 1.12 - (1,100 - 555)");
    assert_eq!(marked.totals().value, d("1160"));
    assert_eq!(marked.total_gain(), d("60"));
    assert_eq!(book.position("A").unwrap().lots.local().unwrap().amount, d("500"));
}

#[test]
fn without_cash_each_activity_brings_or_takes_its_own_money() {
    let terms = Terms {
        cash_tracked: false,
        ..Terms::in_currency("USD")
    };
    let ledger = vec![
        money("d", Kind::Deposit, None, "9999"),
        charged("5", "0", buy("b", "A", "10", "100")),
        on(2, money("v", Kind::Dividend, Some("A"), "20")),
        on(3, money("f", Kind::Fee, None, "3")),
        on(4, sell("s", "A", "5", "120")),
    ];
    let book = Book::new(terms, ledger, &NoRates);
    assert_eq!((book.sums().contributions, book.sums().withdrawals), (d("1008"), d("620")));
    assert_eq!(cash(&book, "USD"), Decimal::ZERO);
    holds(&book, &marked(&book, day(5), "120"));
}

#[test]
fn what_cannot_be_booked_says_so_and_changes_nothing() {
    let fault = |activity: Activity| {
        let before = book_of(vec![buy("here", "A", "1", "1")]);
        let after = before.with([on(9, activity)], &rates);
        assert_eq!(
            (after.sums(), after.positions(), after.cash()),
            (before.sums(), before.positions(), before.cash())
        );
        assert_eq!(after.problems().len(), 1);
        after.problems()[0].fault.clone()
    };
    assert_eq!(
        fault(in_currency("XXX", buy("x", "B", "1", "1"))),
        Fault::NoRate { currency: "XXX".into() }
    );
    assert_eq!(fault(split("x", "B", "2", "1")), Fault::SplitOfNothing);
    assert_eq!(fault(split("x", "A", "0", "1")), Fault::NotAboveZero("ratio"));
    assert_eq!(fault(split("x", "A", "1", "1000000000000000")), Fault::SplitToNothing);
    assert_eq!(fault(buy("x", "A", "0", "1")), Fault::NotAboveZero("quantity"));
    assert_eq!(fault(buy("x", "A", "-1", "1")), Fault::Negative("quantity"));
    assert_eq!(fault(buy("x", "A", "1000000000000", "1000000000000")), Fault::TooLarge);
    assert_eq!(fault(buy("here", "A", "1", "1")), Fault::SameIdentity);
    assert_eq!(fault(activity("x", Kind::Buy)), Fault::Missing("price"));
    assert_eq!(fault(activity("x", Kind::Dividend)), Fault::Missing("amount"));
    let mut away = buy("x", "A", "2", "1");
    away.kind = Kind::TransferOut;
    assert_eq!(fault(away.clone()), Fault::TransferBeyondHeld { held: d("1") });
    away.symbol = None;
    assert_eq!(fault(away), Fault::NoSymbol);
}

#[test]
fn a_carried_rate_is_marked() {
    let book = book_of(vec![
        in_currency("GBP", buy("b", "A", "3", "10")),
        on(20, in_currency("GBP", buy("c", "A", "3", "10"))),
    ]);
    assert_eq!(book.carried(), [1]);
}

#[test]
fn a_tick_changes_the_totals_like_a_new_valuation() {
    let book = book_of(vec![buy("b", "A", "10", "100"), on(2, sell("s", "A", "4", "104"))]);
    let mut ticked = marked(&book, day(2), "103");
    assert_eq!(ticked.totals().day_change, d("34"), "six gained three, four were sold four higher");
    assert!(ticked.set_price("A", d("105")));
    assert!(!ticked.set_price("B", d("105")));
    assert_eq!(ticked, marked(&book, day(2), "105"));
}
