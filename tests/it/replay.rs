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
    let apple = loop {
        let update = client.next_of("price_update").await;
        let holdings = update["data"]["investments"].as_array().unwrap();
        let apple = holdings.iter().find(|holding| holding["symbol"] == "AAPL").unwrap().clone();
        if apple["current_price"] == json!(101.5) {
            break apple;
        }
    };
    assert_eq!((&apple["value"], &apple["change"]), (&json!(4060.0), &json!(null)), "no close is known, so no change is");
    let status = loop {
        // The end may be told before or after the last update.
        let message = client.next().await;
        if message["type"] == "feed_status" {
            break message;
        }
    };
    assert_eq!((&status["data"]["source"], &status["data"]["status"]), (&json!("replay"), &json!("ended")));
    assert!(status["data"]["detail"].as_str().unwrap().contains("ended"));
    app.stop().await;
}
