//! What is refused, and how it is told.

use super::{Api, buy};
use serde_json::{Value, json};

#[tokio::test]
async fn each_refusal_is_a_problem_of_its_kind() {
    let api = Api::start().await;
    let portfolio = api.portfolio().await;
    let all = format!("/portfolios/{portfolio}/activities");
    let bearer = format!("authorization: Bearer {}", api.ann);
    let json_type = "content-type: application/json";
    for (method, path, headers, body, status, kind) in [
        ("GET", "/me", vec![], "", 401, "unauthenticated"),
        ("GET", "/me", vec!["authorization: Bearer ff_wrong"], "", 401, "unauthenticated"),
        ("GET", "/me", vec!["authorization: Basic YTpi"], "", 401, "unauthenticated"),
        ("GET", "/me", vec!["cookie: finflow_session=x"], "", 401, "unauthenticated"),
        ("GET", "/nowhere", vec![], "", 404, "not-found"),
        ("GET", "", vec![&bearer], "", 404, "not-found"),
        ("GET", "/portfolios/", vec![&bearer], "", 404, "not-found"),
        ("PUT", "/portfolios", vec![&bearer], "", 405, "method-not-allowed"),
        ("GET", "/portfolios/nothing", vec![&bearer], "", 404, "not-found"),
        ("GET", "/portfolios?colour=red", vec![&bearer], "", 400, "invalid-query"),
        ("GET", "/portfolios?page=1&page=2", vec![&bearer], "", 400, "invalid-query"),
        ("GET", "/portfolios?page=0", vec![&bearer], "", 400, "invalid-query"),
        ("GET", "/portfolios?limit=501", vec![&bearer], "", 400, "invalid-query"),
        ("GET", "/portfolios?limit=x", vec![&bearer], "", 400, "invalid-query"),
        ("GET", "/me?a=b", vec![&bearer], "", 400, "invalid-query"),
        ("GET", "/portfolios/%FF", vec![&bearer], "", 400, "invalid-query"),
        ("POST", "/portfolios", vec![&bearer], "{}", 415, "wrong-media-type"),
        (
            "POST",
            "/portfolios",
            vec![&bearer, "content-type: text/plain"],
            "{}",
            415,
            "wrong-media-type",
        ),
        ("POST", "/portfolios", vec![&bearer, json_type], "{", 400, "malformed-json"),
        ("POST", "/portfolios", vec![&bearer, json_type], "{} {}", 422, "invalid-field"),
        ("POST", "/portfolios", vec![&bearer, json_type], "[]", 422, "invalid-field"),
        (
            "POST",
            "/portfolios",
            vec![&bearer, json_type, "idempotency-key: a b"],
            "{}",
            400,
            "invalid-header",
        ),
    ] {
        let answer = api.send(method, path, &headers, body.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.problem()),
            (status, kind),
            "{method} {path} {body}: {answer:?}"
        );
    }
    let nobody = api.send("GET", "/me", &[], b"").await;
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer realm=\"finflow\""));
    assert!(
        api.send("PUT", "/portfolios", &[&bearer], b"")
            .await
            .header("allow")
            .unwrap()
            .contains("POST")
    );

    // A field is named by its path, however it is wrong.
    for (change, field) in [
        (json!({"colour": "red"}), "colour"),
        (json!({"kind": "gift"}), "kind"),
        (json!({"day": "2024-02-30"}), "day"),
        (json!({"day": null}), "day"),
        (json!({"quantity": "10"}), "quantity"),
        (json!({"quantity": -1}), "quantity"),
        (json!({"quantity": 0}), "quantity"),
        (json!({"price": 1e300}), "price"),
        (json!({"symbol": null}), "symbol"),
        (json!({"price": null}), "price"),
        (json!({"currency": "euro"}), "currency"),
        (json!({"lots": [{"opened_by": "x", "quantity": "all"}]}), "lots[0].quantity"),
        (json!({"lots": [{"opened_by": "x"}]}), "lots[0].quantity"),
        (json!({"tags": [""]}), "tags"),
        (json!({"id": "mine"}), "id"),
    ] {
        let mut one = buy("AAPL", 1);
        one.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = api.call("POST", &all, one.clone()).await;
        assert_eq!(
            (refused.problem(), refused.json["errors"][0]["field"].as_str()),
            ("invalid-field", Some(field)),
            "{refused:?}"
        );
        let refused = api.call("POST", &all, json!([buy("AAPL", 2), one])).await;
        let place = format!("activities[1].{field}");
        assert_eq!(refused.json["errors"][0]["field"].as_str(), Some(place.as_str()), "{refused:?}");
    }
    let mut one = buy("AAPL", 1);
    one.as_object_mut().unwrap().remove("day");
    assert_eq!(
        api.call("POST", &all, one).await.json["errors"][0],
        json!({"field": "day", "reason": "is missing"})
    );
    assert_eq!(api.call("POST", &all, json!([])).await.problem(), "invalid-field");
    assert_eq!(
        api.call(
            "PUT",
            &format!("{all}/a"),
            json!({"id": "b", "day": "2024-01-01", "kind": "fee", "currency": "USD"})
        )
        .await
        .problem(),
        "invalid-field"
    );
    assert_eq!(api.call("GET", &all, Value::Null).await.json["total"], 0, "nothing of it came in");

    let long = vec![b' '; (2 << 20) + 1];
    let refused = api.send("POST", &all, &[&bearer, json_type], &long).await;
    assert_eq!((refused.status, refused.problem()), (413, "too-large"));
    api.stop().await;
}

