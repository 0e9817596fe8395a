//! A whole account as one file: by command, page and API, on both databases.

use crate::harness::{Answer, Browser, TestApp};
use crate::storage::{Place, ledger, places, sqlite, user};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use finflow_app::accounts::scope::Scope;
use finflow_app::accounts::server::Accounts;
use finflow_app::imports::mapping::{Field, Mapping};
use finflow_app::imports::server::mappings::Mappings;
use finflow_app::imports::server::whole::{Whole, read, write};
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind, NamedLot, SplitRatio};
use finflow_app::portfolio::book::{Method, Terms};
use finflow_app::portfolio::described::{DescribedInstrument, InstrumentKind, KnownPrice};
use finflow_app::portfolio::server::ledger::{Everything, Ledger, LedgerError};
use finflow_app::portfolio::settings::Settings;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::AccountsConfig;
use finflow_app::server::database::Database;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::process::{Command, Output};

const MOST: usize = 64 << 20;

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn activity(id: &str, day: &str, kind: ActivityKind, quantity: &str) -> Activity {
    Activity {
        id: id.into(),
        day: day.parse().unwrap(),
        time: None,
        kind,
        symbol: Some("AAPL".into()),
        quantity: decimal(quantity),
        price: Some(decimal("12.50")),
        amount: None,
        fee: decimal("0.10"),
        tax: Decimal::ZERO,
        currency: "USD".into(),
        exchange_rate: None,
        ratio: None,
        lots: vec![],
        note: String::new(),
        tags: vec![],
    }
}

fn settings(name: &str) -> Settings {
    Settings {
        name: name.into(),
        terms: Terms::in_currency("EUR"),
        benchmark: None,
    }
}

/// Two portfolios that differ in everything that can be decided, a sale of named lots, notes that want to break out.
fn everything() -> Everything {
    let mut first = settings("Zuletzt \"genannt\"");
    first.terms.method = Method::Hifo;
    first.terms.cash_tracked = false;
    first.benchmark = Some("SP500".into());
    let mut bought = activity("buy-1", "2024-01-02", ActivityKind::Buy, "10.00");
    bought.note = "</script>\n{\"finflow\": 1}".into();
    bought.tags = vec!["long".into(), "zwei Wörter".into()];
    bought.time = Some("09:30:00".parse().unwrap());
    let mut sold = activity("sell-1", "2024-03-01", ActivityKind::Sell, "4");
    sold.lots = vec![NamedLot {
        opened_by: "buy-1".into(),
        quantity: decimal("4.0"),
    }];
    sold.exchange_rate = Some(decimal("0.9100"));
    let mut split = activity("split-1", "2024-02-01", ActivityKind::Split, "4");
    split.ratio = Some(SplitRatio {
        new: decimal("4"),
        old: decimal("1"),
    });
    split.price = None;
    let everyday = activity("buy-1", "2023-05-05", ActivityKind::Buy, "0.000000000001");
    let flat = DescribedInstrument {
        symbol: "FLAT".into(),
        name: "The flat".into(),
        currency: Some("EUR".into()),
        kind: InstrumentKind::Manual,
        note: "second floor".into(),
        ..DescribedInstrument::default()
    };
    let price = |day: &str, price: &str| KnownPrice {
        symbol: "FLAT".into(),
        day: day.parse().unwrap(),
        price: decimal(price),
        currency: Some("EUR".into()),
    };
    Everything {
        portfolios: vec![
            (first, vec![sold, bought, split]),
            (settings("Alltag"), vec![everyday]),
            (settings("Leer"), vec![]),
        ],
        instruments: vec![flat],
        prices: vec![price("2024-02-01", "412000.00"), price("2023-02-01", "400000")],
    }
}

async fn fill(database: &Database, books: &Ledger, id: &str) {
    let (mut change, _) = books.begin_bringing_back(id).await.unwrap();
    books.bring_back(&mut change, id, "made", &everything()).await.unwrap();
    books.end_bringing_back(change, id).await.unwrap();
    let mapping = Mapping {
        columns: [(Field::Date, "Tag".to_owned()), (Field::Amount, "Betrag".to_owned())].into(),
        kinds: [("Kauf".to_owned(), ActivityKind::Buy)].into(),
        ..Mapping::default()
    };
    let mappings = Mappings::new(database.clone(), Clock::System);
    mappings.remember(id, &["Tag".into(), "Betrag".into()], &mapping).await.unwrap();
}

