//! Files through the pages, over real HTTP, as a browser without JavaScript sends them.

use crate::harness::{Answer, Browser, PATIENCE};
use crate::owner::People;
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::settings::Settings;
use std::fs;
use std::time::Duration;
use tokio::time::Instant;

impl People {
    /// Somebody who is signed in, and a portfolio of theirs.
    pub async fn bringer(&self, name: &str) -> (Browser<'_>, String) {
        let mut browser = self.app.browser();
        browser.cookie = Some(self.sign_in(name).await);
        let id = self.portfolio(name).await;
        (browser, id)
    }

    async fn portfolio(&self, user: &str) -> String {
        let settings = Settings {
            name: "Pension / \"Own\" ü".into(),
            terms: Terms::in_currency("EUR"),
            benchmark: None,
        };
        self.ledger.open(user, &settings).await.unwrap()
    }

    async fn held(&self, user: &str, portfolio: &str) -> usize {
        self.ledger.activities(user, portfolio).await.unwrap().len()
    }
}

/// Sends files to a portfolio.
pub async fn send(browser: &mut Browser<'_>, portfolio: &str, files: &[(&str, &str)]) -> Answer {
    let parts = files.iter().map(|(name, text)| {
        format!("--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n{text}\r\n")
    });
    let body = parts.collect::<String>() + "--cut--\r\n";
    browser
        .send(
            &format!("/portfolios/{portfolio}/import/"),
            "multipart/form-data; boundary=cut",
            &body,
        )
        .await
}

