//! Every route of the description, asked by those who may not.

use super::{Api, buy};
use finflow_app::accounts::scope::Scope;
use serde_json::{Value, json};

type Operation = (String, String, Option<Vec<String>>, Option<Value>);

/// Each operation: method, path, the scopes that it asks for, and a body that it accepts.
fn operations(document: &Value) -> Vec<Operation> {
    let mut found = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let asked = operation["security"][0]["token"].as_array();
            let scopes = asked.map(|scopes| scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect());
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let example = schema.as_str().map(|way| document.pointer(&way[1..]).unwrap()["example"].clone());
            assert!(example.as_ref().is_none_or(|example| !example.is_null()), "{path} has an example");
            found.push((method.to_uppercase(), path.clone(), scopes, example));
        }
    }
    found
}

fn fill(path: &str, portfolio: &str, activity: &str, change: &str) -> String {
    let path = path
        .replace("{portfolio}", portfolio)
        .replace("{activity}", activity)
        .replace("{change}", change);
    path.replace("{symbol}", "FLAT").replace("{day}", "2024-03-01")
}

#[tokio::test]
async fn row_12_nobody_reaches_what_is_anothers_by_any_route() {
    let api = Api::start().await;
    let portfolio = api.portfolio().await;
    let made = api
        .call("POST", &format!("/portfolios/{portfolio}/activities"), buy("AAPL", 1))
        .await;
    let (activity, change) = (
        made.json["activities"][0]["id"].as_str().unwrap(),
        made.json["change"].as_str().unwrap(),
    );
    api.call("PUT", "/instruments/FLAT", json!({"name": "Ann's flat"})).await;
    api.call("PUT", "/prices/FLAT/2024-03-01", json!({"price": 1})).await;
    let export = format!("/portfolios/{portfolio}/export");
    let before = api.call("GET", &export, Value::Null).await.body;
    let operations = operations(&api.document);
    assert!(operations.len() >= 20, "{}", operations.len());
    for (method, path, scope, body) in operations {
        let body = body.unwrap_or_default();
        let theirs = fill(&path, &portfolio, activity, change);
        let nowhere = fill(&path, "nothing", "nothing", "nothing");
        let query = if method == "DELETE" && path == "/portfolios/{portfolio}" {
            "?confirm=Pension"
        } else {
            ""
        };
        let nobody = api.send(&method, &theirs, &[], b"").await;
        if scope.is_none() {
            assert_eq!(nobody.status, 200, "{method} {path}");
            continue;
        }
        assert_eq!(nobody.problem(), "unauthenticated", "{method} {path}");
        let answer = api.call_as(&api.bob, &method, &format!("{theirs}{query}"), body.clone()).await;
        if path.starts_with("/portfolios/{") {
            let none = api.call_as(&api.bob, &method, &format!("{nowhere}{query}"), body).await;
            assert_eq!((answer.status, &answer.body), (404, &none.body), "{method} {path}");
        } else {
            assert!(
                !answer.body.contains("Ann") && !answer.body.contains(&portfolio),
                "{method} {path}: {}",
                answer.body
            );
        }
    }
    assert_eq!(
        api.call("GET", &export, Value::Null).await.body,
        before,
        "nothing of it was changed"
    );
    assert_eq!(
        api.call("GET", "/instruments", Value::Null).await.json["items"][0]["name"],
        "Ann's flat"
    );
    assert_eq!(api.call("GET", "/prices", Value::Null).await.json["items"][0]["price"], 1);
    api.stop().await;
}

#[tokio::test]
async fn a_token_without_the_scope_of_a_route_is_refused_there() {
    let api = Api::start().await;
    let portfolio = api.portfolio().await;
    for (method, path, scopes, body) in operations(&api.document) {
        for label in scopes.unwrap_or_default() {
            let others: Vec<_> = Scope::ALL.into_iter().filter(|scope| scope.label() != label).collect();
            let (secret, token) = api.accounts.make_token("ann", "narrow", &others, None).await.unwrap();
            let address = fill(&path, &portfolio, "a", "b");
            let refused = api.call_as(&secret, &method, &address, body.clone().unwrap_or_default()).await;
            assert_eq!((refused.status, refused.problem()), (403, "insufficient-scope"), "{method} {path}");
            let asked = refused.header("www-authenticate").unwrap();
            assert!(asked.contains(&format!("scope=\"{label}\"")), "{asked}");
            api.accounts.revoke_token("ann", &token.id).await.unwrap();
        }
    }
    api.stop().await;
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let api = Api::start().await;
    assert!(api.document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (method, path, ..) in operations(&api.document) {
        let answer = api.send(&method, &fill(&path, "x", "x", "x"), &[], b"").await;
        assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
    }
    // Routes come in by `routes!` alone, which takes the description along.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/server/rest");
    let handlers = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let mut described = 0;
    for file in handlers {
        let text = std::fs::read_to_string(&file).unwrap();
        described += text.matches("#[utoipa::path(").count();
        let bare = text.matches(".route(").count();
        assert_eq!(
            bare,
            if file.ends_with("mod.rs") { 2 } else { 0 },
            "{}: only the page of the API is no operation",
            file.display()
        );
    }
    assert_eq!(described, operations(&api.document).len());
    api.stop().await;
}

#[tokio::test]
async fn the_page_of_the_api_shows_every_operation_and_every_problem() {
    let api = Api::start().await;
    let (status, head, page) = api.app.http("GET /api/docs/\n").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-security-policy:"));
    for (method, path, ..) in operations(&api.document) {
        assert!(page.contains(&format!("/api/v1{path}")), "{method} {path}");
    }
    for name in api.document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"shape-{name}\"")), "{name}");
    }
    for part in page.split("href=\"#").skip(1) {
        let id = part.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "#{id} leads nowhere");
    }
    for kind in finflow_app::app::server::rest::problem::Kind::ALL {
        assert!(page.contains(&format!("id=\"{}\"", kind.told().0)), "{kind:?}");
    }
    api.stop().await;
}
