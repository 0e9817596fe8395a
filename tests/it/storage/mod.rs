//! The ledger in both databases: real SQLite files, and a real PostgreSQL server.

mod kill;
mod story;

use chrono::NaiveDate;
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::server::ledger::Ledger;
use finflow_app::portfolio::settings::Settings;
use finflow_app::server::clock::Clock;
use finflow_app::server::database::{Database, VERSIONS};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

/// A database of a test's own.
pub struct Place {
    pub url: String,
    _folder: TempDir,
}

/// A new SQLite file, and a new database on the PostgreSQL server that FINFLOW_TEST_POSTGRES_URL names.
pub async fn places() -> Vec<Place> {
    let mut places = vec![sqlite()];
    match std::env::var("FINFLOW_TEST_POSTGRES_URL") {
        Ok(server) if !server.is_empty() => {
            sqlx::any::install_default_drivers();
            let name = format!("test_{:032x}", rand::random::<u128>());
            let mut admin = sqlx::AnyConnection::connect(&server).await.expect("the PostgreSQL of the tests");
            let made = admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await;
            made.expect("a database may be created");
            let (head, _) = server.rsplit_once('/').expect("a URL that names a database");
            places.push(Place {
                url: format!("{head}/{name}"),
                _folder: tempfile::tempdir().unwrap(),
            });
        }
        _ if std::env::var_os("FINFLOW_REQUIRE_POSTGRES").is_some() => panic!("FINFLOW_TEST_POSTGRES_URL is missing"),
        _ => eprintln!("without PostgreSQL: FINFLOW_TEST_POSTGRES_URL names no server (cargo xtask test starts one)"),
    }
    places
}

pub fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/finflow.db", folder.path().display());
    Place { url, _folder: folder }
}

/// A user, as the first version's tables hold one.
pub async fn user(database: &Database, id: &str) {
    let mut change = database.write().await.unwrap();
    sqlx::query("INSERT INTO users (id, name, name_key, created_at, seen_at) VALUES ($1, $1, $1, 1, 1)")
        .bind(id)
        .execute(&mut *change)
        .await
        .unwrap();
    change.commit().await.unwrap();
}

pub async fn ledger(url: &str) -> (Database, Ledger) {
    let database = Database::open(url).await.unwrap();
    (database.clone(), Ledger::new(database, Clock::System))
}

pub fn settings(name: &str) -> Settings {
    Settings {
        name: name.into(),
        terms: Terms::in_currency("EUR"),
        benchmark: None,
    }
}

fn activity(id: &str, day: u32, symbol: &str, quantity: i64) -> Activity {
    Activity {
        id: id.into(),
        day: NaiveDate::from_ymd_opt(2024, 1, day).unwrap(),
        time: None,
        kind: ActivityKind::Buy,
        symbol: Some(symbol.into()),
        quantity: Decimal::from(quantity),
        price: Some(Decimal::new(1234, 2)),
        amount: None,
        fee: Decimal::ZERO,
        tax: Decimal::ZERO,
        currency: "EUR".into(),
        exchange_rate: None,
        ratio: None,
        lots: vec![],
        note: format!("note of {id}"),
        tags: vec!["Long_term".into()],
    }
}

#[tokio::test]
async fn a_database_of_the_first_version_keeps_what_is_in_it() {
    for place in places().await {
        let first = Database::open_at(&place.url, 1).await.unwrap();
        user(&first, "old").await;
        first.close().await;
        for _ in 0..2 {
            let (database, ledger) = ledger(&place.url).await;
            let (name,): (String,) = sqlx::query_as("SELECT name FROM users").fetch_one(database.read()).await.unwrap();
            assert_eq!(name, "old");
            ledger.open("old", &settings("new")).await.unwrap();
            database.close().await;
        }
        let (database, ledger) = ledger(&place.url).await;
        assert_eq!(ledger.portfolios("old").await.unwrap().len(), 2);
        database.close().await;
        let newer = Database::open_at(&place.url, VERSIONS.len() as i64 - 1).await;
        assert!(newer.is_err(), "an older program leaves the tables of a newer one alone");
    }
}

#[tokio::test]
async fn a_price_of_an_older_version_has_no_moment() {
    for place in places().await {
        let older = Database::open_at(&place.url, 4).await.unwrap();
        user(&older, "old").await;
        let mut change = older.write().await.unwrap();
        let price = "INSERT INTO prices (user_id, symbol, day, price) VALUES ('old', 'FLAT', '2024-01-02', '5')";
        sqlx::query(price).execute(&mut *change).await.unwrap();
        change.commit().await.unwrap();
        older.close().await;
        let (database, ledger) = ledger(&place.url).await;
        assert_eq!(ledger.prices("old").await.unwrap()[0].price, Decimal::from(5));
        assert!(ledger.entered("old").await.unwrap().is_empty());
        database.close().await;
    }
}

#[tokio::test]
async fn row_27_what_cannot_be_opened_is_said_without_a_password() {
    for url in [
        "sqlite:",
        "sqlite::memory:",
        "sqlite:/nowhere/at/all.db",
        "postgres://me:planted@127.0.0.1:1/none",
    ] {
        let error = Database::open(url).await.unwrap_err();
        assert!(error.contains("FINFLOW_DATABASE_URL") && !error.contains("planted"), "{error}");
    }
}

#[tokio::test]
async fn a_busy_database_waits_and_a_closed_one_says_so() {
    let place = sqlite();
    let (one, ledger_of_one) = ledger(&place.url).await;
    let (other, ledger_of_other) = ledger(&place.url).await;
    user(&one, "u").await;
    let writes = (0..60).map(|number| {
        let ledger = if number % 2 == 0 { &ledger_of_one } else { &ledger_of_other };
        async move { ledger.open("u", &settings(&format!("p{number}"))).await }
    });
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    assert_eq!(ledger_of_other.portfolios("u").await.unwrap().len(), 60);
    assert!(one.answers().await);
    one.close().await;
    other.close().await;
    assert!(!one.answers().await);
}
