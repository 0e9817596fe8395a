//! The JSON of each variant, letter by letter: what strangers' clients were written against.

use chrono::{DateTime, Utc};
use finflow_app::live::protocol::*;
use finflow_app::market::feed::{Feed, FeedStatus};
use finflow_app::money::Decimal;
use finflow_app::portfolio::holding::Holding;
use finflow_app::portfolio::valuation::{HoldingDetail, Point, Snapshot, Valuation};

fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn valuation() -> Valuation {
    Valuation {
        portfolio_id: "sample".into(),
        portfolio_name: "Sample Portfolio".into(),
        base_currency: "USD".into(),
        total_value: d("17550.00"),
        total_change: d("250.00"),
        total_change_percent: Some(d("1.45")),
        gains: None,
        change_by: None,
        investments: vec![Holding {
            symbol: "AAPL".into(),
            name: "Apple Inc.".into(),
            current_price: Some(d("175.50")),
            change: Some(d("2.50")),
            change_percent: None,
            quantity: d("100"),
            value: d("17550.00"),
            currency: "USD".into(),
            quoted_at: Some(at("2026-01-01T12:00:00.010Z")),
            ..Holding::default()
        }],
    }
}

const FIGURES: &str = r#""portfolio_id":"sample","portfolio_name":"Sample Portfolio","base_currency":"USD","total_value":17550.00,"total_change":250.00,"total_change_percent":1.45,"investments":[{"symbol":"AAPL","name":"Apple Inc.","current_price":175.50,"change":2.50,"change_percent":null,"quantity":100,"value":17550.00,"currency":"USD","quoted_at":"2026-01-01T12:00:00.010Z"}]"#;

/// Encodes to the text, and the text decodes to the message.
fn golden(message: &ServerMessage, text: &str) {
    assert_eq!(message.encode(), text);
    assert_eq!(&ServerMessage::decode(text).unwrap(), message);
}

#[test]
fn connection_established() {
    let feed = Feed {
        source: "simulated".into(),
        simulated: true,
        status: FeedStatus::Live,
        detail: None,
    };
    let data = Greeting {
        protocol: 1,
        server_time: at("2026-01-01T12:00:00.123456Z"),
        authenticated: false,
        interval_ms: 5000,
        min_interval_ms: 100,
        max_interval_ms: 3_600_000,
        feed,
    };
    let text = r#"{"type":"connection_established","data":{"protocol":1,"server_time":"2026-01-01T12:00:00.123Z","authenticated":false,"interval_ms":5000,"min_interval_ms":100,"max_interval_ms":3600000,"feed":{"source":"simulated","simulated":true,"status":"live"}}}"#;
    let message = ServerMessage::ConnectionEstablished(ConnectionEstablished { data });
    assert_eq!(message.encode(), text);
    let ServerMessage::ConnectionEstablished(back) = ServerMessage::decode(text).unwrap() else {
        panic!("another type")
    };
    assert_eq!(back.data.server_time, at("2026-01-01T12:00:00.123Z"), "milliseconds cross the wire");
}

#[test]
fn price_update() {
    let update = PriceUpdate {
        id: None,
        seq: 42,
        timestamp: at("2026-01-01T12:00:00.123Z"),
        data: valuation(),
    };
    let text = format!(r#"{{"type":"price_update","seq":42,"timestamp":"2026-01-01T12:00:00.123Z","data":{{{FIGURES}}}}}"#);
    golden(&ServerMessage::PriceUpdate(update.clone()), &text);
    let text = text.replacen(r#","seq""#, r#","id":"a","seq""#, 1);
    golden(
        &ServerMessage::PriceUpdate(PriceUpdate {
            id: Some("a".into()),
            ..update
        }),
        &text,
    );
}

#[test]
fn portfolio_data() {
    let data = Snapshot {
        valuation: valuation(),
        valued_at: at("2026-01-01T12:00:00.123Z"),
        history: vec![Point {
            time: at("2026-01-01T11:55:00Z"),
            value: d("17300.10"),
        }],
        details: vec![HoldingDetail {
            symbol: "AAPL".into(),
            sector: "Technology".into(),
            closes: vec![d("173.0"), d("172.999")],
        }],
        real_until: Some("2022-12-28".parse().unwrap()),
    };
    let message = PortfolioData {
        id: Some("a".into()),
        timestamp: data.valued_at,
        data,
    };
    let text = format!(
        r#"{{"type":"portfolio_data","id":"a","timestamp":"2026-01-01T12:00:00.123Z","data":{{{FIGURES},"valued_at":"2026-01-01T12:00:00.123Z","history":[{{"time":"2026-01-01T11:55:00.000Z","value":17300.10}}],"details":[{{"symbol":"AAPL","sector":"Technology","closes":[173.0,172.999]}}],"real_until":"2022-12-28"}}}}"#
    );
    golden(&ServerMessage::PortfolioData(message), &text);
}

#[test]
fn error_ack_and_feed_status() {
    let error = ErrorMessage {
        id: Some("a".into()),
        code: "invalid_field".into(),
        message: "\"x\" is wrong.".into(),
    };
    golden(
        &ServerMessage::Error(error),
        r#"{"type":"error","id":"a","code":"invalid_field","message":"\"x\" is wrong."}"#,
    );
    golden(&ServerMessage::Ack(Ack { id: "a".into() }), r#"{"type":"ack","id":"a"}"#);
    let data = Feed {
        source: "replay".into(),
        simulated: true,
        status: FeedStatus::Ended,
        detail: Some("Over.".into()),
    };
    golden(
        &ServerMessage::FeedStatus(FeedStatusMessage { data }),
        r#"{"type":"feed_status","data":{"source":"replay","simulated":true,"status":"ended","detail":"Over."}}"#,
    );
}

#[test]
fn what_a_client_does_not_know_is_no_error_to_it() {
    assert_eq!(
        ServerMessage::decode(r#"{"type":"alert","data":{"new":true}}"#).unwrap(),
        ServerMessage::Unknown
    );
    assert!(ServerMessage::decode("[]").is_err());
    assert!(ServerMessage::decode(r#"{"type":"price_update"}"#).is_err());
}

#[test]
fn what_a_client_sends() {
    let all = [
        (
            ClientMessage::GetPortfolioData(GetPortfolioData::default()),
            r#"{"type":"get_portfolio_data"}"#,
        ),
        (
            ClientMessage::StopUpdates(StopUpdates { id: Some("a".into()) }),
            r#"{"type":"stop_updates","id":"a"}"#,
        ),
        (
            ClientMessage::StartUpdates(StartUpdates {
                id: None,
                portfolio_id: Some("sample".into()),
                interval_ms: Some(1000),
                seq: Some(42),
            }),
            r#"{"type":"start_updates","portfolio_id":"sample","interval_ms":1000,"seq":42}"#,
        ),
    ];
    for (message, text) in all {
        assert_eq!(message.encode(), text);
        assert_eq!(serde_json::from_str::<ClientMessage>(text).unwrap(), message);
    }
}
