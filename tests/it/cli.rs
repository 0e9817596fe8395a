//! The commands that do one thing and end: the program itself, on files and on both databases.

use crate::storage::{ledger, places, user};
use finflow_app::money::Decimal;
use finflow_app::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/import/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn finflow(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_finflow"));
    command.args(args).env_remove("FINFLOW_DATABASE_URL").output().unwrap()
}

/// What it prints, where it succeeds.
fn told(args: &[&str]) -> String {
    let output = finflow(args);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{args:?}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// What it says on standard error, where it ends with 2.
fn refused(args: &[&str]) -> String {
    let output = finflow(args);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

fn value(args: &[&str]) -> Value {
    serde_json::from_str(&told(&[&["value"], args, &["--json"]].concat())).unwrap()
}

/// The digits of a number in the report, as they stand there.
fn number(of: &Value) -> Decimal {
    Decimal::from_str_exact(&of.to_string()).unwrap()
}

/// Holds the sums to what was worked out by hand, and to the identity that all of them keep.
fn assert_totals(report: &Value, expected: &[(&str, &str)]) {
    let totals = &report["totals"];
    for (name, text) in expected {
        assert_eq!(number(&totals[name]), Decimal::from_str_exact(text).unwrap(), "{name} of {totals}");
    }
    let of = |name: &str| number(&totals[name]);
    let explained = of("realised") + of("unrealised") + of("income") - of("fees") + of("moved") + of("currency_gain");
    assert_eq!(explained, of("total_gain"));
    assert_eq!(explained, of("value") + of("unvalued") + of("withdrawals") - of("contributions"));
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// 1,000 come in; 5 shares cost 512 with fee and tax; 14.50 of dividend are left after tax; 20 go out. Cash: 1,000 - 512 + 14.5 - 20.
#[test]
fn a_history_with_cash_is_worth_what_was_worked_out_by_hand() {
    let report = value(&[&fixture("performance-en.csv"), "--at", "2022-12-31", "--price", "BAS.DE=110"]);
    assert_totals(
        &report,
        &[
            ("value", "1032.5"),
            ("cash", "482.5"),
            ("cost", "512"),
            ("unrealised", "38"),
            ("realised", "0"),
            ("income", "14.5"),
            ("fees", "0"),
            ("contributions", "1000"),
            ("withdrawals", "20"),
            ("total_gain", "52.5"),
        ],
    );
    let held = &report["positions"][0];
    assert_eq!(
        (held["symbol"].as_str(), held["price_source"].as_str()),
        (Some("BAS.DE"), Some("given"))
    );
    assert_eq!(number(&held["weight"]), Decimal::new(5327, 2), "550 of 1,032.5");
    assert_eq!(report["open_lots"][0]["days_held"], 361);
    // On the day of the purchase nothing later counts.
    let report = value(&[&fixture("performance-en.csv"), "--at", "2022-01-04"]);
    assert_totals(
        &report,
        &[("value", "988"), ("cash", "488"), ("income", "0"), ("total_gain", "-12")],
    );
    assert_eq!(report["later_activities"], 2);
}

/// 2,000 come in; 4 x 110.50 + 3.20 = 445.20 are 8 shares after the split; 3 of them leave at their cost of 166.95; 3.90 come as a
/// dividend, 7.50 go as tax. Cash: 2,000 - 445.2 + 3.9 - 7.5.
#[test]
fn a_split_and_a_transfer_are_worth_what_was_worked_out_by_hand() {
    let report = value(&[
        &fixture("wealthfolio-activities.csv"),
        "--at",
        "2023-12-29",
        "--price",
        "NESN.SW=60",
    ]);
    assert_eq!(report["base_currency"], "CHF");
    assert_eq!(report["problems"], serde_json::json!([]), "what names no currency needs no rate");
    assert_totals(
        &report,
        &[
            ("value", "1851.2"),
            ("cash", "1551.2"),
            ("cost", "278.25"),
            ("unrealised", "21.75"),
            ("income", "3.9"),
            ("fees", "7.5"),
            ("withdrawals", "166.95"),
            ("total_gain", "18.15"),
        ],
    );
}

const WEALTHFOLIO: &str = "date,type,symbol,instrumentType,quantity,unit_price,currency,fee,amount,comment,fxRate,subtype";

/// The shipped closes are told in units after all splits; a share that is to be split in four is worth four of them.
#[test]
fn a_share_before_its_split_is_worth_all_that_it_becomes() {
    let folder = tempfile::tempdir().unwrap();
    let worth = |name: &str, rows: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("{WEALTHFOLIO}\n{rows}")).unwrap();
        let report = value(&[file.to_str().unwrap(), "--at", "2020-08-28"]);
        assert_eq!(report["problems"], serde_json::json!([]));
        number(&report["totals"]["value"])
    };
    let split = worth(
        "split.csv",
        "2020-08-03,BUY,AAPL,EQUITY,1,400,USD,,,,,\n2020-08-31,SPLIT,AAPL,EQUITY,4,,,,,,,\n",
    );
    let four = worth("four.csv", "2020-08-03,BUY,AAPL,EQUITY,4,100,USD,,,,,\n");
    assert!(four > Decimal::from(400), "{four}");
    assert_eq!(split, four);
}

/// At the rates of the file, USD for one EUR: 1.0684 on the 1st of March 2023, 1.0605 on the 2nd, 1.0615 on the 3rd, and nothing on
/// the weekend. 3 MSFT cost (751.5 + 1) / 1.0684, one of them brings 260 / 1.0605; 200 units of an option cost 301.3 / 1.0615.
#[test]
fn a_history_in_dollars_is_worth_euros_at_each_days_rate() {
    let at = ["--at", "2023-03-05", "--currency", "EUR", "--price", "MSFT=255"];
    let report = value(&[&[fixture("flex-trades.csv").as_str()], &at[..]].concat());
    assert_eq!(report["cash_tracked"], false, "a conversion of currencies is no deposit");
    let round = |name: &str| number(&report["totals"][name]).round_dp(2);
    // 2/3 x 704.3242 + 283.8436; 810 / 1.0615; 260 / 1.0605 - 704.3242 / 3.
    assert_eq!(round("cost"), Decimal::new(75339, 2));
    assert_eq!(round("value"), Decimal::new(76307, 2));
    assert_eq!(round("realised"), Decimal::new(1039, 2));
    assert_totals(&report, &[("income", "0"), ("unvalued", "0")]);
    let rates = report["rates"].as_array().unwrap();
    let of = |day: &str| rates.iter().find(|rate| rate["day"] == day).unwrap();
    assert_eq!(
        (of("2023-03-02")["carried"].clone(), of("2023-03-04")["carried"].clone()),
        (false.into(), true.into())
    );
    assert_eq!(of("2023-03-04")["of_day"], "2023-03-03");
}

/// 10 at 10, 10 at 20, 10 at 15; 10 are sold at 30. First in: cost 100; last in 150; highest 200; on average 150.
#[test]
fn each_method_takes_its_own_lots() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "date,type,symbol,quantity,price,fee,currency\n2024-01-02,buy,A,10,10,0,EUR\n2024-01-03,buy,A,10,20,0,EUR\n\
                2024-01-04,buy,A,10,15,0,EUR\n2024-02-01,sell,A,10,30,0,EUR\n";
    let file = write(folder.path(), "a.csv", rows);
    for (method, realised, cost) in [
        ("fifo", "200", "350"),
        ("lifo", "150", "300"),
        ("hifo", "100", "250"),
        ("average", "150", "300"),
    ] {
        let report = value(&[&file, "--at", "2024-03-01", "--price", "A=30", "--method", method]);
        assert_totals(
            &report,
            &[("realised", realised), ("cost", cost), ("value", "600"), ("total_gain", "450")],
        );
        assert_eq!(report["method"], method);
    }
    // A price that nobody gave is that of the last activity, and says so.
    let report = value(&[&file, "--at", "2024-03-01"]);
    assert_eq!(report["positions"][0]["price_source"], "activity");
    assert!(report["remarks"].to_string().contains("of its latest activity, of 2024-02-01"));
    // Invested for exactly a year at ten percent.
    let rows = "date,type,symbol,quantity,price,fee,currency\n2023-01-01,buy,A,10,10,0,EUR\n";
    let file = write(folder.path(), "year.csv", rows);
    let report = value(&[&file, "--at", "2024-01-01", "--price", "A=11"]);
    assert_eq!(number(&report["performance"]["mwr"]), Decimal::new(1, 1));
    assert_eq!(number(&report["performance"]["twr"]), Decimal::new(1, 1));
}

