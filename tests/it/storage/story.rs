//! One story, on both databases.

use super::{activity, ledger, places, settings, user};
use chrono::NaiveDate;
use finflow_app::money::Decimal;
use finflow_app::portfolio::described::{DescribedInstrument, KnownPrice};
use finflow_app::portfolio::server::ledger::{Applied, Batch, Changed, Filter, Ledger, LedgerError};

fn batch() -> Batch {
    Batch {
        activities: (1..=30)
            .map(|day| activity(&format!("a{day}"), day, if day % 3 == 0 { "AAPL" } else { "MSFT" }, 1))
            .collect(),
        instruments: vec![DescribedInstrument {
            symbol: "AAPL".into(),
            name: "Apple".into(),
            simulated: true,
            ..DescribedInstrument::default()
        }],
        prices: vec![price("AAPL", "190.12")],
    }
}

fn price(symbol: &str, price: &str) -> KnownPrice {
    KnownPrice {
        symbol: symbol.into(),
        day: NaiveDate::from_ymd_opt(2024, 2, 1).unwrap(),
        price: Decimal::from_str_exact(price).unwrap(),
        currency: Some("USD".into()),
    }
}

async fn ids(ledger: &Ledger, portfolio: &str) -> Vec<String> {
    let activities = ledger.activities("ann", portfolio).await.unwrap();
    activities.into_iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn a_ledger_takes_edits_and_gives_them_back() {
    for place in places().await {
        let (database, ledger) = ledger(&place.url).await;
        user(&database, "ann").await;
        let id = ledger.open("ann", &settings("Pension")).await.unwrap();
        let mut told = ledger.changes_from_now();

        // A batch comes in once, and whole.
        let applied = ledger.apply("ann", &id, "Import of a.csv", &batch()).await.unwrap();
        assert_eq!((applied.new, applied.known), (30, 0));
        let Changed { user, portfolio } = told.recv().await.unwrap();
        assert_eq!((user.as_str(), portfolio), ("ann", Some(id.clone())));
        let again = ledger.apply("ann", &id, "Import of a.csv", &batch()).await.unwrap();
        let nothing = Applied {
            change: None,
            new: 0,
            known: 30,
        };
        assert_eq!(again, nothing);
        let there = ledger.activities("ann", &id).await.unwrap();
        assert_eq!(there, batch().activities, "what was written comes back, digit for digit");
        assert_eq!(ledger.instruments("ann").await.unwrap(), batch().instruments);
        assert_eq!(ledger.prices("ann").await.unwrap(), batch().prices);
        let entered = ledger.entered("ann").await.unwrap();
        let first = entered[&("AAPL".to_owned(), batch().prices[0].day)];
        assert!((chrono::Utc::now() - first).num_seconds() < 60, "{first}");
        ledger.price("ann", &batch().prices).await.unwrap();
        let again = ledger.entered("ann").await.unwrap();
        assert!((again.len(), entered.len()) == (1, 1) && again.values().all(|at| *at >= first));

        // Edits, deletes, and the way back.
        let before = ids(&ledger, &id).await;
        let edited = [activity("a1", 2, "AAPL", 9), activity("new", 31, "IBM", 5)];
        let edit = ledger.write("ann", &id, "Edited a1", &edited, &["a2".into()]).await.unwrap();
        assert_eq!(ledger.activity("ann", &id, "a1").await.unwrap(), edited[0]);
        assert_eq!(
            ledger.activity("ann", &id, "a2").await.unwrap_err(),
            LedgerError::NotFound("activity")
        );
        let import = applied.change.unwrap();
        let refused = ledger.undo("ann", &id, &import).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Conflict(_)), "{refused}");
        ledger.undo("ann", &id, &edit).await.unwrap();
        assert_eq!(ids(&ledger, &id).await, before);
        assert_eq!(ledger.activities("ann", &id).await.unwrap(), batch().activities);
        assert!(matches!(
            ledger.undo("ann", &id, &edit).await.unwrap_err(),
            LedgerError::Conflict(_)
        ));
        ledger.undo("ann", &id, &import).await.unwrap();
        assert_eq!(ids(&ledger, &id).await, Vec::<String>::new());
        // What was entered since the import stays.
        assert_eq!(ledger.prices("ann").await.unwrap(), batch().prices);
        ledger.forget_price("ann", "AAPL", batch().prices[0].day).await.unwrap();
        assert!(ledger.instruments("ann").await.unwrap().is_empty() && ledger.entered("ann").await.unwrap().is_empty());
        let made = ledger.changes("ann", &id).await.unwrap();
        let labels: Vec<_> = made.iter().map(|one| (one.label.as_str(), one.undone)).collect();
        assert_eq!(labels, [("Edited a1", true), ("Import of a.csv", true)]);

        // What is wrong changes nothing.
        let mut wrong = batch();
        wrong.activities[29].fee = Decimal::NEGATIVE_ONE;
        let refused = ledger.apply("ann", &id, "Import", &wrong).await.unwrap_err();
        assert!(
            matches!(&refused, LedgerError::Invalid(invalid) if invalid.field == "fee"),
            "{refused}"
        );
        let twice = [activity("x", 1, "A", 1), activity("x", 1, "A", 1)];
        assert!(ledger.write("ann", &id, "Twice", &twice, &[]).await.is_err());
        assert!(ledger.write("ann", &id, "Gone", &twice[..1], &["nothing".into()]).await.is_err());
        assert_eq!(ids(&ledger, &id).await, Vec::<String>::new());
        assert_eq!(ledger.changes("ann", &id).await.unwrap().len(), 2);
        database.close().await;
    }
}

