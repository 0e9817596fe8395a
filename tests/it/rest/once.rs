//! A write that names itself is done once.

use super::{Api, buy};
use crate::storage::places;
use futures_util::future::join_all;
use serde_json::Value;

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
