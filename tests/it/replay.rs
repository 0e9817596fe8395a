//! A recording plays, is valued, and ends with a clear status.

use crate::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_recording_plays_and_its_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ticks.csv");
    let ticks = "time,symbol,price\n2026-01-02T10:00:00Z,AAPL,100.00\n2026-01-02T10:00:03Z,AAPL,101.50\n";
    std::fs::write(&file, ticks).unwrap();
    let market = format!("replay:{}", file.display());
    let app = TestApp::start(&["--market", &market, "--replay-speed", "1"]).await;
    let mut client = app.connect().await;
    client.start(20).await;
    let (mut apple, mut status) = (None, None);
    while apple.is_none() || status.is_none() {
        let message = client.next().await;
        if message["type"] == "feed_status" {
            status = Some(message);
        } else {
            let holdings = message["data"]["investments"].as_array().unwrap();
            apple = holdings
                .iter()
                .find(|holding| holding["symbol"] == "AAPL" && holding["current_price"] == json!(101.5))
                .cloned();
        }
    }
    let (apple, status) = (apple.unwrap(), status.unwrap());
    assert_eq!(
        (&apple["value"], &apple["change"]),
        (&json!(4060.0), &json!(null)),
        "no close is known, so no change is"
    );
    assert_eq!(
        (&status["data"]["source"], &status["data"]["status"]),
        (&json!("replay"), &json!("ended"))
    );
    assert!(status["data"]["detail"].as_str().unwrap().contains("ended"));
    app.stop().await;
}