#[tokio::test]
async fn a_filter_finds_by_words_kind_symbol_and_day_a_page_at_a_time() {
    for place in places().await {
        let (database, ledger) = ledger(&place.url).await;
        user(&database, "ann").await;
        let id = ledger.open("ann", &settings("Pension")).await.unwrap();
        ledger.apply("ann", &id, "Import", &batch()).await.unwrap();
        let found = async |filter: Filter, skip, most| {
            let page = ledger.page("ann", &id, &filter, skip, most).await.unwrap();
            (page.total, page.activities.into_iter().map(|one| one.id).collect::<Vec<_>>())
        };
        let text = |text: &str| Filter {
            text: text.into(),
            ..Filter::default()
        };
        assert_eq!(found(Filter::default(), 0, 2).await, (30, vec!["a30".into(), "a29".into()]));
        assert_eq!(found(Filter::default(), 29, 2).await, (30, vec!["a1".into()]));
        assert_eq!(found(text("NOTE of a17"), 0, 9).await, (1, vec!["a17".into()]));
        assert_eq!(found(text("long_TERM"), 0, 0).await.0, 30);
        assert_eq!(found(text("longXterm"), 0, 0).await.0, 0);
        assert_eq!(found(text("%"), 0, 0).await.0, 0, "a sign of the pattern is a letter like others");
        let apple = Filter {
            symbol: Some("AAPL".into()),
            ..Filter::default()
        };
        assert_eq!(found(apple.clone(), 0, 0).await.0, 10);
        let day = |day| NaiveDate::from_ymd_opt(2024, 1, day);
        let some = Filter {
            from: day(3),
            to: day(9),
            ..apple
        };
        assert_eq!(found(some, 0, 9).await, (3, vec!["a9".into(), "a6".into(), "a3".into()]));
        database.close().await;
    }
}

