//! Each resource as a program uses it, on both databases.

use super::{Api, buy, user};
use crate::storage::places;
use finflow_app::accounts::scope::Scope;
use finflow_app::accounts::server::tokens::TokenError;
use serde_json::{Value, json};

#[tokio::test]
async fn a_program_keeps_a_portfolio() {
    for place in places().await {
        let api = Api::start_in(place, &[]).await;
        let me = api.call("GET", "/me", Value::Null).await;
        assert_eq!(
            (me.json["name"].as_str(), me.json["token"]["scopes"].as_array().unwrap().len()),
            (Some("ann"), 4)
        );
        portfolios(&api).await;
        activities(&api).await;
        files(&api).await;
        things(&api).await;
        api.stop().await;
    }
}

async fn portfolios(api: &Api) {
    let made = api
        .call("POST", "/portfolios", json!({"name": "Pension", "base_currency": "EUR"}))
        .await;
    assert_eq!(
        (made.status, made.json["method"].as_str(), &made.json["cash_tracked"]),
        (201, Some("fifo"), &true.into())
    );
    let address = made.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    assert_eq!(api.call("GET", &address, Value::Null).await.json, made.json);
    let changed = api.call("PATCH", &address, json!({"method": "average", "benchmark": "AAPL"})).await;
    assert_eq!(
        (changed.status, &changed.json["name"], &changed.json["benchmark"]),
        (200, &"Pension".into(), &"AAPL".into())
    );
    let changed = api.call("PATCH", &address, json!({"benchmark": null})).await;
    assert_eq!(
        (&changed.json["benchmark"], &changed.json["method"]),
        (&Value::Null, &"average".into())
    );
    let list = api.call("GET", "/portfolios", Value::Null).await;
    assert_eq!((list.json["total"].as_u64(), &list.json["items"][0]), (Some(1), &changed.json));
    // Deleting for good asks for the name.
    assert_eq!(
        api.call("DELETE", &format!("{address}?confirm=Old"), Value::Null).await.problem(),
        "invalid-query"
    );
    assert_eq!(
        api.call("DELETE", &format!("{address}?confirm=Pension"), Value::Null).await.status,
        204
    );
    assert_eq!(api.call("GET", &address, Value::Null).await.problem(), "not-found");
}

