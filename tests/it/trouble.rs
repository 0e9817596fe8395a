//! What goes wrong around a server, and what is tried at its doors: docs/RELIABILITY.md by its numbers.

use crate::harness::{Browser, Client, TestApp};
use crate::owner::{Owner, session};
use crate::program::Program;
use crate::storage::{ledger, settings, sqlite};
use chrono::Utc;
use finflow_app::accounts::server::{AccountError, Accounts, Device};
use finflow_app::server::clock::Clock;
use finflow_app::server::config::AccountsConfig;
use finflow_app::server::database::Database;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

const PASSWORD: &str = "correct horse";
const NAMES: [(&str, &str); 2] = [("name", "Ada"), ("password", PASSWORD)];

/// A socket of a browser.
async fn socket(app: &TestApp, browser: &Browser<'_>) -> Client {
    let mut request = app.upgrade();
    let headers = request.headers_mut();
    headers.insert("origin", format!("http://{}", app.addr).parse().unwrap());
    headers.insert("cookie", browser.cookie.clone().unwrap().parse().unwrap());
    let mut client = Client::open(app.addr, request).await.unwrap();
    assert_eq!(client.next().await["data"]["authenticated"], true);
    client
}

#[tokio::test]
async fn row_13_each_end_of_a_session_closes_its_sockets_and_no_other() {
    let app = TestApp::start(&[]).await;
    let (mut here, mut there) = (app.browser(), app.browser());
    here.post("/sign-up/", &NAMES).await;
    let mut stays = socket(&app, &here).await;
    for (path, fields) in [
        ("/account/sessions/end-others/", &[][..]),
        ("/account/password/", &[("current", PASSWORD), ("password", "battery staple")]),
    ] {
        there.post("/sign-in/", &NAMES).await;
        let mut ends = socket(&app, &there).await;
        assert_eq!(here.post(path, fields).await.status, 303, "{path}");
        assert_eq!(ends.closed().await, 4501, "{path}");
    }
    stays.start(20).await;
    stays.next_of("price_update").await;
    assert_eq!(here.post("/account/delete/", &[("confirm", "battery staple")]).await.status, 303);
    assert_eq!(stays.closed().await, 4501);
    app.stop().await;
}

#[tokio::test]
async fn row_13_a_session_that_expires_closes_its_sockets_at_that_moment() {
    let own = Owner::start().await;
    let (mut client, _) = own.connect(&own.cookie).await;
    let database = Database::open(own.url()).await.unwrap();
    let mut change = database.write().await.unwrap();
    let soon = (Utc::now() + chrono::TimeDelta::seconds(1)).timestamp_millis();
    sqlx::query("UPDATE sessions SET expires_at = $1")
        .bind(soon)
        .execute(&mut *change)
        .await
        .unwrap();
    change.commit().await.unwrap();
    client.start(20).await;
    assert_eq!(client.closed().await, 4501);
    assert!(Utc::now().timestamp_millis() >= soon);
    database.close().await;
    own.app.stop().await;
}

/// A portfolio of somebody's in a folder's database; their cookie and its id.
async fn prepared(folder: &Path) -> (String, String, String) {
    let url = format!("sqlite:{}/finflow.db", folder.display());
    let (database, ledger) = ledger(&url).await;
    let cookie = session(&database, "ann").await;
    let id = ledger.open("ann", &settings("Pension")).await.unwrap();
    database.close().await;
    (url, cookie, id)
}

/// How many activities are there.
async fn there(url: &str, id: &str) -> usize {
    let (database, ledger) = ledger(url).await;
    let there = ledger.activities("ann", id).await.unwrap();
    // Whole, each of them.
    assert!(there.iter().all(|one| one.quantity == 1.into() && one.note.len() == 1_000));
    let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(database.read()).await.unwrap();
    assert_eq!(sound, "ok");
    database.close().await;
    there.len()
}