/// The page of a file, after its reading.
async fn read(browser: &mut Browser<'_>, address: &str) -> Answer {
    let until = Instant::now() + PATIENCE;
    loop {
        let page = browser.get(address).await;
        assert_eq!(page.status, 200, "{address}");
        if page.header("refresh").is_none() {
            return page;
        }
        assert!(page.body.contains("<progress"), "it says how far it is");
        assert!(Instant::now() < until, "read in time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn fixture(name: &str) -> String {
    fs::read_to_string(format!("tests/fixtures/import/{name}")).unwrap()
}

#[tokio::test]
async fn each_good_file_is_previewed_applied_once_and_undone() {
    let place = People::start().await;
    let (mut ann, _) = place.bringer("ann").await;
    for (name, count) in [
        ("ghostfolio.json", 5),
        ("ghostfolio.csv", 4),
        ("wealthfolio-activities.csv", 6),
        ("wealthfolio-holdings.csv", 6),
        ("performance-en.csv", 4),
        ("performance-de.csv", 5),
        ("performance-69.xml", 6),
        ("yahoo.csv", 4),
        ("flex-trades.csv", 7),
        ("flex-cash.csv", 4),
        ("flex.xml", 4),
        ("sgml.ofx", 5),
        ("xml.ofx", 3),
        ("quicken.qif", 7),
    ] {
        let id = place.portfolio("ann").await;
        let sent = send(&mut ann, &id, &[(name, &fixture(name))]).await;
        assert_eq!(sent.status, 303, "{name}");
        let address = sent.location().to_owned();
        let page = read(&mut ann, &address).await;
        assert!(page.body.contains(&format!("Apply {count} activities")), "{name}: {}", page.body);
        assert_eq!(place.held("ann", &id).await, 0, "{name}: looking changes nothing");
        let applied = ann.post(&format!("{address}apply/"), &[]).await;
        assert_eq!(applied.status, 303, "{name}: {}", applied.body);
        assert!(applied.location().starts_with(&format!("/portfolios/{id}/activities/?done=")));
        assert_eq!(place.held("ann", &id).await, count, "{name}");
        let banner = ann.get(applied.location()).await;
        assert!(banner.body.contains(&format!("Import of {name} (")), "{name}");
        assert_eq!(ann.get(&address).await.status, 404, "{name}: an applied file is gone");

        let sent = send(&mut ann, &id, &[(name, &fixture(name))]).await;
        let again = sent.location().to_owned();
        assert!(read(&mut ann, &again).await.body.contains("is here already"), "{name}");
        let applied = ann.post(&format!("{again}apply/"), &[]).await;
        assert_eq!(applied.location(), format!("/portfolios/{id}/import/?nothing"));
        let files = ann.get(applied.location()).await.body;
        assert!(files.contains("Nothing was changed"), "{name}");
        let change = files.split("name=\"change\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let undone = ann.post(&format!("/portfolios/{id}/import/undo/"), &[("change", change)]).await;
        assert_eq!(undone.status, 303, "{name}");
        assert_eq!(place.held("ann", &id).await, 0, "{name}");
    }
    place.stop().await;
}

#[tokio::test]
async fn a_bad_file_says_line_column_and_reason_and_changes_nothing() {
    let place = People::start().await;
    let (mut ann, id) = place.bringer("ann").await;
    let csv = "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee\n";
    let good = "2024-01-01,A,YAHOO,EUR,1,1,buy,0\n";
    for (name, text, line, column, reason) in [
        (
            "a.csv",
            format!("{csv}{good}2024-13-01,A,YAHOO,EUR,1,1,buy,0\n"),
            3,
            1,
            "is not a date",
        ),
        (
            "a.csv",
            format!("{csv}2024-01-01,A,YAHOO,EURO,1,1,buy,0\n"),
            2,
            4,
            "is not a currency",
        ),
        (
            "a.csv",
            format!("{csv}{good}2024-01-01,A,YAHOO,EUR,1,1,hold,0\n"),
            3,
            7,
            "is not BUY, SELL",
        ),
        ("a.json", "{\"activities\": [\n  {\"a\": }\n]}".to_owned(), 2, 9, "expected value"),
        ("a.json", "<invalid>\n".to_owned(), 1, 1, "is not JSON"),
        ("a.qif", fixture("quicken.qif").replace("NSell", "NGive"), 34, 2, "is not an action"),
        ("empty.csv", String::new(), 1, 1, "the file is empty"),
        ("picture.csv", "PK\u{3}\u{4}\0\0\0\u{1}".to_owned(), 1, 1, "the file is not text"),
        ("deep.json", "[".repeat(100_000), 1, 65, "level"),
    ] {
        let sent = send(&mut ann, &id, &[(name, &text)]).await;
        let address = sent.location().to_owned();
        let page = read(&mut ann, &address).await.body;
        let row = page.split("id=\"faulty\"").nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
        assert!(row.contains(reason), "{name} {reason}: {row}");
        if name != "deep.json" {
            assert!(
                row.contains(&format!("<td class=\"num\">{line}</td><td class=\"num\">{column}</td>")),
                "{name}: {row}"
            );
        }
        assert!(!page.contains("/apply/"), "{name}: there is nothing to press");
        let applied = ann.post(&format!("{address}apply/"), &[]).await;
        assert_eq!(applied.status, 422, "{name}");
        assert_eq!(place.held("ann", &id).await, 0, "{name}");
        assert_eq!(ann.post(&format!("{address}cancel/"), &[]).await.status, 303);
        assert_eq!(ann.get(&address).await.status, 404);
    }
    let none = send(&mut ann, &id, &[]).await;
    assert_eq!((none.status, none.body.contains("No file was chosen")), (422, true));
    let many: Vec<_> = (0..9).map(|_| ("a.csv", good)).collect();
    assert_eq!(send(&mut ann, &id, &many).await.status, 413);
    let large = "x".repeat((64 << 20) + 1);
    let large = send(&mut ann, &id, &[("large.csv", &large)]).await;
    assert_eq!((large.status, large.body.contains("larger than 64 MiB")), (413, true));
    assert_eq!(place.held("ann", &id).await, 0);
    place.stop().await;
}

#[tokio::test]
async fn columns_are_said_once_and_remembered_for_their_header() {
    let place = People::start().await;
    let (mut ann, id) = place.bringer("ann").await;
    let bank = fixture("bank.csv").replace("Umtausch", "Ertrag");
    let sent = send(&mut ann, &id, &[("bank.csv", &bank)]).await;
    let address = sent.location().to_owned();
    let page = read(&mut ann, &address).await.body;
    assert!(
        page.contains("is a table of no known kind") && page.contains("name=\"column-8\""),
        "{page}"
    );
    let wrong = ann
        .post(&format!("{address}columns/"), &[("column-0", "date"), ("column-1", "date")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Both Buchung and Uhr hold Date") && wrong.body.contains("No column says what happened"));
    let said = [
        ("column-0", "date"),
        ("column-1", "time"),
        ("column-2", "kind"),
        ("column-3", "symbol"),
        ("column-4", "quantity"),
        ("column-5", "price"),
        ("column-6", "amount"),
        ("column-7", "fee"),
        ("decimal_mark", "comma"),
        ("default_currency", "eur"),
    ];
    assert_eq!(ann.post(&format!("{address}columns/"), &said).await.status, 303);
    let page = read(&mut ann, &address).await.body;
    assert!(
        page.contains("Kauf") && page.contains("name=\"means-1\""),
        "its words are asked for: {page}"
    );
    let words = [
        ("word-0", "Ertrag"),
        ("means-0", "dividend"),
        ("word-1", "Kauf"),
        ("means-1", "buy"),
    ];
    let all = [&said[..], &words].concat();
    assert_eq!(ann.post(&format!("{address}columns/"), &all).await.status, 303);
    assert!(read(&mut ann, &address).await.body.contains("Apply 3 activities"));
    let sent = send(&mut ann, &id, &[("next.csv", &bank)]).await;
    let page = read(&mut ann, sent.location()).await.body;
    assert!(
        page.contains("as you said of an earlier file") && page.contains("Apply 3 activities"),
        "{page}"
    );
    assert_eq!(ann.post(&format!("{}apply/", sent.location()), &[]).await.status, 303);
    assert_eq!(place.held("ann", &id).await, 3);
    let sent = send(&mut ann, &id, &[("next.csv", &bank)]).await;
    assert_eq!(
        ann.post(&format!("{}columns/", sent.location()), &[("detect", "yes")]).await.status,
        303
    );
    assert!(read(&mut ann, sent.location()).await.body.contains("is a table of no known kind"));
    place.stop().await;
}

#[tokio::test]
async fn what_is_taken_out_comes_back_the_same_and_an_empty_portfolio_takes_the_currency() {
    let place = People::start().await;
    let (mut ann, first) = place.bringer("ann").await;
    let sent = send(
        &mut ann,
        &first,
        &[("g.json", &fixture("ghostfolio.json").replace("\"EUR\"", "\"CHF\""))],
    )
    .await;
    let address = sent.location().to_owned();
    let page = read(&mut ann, &address).await.body;
    assert!(page.contains("The file counts in CHF"), "{page}");
    assert_eq!(ann.post(&format!("{address}currency/"), &[]).await.status, 303);
    assert!(!read(&mut ann, &address).await.body.contains("The file counts in"));
    assert_eq!(
        place.ledger.portfolio("ann", &first).await.unwrap().settings.terms.base_currency,
        "CHF"
    );
    ann.post(&format!("{address}apply/"), &[]).await;
    let moving = place.ledger.instruments("ann").await.unwrap().remove(0);
    let moving = finflow_app::portfolio::described::DescribedInstrument { simulated: true, ..moving };
    place.ledger.describe("ann", &moving).await.unwrap();
    let (mut bob, second) = place.bringer("bob").await;
    let out = ann.get(&format!("/portfolios/{first}/export/finflow.json")).await;
    assert_eq!(
        out.header("content-disposition"),
        Some("attachment; filename=\"pension-own-finflow.json\"")
    );
    for file in ["activities.csv", "ghostfolio.json", "left-out.txt"] {
        let out = ann.get(&format!("/portfolios/{first}/export/{file}")).await;
        assert!(
            out.status == 200 && out.header("content-disposition").unwrap().starts_with("attachment"),
            "{file}"
        );
    }
    assert!(out.body.contains("\"simulated\": true"), "{}", out.body);
    let sent = send(&mut bob, &second, &[("out.json", &out.body)]).await;
    let address = sent.location().to_owned();
    read(&mut bob, &address).await;
    bob.post(&format!("{address}currency/"), &[]).await;
    assert_eq!(bob.post(&format!("{address}apply/"), &[]).await.status, 303);
    let again = bob.get(&format!("/portfolios/{second}/export/finflow.json")).await;
    assert_eq!(again.body, out.body, "the same bytes on the second trip");
    assert!(place.ledger.instruments("bob").await.unwrap().contains(&moving));
    place.stop().await;
}

#[tokio::test]
async fn files_of_another_are_not_there_and_the_oldest_gives_way() {
    let place = People::start().await;
    let (mut ann, hers) = place.bringer("ann").await;
    let (mut bob, _) = place.bringer("bob").await;
    let sent = send(&mut ann, &hers, &[("a.csv", &fixture("ghostfolio.csv"))]).await;
    let file = sent.location().to_owned();
    let missing = bob.get("/portfolios/nothing/import/").await;
    assert_eq!(missing.status, 404);
    for path in [
        "import/",
        "export/finflow.json",
        "export/activities.csv",
        "export/ghostfolio.json",
        "export/left-out.txt",
    ] {
        assert_eq!(bob.get(&format!("/portfolios/{hers}/{path}")).await.status, 404, "{path}");
    }
    assert_eq!(bob.get(&file).await.status, 404);
    for act in ["apply/", "cancel/", "currency/", "columns/"] {
        assert_eq!(bob.post(&format!("{file}{act}"), &[]).await.status, 404, "{act}");
    }
    assert_eq!(
        bob.post(&format!("/portfolios/{hers}/import/undo/"), &[("change", "x")])
            .await
            .status,
        404
    );
    assert_eq!(send(&mut bob, &hers, &[("a.csv", "a,b\n1,2\n")]).await.status, 404);
    assert_eq!(place.held("ann", &hers).await, 0);
    assert!(read(&mut ann, &file).await.body.contains("Apply 4 activities"), "hers is untouched");
    for _ in 0..8 {
        assert_eq!(send(&mut ann, &hers, &[("b.csv", "a,b\n1,2\n")]).await.status, 303);
    }
    assert_eq!(ann.get(&file).await.status, 404, "the oldest gave way");
    let nobody = place.app.browser().get(&file).await;
    assert!(nobody.status == 303 && nobody.location().starts_with("/sign-in/"));
    place.stop().await;
}

/// Figures: `cargo test --test it a_hundred_thousand_rows_through_the_page -- --nocapture`.
#[tokio::test]
async fn a_hundred_thousand_rows_through_the_page() {
    let place = People::start().await;
    let (mut ann, id) = place.bringer("ann").await;
    let row = "01/02/2024,MSFT,YAHOO,USD,298.580,5,buy,19.00,note\n";
    let text = format!(
        "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n{}",
        row.repeat(100_000)
    );
    let begun = Instant::now();
    let sent = send(&mut ann, &id, &[("large.csv", &text)]).await;
    let uploaded = begun.elapsed();
    let address = sent.location().to_owned();
    let mut slowest = Duration::ZERO;
    let ready = loop {
        let asked = Instant::now();
        let page = ann.get(&address).await;
        slowest = slowest.max(asked.elapsed());
        if page.header("refresh").is_none() {
            assert!(page.body.contains("Apply 100,000 activities") && page.body.contains("and 99,800 more"));
            assert!(page.body.len() < 400_000, "{}", page.body.len());
            break begun.elapsed();
        }
    };
    let last = ann.get(&format!("{address}?list=new&from=99900")).await.body;
    assert!(last.contains("<td class=\"num\">100001</td>") && last.contains("Earlier lines"));
    let begun = Instant::now();
    assert_eq!(ann.post(&format!("{address}apply/"), &[]).await.status, 303);
    println!(
        "uploaded {uploaded:?}, preview ready {ready:?}, slowest page {slowest:?}, applied in {:?}",
        begun.elapsed()
    );
    assert_eq!(place.held("ann", &id).await, 100_000);
    place.stop().await;
}