async fn activities(api: &Api) {
    let portfolio = api.portfolio().await;
    let all = format!("/portfolios/{portfolio}/activities");
    let text = r#"{"day": "2024-01-02", "kind": "buy", "symbol": "AAPL", "quantity": 0.000000000001, "price": 179.660, "currency": "USD", "note": "First"}"#;
    let bearer = format!("authorization: Bearer {}", api.ann);
    let made = api
        .send(
            "POST",
            &all,
            &[&bearer, "content-type: application/json; charset=utf-8"],
            text.as_bytes(),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(
        made.body.contains(r#""quantity":0.000000000001,"price":179.660,"#),
        "every digit comes back: {}",
        made.body
    );
    let address = made.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    assert_eq!(api.call("GET", &address, Value::Null).await.json, made.json["activities"][0]);

    // Several come in whole.
    let several: Vec<_> = (3..=9).map(|day| buy(if day % 2 == 0 { "MSFT" } else { "AAPL" }, day)).collect();
    let made = api.call("POST", &all, several.clone().into()).await;
    assert_eq!(
        (
            made.status,
            made.json["activities"].as_array().unwrap().len(),
            made.header("location")
        ),
        (201, 7, None)
    );
    let half = [several[0].clone(), json!({"day": "2024-01-10", "kind": "buy", "currency": "USD"})];
    let refused = api.call("POST", &all, half.to_vec().into()).await;
    assert_eq!(
        (refused.problem(), &refused.json["errors"][0]["field"]),
        ("invalid-field", &"activities[1].price".into()),
        "{refused:?}"
    );

    // Filters, and pages to the end.
    for (query, total) in [
        ("", 8),
        ("?symbol=MSFT", 3),
        ("?q=FIRST", 1),
        ("?kind=sell", 0),
        ("?kind=buy&from=2024-01-04&to=2024-01-05", 2),
    ] {
        let found = api.call("GET", &format!("{all}{query}"), Value::Null).await;
        assert_eq!((found.status, &found.json["total"]), (200, &total.into()), "{query}");
    }
    let mut next = Some(format!("{all}?kind=buy&limit=3"));
    let mut seen = vec![];
    while let Some(address) = next {
        let page = api.call("GET", &address, Value::Null).await;
        seen.extend(
            page.json["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        let links = page.header("link").unwrap();
        let link = links.split(", ").find(|link| link.ends_with("rel=\"next\""));
        next = link.map(|link| link[1..].split('>').next().unwrap().strip_prefix("/api/v1").unwrap().to_owned());
        assert!(next.as_ref().is_none_or(|address| address.contains("kind=buy")), "{links}");
    }
    let distinct: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (8, 8));

    // What it is worth are the figures of the pages, once they have heard of the change.
    let worth = format!("/portfolios/{portfolio}/valuation");
    let until = tokio::time::Instant::now() + crate::harness::PATIENCE;
    loop {
        let valued = api.call("GET", &worth, Value::Null).await;
        assert_eq!(
            (valued.status, &valued.json["portfolio_id"]),
            (200, &portfolio.as_str().into()),
            "{valued:?}"
        );
        let held = valued.json["investments"].as_array().unwrap();
        if held.iter().any(|one| one["symbol"] == "MSFT" && one["quantity"] == 30) {
            assert!(valued.json["gains"]["total"].is_number(), "{valued:?}");
            break;
        }
        assert!(tokio::time::Instant::now() < until, "{valued:?}");
    }
    assert_eq!(api.call("GET", "/portfolios/all/valuation", Value::Null).await.status, 200);

    // One by its own name; the same again stands in its place; away with it, and back.
    let own = format!("{all}/own%2F1");
    let one = buy("TSLA", 20);
    assert_eq!(api.call("PUT", &own, one.clone()).await.status, 201);
    let mut other = one.clone();
    other["quantity"] = 11.into();
    other["id"] = "own/1".into();
    let put = api.call("PUT", &own, other).await;
    assert_eq!((put.status, &put.json["activities"][0]["quantity"]), (200, &11.into()));
    let gone = api.call("DELETE", &own, Value::Null).await;
    assert_eq!((gone.status, api.call("GET", &own, Value::Null).await.status), (200, 404));
    let undo = format!("/portfolios/{portfolio}/changes/{}/undo", gone.json["change"].as_str().unwrap());
    assert_eq!(api.call("POST", &undo, Value::Null).await.status, 204);
    assert_eq!(api.call("GET", &own, Value::Null).await.json["quantity"], 11);
    assert_eq!(api.call("POST", &undo, Value::Null).await.problem(), "conflict");
    let changes = api
        .call("GET", &format!("/portfolios/{portfolio}/changes?limit=1"), Value::Null)
        .await;
    let label = changes.json["items"][0]["label"].as_str().unwrap();
    assert_eq!(
        (label, &changes.json["items"][0]["undone"]),
        ("Deleted by a program: buy TSLA of 2024-01-20", &true.into())
    );
}

async fn files(api: &Api) {
    let portfolio = api.portfolio().await;
    let import = format!("/portfolios/{portfolio}/import");
    let bearer = format!("authorization: Bearer {}", api.ann);
    let file = include_bytes!("../../fixtures/import/ghostfolio.json");
    let send = async |query: &str, file: &[u8]| api.send("POST", &format!("{import}{query}"), &[&bearer], file).await;
    let tried = send("?dry_run=true&name=export.json", file).await;
    let new = tried.json["new"].as_u64().unwrap();
    assert!(
        new > 0 && tried.json["sound"] == true && tried.json["change"].is_null(),
        "{tried:?}"
    );
    assert_eq!(tried.json["activities"].as_array().unwrap().len() as u64, new);
    let list = format!("/portfolios/{portfolio}/activities");
    assert_eq!(
        api.call("GET", &list, Value::Null).await.json["total"],
        0,
        "a dry run changes nothing"
    );
    let came = send("?name=export.json", file).await;
    assert_eq!(
        (came.status, came.json["new"].as_u64(), came.json["known"].as_u64()),
        (200, Some(new), Some(0)),
        "{came:?}"
    );
    let again = send("?name=export.json", file).await;
    assert_eq!(
        (again.json["new"].as_u64(), again.json["known"].as_u64(), &again.json["change"]),
        (Some(0), Some(new), &Value::Null)
    );
    let tried = send("?dry_run=true", file).await;
    assert_eq!((tried.json["new"].as_u64(), tried.json["known"].as_u64()), (Some(0), Some(new)));

    // A file with a fault changes nothing and says where.
    let faulty =
        b"id,date,type,symbol,quantity,price,fee,tax,currency\n,2024-01-02,buy,AAPL,1,2,0,0,USD\n,2024-13-02,buy,AAPL,1,2,0,0,USD\n";
    let mapping = "%7B%22columns%22%3A%7B%22date%22%3A%22date%22%2C%22kind%22%3A%22type%22%2C%22symbol%22%3A%22symbol%22%2C%22quantity%22%3A%22quantity%22%2C%22price%22%3A%22price%22%2C%22currency%22%3A%22currency%22%7D%7D";
    let refused = send(&format!("?mapping={mapping}"), faulty).await;
    assert_eq!(
        (refused.problem(), &refused.json["errors"][0]["line"]),
        ("faulty-file", &3.into()),
        "{refused:?}"
    );
    assert_eq!(api.call("GET", &list, Value::Null).await.json["total"], new);
    assert_eq!(send("", b"no file of any kind").await.problem(), "faulty-file");
    assert_eq!(send("?mapping=%7B%22x%22%3A1%7D", file).await.problem(), "invalid-field");

    // Out, and into an empty portfolio.
    let export = format!("/portfolios/{portfolio}/export");
    let json = api.call("GET", &export, Value::Null).await;
    assert_eq!((json.status, &json.json["portfolios"][0]["name"]), (200, &"Pension".into()));
    assert_eq!(api.call("GET", &format!("{export}?format=json"), Value::Null).await.body, json.body);
    let csv = api.call("GET", &format!("{export}?format=csv"), Value::Null).await;
    assert!(csv.body.starts_with("id,date,time,type,"), "{}", csv.body);
    let ghostfolio = api.call("GET", &format!("{export}?format=ghostfolio"), Value::Null).await;
    assert!(ghostfolio.json["activities"].is_array());
    let empty = api.portfolio().await;
    let back = api
        .send("POST", &format!("/portfolios/{empty}/import"), &[&bearer], json.body.as_bytes())
        .await;
    assert_eq!(back.json["new"].as_u64(), Some(new), "{back:?}");
}

async fn things(api: &Api) {
    let found = api.call("GET", "/instruments?q=msft", Value::Null).await;
    assert_eq!(
        (found.status, &found.json["items"][0]["symbol"], &found.json["items"][0]["listed"]),
        (200, &"MSFT".into(), &true.into()),
        "{found:?}"
    );
    let feeds = api.call("GET", "/feeds", Value::Null).await;
    assert_eq!((feeds.status, &feeds.json["source"]), (200, &"simulated".into()), "{feeds:?}");
    let described = api
        .call(
            "PUT",
            "/instruments/FLAT%20B",
            json!({"name": "A flat", "kind": "manual", "currency": "EUR", "simulated": true}),
        )
        .await;
    assert_eq!(
        (described.status, &described.json["symbol"], &described.json["simulated"]),
        (200, &"FLAT B".into(), &true.into()),
        "{described:?}"
    );
    let list = api.call("GET", "/instruments?limit=500", Value::Null).await;
    assert!(list.json["items"].as_array().unwrap().contains(&described.json));
    // It moves from the price of its purchase, and says so.
    let portfolio = api.portfolio().await;
    let bought = api
        .call("POST", &format!("/portfolios/{portfolio}/activities"), buy("FLAT B", 20))
        .await;
    assert_eq!(bought.status, 201, "{bought:?}");
    let worth = api.call("GET", &format!("/portfolios/{portfolio}/valuation"), Value::Null).await;
    let flat = &worth.json["investments"][0];
    assert_eq!(
        (&flat["symbol"], &flat["price_source"]),
        (&"FLAT B".into(), &"simulated".into()),
        "{worth:?}"
    );
    let priced = api
        .call("PUT", "/prices/FLAT/2024-03-01", json!({"price": 412000.00, "currency": "EUR"}))
        .await;
    assert_eq!(priced.status, 200, "{priced:?}");
    let list = api.call("GET", "/prices?symbol=FLAT", Value::Null).await;
    assert_eq!((list.json["total"].as_u64(), &list.json["items"][0]), (Some(1), &priced.json));
    assert_eq!(api.call("DELETE", "/prices/FLAT/2024-03-01", Value::Null).await.status, 204);
    assert_eq!(
        api.call("DELETE", "/prices/FLAT/2024-03-01", Value::Null).await.problem(),
        "not-found"
    );
    assert_eq!(
        api.call("DELETE", "/prices/FLAT/yesterday", Value::Null).await.problem(),
        "invalid-query"
    );
    assert_eq!(
        api.call("PUT", "/prices/FLAT/2024-03-01", json!({"price": -1})).await.json["errors"][0]["field"],
        "price"
    );
}

#[tokio::test]
async fn anyone_sees_the_sample_and_its_total_is_the_sum() {
    let api = Api::start().await;
    let sample = api.send("GET", "/sample", &[], b"").await;
    assert_eq!(sample.status, 200);
    let cents = |value: &Value| (value.as_f64().unwrap() * 100.0).round() as i64;
    let sum: i64 = sample.json["investments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| cents(&one["value"]))
        .sum();
    assert_eq!(sum, cents(&sample.json["total_value"]));
    api.stop().await;
}

#[tokio::test]
async fn a_token_is_kept_as_its_hash_ends_when_it_should_and_no_guest_has_one() {
    for place in places().await {
        let api = Api::start_in(place, &[]).await;
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT token_hash, id FROM tokens")
            .fetch_all(api.database.read())
            .await
            .unwrap();
        assert!(rows.iter().all(|(hash, id)| !api.ann.contains(hash) && !api.ann.contains(id)));
        assert!(api.ann.len() == 46 && api.ann.starts_with("ff_"));

        let (secret, token) = api
            .accounts
            .make_token("ann", "Backup", &[Scope::ActivitiesRead], Some(1))
            .await
            .unwrap();
        assert_eq!(api.call_as(&secret, "GET", "/me", Value::Null).await.status, 200);
        assert!(
            !api.accounts.revoke_token("bob", &token.id).await.unwrap(),
            "another's token is not there"
        );
        let mut change = api.database.write().await.unwrap();
        sqlx::query("UPDATE tokens SET expires_at = 1 WHERE id = $1")
            .bind(&token.id)
            .execute(&mut *change)
            .await
            .unwrap();
        change.commit().await.unwrap();
        assert_eq!(api.call_as(&secret, "GET", "/me", Value::Null).await.problem(), "unauthenticated");

        let (secret, token) = api
            .accounts
            .make_token("ann", "Backup", &[Scope::ActivitiesRead], None)
            .await
            .unwrap();
        assert_eq!(api.call_as(&secret, "GET", "/me", Value::Null).await.status, 200);
        let until = tokio::time::Instant::now() + crate::harness::PATIENCE;
        while api
            .accounts
            .tokens("ann")
            .await
            .unwrap()
            .iter()
            .find(|one| one.id == token.id)
            .unwrap()
            .last_used_at
            .is_none()
        {
            assert!(tokio::time::Instant::now() < until, "its use is written down");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(api.accounts.revoke_token("ann", &token.id).await.unwrap());
        assert_eq!(api.call_as(&secret, "GET", "/me", Value::Null).await.problem(), "unauthenticated");

        user(&api.database, "guest", None).await;
        let refused = api.accounts.make_token("guest", "Mine", &Scope::ALL, None).await;
        assert_eq!(refused.unwrap_err(), TokenError::Guest);
        assert!(matches!(
            api.accounts.make_token("ann", " ", &Scope::ALL, None).await,
            Err(TokenError::Invalid("name", _))
        ));
        assert!(matches!(
            api.accounts.make_token("ann", "x", &[], None).await,
            Err(TokenError::Invalid("scopes", _))
        ));
        api.stop().await;
    }
}

#[tokio::test]
async fn a_person_makes_a_token_on_a_page_sees_it_once_and_revokes_it() {
    let api = Api::start().await;
    let mut browser = api.app.browser();
    assert_eq!(
        browser.get("/account/tokens/").await.location(),
        "/sign-in/?next=%2Faccount%2Ftokens%2F"
    );
    browser
        .post("/sign-up/", &[("name", "zoe"), ("password", "long and secret words")])
        .await;
    let page = browser.get("/account/tokens/").await;
    assert!(page.status == 200 && page.body.contains("There is no token yet"));
    let wrong = browser.post("/account/tokens/", &[("name", "A \"backup\""), ("days", "30")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("Choose at least one.") && wrong.body.contains("A &quot;backup&quot;"));
    let fields = [
        ("name", "Backup"),
        ("days", "30"),
        ("scope", "activities:read"),
        ("scope", "portfolios:read"),
    ];
    let made = browser.post("/account/tokens/", &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (201, Some("private, no-store")));
    let at = made.body.find(">ff_").expect("the token is shown") + 1;
    let secret = made.body[at..at + 46].to_owned();
    let me = api.call_as(&secret, "GET", "/me", Value::Null).await;
    assert_eq!(
        (&me.json["name"], &me.json["token"]["scopes"]),
        (&"zoe".into(), &json!(["activities:read", "portfolios:read"]))
    );
    let page = browser.get("/account/tokens/").await;
    assert!(page.body.contains("Backup") && !page.body.contains(&secret), "it is shown once");
    let id = page
        .body
        .split("name=\"id\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let gone = browser.post("/account/tokens/revoke/", &[("id", &id)]).await;
    assert_eq!((gone.status, gone.location()), (303, "/account/tokens/?revoked"));
    assert_eq!(api.call_as(&secret, "GET", "/me", Value::Null).await.problem(), "unauthenticated");
    api.stop().await;
}
