//! Accounts: coming in, being known, being slowed, going out; over real HTTP, on both databases.

use crate::harness::{Browser, TestApp};
use crate::storage::{Place, places};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser as _;
use finflow_app::accounts::server::session::COOKIE;
use finflow_app::accounts::server::{AccountError, Accounts, Device, Viewer};
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::server::ledger::Ledger;
use finflow_app::portfolio::settings::Settings;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{AccountsConfig, Cli};
use finflow_app::server::database::Database;
use std::collections::HashMap;
use std::net::IpAddr;
use tokio::sync::broadcast::Receiver;

const PASSWORD: &str = "correct horse";
const NAMES: [(&str, &str); 2] = [("name", "Ada"), ("password", PASSWORD)];

async fn server(place: &Place, args: &[&str]) -> TestApp {
    let app = TestApp::start(&[&["--database-url", &place.url], args].concat()).await;
    // Once it answers, its tables are there: a test may open the same database.
    app.browser().get("/healthz").await;
    app
}

fn entering<'a>(name: &'a str, password: &'a str) -> [(&'a str, &'a str); 2] {
    [("name", name), ("password", password)]
}

async fn count(database: &Database, table: &str) -> i64 {
    let statement = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    let (count,): (i64,) = sqlx::query_as(statement).fetch_one(database.read()).await.unwrap();
    count
}

/// Names of a user's portfolios.
async fn portfolios(database: &Database, user: &str) -> Vec<String> {
    let listed = Ledger::new(database.clone(), Clock::System).portfolios(user).await.unwrap();
    listed.into_iter().map(|one| one.settings.name).collect()
}

async fn user_named(database: &Database, name: Option<&str>) -> Option<String> {
    let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
    match name {
        Some(name) => accounts.named(name).await.ok(),
        None => {
            let guests: Vec<(String,)> = sqlx::query_as("SELECT id FROM users WHERE name IS NULL")
                .fetch_all(database.read())
                .await
                .unwrap();
            guests.into_iter().map(|(id,)| id).next()
        }
    }
}

#[tokio::test]
async fn a_person_signs_up_out_and_in_and_leaves_nothing_behind() {
    for place in places().await {
        let app = server(&place, &[]).await;
        let mut browser = app.browser();
        assert_eq!(browser.get("/account/").await.location(), "/sign-in/?next=%2Faccount%2F");
        let answer = browser.post("/sign-up/", &NAMES).await;
        assert_eq!((answer.status, answer.location()), (303, "/portfolios/"), "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part) && !cookie.contains("Secure"), "{cookie}");
        }
        let first = browser.cookie.clone().unwrap();
        let page = browser.get("/account/").await;
        assert!(page.status == 200 && page.body.contains("Ada") && page.body.contains("Delete everything"));

        // A second of the same name, in whatever case, is told at the field, with what was typed and without the password.
        let again = app.browser().post("/sign-up/", &entering(" aDA", "another password")).await;
        assert_eq!(again.status, 422);
        assert!(again.body.contains("This name is taken") && again.body.contains("value=\" aDA\""));
        assert!(!again.body.contains("another password"));
        for (name, password, told) in [
            ("", PASSWORD, "0 characters; from 1 to 64 are accepted."),
            ("Bea", "short", "5 characters; from 10 to 200 are accepted."),
        ] {
            let answer = app.browser().post("/sign-up/", &entering(name, password)).await;
            assert!(answer.status == 422 && answer.body.contains(told), "{told}");
        }

        // Out: the token is worth nothing any more.
        assert_eq!(browser.post("/sign-out/", &[]).await.location(), "/");
        assert_eq!(browser.cookie, None);
        browser.cookie = Some(first.clone());
        assert_eq!(browser.get("/account/").await.status, 303);

        // In again: another token, and on to where the person was.
        browser.cookie = None;
        let next = [NAMES[0], NAMES[1], ("next", "/account/?x=1")];
        assert_eq!(browser.post("/sign-in/", &next).await.location(), "/account/?x=1");
        let second = browser.cookie.clone().unwrap();
        assert_ne!(first, second);
        let foreign = [NAMES[0], NAMES[1], ("next", "//evil.com/")];
        assert_eq!(browser.post("/sign-in/", &foreign).await.location(), "/portfolios/");
        let third = browser.cookie.clone().unwrap();
        let mut before = app.browser();
        before.cookie = Some(second);
        assert_eq!(before.get("/account/").await.status, 303, "signing in ends the session before");

        // Another password ends the sessions elsewhere, and only those.
        let mut elsewhere = app.browser();
        elsewhere.post("/sign-in/", &NAMES).await;
        let wrong = [("current", "wrong horse"), ("password", "battery staple")];
        let answer = browser.post("/account/password/", &wrong).await;
        assert!(answer.status == 422 && answer.body.contains("This is not your password."));
        assert_eq!(elsewhere.get("/account/").await.status, 200);
        let right = [("current", PASSWORD), ("password", "battery staple")];
        assert_eq!(
            browser.post("/account/password/", &right).await.location(),
            "/account/?done=password"
        );
        assert_eq!(
            (browser.get("/account/").await.status, elsewhere.get("/account/").await.status),
            (200, 303)
        );
        assert_eq!(browser.cookie.as_ref(), Some(&third));
        assert_eq!(
            app.browser().post("/sign-in/", &NAMES).await.status,
            422,
            "the old password is none"
        );

        // The end asks for the password, and takes everything.
        let answer = browser.post("/account/delete/", &[("confirm", PASSWORD)]).await;
        assert!(answer.status == 422 && answer.body.contains("This is not your password."));
        let database = Database::open(&place.url).await.unwrap();
        let user = user_named(&database, Some("ada")).await.unwrap();
        let ledger = Ledger::new(database.clone(), Clock::System);
        ledger.open(&user, &settings("Pension")).await.unwrap();
        let answer = browser.post("/account/delete/", &[("confirm", "battery staple")]).await;
        assert_eq!((answer.status, answer.location(), browser.cookie.as_deref()), (303, "/", None));
        for table in ["users", "sessions", "portfolios"] {
            assert_eq!(count(&database, table).await, 0, "{table}");
        }
        database.close().await;
        app.stop().await;
    }
}

