//! docs/asyncapi.json says what the enums of the wire contract say: the same messages, the same fields, the same types.

use chrono::{DateTime, NaiveDate, Utc};
use finflow_app::live::protocol::{
    Ack, ClientMessage, ConnectionEstablished, ErrorMessage, FeedStatusMessage, GetPortfolioData, Greeting, PATH, PortfolioData,
    PriceUpdate, ServerMessage, StartUpdates, StopUpdates, VERSION,
};
use finflow_app::live::server::request;
use finflow_app::market::feed::{Feed, FeedStatus};
use finflow_app::market::hours::MarketState;
use finflow_app::money::Decimal;
use finflow_app::portfolio::change::Change;
use finflow_app::portfolio::holding::{Holding, PriceSource, RowKind};
use finflow_app::portfolio::valuation::{Gains, HoldingDetail, Point, Snapshot, Valuation};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const BOUNDS: (u64, u64) = (100, 3_600_000);
const MOMENT: &str = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$";

fn document() -> Value {
    serde_json::from_str(include_str!("../../docs/asyncapi.json")).expect("docs/asyncapi.json is JSON")
}

/// The tag of a client's message. No arm for the rest: a new variant must come by here, and into [`client_samples`].
fn client_tag(message: &ClientMessage) -> &'static str {
    match message {
        ClientMessage::GetPortfolioData(_) => "get_portfolio_data",
        ClientMessage::StartUpdates(_) => "start_updates",
        ClientMessage::StopUpdates(_) => "stop_updates",
    }
}

/// The tag of a server's message. No arm for the rest: a new variant must come by here, and into [`server_samples`].
fn server_tag(message: &ServerMessage) -> &'static str {
    match message {
        ServerMessage::ConnectionEstablished(_) => "connection_established",
        ServerMessage::PortfolioData(_) => "portfolio_data",
        ServerMessage::PriceUpdate(_) => "price_update",
        ServerMessage::Error(_) => "error",
        ServerMessage::Ack(_) => "ack",
        ServerMessage::FeedStatus(_) => "feed_status",
        ServerMessage::Unknown => panic!("no server sends it"),
    }
}

/// Each message a client sends; with every field where `full`, else with none that may be missing.
fn client_samples(full: bool) -> Vec<ClientMessage> {
    let id = full.then(|| "x".repeat(64));
    let portfolio_id = full.then(|| "sample".to_owned());
    vec![
        ClientMessage::GetPortfolioData(GetPortfolioData {
            id: id.clone(),
            portfolio_id: portfolio_id.clone(),
        }),
        ClientMessage::StartUpdates(StartUpdates {
            id: id.clone(),
            portfolio_id,
            interval_ms: full.then_some(1_000),
            seq: full.then_some(42),
        }),
        ClientMessage::StopUpdates(StopUpdates { id }),
    ]
}

