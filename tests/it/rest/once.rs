//! A write that names itself is done once.

use super::{Api, buy};
use crate::storage::places;
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test]
async fn a_key_names_one_write_for_good() {
    for place in places().await {
        let api = Api::start_in(place, &[]).await;
        let all = format!("/portfolios/{}/activities", api.portfolio().await);
        let bearer = format!("authorization: Bearer {}", api.ann);
        let post = async |key: &str, body: Value| {
            let key = format!("idempotency-key: {key}");
            api.send(
                "POST",
                &all,
                &[&bearer, "content-type: application/json", &key],
                body.to_string().as_bytes(),
            )
            .await
        };
        let total = async || api.call("GET", &all, Value::Null).await.json["total"].as_u64().unwrap();
        let first = post("one", buy("AAPL", 1)).await;
        assert_eq!((first.status, first.header("idempotent-replay")), (201, None), "{first:?}");
        let again = post("one", buy("AAPL", 1)).await;
        assert_eq!(
            (again.status, again.header("idempotent-replay"), &again.body),
            (201, Some("true"), &first.body)
        );
        for header in ["content-type", "location"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
        assert_eq!(post("one", buy("AAPL", 2)).await.problem(), "idempotency-key-reused");
        // What is refused is refused again; nothing is read anew.
        let refused = post("two", buy("", 1)).await;
        let again = post("two", buy("", 1)).await;
        assert_eq!(
            (refused.problem(), again.problem(), again.header("idempotent-replay")),
            ("invalid-field", "invalid-field", Some("true"))
        );
        assert_eq!(total().await, 1);

        // Twenty at once: one is done, the others hear its answer or that it is on its way.
        let answers = join_all((0..20).map(|_| post("three", buy("MSFT", 3)))).await;
        let done = answers.iter().filter(|answer| answer.status == 201).map(|answer| &answer.body);
        let mut bodies: Vec<_> = done.collect();
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "one answer for all");
        let new = answers
            .iter()
            .filter(|answer| answer.status == 201 && answer.header("idempotent-replay").is_none());
        assert_eq!(new.count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!((answer.status, answer.problem()), (409, "request-in-progress"));
        }
        assert_eq!(total().await, 2);

        // A key is its user's own; a caller that may not write does not take one.
        let key = "idempotency-key: one";
        let hers = api.send("GET", &all, &[&bearer, key], b"").await;
        assert_eq!((hers.status, hers.header("idempotent-replay")), (200, None), "reading needs no key");
        let his = format!("authorization: Bearer {}", api.bob);
        let body = r#"{"name": "His", "base_currency": "EUR"}"#;
        let made = api
            .send(
                "POST",
                "/portfolios",
                &[&his, "content-type: application/json", key],
                body.as_bytes(),
            )
            .await;
        assert_eq!((made.status, made.header("idempotent-replay")), (201, None));

        // After a day the key is free.
        let mut change = api.database.write().await.unwrap();
        sqlx::query("UPDATE replies SET created_at = created_at - 86400000")
            .execute(&mut *change)
            .await
            .unwrap();
        change.commit().await.unwrap();
        let anew = post("one", buy("AAPL", 2)).await;
        assert_eq!((anew.status, anew.header("idempotent-replay")), (201, None));
        assert_eq!(total().await, 3);
        api.stop().await;
    }
}

#[tokio::test]
async fn a_write_whose_caller_hangs_up_is_done_and_told_to_the_next() {
    let api = Api::start().await;
    let all = format!("/portfolios/{}/activities", api.portfolio().await);
    let body = buy("AAPL", 1).to_string();
    let bearer = format!("authorization: Bearer {}", api.ann);
    let headers = [bearer.as_str(), "content-type: application/json", "idempotency-key: cut"];
    // The other handle holds the file, so that the write waits while its caller goes away.
    let mut change = api.database.write().await.unwrap();
    sqlx::query("UPDATE users SET seen_at = 2").execute(&mut *change).await.unwrap();
    let gone = tokio::time::timeout(
        std::time::Duration::from_millis(300),
        api.send("POST", &all, &headers, body.as_bytes()),
    )
    .await;
    assert!(gone.is_err(), "it waits");
    change.rollback().await.unwrap();
    let until = tokio::time::Instant::now() + crate::harness::PATIENCE;
    loop {
        let answer = api.send("POST", &all, &headers, body.as_bytes()).await;
        if answer.status == 201 {
            break;
        }
        assert_eq!(answer.problem(), "request-in-progress");
        assert!(tokio::time::Instant::now() < until);
    }
    assert_eq!(api.call("GET", &all, Value::Null).await.json["total"], 1);
    api.stop().await;
}

#[tokio::test]
async fn row_18_a_write_that_was_killed_is_done_anew_a_minute_later_and_not_twice() {
    for place in places().await {
        let api = Api::start_in(place, &[]).await;
        let portfolio = api.portfolio().await;
        let all = format!("/portfolios/{portfolio}/activities");
        let bearer = format!("authorization: Bearer {}", api.ann);
        let post = async |path: &str, key: &str, body: Value| {
            let headers = [
                bearer.as_str(),
                "content-type: application/json",
                &format!("idempotency-key: {key}"),
            ];
            api.send("POST", path, &headers, body.to_string().as_bytes()).await
        };
        let two = json!([buy("AAPL", 1), buy("MSFT", 2)]);
        let opened = json!({"name": "Second", "base_currency": "EUR"});
        // The seeds, as each request finds them when it begins.
        let begun = async |age: i64| {
            let mut change = api.database.write().await.unwrap();
            let statement = "UPDATE replies SET status = NULL, headers = '', body = 'the seed', created_at = created_at - $1";
            let done = sqlx::query(statement).bind(age).execute(&mut *change).await.unwrap();
            change.commit().await.unwrap();
            done.rows_affected()
        };
        let first = post(&all, "a", two.clone()).await;
        let open = post("/portfolios", "b", opened.clone()).await;
        assert_eq!((first.status, open.status), (201, 201));
        assert_eq!(begun(0).await, 2);
        assert_eq!(
            post(&all, "a", two.clone()).await.problem(),
            "request-in-progress",
            "it may be worked on still"
        );
        assert_eq!(begun(60_000).await, 2);
        assert_eq!(
            post(&all, "a", buy("X", 1)).await.problem(),
            "idempotency-key-reused",
            "it is another request"
        );
        let second = post(&all, "a", two.clone()).await;
        let reopened = post("/portfolios", "b", opened.clone()).await;
        assert_eq!((second.status, reopened.status), (201, 201), "{second:?}");
        assert_eq!(second.header("idempotent-replay"), None, "it was done anew");
        assert_eq!(begun(60_000).await, 2);
        let third = post(&all, "a", two.clone()).await;
        let last = post("/portfolios", "b", opened.clone()).await;
        assert_eq!(
            third.json["activities"], second.json["activities"],
            "the identities are those of the seed"
        );
        assert_eq!(last.body, reopened.body);
        assert_eq!(post(&all, "a", two).await.header("idempotent-replay"), Some("true"));
        let ids = |answer: &super::Answer| answer.json["activities"][0]["id"].clone();
        assert_ne!(ids(&first), ids(&second), "those of another seed are others");
        assert_eq!(api.call("GET", &all, Value::Null).await.json["total"], 4);
        assert_eq!(api.call("GET", "/portfolios", Value::Null).await.json["total"], 3);
        api.stop().await;
    }
}
