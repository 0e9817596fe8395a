//! Exact numbers of the API: as JSON numbers with their own digits, and as the document describes them.

use crate::accounts::scope::Scope;
use crate::money::{Decimal, number};
use crate::portfolio::activity::ActivityKind;
use crate::portfolio::book::Method;
use crate::portfolio::described::InstrumentKind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An exact decimal, written as a JSON number with all of its digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exact(#[serde(with = "number")] pub Decimal);

impl From<Decimal> for Exact {
    fn from(amount: Decimal) -> Self {
        Self(amount)
    }
}

impl PartialSchema for Exact {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Number))
            .description(Some(
                "An exact decimal of at most 28 digits, without an exponent. Read it from its text: a binary float loses digits.",
            ))
            .into()
    }
}

impl ToSchema for Exact {
    fn name() -> Cow<'static, str> {
        "Exact".into()
    }
}

fn one_of(labels: impl IntoIterator<Item = &'static str>, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(labels))
        .description(Some(description))
        .into()
}

impl PartialSchema for ActivityKind {
    fn schema() -> RefOr<Schema> {
        one_of(Self::ALL.map(Self::label), "What an activity does")
    }
}

impl ToSchema for ActivityKind {}

impl PartialSchema for Method {
    fn schema() -> RefOr<Schema> {
        one_of(Self::ALL.map(Self::label), "Which lots a sale takes")
    }
}

impl ToSchema for Method {}

impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        one_of(Self::ALL.map(Self::label), "What a token may do")
    }
}

impl ToSchema for Scope {}

impl PartialSchema for InstrumentKind {
    fn schema() -> RefOr<Schema> {
        let labels = ["equity", "fund", "bond", "option", "crypto", "index", "manual", "unknown"];
        one_of(labels, "What sort of thing an instrument is")
    }
}

impl ToSchema for InstrumentKind {}