fn settings(name: &str) -> Settings {
    Settings {
        name: name.into(),
        terms: Terms::in_currency("EUR"),
        benchmark: None,
    }
}

#[tokio::test]
async fn a_guest_keeps_what_they_have() {
    for place in places().await {
        let app = server(&place, &[]).await;
        let database = Database::open(&place.url).await.unwrap();
        let mut browser = app.browser();
        assert_eq!(browser.post("/try/", &[]).await.location(), "/portfolios/");
        let guest = user_named(&database, None).await.unwrap();
        assert_eq!(portfolios(&database, &guest).await, ["My portfolio"]);
        let (before, cookie) = (count(&database, "users").await, browser.cookie.clone());
        browser.post("/try/", &[]).await;
        assert_eq!(count(&database, "users").await, before, "who has a session needs no other");

        // By signing up: the same user, another token.
        assert!(browser.get("/sign-up/").await.body.contains("stays yours"));
        assert_eq!(browser.post("/sign-up/", &NAMES).await.status, 303);
        assert_eq!(user_named(&database, Some("Ada")).await.as_ref(), Some(&guest));
        assert_eq!(portfolios(&database, &guest).await, ["My portfolio"]);
        assert_ne!(browser.cookie, cookie);
        browser.cookie = cookie;
        assert_eq!(
            browser.get("/account/").await.status,
            303,
            "the guest's token is worth nothing any more"
        );

        // By signing in as somebody who is there: what was only opened stays behind, what was made comes along.
        let mut other = app.browser();
        other.post("/try/", &[]).await;
        let second = user_named(&database, None).await.unwrap();
        let ledger = Ledger::new(database.clone(), Clock::System);
        ledger.open(&second, &settings("Tried")).await.unwrap();
        assert_eq!(other.post("/sign-in/", &NAMES).await.status, 303);
        assert_eq!(portfolios(&database, &guest).await, ["My portfolio", "Tried"]);
        assert_eq!(user_named(&database, None).await, None, "nothing is left of the guest");
        database.close().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn row_26_a_wrong_name_and_a_wrong_password_are_one_answer() {
    let app = TestApp::start(&[]).await;
    app.browser().post("/sign-up/", &NAMES).await;
    let told = |answer: crate::harness::Answer| {
        let at = answer.body.find("The name or the password is wrong.");
        assert!(answer.status == 422 && at.is_some(), "{answer:?}");
    };
    told(app.browser().post("/sign-in/", &entering("Ada", "wrong horse")).await);
    told(app.browser().post("/sign-in/", &entering("Eve", "wrong horse")).await);
    told(app.browser().post("/sign-in/", &entering("Ada", "short")).await);
    told(app.browser().post("/sign-in/", &entering("", "")).await);
    app.stop().await;
}

fn from<'a>(app: &'a TestApp, address: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.headers += &format!("x-forwarded-for: {address}\n");
    browser
}

#[tokio::test]
async fn an_address_makes_so_many_accounts_an_hour() {
    let bound = ["--trusted-proxies", "127.0.0.1", "--new-accounts-per-hour", "3"];
    let app = TestApp::start(&bound).await;
    let mut guest = from(&app, "192.0.2.1");
    assert_eq!(guest.post("/try/", &[]).await.status, 303);
    // What is not accepted makes nobody, and does not count.
    for _ in 0..5 {
        assert_eq!(
            from(&app, "192.0.2.1").post("/sign-up/", &entering("Ada", "short")).await.status,
            422
        );
    }
    assert_eq!(from(&app, "192.0.2.1").post("/sign-up/", &NAMES).await.status, 303);
    assert_eq!(
        from(&app, "192.0.2.1").post("/sign-up/", &NAMES).await.status,
        422,
        "the name is taken"
    );
    assert_eq!(from(&app, "192.0.2.1").post("/try/", &[]).await.status, 303);
    for (path, fields) in [("/try/", &[][..]), ("/sign-up/", &entering("Bea", PASSWORD)[..])] {
        let answer = from(&app, "192.0.2.1").post(path, fields).await;
        assert_eq!(answer.status, 429, "{path}");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((3_500..=3_600).contains(&wait), "{wait}");
        assert!(
            answer.body.contains("Try again in 60 minutes.") || answer.body.contains("Try again in 59 minutes."),
            "{}",
            answer.body
        );
        assert!(answer.body.contains("<h1"), "{path} answers with a page");
    }
    // Whoever is here is not slowed: a guest gets their name, a user signs in. Nor are others.
    assert_eq!(guest.post("/sign-up/", &entering("Cleo", PASSWORD)).await.status, 303);
    assert_eq!(from(&app, "192.0.2.1").post("/sign-in/", &NAMES).await.status, 303);
    assert_eq!(from(&app, "192.0.2.2").post("/try/", &[]).await.status, 303);
    app.stop().await;
    // Without a trusted proxy the header is what anybody writes.
    let app = TestApp::start(&bound[2..]).await;
    let mut statuses = vec![];
    for host in 0..4 {
        statuses.push(from(&app, &format!("198.51.100.{host}")).post("/try/", &[]).await.status);
    }
    assert_eq!(statuses, [303, 303, 303, 429]);
    app.stop().await;
}

#[tokio::test]
async fn row_26_guesses_are_slowed_and_the_owner_is_not_locked_out() {
    let app = TestApp::start(&["--trusted-proxies", "127.0.0.1"]).await;
    from(&app, "192.0.2.1").post("/sign-up/", &NAMES).await;
    let mut guesser = from(&app, "198.51.100.7");
    for _ in 0..5 {
        assert_eq!(guesser.post("/sign-in/", &entering("Ada", "wrong horse")).await.status, 422);
    }
    let mut statuses = vec![];
    for _ in 0..5 {
        let answer = guesser.post("/sign-in/", &entering("Ada", PASSWORD)).await;
        if answer.status == 429 {
            assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u64>().is_ok()));
            assert!(answer.body.contains("Too many attempts. Try again in a second."));
        }
        statuses.push(answer.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(
        from(&app, "192.0.2.1").post("/sign-in/", &NAMES).await.status,
        303,
        "the owner, from elsewhere"
    );
    app.stop().await;

    // Without a trusted proxy the header is what anybody writes.
    let app = TestApp::start(&[]).await;
    let mut statuses = vec![];
    for host in 0..8 {
        let mut browser = from(&app, &format!("198.51.100.{host}"));
        statuses.push(browser.post("/sign-in/", &entering("Ada", "wrong horse")).await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    app.stop().await;
}

#[tokio::test]
async fn row_25_what_a_foreign_site_sends_is_refused() {
    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.post("/sign-up/", &NAMES).await;
    let own = browser.headers.clone();
    for foreign in [
        "origin: https://evil.com\n",
        "origin: null\n",
        "sec-fetch-site: cross-site\n",
        "sec-fetch-site: same-site\n",
        "",
    ] {
        browser.headers = format!("accept: text/html\n{foreign}");
        for path in ["/account/delete/", "/sign-out/", "/api/portfolio_snapshot", "/nowhere/"] {
            let answer = browser.post(path, &[("confirm", PASSWORD)]).await;
            assert_eq!(answer.status, 403, "{foreign} {path}");
            assert!(answer.body.contains("This was sent from another site. Nothing was changed."));
        }
    }
    browser.headers = own + "sec-fetch-site: same-origin\n";
    assert_eq!(browser.get("/account/").await.status, 200, "nothing was changed");
    // A program has no cookie to be misused.
    let mut program = app.browser();
    program.headers = String::new();
    assert_eq!(program.post("/sign-in/", &NAMES).await.status, 303);
    app.stop().await;
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_and_are_nobody_elses() {
    for place in places().await {
        let app = server(&place, &[]).await;
        let (mut here, mut there, mut eve) = (app.browser(), app.browser(), app.browser());
        here.post("/sign-up/", &NAMES).await;
        there.headers += "user-agent: Telephone <b>\n";
        there.headers = there.headers.replace("user-agent: Test\n", "");
        there.post("/sign-in/", &NAMES).await;
        eve.post("/sign-up/", &entering("Eve", PASSWORD)).await;
        let page = here.get("/account/").await.body;
        assert!(page.contains("Telephone &lt;b&gt;") && page.contains("127.0.0.1") && page.contains("this one"));
        let at = page.find("name=\"session\" value=\"").unwrap();
        let session = page[at..].split('"').nth(3).unwrap().to_owned();

        let others = eve.post("/account/sessions/end/", &[("session", &session)]).await;
        let none = eve.post("/account/sessions/end/", &[("session", "none")]).await;
        assert_eq!((others.status, none.status), (404, 404));
        assert_eq!(there.get("/account/").await.status, 200, "another's session stays");

        let ended = here.post("/account/sessions/end/", &[("session", &session)]).await;
        assert_eq!(ended.location(), "/account/?done=session");
        assert_eq!(there.get("/account/").await.status, 303);
        there.post("/sign-in/", &NAMES).await;
        here.post("/account/sessions/end-others/", &[]).await;
        assert_eq!(
            (here.get("/account/").await.status, there.get("/account/").await.status),
            (200, 303)
        );
        assert_eq!(eve.get("/account/").await.status, 200);
        app.stop().await;
    }
}

#[tokio::test]
async fn registration_can_be_closed_and_a_cookie_kept_to_tls() {
    let app = TestApp::start(&["--registration", "closed"]).await;
    for (path, fields) in [("/sign-up/", &NAMES[..]), ("/try/", &[])] {
        let answer = app.browser().post(path, fields).await;
        assert!(answer.status == 403 && answer.body.contains("takes no new users"), "{answer:?}");
    }
    assert!(!app.browser().get("/sign-in/").await.body.contains("New here?"));
    app.stop().await;

    let app = TestApp::start(&[]).await;
    let mut browser = app.browser();
    browser.headers += "x-forwarded-proto: https\n";
    browser.headers = browser.headers.replace("http://", "https://");
    let answer = browser.post("/try/", &[]).await;
    assert!(
        answer.header("set-cookie").is_some_and(|cookie| cookie.contains("; Secure")),
        "{answer:?}"
    );
    app.stop().await;
}

fn device() -> Device {
    Device {
        address: IpAddr::from([192, 0, 2, 1]),
        agent: "Test".into(),
    }
}

fn ended(told: &mut Receiver<String>) -> Vec<String> {
    std::iter::from_fn(|| told.try_recv().ok()).collect()
}

async fn viewer(accounts: &Accounts, cookie: &str) -> Option<Viewer> {
    let pair = cookie.split(';').next().unwrap();
    assert!(pair.starts_with(COOKIE));
    let headers = [(http::header::COOKIE, pair.parse().unwrap())];
    accounts.viewer(&http::HeaderMap::from_iter(headers)).await.unwrap()
}

fn at(accounts: &Database, days: i64) -> Accounts {
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let clock = Clock::starting_at(start + TimeDelta::days(days));
    Accounts::new(accounts.clone(), AccountsConfig::default(), clock)
}

#[tokio::test]
async fn a_session_slides_expires_and_its_end_is_told() {
    for place in places().await {
        let database = Database::open(&place.url).await.unwrap();
        let first = at(&database, 0);
        let cookie = first.sign_up("Ada", PASSWORD, None, &device()).await.unwrap().cookie(false);
        let idle = first.sign_in("Ada", PASSWORD, &device()).await.unwrap().cookie(false);
        let session = viewer(&first, &cookie).await.unwrap().session;
        let idle_session = viewer(&first, &idle).await.unwrap().session;
        let (guest, guest_token) = first.guest(&device()).await.unwrap();
        let guest_session = viewer(&first, &guest_token.cookie(false)).await.unwrap().session;

        assert!(viewer(&at(&database, 29), &cookie).await.is_some(), "this prolongs it");
        assert!(viewer(&at(&database, 31), &idle).await.is_none(), "thirty days unused");
        let later = at(&database, 31);
        let mut told = later.ends_from_now();
        later.sweep().await.unwrap();
        let mut swept = ended(&mut told);
        swept.sort();
        let mut expected = vec![idle_session, guest_session];
        expected.sort();
        assert_eq!(swept, expected);
        let (guests,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM users WHERE id = $1")
            .bind(guest)
            .fetch_one(database.read())
            .await
            .unwrap();
        assert_eq!(guests, 0, "a guest who does not come back goes");
        assert!(viewer(&at(&database, 58), &cookie).await.is_some(), "it slid");
        let last = at(&database, 89);
        let mut told = last.ends_from_now();
        last.sweep().await.unwrap();
        assert_eq!(ended(&mut told), [session]);
        assert!(last.named("ada").await.is_ok(), "a user stays");
        database.close().await;
    }
}

#[tokio::test]
async fn row_13_every_end_of_a_session_is_told() {
    for place in places().await {
        let database = Database::open(&place.url).await.unwrap();
        let accounts = at(&database, 0);
        let mut told = accounts.ends_from_now();
        let (_, token) = accounts.guest(&device()).await.unwrap();
        let guest = viewer(&accounts, &token.cookie(false)).await.unwrap();
        let kept = accounts.sign_up("Ada", PASSWORD, Some(&guest), &device()).await.unwrap();
        assert_eq!(
            ended(&mut told),
            std::slice::from_ref(&guest.session),
            "another token on signing up"
        );
        let again = accounts.sign_up("Bea", PASSWORD, Some(&guest), &device()).await;
        assert_eq!(again, Err(AccountError::NotFound("guest")), "a guest gets one name");
        let ada = viewer(&accounts, &kept.cookie(false)).await.unwrap();
        assert_eq!((ada.user.as_str(), ada.name.as_deref()), (guest.user.as_str(), Some("Ada")));

        let enter = async || {
            let token = accounts.sign_in("ADA", PASSWORD, &device()).await.unwrap();
            viewer(&accounts, &token.cookie(false)).await.unwrap()
        };
        let one = enter().await;
        accounts.sign_out(&one).await.unwrap();
        assert_eq!(ended(&mut told), std::slice::from_ref(&one.session));
        accounts.sign_out(&one).await.expect("twice is no error");
        let two = enter().await;
        accounts.revoke(&ada.user, &two.session).await.unwrap();
        assert_eq!(ended(&mut told), [two.session]);
        let three = enter().await;
        let next = accounts.admit(&ada.user, Some(&three), &device()).await.unwrap();
        assert_eq!(ended(&mut told), [three.session]);
        let next = viewer(&accounts, &next.cookie(false)).await.unwrap();
        accounts.change_password(&ada, PASSWORD, "battery staple").await.unwrap();
        assert_eq!(ended(&mut told), [next.session]);
        accounts.delete(&ada.user).await.unwrap();
        assert_eq!(ended(&mut told), [ada.session]);
        assert_eq!(accounts.delete(&ada.user).await, Err(AccountError::NotFound("user")));
        database.close().await;
    }
}

#[tokio::test]
async fn the_command_line_makes_lists_and_deletes_users() {
    use finflow_app::accounts::server::command;
    use finflow_app::server::config::Verb;
    let place = places().await.remove(0);
    let database = Database::open(&place.url).await.unwrap();
    let config = AccountsConfig {
        registration: finflow_app::server::config::Registration::Closed,
        ..AccountsConfig::default()
    };
    let accounts = Accounts::new(database.clone(), config, Clock::System);
    let say = async |line: &[&str]| {
        let Some(Verb::Admin(args)) = Cli::try_parse_from([&["finflow", "admin"], line].concat()).unwrap().verb else {
            panic!("{line:?}");
        };
        command::run(&accounts, &args.about).await
    };
    let secret = |said: &str| said.split("once: ").nth(1).unwrap().trim().to_owned();
    let made = secret(&say(&["user", "add", "Ada"]).await.unwrap());
    assert_eq!(made.len(), 20);
    accounts.sign_in("ada", &made, &device()).await.expect("the made password is right");
    assert!(say(&["user", "add", "ADA"]).await.is_err_and(|why| why.contains("taken")));
    assert_eq!(say(&["user", "delete", "eve"]).await, Err("there is no such user".into()));
    let listed: serde_json::Value = serde_json::from_str(&say(&["user", "list", "--json"]).await.unwrap()).unwrap();
    assert_eq!(listed[0]["name"], "Ada");
    let sessions: serde_json::Value = serde_json::from_str(&say(&["session", "list", "ada", "--json"]).await.unwrap()).unwrap();
    let session = sessions[0]["id"].as_str().unwrap();
    assert!(say(&["session", "list", "ada"]).await.unwrap().contains("192.0.2.1"));
    assert_eq!(say(&["session", "revoke", "ada", session]).await.as_deref(), Ok("1 ended.\n"));
    accounts.sign_in("ada", &made, &device()).await.unwrap();
    let other = secret(&say(&["user", "password", "ada"]).await.unwrap());
    assert_eq!(accounts.sessions(&accounts.named("ada").await.unwrap()).await.unwrap(), []);
    assert_eq!(accounts.sign_in("ada", &made, &device()).await, Err(AccountError::Wrong));
    accounts.sign_in("ada", &other, &device()).await.unwrap();
    assert_eq!(say(&["session", "revoke", "ada"]).await.as_deref(), Ok("1 ended.\n"));
    say(&["user", "rename", "ada", "Grace"]).await.unwrap();
    assert_eq!(say(&["user", "rename", "ada", "Eve"]).await, Err("there is no such user".into()));
    say(&["user", "add", "eve"]).await.unwrap();
    assert!(
        say(&["user", "rename", "grace", "EVE"])
            .await
            .is_err_and(|why| why.contains("taken"))
    );
    assert!(say(&["user", "rename", "grace", ""]).await.is_err());
    say(&["user", "delete", "eve"]).await.unwrap();
    accounts.sign_in("grace", &other, &device()).await.expect("the password stays");
    let all = say(&["session", "list"]).await.unwrap();
    assert!(all.starts_with("ID ") && all.contains("Grace") && all.lines().count() == 2, "{all}");
    say(&["user", "delete", "grace"]).await.unwrap();
    assert_eq!(say(&["user", "list"]).await.as_deref(), Ok(""));
    database.close().await;
}

/// Another process deletes somebody, and this one hears it at its next look.
#[tokio::test]
async fn who_is_deleted_by_another_process_is_told() {
    for place in places().await {
        let database = Database::open(&place.url).await.unwrap();
        let here = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
        let elsewhere = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
        for name in ["Ada", "Grace"] {
            here.sign_up(name, PASSWORD, None, &device()).await.unwrap();
        }
        let [ada, grace] = [here.named("ada").await.unwrap(), here.named("grace").await.unwrap()];
        let (mut ends, mut gone) = (here.ends_from_now(), here.gone_from_now());
        let mut known = HashMap::new();
        here.look(&mut known).await.unwrap();
        elsewhere.delete(&ada).await.unwrap();
        elsewhere.revoke_others(&grace, None).await.unwrap();
        here.look(&mut known).await.unwrap();
        assert!(ends.try_recv().is_ok() && ends.try_recv().is_ok(), "both sessions");
        assert_eq!(gone.try_recv(), Ok(ada), "and one user");
        assert!(gone.try_recv().is_err());
        database.close().await;
    }
}