#[tokio::test]
async fn a_token_that_asks_too_often_waits() {
    let api = Api::start_in(crate::storage::sqlite(), &["--api-requests-per-minute", "3"]).await;
    for left in [2, 1, 0] {
        let answer = api.call("GET", "/me", Value::Null).await;
        assert_eq!(
            (answer.status, answer.header("ratelimit")),
            (200, Some(format!("\"token\";r={left}").as_str()))
        );
        assert_eq!(answer.header("ratelimit-policy"), Some("\"token\";q=3;w=60"));
    }
    let refused = api.call("GET", "/me", Value::Null).await;
    assert_eq!((refused.status, refused.problem()), (429, "too-many-requests"));
    assert!((1..=20).contains(&refused.header("retry-after").unwrap().parse::<u32>().unwrap()));
    let other = api.call_as(&api.bob, "GET", "/me", Value::Null).await;
    assert_eq!(other.status, 200, "another's token is served");
    api.stop().await;
}

#[tokio::test]
async fn row_19_a_database_that_is_gone_is_told_as_such() {
    let api = Api::start().await;
    // The first use of a token is noted beside its request, and would wait for the file before the request that is tried here.
    api.call("GET", "/me", Value::Null).await;
    let noted = async || {
        let statement = "SELECT last_used_at FROM tokens WHERE user_id = 'ann' AND last_used_at IS NOT NULL";
        let row: Option<(i64,)> = sqlx::query_as(statement).fetch_optional(api.database.read()).await.unwrap();
        row.is_some()
    };
    while !noted().await {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut change = api.database.write().await.unwrap();
    // Another process holds the file for longer than a writer waits.
    sqlx::query("UPDATE users SET seen_at = 2").execute(&mut *change).await.unwrap();
    let refused = api.call("POST", "/portfolios", json!({"name": "x", "base_currency": "EUR"})).await;
    assert_eq!((refused.status, refused.problem()), (503, "unavailable"), "{refused:?}");
    assert!(refused.header("retry-after").is_some());
    change.rollback().await.unwrap();
    let made = api.call("POST", "/portfolios", json!({"name": "x", "base_currency": "EUR"})).await;
    assert_eq!(made.status, 201);
    api.stop().await;
}