/// Each message the server sends; with every field and figure known where `full`, else with as little as can be.
fn server_samples(full: bool) -> Vec<ServerMessage> {
    let id = full.then(|| "x".repeat(64));
    let now: DateTime<Utc> = "2026-03-02T14:05:06Z".parse().expect("a moment");
    let feed = Feed {
        source: "replay".into(),
        simulated: true,
        status: FeedStatus::Ended,
        detail: full.then(|| "The recording has ended.".into()),
    };
    let known = |cents| full.then(|| Decimal::new(cents, 2));
    let holding = Holding {
        symbol: "AAPL".into(),
        name: "Apple Inc.".into(),
        current_price: known(18_642),
        change: known(-147),
        change_percent: known(-79),
        quantity: Decimal::new(105, 1),
        value: known(195_741).unwrap_or_default(),
        currency: "USD".into(),
        quoted_at: full.then_some(now),
        kind: full.then_some(RowKind::Cash),
        local_value: known(180_000),
        cost: known(170_000),
        unrealised: known(25_741),
        day_change: known(-1_544),
        price_source: full.then_some(PriceSource::Simulated),
        source: full.then_some("kraken"),
        received_at: full.then_some(now),
        market_state: full.then_some(MarketState::Open),
        note: full.then(|| "The price that was entered for 2026-03-01.".into()),
    };
    let gains = full.then(|| Gains {
        total: Decimal::new(25_741, 2),
        realised: Decimal::ZERO,
        unrealised: Decimal::new(25_741, 2),
        income: Decimal::ZERO,
        fees: Decimal::ZERO,
        moved: Decimal::ZERO,
        contributions: Decimal::new(170_000, 2),
        withdrawals: Decimal::ZERO,
        unvalued: Decimal::ZERO,
    });
    let valuation = Valuation {
        portfolio_id: "sample".into(),
        portfolio_name: "Sample Portfolio".into(),
        base_currency: "USD".into(),
        total_value: holding.value,
        total_change: Decimal::new(-1_544, 2),
        total_change_percent: known(-78),
        gains,
        change_by: full.then(|| Change {
            price: Decimal::new(-1_744, 2),
            income: Decimal::new(200, 2),
            ..Change::default()
        }),
        investments: vec![holding],
    };
    let detail = HoldingDetail {
        symbol: "AAPL".into(),
        sector: "Technology".into(),
        closes: vec![Decimal::new(18_789, 2)],
    };
    let point = Point {
        time: now,
        value: valuation.total_value,
    };
    let snapshot = Snapshot {
        valuation: valuation.clone(),
        valued_at: now,
        history: vec![point],
        details: vec![detail],
        real_until: full.then(|| NaiveDate::from_ymd_opt(2022, 12, 28).expect("a date")),
    };
    vec![
        ServerMessage::ConnectionEstablished(ConnectionEstablished {
            data: Greeting {
                protocol: VERSION,
                server_time: now,
                authenticated: false,
                interval_ms: 5_000,
                min_interval_ms: BOUNDS.0,
                max_interval_ms: BOUNDS.1,
                feed: feed.clone(),
            },
        }),
        ServerMessage::PortfolioData(PortfolioData {
            id: id.clone(),
            timestamp: now,
            data: snapshot,
        }),
        ServerMessage::PriceUpdate(PriceUpdate {
            id: id.clone(),
            seq: 42,
            timestamp: now,
            data: valuation,
        }),
        ServerMessage::Error(ErrorMessage {
            id,
            code: "not_found".into(),
            message: "There is no such portfolio.".into(),
        }),
        ServerMessage::Ack(Ack { id: "x".into() }),
        ServerMessage::FeedStatus(FeedStatusMessage { data: feed }),
    ]
}