/// Somebody with a session, whose cookie is their name, and a token.
async fn person(database: &Database, id: &str) -> String {
    user(database, id).await;
    let mut change = database.write().await.unwrap();
    sqlx::query(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, seen_at, expires_at, agent, address) \
         VALUES ($1, $1, $2, 0, 0, $3, '', '')",
    )
    .bind(id)
    .bind(URL_SAFE_NO_PAD.encode(Sha256::digest(id.as_bytes())))
    .bind(i64::MAX)
    .execute(&mut *change)
    .await
    .unwrap();
    change.commit().await.unwrap();
    let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
    accounts.make_token(id, "test", &Scope::ALL, None).await.unwrap().0
}

fn finflow(url: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_finflow"));
    command.args(args).args(["--database-url", url]);
    command.env_remove("FINFLOW_DATABASE_URL").output().unwrap()
}

fn told(url: &str, args: &[&str]) -> String {
    let output = finflow(url, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(url: &str, args: &[&str]) -> String {
    let output = finflow(url, args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn browser<'a>(app: &'a TestApp, name: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.cookie = Some(format!("finflow_session={name}"));
    browser
}

async fn send(browser: &mut Browser<'_>, text: &str) -> Answer {
    let body = format!(
        "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"my.json\"\r\ncontent-type: application/json\r\n\r\n{text}\r\n--cut--\r\n"
    );
    browser.send("/account/import/", "multipart/form-data; boundary=cut", &body).await
}

async fn download(browser: &mut Browser<'_>) -> String {
    let file = browser.get("/account/export/finflow-account.json").await;
    assert_eq!(file.status, 200);
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"finflow-account.json\"")
    );
    assert_eq!(file.header("cache-control"), Some("private, no-store"));
    file.body
}

async fn call(app: &TestApp, token: &str, line: &str, body: &str) -> (u16, Value, String) {
    let request = format!(
        "{line}\nauthorization: Bearer {token}\ncontent-type: application/octet-stream\ncontent-length: {}\n\n{body}",
        body.len()
    );
    let (status, _, body) = app.exchange(&request).await;
    (status, serde_json::from_str(&body).unwrap_or_default(), body)
}

async fn open(place: &Place, names: &[&str]) -> (Database, Ledger, Vec<String>) {
    let (database, books) = ledger(&place.url).await;
    let mut tokens = vec![];
    for name in names {
        tokens.push(person(&database, name).await);
    }
    (database, books, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_account_comes_back_by_every_way_as_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json").to_str().unwrap().to_owned();
    let mut texts = vec![];
    for place in places().await {
        let (database, books, tokens) = open(&place, &["ann", "bob"]).await;
        fill(&database, &books, "ann").await;
        let app = TestApp::start(&["--database-url", &place.url]).await;
        let text = told(&place.url, &["export", "--user", "ann", "--all"]);
        assert_eq!(
            download(&mut browser(&app, "ann")).await,
            text,
            "the page gives what the command gives"
        );
        assert_eq!(
            call(&app, &tokens[0], "GET /api/v1/export", "").await.2,
            text,
            "and so does the API"
        );
        // What opens the account is not in it, and another's is another file.
        for secret in ["ann", "bob", &tokens[0]] {
            assert!(!text.contains(&format!("\"{secret}\"")), "{secret}");
        }
        let theirs = download(&mut browser(&app, "bob")).await;
        assert_eq!(call(&app, &tokens[1], "GET /api/v1/export", "").await.2, theirs);
        assert!(theirs.contains("\"portfolios\": [],") && !theirs.contains("FLAT"), "{theirs}");
        app.stop().await;
        database.close().await;
        texts.push(text);
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "both databases write the same");
    let text = &texts[0];
    std::fs::write(&path, text).unwrap();

    for place in places().await {
        let (database, books, tokens) = open(&place, &["cli", "page", "api"]).await;
        let app = TestApp::start(&["--database-url", &place.url]).await;
        let dry = told(&place.url, &["import", &path, "--user", "cli", "--dry-run", "--json"]);
        let dry: Value = serde_json::from_str(&dry).unwrap();
        assert_eq!(
            (dry["format"].as_str(), dry["prices"]["new"].as_u64()),
            (Some("finflow_account"), Some(2))
        );
        assert!(books.portfolios("cli").await.unwrap().is_empty(), "a trial changes nothing");
        let said = told(&place.url, &["import", &path, "--user", "cli"]);
        assert!(said.contains("3 portfolios came back") && said.contains("3 activities"), "{said}");

        let mut page = browser(&app, "page");
        let address = send(&mut page, text).await.location().to_owned();
        let shown = page.get(&address).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert!(shown.body.contains("Alltag") && shown.body.contains("2 prices"), "{}", shown.body);
        assert!(books.portfolios("page").await.unwrap().is_empty(), "looking changes nothing");
        let done = page.post(&format!("{address}apply/"), &[]).await;
        assert_eq!((done.status, done.location()), (303, "/account/?done=restored"));
        assert_eq!(page.get(&address).await.status, 404, "it is brought back once");
        assert!(page.get(done.location()).await.body.contains("It was brought back."));

        let (status, dry, _) = call(&app, &tokens[2], "POST /api/v1/import?dry_run=true", text).await;
        assert_eq!((status, dry["portfolios"][0]["activities"].as_u64()), (200, Some(3)), "{dry}");
        let (status, done, _) = call(&app, &tokens[2], "POST /api/v1/import", text).await;
        assert_eq!((status, done["opened"].as_array().unwrap().len()), (200, 3), "{done}");

        for (name, token) in ["cli", "page", "api"].iter().zip(&tokens) {
            assert_eq!(&told(&place.url, &["export", "--user", name, "--all"]), text, "{name}");
            assert_eq!(&download(&mut browser(&app, name)).await, text, "{name}");
            assert_eq!(&call(&app, token, "GET /api/v1/export", "").await.2, text, "{name}");
            let there = books.portfolios(name).await.unwrap();
            let names: Vec<_> = there.iter().map(|one| one.settings.name.as_str()).collect();
            assert_eq!(names, ["Zuletzt \"genannt\"", "Alltag", "Leer"], "in their owner's order");
            assert_eq!(there[0].settings, everything().portfolios[0].0);
            // Each ledger has its change, and can be changed like any other.
            let made = books.changes(name, &there[0].id).await.unwrap();
            assert_eq!((made.len(), made[0].written), (1, 3));
            books.undo(name, &there[0].id, &made[0].id).await.unwrap();
            assert_eq!(books.instruments(name).await.unwrap().len(), 1, "of no portfolio's change");
        }
        app.stop().await;
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_taken_are_told_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json").to_str().unwrap().to_owned();
    for place in places().await {
        let (database, books, tokens) = open(&place, &["ann"]).await;
        fill(&database, &books, "ann").await;
        let app = TestApp::start(&["--database-url", &place.url]).await;
        let text = told(&place.url, &["export", "--user", "ann", "--all"]);
        std::fs::write(&path, &text).unwrap();
        let names = async || {
            let there = books.portfolios("ann").await.unwrap();
            there.into_iter().map(|one| one.settings.name).collect::<Vec<_>>()
        };
        // Nothing is said about it: nothing happens, by any way.
        let said = refused(&place.url, &["import", &path, "--user", "ann"]);
        assert!(
            said.contains("“Alltag”") && said.contains("--taken") && said.contains("Nothing was changed"),
            "{said}"
        );
        refused(&place.url, &["import", &path, "--user", "ann", "--dry-run"]);
        let (status, problem, _) = call(&app, &tokens[0], "POST /api/v1/import", &text).await;
        assert_eq!(status, 409);
        assert!(problem["detail"].as_str().unwrap().contains("“Leer”"), "{problem}");
        let mut page = browser(&app, "ann");
        let address = send(&mut page, &text).await.location().to_owned();
        let shown = page.get(&address).await.body;
        assert!(
            shown.contains("is taken by one of yours") && shown.contains("2 more are here already"),
            "{shown}"
        );
        let wrong = page.post(&format!("{address}apply/"), &[("taken", "")]).await;
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.body.contains("“Alltag”") && wrong.body.contains("Nothing was changed."),
            "{}",
            wrong.body
        );
        assert_eq!(told(&place.url, &["export", "--user", "ann", "--all"]), text);
        // What is missing comes back, what is there stays.
        let there = books.portfolios("ann").await.unwrap();
        books.close("ann", &there[1].id).await.unwrap();
        let done = page.post(&format!("{address}apply/"), &[("taken", "leave_out")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(names().await, ["Zuletzt \"genannt\"", "Leer", "Alltag"]);
        // All of it, beside what is there.
        let done = told(&place.url, &["import", &path, "--user", "ann", "--taken", "beside", "--json"]);
        let done: Value = serde_json::from_str(&done).unwrap();
        assert_eq!(done["portfolios"][1]["comes_as"], "Alltag (2)");
        assert_eq!(names().await[3..], ["Zuletzt \"genannt\" (2)", "Alltag (2)", "Leer (2)"]);
        let (status, done, _) = call(&app, &tokens[0], "POST /api/v1/import?taken=beside", &text).await;
        assert_eq!(
            (status, done["portfolios"][2]["comes_as"].as_str()),
            (200, Some("Leer (3)")),
            "{done}"
        );
        app.stop().await;
        database.close().await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_brought_back_whole_changes_nothing() {
    for place in places().await {
        let (database, books, _) = open(&place, &["ann"]).await;
        // The second portfolio does not fit: the first is not there either.
        let mut wrong = everything();
        let again = wrong.portfolios[1].1[0].clone();
        wrong.portfolios[1].1.push(again);
        let (mut change, _) = books.begin_bringing_back("ann").await.unwrap();
        let answer = books.bring_back(&mut change, "ann", "made", &wrong).await;
        assert!(matches!(answer, Err(LedgerError::Storage(_))), "{answer:?}");
        drop(change);
        assert_eq!(books.everything("ann").await.unwrap(), Everything::default());
        // A hundred portfolios are the most.
        for number in 0..98 {
            books.open("ann", &settings(&format!("p{number}"))).await.unwrap();
        }
        let (mut change, there) = books.begin_bringing_back("ann").await.unwrap();
        assert_eq!(there.portfolios, 98);
        let answer = books.bring_back(&mut change, "ann", "made", &everything()).await;
        assert!(matches!(answer, Err(LedgerError::Invalid(_))), "{answer:?}");
        drop(change);
        assert_eq!(books.portfolios("ann").await.unwrap().len(), 98);
        assert!(matches!(
            books.begin_bringing_back("nobody").await,
            Err(LedgerError::NotFound("user"))
        ));
        database.close().await;
    }
}

/// A file's text with one thing wrong in it, the line that it stands in, its column and the reason.
fn faulty(text: &str) -> Vec<(String, usize, u32, &'static str)> {
    let change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let line = |text: &str, part: &str| text.lines().count() - text.lines().rev().position(|line| line.contains(part)).unwrap();
    let of = |from: &str, to: &str, column, reason| {
        let changed = change(from, to);
        let line = line(&changed, to);
        (changed, line, column, reason)
    };
    vec![
        of("\"kind\":\"split\"", "\"kind\":\"splat\"", 69, "unknown variant `splat`"),
        of("\"quantity\":0.000000000001", "\"quantity\":-1", 9, "below zero"),
        of("\"sell-1\"", "\"split-1\"", 9, "stands twice"),
        of("\"currency\":\"USD\"", "\"currency\":\"US\"", 9, "no currency"),
        of(
            "\"FLAT\",\"day\":\"2024-02-01\"",
            "\"FLAT\",\"day\":\"2023-02-01\"",
            5,
            "stands twice",
        ),
        of("\"price\":\"400000\"", "\"price\":\"-4\"", 5, "below zero"),
        of("\"name\":\"The flat\"", "\"name\":\" The flat\"", 5, "begins or ends with a space"),
        (change("\"hifo\"", "\"best\""), 5, 5, "fifo, lifo, hifo and average are accepted"),
        of("\"2024-01-02\"", "\"2024-13-02\"", 40, "input is out of range"),
        (
            change("\"contains\": \"account\"", "\"contains\": \"all\""),
            1,
            1,
            "no file of a whole account",
        ),
        (change("\"finflow\": 2", "\"finflow\": 3"), 1, 1, "is of version 3"),
        (change("\"finflow\": 2", "\"finflow\": 1"), 1, 1, "holds one portfolio"),
        (text[..text.len() / 2].to_owned(), 0, 0, "EOF while parsing"),
        ("Date,Code\n".to_owned(), 1, 1, "no file of a whole account"),
        ("[".repeat(100), 1, 1, "no file of a whole account"),
        ("{\"a\":".to_owned() + &"[".repeat(100), 1, 69, "nested more than 64 levels"),
        (String::new(), 1, 1, "is empty"),
    ]
}

#[tokio::test]
async fn what_is_wrong_is_told_with_line_column_and_reason() {
    let place = sqlite();
    let (database, books, tokens) = open(&place, &["ann", "bob"]).await;
    fill(&database, &books, "bob").await;
    let app = TestApp::start(&["--database-url", &place.url]).await;
    let text = download(&mut browser(&app, "bob")).await;
    let (mut ann, mut bob) = (browser(&app, "ann"), browser(&app, "bob"));
    for (wrong, line, column, reason) in faulty(&text) {
        let faults = read::whole(wrong.as_bytes(), MOST).unwrap_err();
        let found = faults.iter().find(|fault| fault.reason.contains(reason));
        let found = found.unwrap_or_else(|| panic!("{reason}: {faults:?}"));
        if line > 0 {
            assert_eq!((found.line as usize, found.column), (line, column), "{found}");
        }
        let sent = send(&mut ann, &wrong).await;
        let address = sent.location().to_owned();
        let page = ann.get(&address).await;
        assert_eq!(page.status, 200, "{reason}");
        let cells = format!("<td class=\"num\">{}</td><td class=\"num\">{}</td>", found.line, found.column);
        assert!(
            page.body.contains(&cells) && !page.body.contains("/apply/"),
            "{reason}: {}",
            page.body
        );
        assert_eq!(ann.post(&format!("{address}apply/"), &[]).await.status, 422);
        let (status, problem, _) = call(&app, &tokens[0], "POST /api/v1/import", &wrong).await;
        assert_eq!(
            (status, problem["errors"][0]["line"].as_u64()),
            (422, Some(u64::from(faults[0].line))),
            "{problem}"
        );
        // Another's file is not there.
        assert_eq!(bob.get(&address).await.status, 404);
        for act in ["apply/", "cancel/"] {
            assert_eq!(bob.post(&format!("{address}{act}"), &[]).await.status, 404);
        }
        assert_eq!(ann.post(&format!("{address}cancel/"), &[]).await.location(), "/account/");
        assert_eq!(ann.get(&address).await.status, 404);
    }
    assert_eq!(books.everything("ann").await.unwrap(), Everything::default());
    // It is no file for a portfolio, and says where it belongs.
    let id = books.open("ann", &settings("Main")).await.unwrap();
    let body = format!("--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n{text}\r\n--cut--\r\n");
    let kind = "multipart/form-data; boundary=cut";
    let sent = ann.send(&format!("/portfolios/{id}/import/"), kind, &body).await;
    let page = ann.get(sent.location()).await.body;
    assert!(page.contains("holds a whole account"), "{page}");
    // No file, several, a large one; and nobody.
    let none = ann.send("/account/import/", kind, "--cut--\r\n").await;
    assert_eq!(
        (none.status, none.body.contains("No file was chosen. Nothing was changed.")),
        (422, true)
    );
    let twice = body.trim_end().trim_end_matches("--cut--").to_owned() + &body;
    let several = ann.send("/account/import/", kind, &twice).await;
    assert_eq!((several.status, several.body.contains("Choose one.")), (422, true));
    let large = send(&mut ann, &"x".repeat(MOST + 1)).await;
    assert_eq!((large.status, large.body.contains("larger than 64 MiB")), (413, true));
    for path in ["/account/export/finflow-account.json", "/account/import/", "/account/import/x/"] {
        let nobody = app.browser().get(path).await;
        assert!(nobody.location().starts_with("/sign-in/"), "{path}");
    }
    app.stop().await;
    database.close().await;
}

/// The text of the file, as other programs may have learned to read it.
const GOLDEN: &str = r#"{
  "finflow": 2,
  "contains": "account",
  "portfolios": [
    {
      "name": "Alltag",
      "base_currency": "EUR",
      "settings": {"cash_tracked":"true","method":"fifo"},
      "activities": [
        {"id":"buy-1","day":"2023-05-05","time":null,"kind":"buy","symbol":"AAPL","quantity":0.5,"price":12.5,"amount":null,"fee":0.1,"tax":0,"currency":"USD","exchange_rate":null,"ratio":null,"lots":[],"note":"","tags":[]}
      ]
    },
    {
      "name": "Leer",
      "base_currency": "EUR",
      "settings": {"cash_tracked":"true","method":"fifo"},
      "activities": []
    }
  ],
  "instruments": [
    {"symbol":"FLAT","name":"The flat","currency":"EUR","kind":"manual","note":"second floor"}
  ],
  "prices": [],
  "columns": [
    {"header":"key","mapping":{"columns":{"date":"Tag"},"date_order":"day_first","decimal_mark":"point","kinds":{},"default_kind":null,"default_currency":null}}
  ]
}
"#;

#[test]
fn the_text_of_a_whole_account_is_what_it_was() {
    let mut all = everything();
    all.portfolios.remove(0);
    all.portfolios[0].1[0].quantity = decimal("0.50");
    all.prices.clear();
    let mapping = Mapping {
        columns: [(Field::Date, "Tag".to_owned())].into(),
        ..Mapping::default()
    };
    let whole = Whole {
        everything: all,
        columns: vec![("key".into(), mapping)],
    };
    let text = String::from_utf8(write::bytes(whole).unwrap()).unwrap();
    assert_eq!(text, GOLDEN);
    assert_eq!(
        String::from_utf8(write::bytes(read::whole(GOLDEN.as_bytes(), MOST).unwrap()).unwrap()).unwrap(),
        GOLDEN
    );
}

fn some_decimal() -> impl Strategy<Value = Decimal> {
    (0_i64..=i64::MAX, 0_u32..=12).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn some_activity() -> impl Strategy<Value = Activity> {
    let kind = (0..ActivityKind::ALL.len()).prop_map(|at| ActivityKind::ALL[at]);
    let words = ("[^\u{0}]{0,20}", proptest::collection::vec("[a-zäß\"\\\\]{1,9}", 0..3));
    let numbers = (
        some_decimal(),
        proptest::option::of(some_decimal()),
        proptest::option::of(some_decimal()),
        some_decimal(),
    );
    (kind, 1_u32..=28, numbers, words, 0_u32..86_400).prop_map(|(kind, day, (quantity, price, amount, fee), (note, tags), second)| {
        let mut one = activity("", &format!("2024-01-{day:02}"), kind, "0");
        one.time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(second, 0);
        one.lots = vec![NamedLot {
            opened_by: note.clone(),
            quantity,
        }];
        Activity {
            quantity,
            price,
            amount,
            fee,
            note,
            tags,
            ..one
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_account_is_the_same_bytes_after_a_second_trip(
        mut ledgers in proptest::collection::vec(("[A-Za-zäé'\"\\\\]{1,30}", proptest::collection::vec(some_activity(), 0..8)), 0..5),
        prices in proptest::collection::btree_map(("[A-Z.=]{1,9}", 1_u32..=28), some_decimal(), 0..8),
    ) {
        let mut everything = Everything::default();
        for (name, activities) in &mut ledgers {
            activities.iter_mut().enumerate().for_each(|(at, one)| one.id = format!("id {at}"));
            everything.portfolios.push((settings(name), std::mem::take(activities)));
        }
        everything.prices = prices.into_iter().map(|((symbol, day), price)| KnownPrice {
            symbol,
            day: format!("2024-02-{day:02}").parse().unwrap(),
            price,
            currency: None,
        }).collect();
        let whole = Whole { everything, columns: vec![] };
        let first = write::bytes(whole.clone()).unwrap();
        let back = read::whole(&first, MOST).map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?;
        prop_assert_eq!(back.everything.portfolios.len(), whole.everything.portfolios.len());
        prop_assert_eq!(&back.everything.prices, &whole.everything.prices);
        prop_assert_eq!(write::bytes(back).unwrap(), first);
    }
}
