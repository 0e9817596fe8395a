//! What comes in: JSON bodies and queries, read strictly. What is wrong is named by its field.

use crate::app::server::AppState;
use crate::app::server::rest::problem::{Kind, Problem};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Query as AxumQuery, Request};
use axum::http::header;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use url::form_urlencoded;

/// Bytes of a JSON body.
pub const LARGEST_JSON: usize = 2 << 20;

/// Reads a body, no more than `most` bytes of it.
pub async fn bytes(body: Body, most: usize) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, most).await.map_err(|error| {
        use std::error::Error as _;
        let is_long = error
            .source()
            .is_some_and(|source| source.to_string().contains("length limit exceeded"));
        if is_long || error.to_string().contains("length limit exceeded") {
            Problem::new(Kind::TooLarge, format!("At most {most} bytes are accepted."))
        } else {
            Problem::new(Kind::MalformedJson, "The body broke off.")
        }
    })
}

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &AppState) -> Result<Self, Problem> {
        Ok(Self(parse(&json_bytes(request).await?, "")?))
    }
}

/// The bytes of a body that says that it is JSON.
pub async fn json_bytes(request: Request) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    if essence != "application/json" && !(essence.starts_with("application/") && essence.ends_with("+json")) {
        let told = if essence.is_empty() {
            "no Content-Type".to_owned()
        } else {
            essence
        };
        return Err(Problem::new(
            Kind::WrongMediaType,
            format!("The request has {told}; application/json is accepted."),
        ));
    }
    bytes(request.into_body(), LARGEST_JSON).await
}

/// Reads JSON. `place` stands before the name of a field that is wrong.
pub fn parse<T: DeserializeOwned>(text: &[u8], place: &str) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            let (field, reason) = named(&path, &inner.to_string());
            let field = match (place, field.as_str()) {
                ("", field) => field.to_owned(),
                (place, ".") => place.to_owned(),
                (place, field) => format!("{place}.{field}"),
            };
            Problem::field(Kind::InvalidField, field, reason)
        } else {
            Problem::new(Kind::MalformedJson, format!("The body is no JSON: {inner}."))
        }
    })?;
    let rest = reader.end();
    rest.map_err(|error| Problem::new(Kind::MalformedJson, format!("The body is no JSON: {error}.")))?;
    Ok(read)
}

/// The field that a reader's error is about, and the error without its place in the text.
fn named(path: &str, text: &str) -> (String, String) {
    let reason = text.split(" at line ").next().unwrap_or(text).to_owned();
    let quoted = reason.split('`').nth(1).map(str::to_owned);
    let field = match quoted {
        // The path ends at the object; the field is in the text.
        Some(field) if reason.starts_with("missing field") && path != "." => format!("{path}.{field}"),
        Some(field) if reason.starts_with("missing field") || (path == "." && reason.starts_with("unknown field")) => field,
        _ => path.to_owned(),
    };
    let reason = if reason.starts_with("missing field") {
        "is missing".to_owned()
    } else {
        reason
    };
    (field, reason)
}

/// The query of an address. A parameter that is not known is no parameter; one that stands twice is one too many.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &AppState) -> Result<Self, Problem> {
        let mut seen = HashSet::new();
        for (name, _) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if !seen.insert(name.clone()) {
                return Err(Problem::field(Kind::InvalidQuery, name, "stands twice"));
            }
        }
        let read = AxumQuery::<T>::try_from_uri(&parts.uri).map_err(|rejected| {
            let text = rejected.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let (path, reason) = text.split_once(": ").unwrap_or((".", text));
            let (field, reason) = named(path, reason);
            Problem::field(Kind::InvalidQuery, field, reason)
        })?;
        Ok(Self(read.0))
    }
}

/// An address without a query.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn an_error_names_its_field() {
        let pair = |path, text| {
            let (field, reason) = named(path, text);
            format!("{field}|{reason}")
        };
        assert_eq!(pair(".", "missing field `day` at line 1 column 2"), "day|is missing");
        assert_eq!(
            pair("lots[0]", "missing field `quantity` at line 1 column 2"),
            "lots[0].quantity|is missing"
        );
        assert_eq!(pair("price", "invalid type: map"), "price|invalid type: map");
    }
}