/// Every sample as its tag and its text.
fn encoded(full: bool) -> Vec<(&'static str, String)> {
    let client = client_samples(full);
    let server = server_samples(full);
    let client = client.iter().map(|message| (client_tag(message), message.encode()));
    client
        .chain(server.iter().map(|message| (server_tag(message), message.encode())))
        .collect()
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What the document's schema of the message `tag` finds wrong with `instance`.
fn faults(document: &Value, tag: &str, instance: &Value) -> Vec<String> {
    let mut faults = vec![];
    validate(
        document,
        &document["components"]["messages"][tag]["payload"],
        instance,
        tag,
        &mut faults,
    );
    faults
}

/// JSON Schema, as far as the document uses it. A keyword that is not known here fails: none is passed over.
fn validate(document: &Value, schema: &Value, instance: &Value, path: &str, faults: &mut Vec<String>) {
    let schema = resolve(document, schema);
    for (keyword, rule) in schema.as_object().unwrap_or_else(|| panic!("{path}: no schema")) {
        let holds = match keyword.as_str() {
            "description" | "examples" => true,
            "type" if rule.is_array() => rule.as_array().is_some_and(|kinds| kinds.iter().any(|kind| is_of(kind, instance))),
            "type" => is_of(rule, instance),
            "const" => instance == rule,
            "enum" => rule.as_array().is_some_and(|all| all.contains(instance)),
            "minimum" => instance
                .as_f64()
                .is_none_or(|number| rule.as_f64().is_some_and(|least| number >= least)),
            "maximum" => instance
                .as_f64()
                .is_none_or(|number| rule.as_f64().is_some_and(|most| number <= most)),
            "maxLength" => instance
                .as_str()
                .is_none_or(|text| Some(text.chars().count() as u64) <= rule.as_u64()),
            "format" => instance.as_str().is_none_or(|text| match rule.as_str() {
                Some("date-time") => text.parse::<DateTime<Utc>>().is_ok(),
                Some("date") => text.parse::<NaiveDate>().is_ok(),
                other => panic!("{path}: the format {other:?} is not known here"),
            }),
            // The one pattern there is: a moment in UTC, with milliseconds.
            "pattern" => instance.as_str().is_none_or(|text| {
                let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                rule == MOMENT && shape == "0000-00-00T00:00:00.000Z"
            }),
            "anyOf" => rule.as_array().is_some_and(|ways| {
                ways.iter().any(|way| {
                    let mut wrong = vec![];
                    validate(document, way, instance, path, &mut wrong);
                    wrong.is_empty()
                })
            }),
            "required" => {
                let names = rule.as_array().into_iter().flatten();
                names.filter_map(Value::as_str).all(|name| instance.get(name).is_some())
            }
            "properties" => {
                for (name, property) in rule.as_object().into_iter().flatten() {
                    if let Some(value) = instance.get(name) {
                        validate(document, property, value, &format!("{path}.{name}"), faults);
                    }
                }
                true
            }
            "items" => {
                for item in instance.as_array().into_iter().flatten() {
                    validate(document, rule, item, path, faults);
                }
                true
            }
            other => panic!("{path}: the keyword {other} is not known here"),
        };
        if !holds {
            faults.push(format!("{path}: {instance} breaks {keyword} {rule}"));
        }
    }
}

fn is_of(kind: &Value, instance: &Value) -> bool {
    match kind.as_str() {
        Some("object") => instance.is_object(),
        Some("array") => instance.is_array(),
        Some("string") => instance.is_string(),
        Some("boolean") => instance.is_boolean(),
        Some("null") => instance.is_null(),
        Some("number") => instance.is_number(),
        Some("integer") => instance.is_i64() || instance.is_u64(),
        other => panic!("the type {other:?} is not known here"),
    }
}

/// Follows `$ref`s to the schema itself.
fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let target = document.pointer(reference.trim_start_matches('#'));
            resolve(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => schema,
    }
}

/// The fields of `instance` are those of the schema at every depth: all of them where `full`, else the required ones.
fn assert_same_fields(document: &Value, schema: &Value, instance: &Value, full: bool, path: &str) {
    let schema = resolve(document, schema);
    match instance {
        Value::Object(fields) => {
            let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("{path} is no object"));
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let documented: BTreeSet<&str> = if full {
                properties.keys().map(String::as_str).collect()
            } else {
                required.collect()
            };
            let sent: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
            assert_eq!(sent, documented, "fields of {path}");
            for (name, value) in fields {
                assert_same_fields(document, &properties[name], value, full, &format!("{path}.{name}"));
            }
        }
        Value::Array(items) => {
            for item in items {
                assert_same_fields(document, &schema["items"], item, full, path);
            }
        }
        _ => {}
    }
}

#[test]
fn the_document_names_the_messages_of_the_enums_and_no_other() {
    let document = document();
    let tags: BTreeSet<String> = encoded(true)
        .into_iter()
        .map(|(tag, text)| {
            assert_eq!(parse(&text)["type"], tag);
            tag.to_owned()
        })
        .collect();
    let keys = |value: &Value| -> BTreeSet<String> { value.as_object().expect("an object").keys().cloned().collect() };
    assert_eq!(keys(&document["components"]["messages"]), tags);
    assert_eq!(keys(&document["channels"]["portfolio"]["messages"]), tags);
    assert_eq!(document["channels"]["portfolio"]["address"], PATH);
    assert_eq!(document["info"]["version"], VERSION.to_string());
    for tag in &tags {
        let message = &document["components"]["messages"][tag];
        assert_eq!(message["name"], **tag);
        assert_eq!(resolve(&document, &message["payload"])["properties"]["type"]["const"], **tag);
    }
}

