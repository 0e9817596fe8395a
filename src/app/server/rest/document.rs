//! The description of the API, made from the handlers and their types.

use crate::app::server::rest::problem::{FieldError, MEDIA_TYPE, ProblemBody};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::OpenApi;

/// The description as text, made once.
#[derive(Clone, Debug)]
pub struct Text(pub Arc<str>);

/// What no handler says by itself.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "FinFlow",
        version = "1",
        description = "Portfolios, their ledgers and what they are worth. Amounts are JSON numbers with exact digits.",
    ),
    servers((url = "/api/v1")),
    components(schemas(ProblemBody, FieldError)),
    tags(
        (name = "You", description = "Whose token it is."),
        (name = "Portfolios", description = "Names and terms."),
        (name = "Activities", description = "The lines of a ledger."),
        (name = "Changes", description = "What was done, and taking it back."),
        (name = "Valuation", description = "What portfolios are worth now."),
        (name = "Files", description = "Histories of other trackers, in and out."),
        (name = "Instruments and prices", description = "What you know about what has no market."),
    ),
)]
pub struct Ground;

/// Adds to a description what is the same for all operations: errors, the token, and the key that names a write.
pub fn complete(api: &utoipa::openapi::OpenApi) -> Value {
    // A description is made of texts and lists: it can always be written.
    let mut document = serde_json::to_value(api).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({"token": {
        "type": "http", "scheme": "bearer",
        "description": "A token that a user makes on the page /account/tokens/. It may do what its scopes say."
    }});
    document["components"]["parameters"] = json!({"IdempotencyKey": {
        "name": "Idempotency-Key", "in": "header", "required": false,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": "Names this write for a day. Sent again with the same key, it is not done again: the answer is the one \
            that was given, with the header Idempotent-Replay."
    }});
    let problem = json!({"description": "What was not done, and why",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (method, operation) in paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()) {
        operation["responses"]["default"] = problem.clone();
        if method != "get" {
            let key = json!({"$ref": "#/components/parameters/IdempotencyKey"});
            match operation["parameters"].as_array_mut() {
                Some(parameters) => parameters.push(key),
                None => operation["parameters"] = json!([key]),
            }
        }
    }
    document
}
