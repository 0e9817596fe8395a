//! Pages, files, probes and the headers that all of them carry.

use crate::harness::TestApp;

#[tokio::test]
async fn a_page_carries_its_policy_and_its_figures() {
    let app = TestApp::start(&[]).await;
    let (status, head, body) = app.http("GET /live-portfolio/\n").await;
    assert_eq!(status, 200);
    let policy = head.lines().find(|line| line.starts_with("content-security-policy:")).unwrap();
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
    assert!(
        scripts.contains("'nonce-") && !scripts.contains("unsafe-inline") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    for header in [
        "x-content-type-options: nosniff",
        "referrer-policy:",
        "cache-control: private, no-cache",
    ] {
        assert!(head.contains(header), "{header} is missing: {head}");
    }
    assert!(body.contains("Sample Portfolio"), "the figures stand in the page itself");
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_404_and_still_bound_by_the_policy() {
    let app = TestApp::start(&[]).await;
    let (status, head, _) = app.http("GET /nothing/here\n").await;
    assert_eq!(status, 404);
    assert!(head.contains("content-security-policy:") && head.contains("nosniff"));
    app.stop().await;
}

#[tokio::test]
async fn files_come_compressed_and_are_kept_for_ever_under_their_hashed_name() {
    let app = TestApp::start(&[]).await;
    let (_, _, page) = app.http("GET /\n").await;
    let addresses = page
        .match_indices("/pkg/finflow.")
        .map(|(at, _)| page[at..].split(['"', '\\']).next().unwrap_or_default());
    let script = addresses
        .clone()
        .find(|address| address.ends_with(".js"))
        .expect("the page names its script");
    let (status, head, body) = app.http(&format!("GET {script}\naccept-encoding: br\n")).await;
    assert_eq!((status, body.contains("compressed")), (200, true), "{script}");
    assert!(
        head.contains("content-encoding: br") && head.contains("immutable") && head.contains("nosniff"),
        "{head}"
    );
    let (_, head, _) = app.http("GET /pkg/finflow.js\n").await;
    assert!(
        head.contains("cache-control: no-cache") && head.contains("content-type: text/javascript"),
        "{head}"
    );
    app.stop().await;
}

#[tokio::test]
async fn probes_tell_the_truth() {
    let app = TestApp::start(&[]).await;
    assert_eq!(app.http("GET /healthz\n").await.0, 200);
    assert_eq!(app.http("GET /readyz\n").await.0, 200);
    let address = app.addr.to_string();
    let (code, said) = asked(&address).await;
    assert_eq!((code, said.as_str()), (Some(0), "ready\n"));
    app.stop().await;
    let (code, said) = asked(&address).await;
    assert!(code == Some(1) && said.contains("cannot be reached"), "{said}");
}

/// What `finflow probe ADDRESS --ready` exits with and says.
async fn asked(address: &str) -> (Option<i32>, String) {
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_finflow"));
    let output = program.args(["probe", address, "--ready"]).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn row_25_a_body_beyond_the_limit_is_refused() {
    let app = TestApp::start(&[]).await;
    let (status, ..) = app.http(&format!("POST /api/snapshot\ncontent-length: {}\n", 10 << 20)).await;
    assert!([405, 413].contains(&status), "{status}");
    app.stop().await;
}
