//! The identities, on random ledgers.

use super::sample::*;
use super::tests::{holds, marked};
use super::*;
use crate::portfolio::activity::ActivityKind as Kind;
use proptest::prelude::*;

/// What is drawn for an activity: kind, day, symbol, quantity, price, charges, currency, the lot that it names.
type Drawn = (
    Kind,
    u32,
    &'static str,
    (i64, u32),
    (i64, u32),
    (i64, i64),
    &'static str,
    Option<usize>,
);

/// Activities of every kind on three instruments in three currencies; some cannot be booked, and that is part of it.
fn ledger() -> impl Strategy<Value = Vec<Activity>> {
    let kinds = [
        Kind::Buy,
        Kind::Buy,
        Kind::Buy,
        Kind::Sell,
        Kind::Sell,
        Kind::Dividend,
        Kind::Interest,
        Kind::Fee,
        Kind::Tax,
        Kind::Deposit,
        Kind::Withdrawal,
        Kind::TransferIn,
        Kind::TransferOut,
        Kind::Split,
        Kind::ReturnOfCapital,
    ];
    let one = (
        prop::sample::select(kinds.to_vec()),
        1u32..40,
        prop::sample::select(vec!["A", "B", "C"]),
        (1i64..3_000_000_000, 0u32..12),
        (0i64..900_000_000, 0u32..9),
        (0i64..500, 0i64..300),
        prop::sample::select(vec!["USD", "EUR", "GBP"]),
        prop::option::of(0usize..40),
    );
    let many = prop::collection::vec(one, 1..40);
    many.prop_map(|many| {
        let one = |(at, (kind, day, symbol, quantity, price, charges, currency, names)): (usize, Drawn)| {
            let cash_alone = matches!(kind, Kind::Deposit | Kind::Withdrawal | Kind::Interest);
            let quantity = Decimal::new(quantity.0, quantity.1.max(5));
            let ratio = crate::portfolio::activity::SplitRatio {
                new: Decimal::from(1 + charges.0 % 7),
                old: Decimal::from(1 + charges.1 % 5),
            };
            let named = names
                .filter(|_| kind == Kind::Sell)
                .map(|opener| crate::portfolio::activity::NamedLot {
                    opened_by: format!("{opener:03}"),
                    quantity: quantity / Decimal::from(2),
                });
            Activity {
                symbol: (!cash_alone).then(|| symbol.to_owned()),
                quantity: if cash_alone { Decimal::ZERO } else { quantity },
                price: Some(Decimal::new(price.0, price.1.max(3))),
                amount: (!matches!(kind, Kind::Buy | Kind::Sell)).then(|| Decimal::new(price.0, 4)),
                fee: Decimal::new(charges.0, 2),
                tax: Decimal::new(charges.1, 2),
                ratio: (kind == Kind::Split).then_some(ratio),
                lots: named.into_iter().collect(),
                currency: currency.to_owned(),
                ..on(day, activity(&format!("{at:03}"), kind))
            }
        };
        many.into_iter().enumerate().map(one).collect()
    })
}

fn terms() -> impl Strategy<Value = Terms> {
    let method = prop::sample::select(vec![Method::Fifo, Method::Lifo, Method::Hifo, Method::Average]);
    (method, any::<bool>()).prop_map(|(method, cash_tracked)| Terms {
        base_currency: "USD".to_owned(),
        method,
        cash_tracked,
    })
}

proptest! {
    #[test]
    fn lots_sum_to_positions_and_the_identity_holds(terms in terms(), ledger in ledger(), price in 1i64..1_000_000, at in 1u32..50) {
        let book = Book::new(terms, ledger, &rates);
        let mut marked = marked(&book, day(at), &Decimal::new(price, 3).to_string());
        holds(&book, &marked);
        marked.set_price("B", Decimal::new(price, 1));
        holds(&book, &marked);
        let rows = marked.positions().iter().filter_map(|row| row.value).chain(marked.cash().iter().filter_map(|row| row.value));
        prop_assert_eq!(rows.sum::<Decimal>(), marked.totals().value);
    }

    #[test]
    fn the_order_of_input_does_not_matter(terms in terms(), (one, other) in ledger().prop_flat_map(|l| (Just(l.clone()), Just(l).prop_shuffle()))) {
        prop_assert_eq!(Book::new(terms.clone(), one, &rates), Book::new(terms, other, &rates));
    }

    #[test]
    fn adding_one_by_one_is_booking_anew(terms in terms(), ledger in ledger().prop_shuffle()) {
        let mut grown = Book::empty(terms.clone());
        for activity in &ledger {
            grown.push(activity.clone(), &rates);
        }
        let anew = Book::new(terms.clone(), ledger.clone(), &rates);
        prop_assert_eq!(&grown, &anew);
        let (some, rest) = ledger.split_at(ledger.len() / 2);
        prop_assert_eq!(Book::new(terms, some.to_vec(), &rates).with(rest.to_vec(), &rates), anew);
    }
}
