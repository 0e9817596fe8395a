//! A server with somebody who owns something: what tests of owned portfolios begin with.

use crate::harness::{Browser, Client, TestApp};
use crate::storage::{Place, sqlite, user};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::Activity;
use finflow_app::portfolio::server::ledger::{Batch, Ledger};
use finflow_app::server::clock::Clock;
use finflow_app::server::database::Database;
use finflow_app::server::shutdown::Shutdown;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A server, and the ledger of its first guest, as a command beside it would write it.
pub struct Owner {
    pub app: TestApp,
    pub cookie: String,
    pub ledger: Ledger,
    pub user: String,
    /// The portfolio, in dollars.
    pub id: String,
    place: Place,
}

impl Owner {
    pub async fn start() -> Self {
        Self::start_with(&[], Clock::System).await
    }

    /// The same with arguments and a clock of the test's own.
    pub async fn start_with(args: &[&str], clock: Clock) -> Self {
        let place = sqlite();
        let app = serve(&place, args, clock).await;
        let mut browser = app.browser();
        assert_eq!(browser.post("/try/", &[]).await.status, 303);
        let cookie = browser.cookie.clone().unwrap();
        let database = Database::open(&place.url).await.unwrap();
        let (user,): (String,) = sqlx::query_as("SELECT id FROM users").fetch_one(database.read()).await.unwrap();
        let ledger = Ledger::new(database, Clock::System);
        let listed = ledger.portfolios(&user).await.unwrap().remove(0);
        let mut settings = listed.settings;
        settings.terms.base_currency = "USD".into();
        ledger.settle(&user, &listed.id, &settings).await.unwrap();
        Self {
            app,
            cookie,
            ledger,
            user,
            id: listed.id,
            place,
        }
    }

    /// Another server on the same database, after the end of this one.
    pub async fn again(self, args: &[&str], clock: Clock) -> Self {
        self.app.stop().await;
        let app = serve(&self.place, args, clock).await;
        Self { app, ..self }
    }

    /// Where its database is.
    pub fn url(&self) -> &str {
        &self.place.url
    }

    /// The owner's browser.
    pub fn browser(&self) -> Browser<'_> {
        let mut browser = self.app.browser();
        browser.cookie = Some(self.cookie.clone());
        browser
    }

    /// Books activities, as a file would bring them.
    pub async fn bring(&self, activities: Vec<Activity>) {
        let batch = Batch {
            activities,
            ..Batch::default()
        };
        self.ledger.apply(&self.user, &self.id, "Brought", &batch).await.unwrap();
    }

    /// A socket as the page of a browser opens it, and its greeting.
    pub async fn connect(&self, cookie: &str) -> (Client, Value) {
        let mut request = self.app.upgrade();
        let origin = format!("http://{}", self.app.addr);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        let mut client = Client::open(self.app.addr, request).await.unwrap();
        let greeting = client.next().await;
        (client, greeting)
    }
}

/// A server, and people who are signed in as a command beside it would sign them in.
pub struct People {
    pub app: TestApp,
    pub database: Database,
    pub ledger: Ledger,
    _place: Place,
}

impl People {
    pub async fn start() -> Self {
        let place = sqlite();
        let app = serve(&place, &[], Clock::System).await;
        // Its tables are there when it answers.
        assert_eq!(app.http("GET /healthz\n").await.0, 200);
        let database = Database::open(&place.url).await.unwrap();
        Self {
            app,
            ledger: Ledger::new(database.clone(), Clock::System),
            database,
            _place: place,
        }
    }

    /// Signs somebody up; their name is their id. Returns the session's cookie.
    pub async fn sign_in(&self, name: &str) -> String {
        session(&self.database, name).await
    }

    /// Ends the server and checks that nothing of it is left.
    pub async fn stop(self) {
        self.database.close().await;
        self.app.stop().await;
    }
}

/// A user with a session; their name is their id. Returns the session's cookie.
pub async fn session(database: &Database, name: &str) -> String {
    user(database, name).await;
    let mut change = database.write().await.unwrap();
    sqlx::query(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, seen_at, expires_at, agent, address) \
         VALUES ($1, $1, $2, 0, 0, $3, '', '')",
    )
    .bind(name)
    .bind(URL_SAFE_NO_PAD.encode(Sha256::digest(name.as_bytes())))
    .bind(i64::MAX)
    .execute(&mut *change)
    .await
    .unwrap();
    change.commit().await.unwrap();
    format!("finflow_session={name}")
}

async fn serve(place: &Place, args: &[&str], clock: Clock) -> TestApp {
    let args = [&["--database-url", &place.url], args].concat();
    TestApp::start_with(&args, clock, Shutdown::default()).await
}

/// An amount as the wire says it.
pub fn amount(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

/// An amount as cents: figures of a test are compared exactly.
pub fn cents(value: &Value) -> i64 {
    i64::try_from((amount(value) * Decimal::from(100)).normalize()).unwrap()
}

/// The row of an instrument.
pub fn row<'a>(data: &'a Value, symbol: &str) -> &'a Value {
    let rows = data["investments"].as_array().unwrap();
    rows.iter()
        .find(|row| row["symbol"] == symbol)
        .unwrap_or_else(|| panic!("{symbol} in {data}"))
}

/// What every valuation of an owned portfolio keeps, as it is shown.
pub fn add_up(data: &Value) {
    let sum = |name: &str| -> i64 {
        let rows = data["investments"].as_array().unwrap().iter();
        rows.filter(|row| !row[name].is_null()).map(|row| cents(&row[name])).sum()
    };
    assert_eq!(sum("value"), cents(&data["total_value"]));
    assert_eq!(sum("day_change"), cents(&data["total_change"]));
    let gains = &data["gains"];
    let of = |name: &str| cents(&gains[name]);
    let made_of = of("realised") + of("unrealised") + of("income") - of("fees") + of("moved");
    assert_eq!(of("total"), made_of);
    let paid = of("contributions") - of("withdrawals");
    assert_eq!(of("total"), cents(&data["total_value"]) + of("unvalued") - paid);
}
