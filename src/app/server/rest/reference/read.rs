//! The description as lists of texts, ready to be drawn.

use serde_json::Value;
use std::sync::Arc;

/// All that the page shows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The operations, a group a subject.
    pub groups: Arc<[Group]>,
    /// The shapes of bodies.
    pub shapes: Arc<[Shape]>,
}

/// Operations of one subject.
#[derive(Debug)]
pub struct Group {
    /// The subject.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Its method.
    pub method: String,
    /// Its path, below the server.
    pub path: String,
    /// What it does.
    pub summary: String,
    /// The scope that it needs; `Some("")` for a token of any, `None` for no token.
    pub scope: Option<String>,
    /// Parts of the address and headers.
    pub parameters: Vec<Field>,
    /// Type of the body that is sent, and its shape.
    pub body: Option<(String, Kind)>,
    /// Status, what it means, the shape of the body.
    pub answers: Vec<(String, String, Option<Kind>)>,
    /// A command that does it.
    pub curl: String,
}

/// A named shape.
#[derive(Debug)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// What it is made of where it is no object.
    pub kind: Kind,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field or a parameter.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where it stands: `path`, `query`, `header`; empty for a field.
    pub place: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub kind: Kind,
    /// What it means.
    pub about: String,
}

/// What a field holds: words, and the name of the shape that they lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// For a person: `list of Activity, or null`.
    pub text: String,
    /// The shape in it.
    pub shape: Option<String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What a schema allows, in words.
fn kind(schema: &Value) -> Kind {
    if let Some(name) = schema["$ref"].as_str().and_then(|way| way.rsplit('/').next()) {
        return Kind {
            text: name.to_owned(),
            shape: Some(name.to_owned()),
        };
    }
    for ways in ["oneOf", "anyOf"] {
        let ways = list(&schema[ways]);
        if !ways.is_empty() {
            let kinds: Vec<_> = ways.iter().map(kind).collect();
            return Kind {
                text: kinds.iter().map(|kind| kind.text.as_str()).collect::<Vec<_>>().join(" or "),
                shape: kinds.into_iter().find_map(|kind| kind.shape),
            };
        }
    }
    let words = |name: &str| match (name, schema["format"].as_str()) {
        ("array", _) => {
            let of = kind(&schema["items"]);
            (format!("list of {}", of.text), of.shape)
        }
        ("string", Some("date")) => ("day".to_owned(), None),
        ("string", Some("date-time")) => ("moment".to_owned(), None),
        ("integer", _) => ("whole number".to_owned(), None),
        ("boolean", _) => ("true or false".to_owned(), None),
        ("string", _) if !list(&schema["enum"]).is_empty() => {
            let values: Vec<_> = list(&schema["enum"]).iter().map(text).collect();
            (values.join(", "), None)
        }
        ("string", _) => ("text".to_owned(), None),
        (other, _) => (other.to_owned(), None),
    };
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => {
            return Kind {
                text: "anything".into(),
                shape: None,
            };
        }
    };
    let (texts, shapes): (Vec<_>, Vec<_>) = names.into_iter().map(words).unzip();
    Kind {
        text: texts.join(" or "),
        shape: shapes.into_iter().flatten().next(),
    }
}

impl Reference {
    /// Reads the description.
    pub fn read(document: &Value) -> Self {
        let group = |tag: &Value| Group {
            name: text(&tag["name"]),
            about: text(&tag["description"]),
            operations: operations(document, &tag["name"]),
        };
        let shapes = document["components"]["schemas"].as_object().into_iter().flatten();
        Self {
            groups: list(&document["tags"]).iter().map(group).collect(),
            shapes: shapes.map(|(name, schema)| shape(name, schema)).collect(),
        }
    }
}

fn shape(name: &str, schema: &Value) -> Shape {
    let required: Vec<_> = list(&schema["required"]).iter().filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, schema): (&String, &Value)| Field {
        name: name.clone(),
        place: String::new(),
        required: required.contains(&name.as_str()),
        kind: kind(schema),
        about: text(&schema["description"]),
    };
    Shape {
        name: name.to_owned(),
        about: text(&schema["description"]),
        kind: kind(schema),
        fields: fields.map(field).collect(),
    }
}