/// 2 x 100.50 + 1.25 are paid, 4.10 come as a dividend.
#[test]
fn any_other_table_is_read_by_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let rows = std::fs::read_to_string(fixture("bank.csv")).unwrap();
    let readable: Vec<_> = rows.lines().take(3).collect();
    let file = write(folder.path(), "bank.csv", &readable.join("\n"));
    let mapping = r#"{
        "columns": { "date": "Buchung", "kind": "Art", "symbol": "Wertpapier", "quantity": "Anzahl", "price": "Kurs",
                     "amount": "Betrag", "fee": "Spesen" },
        "date_order": "day_first", "decimal_mark": "comma", "kinds": { "Kauf": "buy", "Ertrag": "dividend" }, "default_currency": "EUR"
    }"#;
    let mapping = write(folder.path(), "mapping.json", mapping);
    let args = ["--at", "2023-06-30", "--price", "SAP.DE=110", "--mapping", &mapping];
    let report = value(&[&[file.as_str()], &args[..]].concat());
    assert_totals(
        &report,
        &[("value", "220"), ("cost", "202.25"), ("income", "4.1"), ("total_gain", "21.85")],
    );
    assert!(refused(&["value", &file]).contains("is a table of no known kind"));
    assert!(refused(&["value", &file, "--mapping", &file]).contains("not a mapping"));
}