/// Adds an activity by its form: the status.
async fn add(program: &Program, cookie: &str, id: &str) -> Option<u16> {
    let body = format!(
        "kind=buy&day=2024-01-02&symbol=AAPL&quantity=1&price=10&currency=EUR&note={}",
        "x".repeat(1_000)
    );
    let head = format!(
        "POST /portfolios/{id}/activities/new/ HTTP/1.1\r\norigin: http://{}\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\n",
        program.addr
    );
    program.ask(&head, &body).await.map(|(status, _)| status)
}

#[tokio::test]
async fn row_18_the_program_killed_in_the_middle_of_writes_loses_none_and_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let (url, cookie, id) = prepared(folder.path()).await;
    let mut acknowledged = 0;
    for round in 0..3 {
        let mut program = Program::bounded_in(folder.path(), "true", &["--writes-per-minute", "0"]).await;
        // Three write at once; after some writes it is killed, whatever they are at.
        let count = std::sync::atomic::AtomicUsize::new(0);
        let write = async || {
            while count.load(std::sync::atomic::Ordering::Relaxed) < 5 + 4 * round {
                match add(&program, &cookie, &id).await {
                    Some(303) => count.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
                    other => panic!("{other:?}"),
                };
            }
        };
        tokio::join!(write(), write(), write());
        let (cookie, id, more) = (&cookie, &id, &program);
        let unanswered = async { tokio::join!(add(more, cookie, id), add(more, cookie, id)) };
        // Killed while two are under way.
        let done = tokio::select! {
            biased;
            done = unanswered => [done.0, done.1].into_iter().filter(|status| *status == Some(303)).count(),
            () = tokio::time::sleep(Duration::from_millis(5 * round as u64)) => 0,
        };
        acknowledged += count.into_inner() + done;
        program.kill().await;
        let there = there(&url, id).await;
        assert!(
            (acknowledged..=acknowledged + 2).contains(&there),
            "{there} there, {acknowledged} acknowledged in round {round}"
        );
        acknowledged = there;
    }
}

#[tokio::test]
async fn row_24_a_disk_that_takes_no_more_changes_nothing_and_live_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (url, cookie, id) = prepared(folder.path()).await;
    // In the place of a full disk: no file may grow beyond a megabyte (blocks of 512 bytes). Without the trap the system would end the program.
    let mut program = Program::bounded_in(folder.path(), "trap '' XFSZ; ulimit -f 2048", &["--writes-per-minute", "0"]).await;
    let mut watcher = program.connect().await;
    watcher.start(1_000).await;
    let (mut kept, mut refused) = (0, None);
    for _ in 0..2_000 {
        match add(&program, &cookie, &id).await {
            Some(303) => kept += 1,
            other => {
                refused = other;
                break;
            }
        }
    }
    assert!(kept > 0 && matches!(refused, Some(503 | 507)), "{refused:?} after {kept}");
    let frames = async |watcher: &mut Client| {
        for _ in 0..3 {
            watcher.next_of("price_update").await;
        }
    };
    frames(&mut watcher).await;
    assert_eq!(program.get("/live-portfolio/").await, Some(200));
    assert_eq!(program.get("/healthz").await, Some(200));
    program.kill().await;
    assert_eq!(there(&url, &id).await, kept, "what was acknowledged, and no half of what was not");
    let mut again = Program::bounded_in(folder.path(), "true", &[]).await;
    assert_eq!(add(&again, &cookie, &id).await, Some(303), "with room again it goes on");
    again.stop().await;
}

