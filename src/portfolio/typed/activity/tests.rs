//! Activities as they are typed.

use super::*;
use crate::portfolio::activity::ActivityKind::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 5, 1).unwrap()
}

fn typed(kind: ActivityKind, fields: &[(&str, &str)]) -> Result<Activity, Errors> {
    let before = bare("a", kind, today(), "EUR");
    let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let typed = Typed([("day".to_owned(), "2024-04-30".to_owned())].into_iter().chain(fields).collect());
    activity(&typed, kind, &before, today())
}

#[test]
fn a_trade_has_a_price_or_a_total() {
    let one = typed(Buy, &[("symbol", " AAPL "), ("quantity", "3"), ("price", "10,5")]).unwrap();
    assert_eq!(
        (one.symbol.as_deref(), one.price, one.amount),
        (Some("AAPL"), Some(Decimal::new(105, 1)), None)
    );
    let one = typed(Buy, &[("symbol", "AAPL"), ("quantity", "4"), ("amount", "42")]).unwrap();
    assert_eq!(
        (one.price, one.amount),
        (Some(Decimal::new(105, 1)), None),
        "the price says it exactly"
    );
    let one = typed(Buy, &[("symbol", "AAPL"), ("quantity", "3"), ("amount", "10")]).unwrap();
    assert_eq!((one.price, one.amount), (None, Some(Decimal::TEN)), "no price says a third");
    let both = [("symbol", "AAPL"), ("quantity", "3"), ("price", "10"), ("amount", "30.00")];
    assert_eq!(typed(Buy, &both).unwrap().amount, None);
    let both = [("symbol", "AAPL"), ("quantity", "3"), ("price", "10"), ("amount", "31")];
    assert!(typed(Buy, &both).unwrap_err().of("amount").unwrap().contains("is 30"));
}

#[test]
fn each_kind_says_at_its_field_what_it_needs() {
    for (kind, fields, missing) in [
        (Buy, vec![("quantity", "1"), ("price", "1")], "symbol"),
        (Buy, vec![("symbol", "A"), ("price", "1")], "quantity"),
        (Sell, vec![("symbol", "A"), ("quantity", "1")], "price"),
        (Dividend, vec![("symbol", "A")], "amount"),
        (Interest, vec![], "amount"),
        (Fee, vec![], "amount"),
        (Tax, vec![], "amount"),
        (Deposit, vec![], "amount"),
        (Withdrawal, vec![], "amount"),
        (TransferIn, vec![("symbol", "A"), ("quantity", "1")], "amount"),
        (TransferOut, vec![("symbol", "A")], "quantity"),
        (Split, vec![("symbol", "A"), ("new", "4")], "old"),
        (Split, vec![("symbol", "A"), ("new", "0"), ("old", "1")], "new"),
        (ReturnOfCapital, vec![("symbol", "A")], "amount"),
        (Deposit, vec![("amount", "-1")], "amount"),
        (Deposit, vec![("amount", "1"), ("currency", "€")], "currency"),
        (Deposit, vec![("amount", "1"), ("exchange_rate", "0")], "exchange_rate"),
        (Deposit, vec![("amount", "1"), ("time", "25:00")], "time"),
        (
            Sell,
            vec![("symbol", "A"), ("quantity", "1"), ("price", "1"), ("lot:x", "-1")],
            "lots",
        ),
    ] {
        let errors = typed(kind, &fields).unwrap_err();
        assert!(errors.of(missing).is_some(), "{kind:?} {fields:?}: {errors:?}");
    }
    let dividend = typed(Dividend, &[("symbol", "A"), ("quantity", "40"), ("price", "0.24")]);
    assert!(dividend.is_ok(), "units and money for each are an amount too");
}

#[test]
fn what_the_form_does_not_show_stays() {
    let mut before = bare("a", Fee, today(), "EUR");
    before.quantity = Decimal::ONE;
    before.price = Some(Decimal::TEN);
    let same = activity(&of_activity(&before), Fee, &before, today()).unwrap();
    assert_eq!(same, before);
    let other = activity(&of_activity(&before).with("amount", ""), Deposit, &before, today());
    assert!(other.is_err(), "another kind takes nothing that it does not show");
}

#[test]
fn an_activity_comes_back_as_it_was() {
    let mut one = bare("a", Sell, today(), "USD");
    one.time = NaiveTime::from_hms_milli_opt(14, 30, 5, 250);
    one.symbol = Some("A".into());
    one.quantity = Decimal::new(25, 1);
    one.price = Some(Decimal::new(1234, 3));
    one.fee = Decimal::ONE;
    one.exchange_rate = Some(Decimal::new(9, 1));
    one.lots = vec![NamedLot {
        opened_by: "b:1".into(),
        quantity: Decimal::ONE,
    }];
    one.note = "two\nlines".into();
    one.tags = vec!["long".into(), "pension".into()];
    assert_eq!(activity(&of_activity(&one), Sell, &one, today()).unwrap(), one);
    let split = typed(Split, &[("symbol", "A"), ("new", "1"), ("old", "3")]).unwrap();
    assert_eq!(split.ratio.unwrap().old, Decimal::from(3));
}

#[test]
fn tags_stand_once() {
    assert_eq!(tags(" a, b,,a , c d"), ["a", "b", "c d"]);
}
