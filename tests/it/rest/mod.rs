//! The API below `/api/v1`, over real HTTP. Every answer that a test hears is held against the API's own description.

mod bad;
mod candles;
mod history;
mod lists;
mod once;
mod story;
mod walk;

use crate::harness::{PATIENCE, TestApp};
use crate::storage::{Place, sqlite};
use finflow_app::accounts::scope::Scope;
use finflow_app::accounts::server::Accounts;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::AccountsConfig;
use finflow_app::server::database::Database;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A server with two users, each with a token of every scope.
struct Api {
    app: TestApp,
    database: Database,
    accounts: Accounts,
    ann: String,
    bob: String,
    document: Value,
    _place: Place,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
    json: Value,
}

impl Answer {
    /// The value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }

    /// The kind of problem: the end of its type.
    fn problem(&self) -> &str {
        assert!(
            self.header("content-type")
                .unwrap_or_default()
                .starts_with("application/problem+json"),
            "{self:?}"
        );
        assert_eq!(self.json["status"], self.status, "{self:?}");
        self.json["type"]
            .as_str()
            .and_then(|kind| kind.strip_prefix("/api/docs/#"))
            .expect("a type")
    }
}

impl Api {
    async fn start() -> Self {
        Self::start_in(sqlite(), &[]).await
    }

    async fn start_in(place: Place, args: &[&str]) -> Self {
        let args = [&["--database-url", &place.url], args].concat();
        // Before the server, which then finds the tables as they must be.
        let database = Database::open(&place.url).await.unwrap();
        let app = TestApp::start(&args).await;
        let accounts = Accounts::new(database.clone(), AccountsConfig::default(), Clock::System);
        let mut tokens = vec![];
        for name in ["ann", "bob"] {
            user(&database, name, Some(name)).await;
            tokens.push(accounts.make_token(name, "test", &Scope::ALL, None).await.unwrap().0);
        }
        let mut api = Self {
            app,
            database,
            accounts,
            bob: tokens.remove(1),
            ann: tokens.remove(0),
            document: Value::Null,
            _place: place,
        };
        api.document = api.send("GET", "/openapi.json", &[], b"").await.json;
        api
    }

    async fn stop(self) {
        self.database.close().await;
        self.app.stop().await;
    }

    /// A request of ann's, with JSON or without.
    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&self.ann, method, path, body).await
    }

    /// The same with another token.
    async fn call_as(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let bearer = format!("authorization: Bearer {token}");
        match body {
            Value::Null => self.send(method, path, &[&bearer], b"").await,
            body => {
                self.send(
                    method,
                    path,
                    &[&bearer, "content-type: application/json"],
                    body.to_string().as_bytes(),
                )
                .await
            }
        }
    }

    /// Any request. What comes back must be what the description says.
    async fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.app.addr).await.unwrap();
        let mut head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.app.addr,
            body.len()
        );
        headers.iter().for_each(|line| head += &format!("{line}\r\n"));
        head += "\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses may close before it has read all.
        let _ = stream.write_all(body).await;
        let mut bytes = vec![];
        let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer");
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let answer = Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
            json: serde_json::from_str(body).unwrap_or_default(),
        };
        if self.document.is_object() {
            self.check(method, path, &answer);
        }
        answer
    }

    /// Holds an answer against the description.
    fn check(&self, method: &str, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap();
        let operation = self.operation(method, path);
        let told = operation
            .map(|operation| &operation["responses"])
            .map(|told| match &told[answer.status.to_string()] {
                Value::Null => &told["default"],
                known => known,
            });
        let schema = match told {
            Some(told) if told["content"].is_null() => {
                assert!(answer.body.is_empty(), "{method} {path}: a body that is not described: {answer:?}");
                return;
            }
            Some(told) => {
                let media = answer.header("content-type").unwrap_or_default().split(';').next().unwrap();
                let content = &told["content"][media];
                assert!(
                    content.is_object(),
                    "{method} {path}: {media} is not described for {}",
                    answer.status
                );
                content["schema"].clone()
            }
            None => json!({"$ref": "#/components/schemas/Problem"}),
        };
        if !answer.header("content-type").unwrap_or_default().contains("json") {
            return;
        }
        let mut schema = schema;
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        schema["components"] = self.document["components"].clone();
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let wrong: Vec<_> = validator
            .iter_errors(&answer.json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{method} {path} {}: {wrong:?}\n{}", answer.status, answer.body);
    }

    /// The operation of an address.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let fits = |template: &str| {
            let (a, b) = (template.split('/'), path.split('/'));
            a.clone().count() == b.clone().count() && a.zip(b).all(|(a, b)| a == b || a.starts_with('{'))
        };
        let paths = self.document["paths"].as_object()?;
        // One that is named outright comes before one with a part that is open.
        let found = paths
            .get(path)
            .or_else(|| paths.iter().find(|(template, _)| fits(template)).map(|(_, item)| item))?;
        found.get(method.to_lowercase())
    }

    /// A new portfolio of ann's.
    async fn portfolio(&self) -> String {
        let made = self
            .call("POST", "/portfolios", json!({"name": "Pension", "base_currency": "USD"}))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json["id"].as_str().unwrap().to_owned()
    }
}

/// A user, or a guest.
async fn user(database: &Database, id: &str, name: Option<&str>) {
    let mut change = database.write().await.unwrap();
    sqlx::query("INSERT INTO users (id, name, name_key, created_at, seen_at) VALUES ($1, $2, $2, 1, 1)")
        .bind(id)
        .bind(name)
        .execute(&mut *change)
        .await
        .unwrap();
    change.commit().await.unwrap();
}

/// A purchase.
fn buy(symbol: &str, day: u32) -> Value {
    json!({"day": format!("2024-01-{day:02}"), "kind": "buy", "symbol": symbol, "quantity": 10, "price": 179.66, "currency": "USD"})
}