#[tokio::test]
async fn row_24_a_database_that_takes_no_writes_is_told_and_what_reads_goes_on() {
    let place = sqlite();
    let (database, ledger) = ledger(&place.url).await;
    let cookie = session(&database, "ann").await;
    let id = ledger.open("ann", &settings("Pension")).await.unwrap();
    let app = TestApp::start(&["--database-url", &format!("{}?mode=ro", place.url)]).await;
    let mut browser = app.browser();
    browser.cookie = Some(cookie);
    assert!(browser.get("/portfolios/").await.body.contains("Pension"));
    let fields = [
        ("kind", "buy"),
        ("day", "2024-01-02"),
        ("symbol", "AAPL"),
        ("quantity", "1"),
        ("price", "10"),
        ("currency", "EUR"),
    ];
    let answer = browser.post(&format!("/portfolios/{id}/activities/new/"), &fields).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(
        answer.body.contains("Nothing was changed") && answer.body.contains("<h1"),
        "{}",
        answer.body
    );
    assert_eq!(browser.post("/try/", &[]).await.status, 303, "who is here is led on");
    assert_eq!(app.browser().post("/try/", &[]).await.status, 503);
    let mut client = app.connect().await;
    client.start(20).await;
    client.next_of("price_update").await;
    assert!(ledger.activities("ann", &id).await.unwrap().is_empty());
    app.stop().await;
    database.close().await;
}