fn operations(document: &Value, tag: &Value) -> Vec<Operation> {
    let mut found = vec![];
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let operation = &item[method];
            if list(&operation["tags"]).contains(tag) {
                found.push(read(document, path, method, operation));
            }
        }
    }
    found
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let resolved = |parameter: &Value| match parameter["$ref"].as_str() {
        Some(way) => document.pointer(way.trim_start_matches('#')).cloned().unwrap_or_default(),
        None => parameter.clone(),
    };
    let parameters: Vec<_> = list(&operation["parameters"]).iter().map(resolved).collect();
    let field = |parameter: &Value| Field {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        required: parameter["required"] == true,
        kind: kind(&parameter["schema"]),
        about: text(&parameter["description"]),
    };
    let content = |holder: &Value| {
        let content = holder["content"].as_object()?.iter().next()?;
        Some((content.0.clone(), kind(&content.1["schema"])))
    };
    let answers = operation["responses"].as_object().into_iter().flatten();
    let answers = answers.map(|(status, answer)| {
        let status = if status == "default" { "else" } else { status };
        (
            status.to_owned(),
            text(&answer["description"]),
            content(answer).map(|(_, kind)| kind),
        )
    });
    let scope = operation["security"].get(0).map(|asked| {
        let scopes: Vec<_> = list(&asked["token"]).iter().map(text).collect();
        scopes.join(" ")
    });
    let body = content(&operation["requestBody"]);
    Operation {
        method: method.to_uppercase(),
        path: format!("/api/v1{path}"),
        summary: text(&operation["summary"]),
        curl: curl(document, path, method, scope.is_some(), body.as_ref(), &parameters),
        scope,
        parameters: parameters.iter().map(field).collect(),
        body,
        answers: answers.collect(),
    }
}

/// A command that does it, on a server of one's own.
fn curl(document: &Value, path: &str, method: &str, token: bool, body: Option<&(String, Kind)>, parameters: &[Value]) -> String {
    let mut address = format!("http://127.0.0.1:8000/api/v1{path}");
    let needed = parameters.iter().filter(|one| one["in"] == "query" && one["required"] == true);
    for (number, parameter) in needed.enumerate() {
        let mark = if number == 0 { '?' } else { '&' };
        address += &format!("{mark}{}=…", text(&parameter["name"]));
    }
    for (name, example) in [("{portfolio}", "$PORTFOLIO"), ("{activity}", "$ACTIVITY"), ("{change}", "$CHANGE")] {
        address = address.replace(name, example);
    }
    let address = address.replace("{symbol}", "FLAT").replace("{day}", "2024-03-01");
    let mut lines = vec![match method {
        "get" => format!("curl \"{address}\""),
        _ => format!("curl -X {} \"{address}\"", method.to_uppercase()),
    }];
    if token {
        lines.push("-H \"Authorization: Bearer $FINFLOW_TOKEN\"".into());
    }
    if let Some((media, kind)) = body {
        lines.push(format!("-H \"Content-Type: {media}\""));
        let example = kind.shape.as_ref().map(|name| &document["components"]["schemas"][name]["example"]);
        lines.push(match example {
            Some(example) if !example.is_null() => format!("-d '{example}'"),
            _ => "--data-binary @export.csv".into(),
        });
    }
    lines.join(" \\\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_told_in_words() {
        let told = |schema| kind(&schema).text;
        assert_eq!(told(json!({"type": ["string", "null"], "format": "date"})), "day or null");
        assert_eq!(told(json!({"oneOf": [{"type": "null"}, {"$ref": "#/x/Exact"}]})), "null or Exact");
        let lots = kind(&json!({"type": "array", "items": {"$ref": "#/components/schemas/Lot"}}));
        assert_eq!((lots.text.as_str(), lots.shape.as_deref()), ("list of Lot", Some("Lot")));
    }
}