#[test]
fn a_coin_has_the_rate_that_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "date,type,symbol,quantity,price,fee,currency\n2024-01-02,buy,BTC-USD,0.5,40000,0,USD\n2024-01-03,buy,X,1,0.1,0,BTC\n";
    let file = write(folder.path(), "coin.csv", rows);
    let report = value(&[
        &file,
        "--at",
        "2024-01-03",
        "--currency",
        "USD",
        "--cash",
        "tracked",
        "--price",
        "BTC-USD=42000",
    ]);
    assert_eq!(report["problems"], serde_json::json!([]), "{report:#}");
    let held = report["positions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|held| held["symbol"] == "X")
        .unwrap();
    assert_eq!(number(&held["value"]), Decimal::from(4_200));
    assert_totals(&report, &[("unvalued", "0")]);
    // Without it there is none, and nothing is guessed.
    let rows = "date,type,symbol,quantity,price,fee,currency\n2024-01-03,buy,X,1,0.1,0,BTC\n";
    let file = write(folder.path(), "alone.csv", rows);
    let report = value(&[&file, "--at", "2024-01-03", "--currency", "CHF"]);
    assert!(report["problems"].to_string().contains("no rate for BTC"), "{report:#}");
}

#[test]
fn what_cannot_be_valued_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let good = fixture("performance-en.csv");
    let bad = write(
        folder.path(),
        "bad.csv",
        "date,type,symbol,quantity,price,fee,currency\n2024-01-02,buy,A,ten,10,0,EUR\n2024-13-02,buy,A,1,10,0,EUR\n",
    );
    let said = refused(&["value", &bad, "--at", "2024-03-01"]);
    assert!(
        said.contains("bad.csv: line 2, column 4, quantity: ") && said.contains("bad.csv: line 3, column 1, date: "),
        "{said}"
    );
    let output = finflow(&["value", &bad, "--json"]);
    let faults: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (faults["faults"][0]["line"].clone(), faults["faults"][0]["file"].clone()),
        (2.into(), "bad.csv".into())
    );
    for (args, says) in [
        (vec!["value", "/nowhere.csv"], "/nowhere.csv cannot be read"),
        (vec!["value", "/"], "is a folder"),
        (vec!["value"], "FILE"),
        (vec!["value", &good, "--at", "2190-01-01"], "is in the future"),
        (vec!["value", &good, "--at", "2023-02-29"], "expected a day that exists"),
        (vec!["value", &good, "--at", "0001-01-01"], "from 1900 to 2199"),
        (vec!["value", &good, "--currency", "EURO"], "not a currency"),
        (vec!["value", &good, "--currency", "GBp"], "GBP is meant"),
        (vec!["value", &good, "--price", "AAPL"], "expected SYMBOL=AMOUNT"),
        (vec!["value", &good, "--price", "AAPL=-1"], "expected SYMBOL=AMOUNT"),
        (vec!["value", &good, "--method", "best"], "fifo"),
    ] {
        let said = refused(&args);
        assert!(said.contains(says), "{args:?}: {said}");
    }
    let text = told(&["value", &good, "--at", "2022-12-31", "--price", "BAS.DE=110", "--price", "NOPE=1"]);
    assert!(text.contains("total gain") && text.contains("--price NOPE: no activity"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portfolio_comes_back_from_our_json_and_a_database_from_its_backup() {
    let folder = tempfile::tempdir().unwrap();
    let mut backups = vec![];
    for place in places().await {
        let url = ["--database-url", place.url.as_str()];
        let whose = ["--user", "Ada", "--portfolio", "Main"];
        let (database, books) = ledger(&place.url).await;
        user(&database, "ada").await;
        user(&database, "eve").await;
        let import = |file: &str, more: &[&str]| {
            let text = told(&[&["import", file, "--json"], &whose[..], &url[..], more].concat());
            serde_json::from_str::<Value>(&text).unwrap()
        };
        // Nothing is opened by a mistake, and a trial changes nothing.
        let file = fixture("wealthfolio-activities.csv");
        let args = [&["import", file.as_str()], &whose[..], &url[..]].concat();
        assert!(refused(&args).contains("has no portfolio \"Main\""));
        assert!(refused(&[&["export", "--user", "bob", "--portfolio", "x"], &url[..]].concat()).contains("the users are: ada, eve"));
        assert_eq!(import(&file, &["--create", "--dry-run"])["new"], 6);
        assert!(books.portfolios("ada").await.unwrap().is_empty());
        let done = import(&file, &["--create"]);
        assert_eq!((done["new"].clone(), done["created"].clone()), (6.into(), true.into()));
        let again = import(&file, &[]);
        assert_eq!(
            (again["new"].clone(), again["known"].clone(), again["change"].clone()),
            (0.into(), 6.into(), Value::Null)
        );
        // What is faulty changes nothing.
        let bad = write(
            folder.path(),
            "bad.csv",
            "date,type,symbol,quantity,price,fee,currency\n2024-01-02,buy,A,1,10,0,EUR\n2024-01-03,buy,A,x,10,0,EUR\n",
        );
        let args = [&["import", bad.as_str()], &whose[..], &url[..]].concat();
        assert!(refused(&args).contains("line 3, column 4"));
        let listed = books.portfolios("ada").await.unwrap();
        assert_eq!((listed.len(), listed[0].activities), (1, 6));

        // What its owner knows, and decided.
        let painting = DescribedInstrument {
            symbol: "PAINTING".into(),
            name: "A flat landscape".into(),
            currency: Some("CHF".into()),
            kind: InstrumentKind::Manual,
            ..DescribedInstrument::default()
        };
        books.describe("ada", &painting).await.unwrap();
        let price = KnownPrice {
            symbol: "PAINTING".into(),
            day: "2024-01-02".parse().unwrap(),
            price: Decimal::new(123_450, 2),
            currency: Some("CHF".into()),
        };
        books.price("ada", &[price]).await.unwrap();
        let mut settings = listed[0].settings.clone();
        settings.terms.method = finflow_app::portfolio::book::Method::Hifo;
        settings.benchmark = Some("SP500".into());
        books.settle("ada", &listed[0].id, &settings).await.unwrap();
        let export = |url: &str, format: &str| told(&[&["export", "--format", format], &whose[..], &["--database-url", url]].concat());
        let archive = export(&place.url, "json");
        assert!(
            archive.contains("1234.5") && archive.contains("hifo") && archive.contains("SP500"),
            "{archive}"
        );

        // Into an empty server, and out again: the same bytes.
        for other in places().await {
            let (empty, there) = ledger(&other.url).await;
            user(&empty, "ada").await;
            let file = write(folder.path(), "archive.json", &archive);
            told(&[&["import", file.as_str(), "--create"], &whose[..], &["--database-url", &other.url]].concat());
            assert_eq!(export(&other.url, "json"), archive);
            assert_eq!(there.portfolios("ada").await.unwrap()[0].settings, settings);
            for format in ["csv", "ghostfolio"] {
                assert_eq!(export(&other.url, format), export(&place.url, format));
            }
            empty.close().await;
        }

        // A backup while others hold the database open.
        let path = folder.path().join(format!("backup-{}", backups.len()));
        let path = path.to_str().unwrap().to_owned();
        told(&[&["backup", path.as_str()], &url[..]].concat());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(refused(&[&["backup", path.as_str()], &url[..]].concat()).contains("not overwritten"));
        assert!(refused(&[&["restore", path.as_str()], &url[..]].concat()).contains("the database is not empty"));
        told(&[&["restore", path.as_str(), "--replace"], &url[..]].concat());
        assert_eq!(export(&place.url, "json"), archive);
        database.close().await;
        backups.push((path, archive));
    }
    // Each backup into each database.
    for (path, archive) in &backups {
        for other in places().await {
            let url = ["--database-url", other.url.as_str()];
            told(&[&["restore", path.as_str()], &url[..]].concat());
            let export = ["export", "--user", "ada", "--portfolio", "Main"];
            assert_eq!(&told(&[&export[..], &url[..]].concat()), archive);
            let (database, books) = ledger(&other.url).await;
            assert_eq!(
                books
                    .changes("ada", &books.portfolios("ada").await.unwrap()[0].id)
                    .await
                    .unwrap()
                    .len(),
                1
            );
            assert!(books.portfolios("eve").await.unwrap().is_empty());
            database.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_not_whole_restores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for place in places().await {
        let url = ["--database-url", place.url.as_str()];
        let (database, _) = ledger(&place.url).await;
        user(&database, "ada").await;
        database.close().await;
        let path = folder.path().join(format!("{:x}", rand::random::<u64>()));
        let path = path.to_str().unwrap().to_owned();
        told(&[&["backup", path.as_str()], &url[..]].concat());
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 1, bytes.len() / 2, bytes.len() - 9] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let said = refused(&[&["restore", path.as_str(), "--replace"], &url[..]].concat());
            assert!(said.contains("nothing was changed"), "{said}");
        }
        let list = refused(&[&["export", "--user", "bob", "--portfolio", "x"], &url[..]].concat());
        assert!(list.contains("the users are: ada"), "{list}");
    }
}
