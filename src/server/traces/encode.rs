//! Spans as OTLP's JSON (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>), with the names that OpenTelemetry gives to what a
//! request says of itself (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>).

use super::{Ended, Value};
use serde_json::{Value as Json, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// `SPAN_KIND_INTERNAL` and `SPAN_KIND_SERVER`, and `STATUS_CODE_ERROR`.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
const ERROR: u8 = 2;

/// One request's body.
pub fn body(service: &str, spans: &[Ended]) -> Json {
    let about = [("service.name", service), ("service.version", env!("CARGO_PKG_VERSION"))];
    let about: Vec<Json> = about
        .iter()
        .map(|(key, value)| attribute(key, &Value::Text((*value).to_owned())))
        .collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": about },
        "scopeSpans": [{
            "scope": { "name": env!("CARGO_PKG_NAME") },
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }] })
}

fn span(span: &Ended) -> Json {
    let text = |name: &str| {
        span.fields.iter().find_map(|(key, value)| match value {
            Value::Text(text) if *key == name => Some(text.as_str()),
            _ => None,
        })
    };
    let request = text("method").zip(text("route"));
    let failed = span.fields.iter().any(|field| match field {
        ("status", Value::Whole(status)) => *status >= 500,
        ("error", Value::Flag(failed)) => *failed,
        _ => false,
    });
    let mut json = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.span),
        "name": request.map_or_else(|| span.name.to_owned(), |(method, route)| format!("{method} {route}")),
        "kind": if request.is_some() { SERVER } else { INTERNAL },
        "startTimeUnixNano": nanos(span.began),
        "endTimeUnixNano": nanos(span.ended),
        "attributes": span.fields.iter().map(|(key, value)| attribute(named(key), value)).collect::<Vec<_>>(),
        "status": if failed { json!({ "code": ERROR }) } else { json!({}) },
    });
    if let (Some(parent), Some(fields)) = (span.parent, json.as_object_mut()) {
        fields.insert("parentSpanId".into(), format!("{parent:016x}").into());
    }
    json
}

fn named(key: &str) -> &str {
    match key {
        "method" => "http.request.method",
        "route" => "http.route",
        "status" => "http.response.status_code",
        "id" => "finflow.request_id",
        other => other,
    }
}

/// Whole numbers of 64 bits are strings there.
fn attribute(key: &str, value: &Value) -> Json {
    let value = match value {
        Value::Text(text) => json!({ "stringValue": text }),
        Value::Whole(number) => json!({ "intValue": number.to_string() }),
        Value::Flag(flag) => json!({ "boolValue": flag }),
    };
    json!({ "key": key, "value": value })
}

fn nanos(moment: SystemTime) -> String {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_request_is_told_as_opentelemetry_names_it() {
        let began = UNIX_EPOCH + Duration::from_nanos(1_500_000_000_000_000_001);
        let ended = Ended {
            trace: 0xab,
            span: 0xcd,
            parent: Some(0xef),
            name: "request",
            fields: vec![
                ("method", Value::Text("GET".into())),
                ("route", Value::Text("/a/{id}".into())),
                ("status", Value::Whole(503)),
            ],
            began,
            ended: began + Duration::from_millis(1),
        };
        let body = body("mine", &[ended]);
        let told = &body["resourceSpans"][0];
        assert_eq!(told["resource"]["attributes"][0]["value"]["stringValue"], "mine");
        let span = &told["scopeSpans"][0]["spans"][0];
        assert_eq!(span["name"], "GET /a/{id}");
        assert_eq!(
            (span["traceId"].as_str(), span["spanId"].as_str()),
            (Some("000000000000000000000000000000ab"), Some("00000000000000cd"))
        );
        assert_eq!(
            (&span["parentSpanId"], &span["kind"], &span["status"]["code"]),
            (&json!("00000000000000ef"), &json!(2), &json!(2))
        );
        assert_eq!(span["startTimeUnixNano"], "1500000000000000001");
        assert_eq!(
            span["attributes"][2],
            json!({ "key": "http.response.status_code", "value": { "intValue": "503" } })
        );
    }
}