#[tokio::test]
async fn row_12_what_is_anothers_is_not_there() {
    for place in places().await {
        let (database, ledger) = ledger(&place.url).await;
        user(&database, "ann").await;
        user(&database, "bob").await;
        let id = ledger.open("ann", &settings("Pension")).await.unwrap();
        let applied = ledger.apply("ann", &id, "Import", &batch()).await.unwrap();
        let change = applied.change.unwrap();
        let missing = LedgerError::NotFound("portfolio");
        for portfolio in [id.as_str(), "nowhere"] {
            let answers = [
                ledger.portfolio("bob", portfolio).await.map(drop),
                ledger.settle("bob", portfolio, &settings("mine")).await,
                ledger.close("bob", portfolio).await,
                ledger.activities("bob", portfolio).await.map(drop),
                ledger.activity("bob", portfolio, "a1").await.map(drop),
                ledger.page("bob", portfolio, &Filter::default(), 0, 9).await.map(drop),
                ledger.apply("bob", portfolio, "Import", &batch()).await.map(drop),
                ledger
                    .write("bob", portfolio, "Mine", &[activity("a1", 1, "A", 1)], &[])
                    .await
                    .map(drop),
                ledger.write("bob", portfolio, "Mine", &[], &["a1".into()]).await.map(drop),
                ledger.changes("bob", portfolio).await.map(drop),
                ledger.undo("bob", portfolio, &change).await,
            ];
            for answer in answers {
                assert_eq!(answer, Err(missing.clone()));
            }
        }
        let own = ledger.open("bob", &settings("Own")).await.unwrap();
        assert_eq!(ledger.undo("bob", &own, &change).await, Err(LedgerError::NotFound("change")));
        assert_eq!(ledger.portfolios("bob").await.unwrap().len(), 1);
        assert!(ledger.prices("bob").await.unwrap().is_empty() && ledger.instruments("bob").await.unwrap().is_empty());
        assert_eq!(ledger.activities("ann", &id).await.unwrap(), batch().activities);

        // Prices of one's own: the newer one counts, and one can be forgotten.
        ledger.price("bob", &[price("FLAT", "250000")]).await.unwrap();
        ledger.price("bob", &[price("FLAT", "260000.50")]).await.unwrap();
        assert_eq!(ledger.prices("bob").await.unwrap(), [price("FLAT", "260000.50")]);
        let day = price("FLAT", "1").day;
        assert_eq!(ledger.forget_price("ann", "FLAT", day).await, Err(LedgerError::NotFound("price")));
        ledger.forget_price("bob", "FLAT", day).await.unwrap();

        // With the user goes everything.
        let mut change = database.write().await.unwrap();
        sqlx::query("DELETE FROM users WHERE id = 'ann'")
            .execute(&mut *change)
            .await
            .unwrap();
        change.commit().await.unwrap();
        for table in ["activities", "changes", "images", "instruments", "prices"] {
            let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let (left,): (i64,) = sqlx::query_as(count).fetch_one(database.read()).await.unwrap();
            assert_eq!(left, 0, "{table}");
        }
        database.close().await;
    }
}

#[tokio::test]
async fn names_and_terms_change_and_a_portfolio_can_be_closed() {
    for place in places().await {
        let (database, ledger) = ledger(&place.url).await;
        user(&database, "ann").await;
        let id = ledger.open("ann", &settings("Pension")).await.unwrap();
        let mut changed = settings("Savings");
        changed.terms.cash_tracked = false;
        changed.benchmark = Some("INDEX".into());
        ledger.settle("ann", &id, &changed).await.unwrap();
        assert_eq!(ledger.portfolio("ann", &id).await.unwrap().settings, changed);
        let refused = ledger.settle("ann", &id, &settings("")).await.unwrap_err();
        assert!(
            matches!(&refused, LedgerError::Invalid(invalid) if invalid.field == "name"),
            "{refused}"
        );
        ledger.close("ann", &id).await.unwrap();
        assert!(ledger.portfolios("ann").await.unwrap().is_empty());
        for number in 0..100 {
            ledger.open("ann", &settings(&format!("p{number}"))).await.unwrap();
        }
        assert!(matches!(
            ledger.open("ann", &settings("one more")).await,
            Err(LedgerError::Invalid(_))
        ));
        database.close().await;
    }
}