#[test]
fn operations_name_messages_of_the_right_direction() {
    let document = document();
    let client: BTreeSet<&str> = client_samples(true).iter().map(client_tag).collect();
    let server: BTreeSet<&str> = server_samples(true).iter().map(server_tag).collect();
    let named = |list: &Value| -> Vec<String> {
        let names = list.as_array().into_iter().flatten();
        names
            .map(|one| resolve(&document, one)["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let (mut received, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for operation in document["operations"].as_object().expect("an object").values() {
        match operation["action"].as_str() {
            Some("receive") => received.extend(named(&operation["messages"])),
            Some("send") => sent.extend(named(&operation["messages"])),
            other => panic!("no action is called {other:?}"),
        }
        sent.extend(named(&operation["reply"]["messages"]));
    }
    assert!(received.iter().eq(client.iter()), "{received:?}");
    assert!(sent.iter().eq(server.iter()), "{sent:?}");
}

#[test]
fn what_the_enums_encode_is_what_the_document_says() {
    let document = document();
    for full in [true, false] {
        for (tag, text) in encoded(full) {
            let sent = parse(&text);
            assert_eq!(faults(&document, tag, &sent), [""; 0], "{text}");
            assert_same_fields(&document, &document["components"]["messages"][tag]["payload"], &sent, full, tag);
        }
    }
}

#[test]
fn the_documents_examples_are_read_by_both_sides() {
    let document = document();
    let clients: BTreeSet<&str> = client_samples(true).iter().map(client_tag).collect();
    for (tag, _) in encoded(true) {
        let examples = document["components"]["messages"][tag]["examples"].as_array().expect("examples");
        assert!(!examples.is_empty(), "{tag} has no example");
        for example in examples.iter().map(|example| &example["payload"]) {
            assert_eq!(faults(&document, tag, example), [""; 0]);
            let text = example.to_string();
            if clients.contains(tag) {
                assert_eq!(request::read(&text, BOUNDS).as_ref().map(client_tag), Ok(tag), "{text}");
            } else {
                assert_eq!(server_tag(&ServerMessage::decode(&text).expect("readable")), tag, "{text}");
            }
        }
    }
}

#[test]
fn the_documents_schemas_refuse_what_the_server_refuses() {
    let document = document();
    for text in [
        r#"{"type":"start_updates","interval_ms":"1000"}"#,
        r#"{"type":"start_updates","interval_ms":1.5}"#,
        r#"{"type":"start_updates","interval_ms":-1}"#,
        r#"{"type":"start_updates","portfolio_id":5}"#,
    ] {
        assert!(request::read(text, BOUNDS).is_err(), "{text}");
        assert_ne!(faults(&document, "start_updates", &parse(text)), [""; 0], "{text}");
    }
}

#[test]
fn words_that_a_client_branches_on_are_documented() {
    let document = document();
    let words = |schema: &str, field: &str| document["components"]["schemas"][schema]["properties"][field]["examples"].clone();
    let statuses = [FeedStatus::Connecting, FeedStatus::Live, FeedStatus::Stale, FeedStatus::Ended];
    assert_eq!(words("Feed", "status"), json!(statuses));
    let codes = words("Error", "code");
    for (text, code) in [
        ("{", "invalid_json"),
        ("{}", "unknown_type"),
        (r#"{"type":"stop_updates","id":1}"#, "invalid_field"),
    ] {
        assert_eq!(request::read(text, BOUNDS).map_err(|refusal| refusal.code), Err(code));
        assert!(codes.as_array().is_some_and(|codes| codes.iter().any(|one| one == code)), "{code}");
    }
}
