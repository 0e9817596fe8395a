//! Nothing that opens something is said where others read it: not in the log at its most talkative, nor in an error, a figure or a page.

use crate::program::Program;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// What must not be said. Each is in one place alone.
const PLANTED: [&str; 9] = [
    "planted-password",
    "planted-new-password",
    "planted-wrong-password",
    "planted-feed-token",
    "planted-provider-key",
    "planted-provider-secret",
    "planted-collector-key",
    "planted-query",
    "planted-collector-user",
];

/// An exchange of HTTP; the whole answer.
async fn send(at: SocketAddr, request: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let text = format!(
        "{request} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn cookie(answer: &str) -> Option<String> {
    let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "))?;
    Some(set.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn row_27_no_secret_is_in_the_log_a_figure_or_a_page() {
    let folder = tempfile::tempdir().unwrap();
    // A venue that takes the connection and refuses it, so that its address and its error are at hand where they might be logged.
    let venue = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = venue.local_addr().unwrap();
    let refusing = tokio::spawn(async move {
        while let Ok((mut stream, _)) = venue.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream
                .write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await;
        }
    });
    let market = format!(
        "[provider.finnhub]\nurl = \"ws://{address}/?token=planted-feed-token\"\nlist_url = \"http://{address}/?token=planted-feed-token\"\n\
         [provider.alpaca]\nurl = \"ws://{address}/\"\nlist_url = \"http://{address}/\"\nkey = \"${{A_KEY}}\"\nsecret = \"${{A_SECRET}}\"\n\
         [[instrument]]\nsymbol = \"AAPL\"\nname = \"Apple Inc.\"\ncurrency = \"USD\"\nsources = [\"finnhub:AAPL\", \"alpaca:AAPL\"]\n"
    );
    let file = folder.path().join("live.toml");
    std::fs::write(&file, market).unwrap();
    let market = format!("live:{}", file.display());
    let collector = format!("http://planted-collector-user:x@{address}/");
    let args = [
        "--market",
        &market,
        "--metrics-addr",
        "127.0.0.1:0",
        "--log",
        "info,finflow_app=trace",
        "--access-log",
        "--otlp-endpoint",
        &collector,
    ];
    let environment = [
        ("A_KEY", "planted-provider-key"),
        ("A_SECRET", "planted-provider-secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=planted-collector-key"),
    ];
    let mut program = Program::start(folder.path(), &args, &environment).await;
    let at = program.addr;
    // A person: signs up, mistypes, changes the password, makes a token.
    let form = "name=ada&password=planted-password&again=planted-password";
    let came = send(at, "POST /sign-up/?x=planted-query", "", form).await;
    let session = cookie(&came).unwrap_or_else(|| panic!("a session: {came}"));
    let token = session.split_once('=').unwrap().1.to_owned();
    let own = format!("cookie: {session}\r\nsec-fetch-site: same-origin\r\naccept: text/html\r\n");
    let mut pages = vec![
        send(
            at,
            "POST /sign-in/",
            "accept: text/html\r\n",
            "name=ada&password=planted-wrong-password",
        )
        .await,
    ];
    let change = "current=planted-password&password=planted-new-password&again=planted-new-password";
    pages.push(send(at, "POST /account/password/", &own, change).await);
    let made = send(at, "POST /account/tokens/", &own, "name=mine&days=90&scope=portfolios:read").await;
    let secret: String = made
        .split("ff_")
        .nth(1)
        .unwrap_or_else(|| panic!("a token, told once: {made}"))
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    assert!(secret.len() > 30, "{secret}");
    for bearer in [format!("ff_{secret}"), format!("ff_{secret}x")] {
        pages.push(send(at, "GET /api/v1/portfolios", &format!("authorization: Bearer {bearer}\r\n"), "").await);
    }
    for page in [
        "/",
        "/account/",
        "/account/tokens/",
        "/feeds/",
        "/live-portfolio/",
        "/nowhere?x=planted-query",
        "/api/v1/feeds",
        "/readyz",
    ] {
        pages.push(send(at, &format!("GET {page}"), &own, "").await);
    }
    pages.push(program.figures().await.text);
    pages.push(send(program.metrics.unwrap(), "GET /feeds", "", "").await);
    program
        .until("a source failed", |figures| figures.all("finflow_source_failures_total") > 0.0)
        .await;
    program.signal("TERM");
    program.ended().await;
    let log = program.whole_log().await;
    assert!(log.contains("/sign-up/"), "{log}");
    for secret in PLANTED.iter().copied().chain([token.as_str(), secret.as_str()]) {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        for page in &pages {
            assert!(!page.contains(secret), "{secret} is in an answer:\n{page}");
        }
    }
    refusing.abort();
}

#[tokio::test]
async fn row_27_no_secret_is_in_what_a_start_that_fails_says() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["--database-url", "postgres://ada:planted-secret@127.0.0.1:1/finflow"][..],
        &["--database-url", "postgres://ada:planted-secret@127.0.0.1:x/finflow"],
        &[
            "--database-url",
            "postgres://h/d",
            "--redis-url",
            "redis://:planted-secret@127.0.0.1:x",
        ],
        &["--otlp-endpoint", "planted-secret"],
        &["--rates", "ftp://host/?key=planted-secret"],
        &["--database-url", "mysql://ada:planted-secret@host/d"],
        &["--otlp-endpoint", "http://127.0.0.1:1", "--otlp-headers", "planted-secret"],
        &[
            "admin",
            "user",
            "list",
            "--database-url",
            "postgres://ada:planted-secret@127.0.0.1:1/finflow",
        ],
        &[
            "backup",
            "x.gz",
            "--database-url",
            "postgres://ada:planted-secret@127.0.0.1:1/finflow",
        ],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_finflow"));
        let said = command
            .current_dir(folder.path())
            .args(args)
            .env("FINFLOW_LOG", "info,finflow_app=trace")
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&said.stderr).into_owned() + &String::from_utf8_lossy(&said.stdout);
        assert_eq!(said.status.code(), Some(2), "{args:?}: {text}");
        assert!(!text.is_empty() && !text.contains("planted-secret"), "{args:?}: {text}");
    }
    let report = [
        "--check-config",
        "--otlp-endpoint",
        "http://u:planted-secret@h",
        "--otlp-headers",
        "a=planted-secret",
    ];
    let said = Command::new(env!("CARGO_BIN_EXE_finflow")).args(report).output().await.unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        text.contains("FINFLOW_OTLP_ENDPOINT=http:…") && !text.contains("planted-secret"),
        "{text}"
    );
}