#[tokio::test]
async fn row_26_ten_thousand_guesses_are_slowed_and_the_owner_comes_in() {
    let place = sqlite();
    let database = Database::open(&place.url).await.unwrap();
    let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
    let device = |host: u8| Device {
        address: IpAddr::from([192, 0, 2, host]),
        agent: "Test".into(),
    };
    accounts.sign_up("Ada", PASSWORD, None, &device(1)).await.unwrap();
    let user = accounts.named("ada").await.unwrap();
    let cookie = accounts.make_known(&user, false).await.unwrap().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let shown = cookie.split(['=', ';']).nth(1).unwrap().to_owned();

    let (mut judged, mut slowed) = ([0, 0], [0, 0]);
    for number in 0..10_000_usize {
        // From twenty addresses, the owner's among them; at a name that is there and at one that is not.
        let (host, name) = ((number % 20) as u8, usize::from(number.is_multiple_of(3)));
        match accounts
            .sign_in(["Ada", "Eve"][name], &format!("wrong horse {number}"), &device(host))
            .await
        {
            Err(AccountError::Wrong) => judged[name] += 1,
            Err(AccountError::TooMany(seconds)) => {
                assert!(seconds > 0);
                slowed[name] += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(judged[0] + judged[1] < 400, "{judged:?} were judged, {slowed:?} were not");
    assert!(judged[1] > 0 && slowed[1] > 0, "a name that is not there is answered alike");
    // Time passes, and lets a guess through again: none is left when this returns.
    let spend = async || {
        for number in 0..100 {
            let guess = accounts.sign_in("Ada", &format!("wrong mule {number}"), &device(1)).await;
            if matches!(guess, Err(AccountError::TooMany(_))) {
                return;
            }
        }
        panic!("a hundred guesses in a row were judged");
    };
    // The owner's own address is one of those that guess: the device that they came in from before is not slowed.
    spend().await;
    let refused = accounts.sign_in("Ada", PASSWORD, &device(1)).await;
    assert!(matches!(refused, Err(AccountError::TooMany(_))), "{refused:?}");
    let guesser = accounts.guesser("ada", device(1).address, Some(&shown)).await.unwrap();
    assert_eq!(accounts.know("Ada", PASSWORD, guesser).await, Ok(user.clone()));
    // What is made up, and what was given for another password, is no such device.
    for forged in [
        "",
        "7.x",
        &format!("{}x", &shown[..shown.len() - 1]),
        &shown.replacen(&shown[..1], "g", 1),
    ] {
        let guesser = accounts.guesser("ada", device(1).address, Some(forged)).await.unwrap();
        spend().await;
        assert!(
            matches!(accounts.know("Ada", PASSWORD, guesser).await, Err(AccountError::TooMany(_))),
            "{forged}"
        );
    }
    // From elsewhere the first guess is judged.
    accounts
        .sign_in("Ada", PASSWORD, &device(200))
        .await
        .expect("the owner, from elsewhere");
    accounts.set_password(&user, "battery staple", None).await.unwrap();
    let guesser = accounts.guesser("ada", device(1).address, Some(&shown)).await.unwrap();
    spend().await;
    assert!(matches!(
        accounts.know("Ada", "battery staple", guesser).await,
        Err(AccountError::TooMany(_))
    ));
    database.close().await;
}

#[tokio::test]
async fn row_25_what_is_sent_again_after_the_end_of_its_session_changes_nothing() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.post("/sign-up/", &NAMES).await;
    let captured = browser.cookie.clone();
    browser.post("/sign-out/", &[]).await;
    browser.cookie = captured;
    for path in ["/account/delete/", "/account/password/", "/portfolios/new/"] {
        let answer = browser
            .post(
                path,
                &[
                    ("confirm", PASSWORD),
                    ("current", PASSWORD),
                    ("password", "battery staple"),
                    ("name", "x"),
                ],
            )
            .await;
        assert!(
            answer.status == 303 && answer.location().starts_with("/sign-in/"),
            "{path}: {answer:?}"
        );
    }
    browser.cookie = None;
    assert_eq!(browser.post("/sign-in/", &NAMES).await.status, 303, "it is all there");
    app.stop().await;
}

#[tokio::test]
async fn row_25_what_is_oversized_is_told_on_every_route() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.post("/try/", &[]).await;
    let much = "x".repeat(80 << 10);
    for path in [
        "/sign-in/",
        "/account/password/",
        "/portfolios/new/",
        "/preferences/",
        "/api/snapshot",
        "/nowhere/",
    ] {
        let answer = browser
            .send(path, "application/x-www-form-urlencoded", &format!("name={much}"))
            .await;
        assert!([413, 404, 405].contains(&answer.status), "{path}: {}", answer.status);
        if answer.status == 413 {
            assert!(
                answer.body.contains("larger than the server takes") && answer.body.contains("<h1"),
                "{path}: {}",
                answer.body
            );
        }
    }
    assert_eq!(
        browser
            .send("/sign-in/", "application/x-www-form-urlencoded", &format!("name={much}"))
            .await
            .status,
        413
    );
    app.stop().await;
}

#[tokio::test]
async fn row_25_cookies_and_headers_are_as_strict_as_they_can_be() {
    let app = TestApp::start(&[]).await;
    let mut plain = app.browser();
    plain.post("/sign-up/", &NAMES).await;
    let answer = app.browser().post("/sign-in/", &NAMES).await;
    let given = answer.header("set-cookie").unwrap();
    for part in ["finflow_session=", "; HttpOnly", "; SameSite=Lax", "; Path=/;"] {
        assert!(given.contains(part), "{given}");
    }
    assert!(
        !given.contains("Secure") && answer.header("strict-transport-security").is_none(),
        "{answer:?}"
    );

    // Over TLS, as the proxy says: the cookie is this host's alone, and the browser comes back over TLS.
    let mut secure = app.browser();
    secure.headers += "x-forwarded-proto: https\n";
    secure.headers = secure.headers.replace("http://", "https://");
    let answer = secure.post("/sign-in/", &NAMES).await;
    let given = answer.header("set-cookie").unwrap();
    assert!(
        given.starts_with("__Host-finflow_session=") && given.contains("; Path=/;") && given.contains("; Secure"),
        "{given}"
    );
    assert!(!given.contains("Domain"));
    let page = secure.get("/account/").await;
    assert_eq!(page.status, 200, "it is read back");
    for (name, value) in [
        ("strict-transport-security", "max-age=31536000"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cache-control", "private"),
    ] {
        assert!(
            page.header(name).is_some_and(|told| told.starts_with(value)),
            "{name}: {:?}",
            page.header(name)
        );
    }
    // A neighbour's plain cookie is not taken for ours there.
    let token = secure.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    secure.cookie = Some(format!("finflow_session={token}"));
    assert_eq!(secure.get("/account/").await.status, 303);
    secure.cookie = Some(format!("__Host-finflow_session={token}"));
    assert_eq!(secure.get("/account/").await.status, 200);
    app.stop().await;
}
