//! The pages of a ledger over real HTTP, as a browser without JavaScript uses them.

use crate::harness::TestApp;
use crate::owner::People;
use url::form_urlencoded::Serializer;

/// Somebody who is signed in.
struct Person<'a> {
    app: &'a TestApp,
    cookie: String,
}

/// An answer: its status, where it leads, and its body.
struct Answer {
    status: u16,
    location: String,
    body: String,
}

impl People {
    async fn person(&self, name: &str) -> Person<'_> {
        Person {
            app: &self.app,
            cookie: self.sign_in(name).await,
        }
    }
}

impl Person<'_> {
    async fn send(&self, first: &str, body: &str) -> Answer {
        let cookie = format!("cookie: {}", self.cookie);
        let length = body.len();
        let same = format!("sec-fetch-site: same-origin\norigin: http://{}", self.app.addr);
        let (status, head, body) = self
            .app
            .exchange(&format!(
                "{first}\n{cookie}\n{same}\ncontent-type: application/x-www-form-urlencoded\ncontent-length: {length}\n\n{body}"
            ))
            .await;
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        let location = headers
            .find(|(name, _)| name.eq_ignore_ascii_case("location"))
            .map_or("", |(_, value)| value);
        Answer {
            status,
            location: location.to_owned(),
            body,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), "").await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(&format!("POST {path}"), &body).await
    }

    /// Sends a form that is accepted, and returns the page that it leads to.
    async fn done(&self, path: &str, fields: &[(&str, &str)]) -> (String, Answer) {
        let sent = self.post(path, fields).await;
        assert_eq!(sent.status, 303, "{path} {fields:?}: {}", said(&sent.body));
        let page = self.get(&sent.location).await;
        assert_eq!(page.status, 200, "{}", sent.location);
        (sent.location, page)
    }

    /// Sends a form that is refused at a field, and what it typed comes back.
    async fn refused(&self, path: &str, fields: &[(&str, &str)], field: &str) -> Answer {
        let sent = self.post(path, fields).await;
        assert_eq!(sent.status, 422, "{path} {fields:?}");
        let error = format!("id=\"{field}-error\"");
        assert!(sent.body.contains(&error), "{path} {fields:?}: {}", said(&sent.body));
        sent
    }

    /// A new portfolio in euros, and the path of its pages.
    async fn portfolio(&self, name: &str) -> String {
        let fields = [("name", name), ("base_currency", "EUR"), ("method", "fifo"), ("cash_tracked", "on")];
        let (location, _) = self.done("/portfolios/new/", &fields).await;
        location.strip_suffix("activities/").unwrap().to_owned()
    }

    async fn buy(&self, own: &str, quantity: &str, day: &str) -> (String, Answer) {
        let fields = [
            ("kind", "buy"),
            ("day", day),
            ("symbol", "AAPL"),
            ("quantity", quantity),
            ("price", "10"),
            ("currency", "EUR"),
        ];
        self.done(&format!("{own}activities/new/"), &fields).await
    }
}

/// What a page says, for a message of a failed test.
fn said(body: &str) -> String {
    let main = body.split_once("<main").map_or(body, |(_, main)| main);
    let mut text = String::new();
    let mut inside = false;
    for one in main.chars() {
        match one {
            '<' => inside = true,
            '>' => inside = false,
            one if !inside => text.push(one),
            _ => {}
        }
    }
    text
}

/// The value of the first field of a name behind a text.
fn value<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split('"').next().unwrap()
}

/// The identities of the activities in a list.
fn ids(body: &str) -> Vec<String> {
    let rest = body.split("name=\"id\" value=\"").skip(1);
    rest.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_portfolio_is_opened_changed_and_deleted() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let empty = ann.get("/portfolios/").await;
    assert!(empty.status == 200 && empty.body.contains("There is no portfolio yet"));
    let fields = [("name", ""), ("base_currency", "EUR"), ("method", "fifo")];
    ann.refused("/portfolios/new/", &fields, "name").await;
    for wrong in ["", "€", "XYZ", "GBp"] {
        let fields = [("name", "Pension"), ("base_currency", wrong), ("method", "fifo")];
        let sent = ann.refused("/portfolios/new/", &fields, "base_currency").await;
        assert!(
            sent.body.contains("value=\"Pension\"") && sent.body.contains("autofocus"),
            "what was typed stays"
        );
    }
    let own = ann.portfolio("Pension <b>").await;
    let list = ann.get("/portfolios/").await;
    assert!(list.body.contains("Pension &lt;b&gt;") && !list.body.contains("<b>"));
    assert!(!list.body.contains("All together"));
    ann.portfolio("Second").await;
    assert!(ann.get("/portfolios").await.body.contains("All together"));

    let settings = format!("{own}settings/");
    let changed = [
        ("name", "Old age"),
        ("base_currency", "USD"),
        ("method", "average"),
        ("benchmark", "SPY"),
    ];
    let (_, page) = ann.done(&settings, &changed).await;
    assert!(page.body.contains("Saved.") && page.body.contains("value=\"Old age\"") && page.body.contains("value=\"SPY\""));
    ann.refused(&settings, &[("name", "x"), ("base_currency", "USD"), ("method", "best")], "method")
        .await;

    let delete = format!("{own}delete/");
    let sent = ann.refused(&delete, &[("confirm", "Pension")], "confirm").await;
    assert!(sent.body.contains("deleted for good"));
    let (_, page) = ann.done(&delete, &[("confirm", "Old age")]).await;
    assert!(page.body.contains("The portfolio was deleted."));
    assert_eq!(ann.get(&settings).await.status, 404);
    place.stop().await;
}

#[tokio::test]
async fn an_activity_is_added_edited_deleted_and_brought_back() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let own = ann.portfolio("Pension").await;
    let (_, page) = ann.buy(&own, "10", "2024-01-02").await;
    assert!(page.body.contains("Added a buy of 10 AAPL, 2 Jan 2024") && page.body.contains("1 activity"));
    let id = ids(&page.body).remove(0);
    let address = format!("{own}activities/{id}/");
    let form = ann.get(&address).await.body;
    assert!(form.contains("value=\"10\"") && form.contains("value=\"2024-01-02\"") && form.contains("Apple Inc."));

    let edited = [
        ("kind", "buy"),
        ("day", "2024-01-03"),
        ("symbol", "AAPL"),
        ("quantity", "12,5"),
        ("price", "1.234,50"),
        ("currency", "usd"),
        ("exchange_rate", "0.9"),
        ("note", "</textarea><script>alert(1)</script>"),
        ("tags", "long, pension"),
    ];
    let (_, page) = ann.done(&address, &edited).await;
    assert!(page.body.contains("1,234.50") && page.body.contains("12.5") && page.body.contains("15,431.25"));
    let form = ann.get(&address).await.body;
    assert!(
        form.contains("&lt;/textarea>") && !form.contains("</textarea><script>"),
        "a note ends no field"
    );
    assert!(form.contains("value=\"1234.5\"") && form.contains("value=\"long, pension\""));

    let (_, page) = ann.done(&format!("{address}delete/"), &[]).await;
    assert!(page.body.contains("Deleted a buy") && page.body.contains("This ledger is empty"));
    let change = value(&page.body, "change").to_owned();
    let (_, page) = ann.done(&format!("{own}undo/"), &[("change", &change)]).await;
    assert!(page.body.contains("Undone: Deleted a buy") && ids(&page.body) == [id.clone()]);
    let again = ann.post(&format!("{own}undo/"), &[("change", &change)]).await;
    assert!(again.status == 409 && again.body.contains("was undone already") && again.body.contains("Nothing was undone."));

    // The addition lies below the edit.
    let changes = ann.get(&format!("{own}changes/")).await.body;
    let added = changes
        .rsplit("name=\"change\" value=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let refused = ann.post(&format!("{own}undo/"), &[("change", added)]).await;
    assert!(
        refused.status == 409 && refused.body.contains("Undo that one first"),
        "{}",
        said(&refused.body)
    );
    assert_eq!(ids(&ann.get(&format!("{own}activities/")).await.body), [id]);
    place.stop().await;
}

#[tokio::test]
async fn each_kind_has_its_form_and_bad_input_its_error() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let own = ann.portfolio("Pension").await;
    let new = format!("{own}activities/new/");
    ann.buy(&own, "10", "2024-01-02").await;
    let good: [(&str, &[(&str, &str)]); 12] = [
        ("buy", &[("symbol", "A"), ("quantity", "4"), ("amount", "42")]),
        ("sell", &[("symbol", "AAPL"), ("quantity", "1"), ("price", "11"), ("fee", "1")]),
        ("dividend", &[("symbol", "AAPL"), ("amount", "5"), ("tax", "1")]),
        ("interest", &[("amount", "5")]),
        ("fee", &[("amount", "5")]),
        ("tax", &[("amount", "5")]),
        ("deposit", &[("amount", "1 000,00")]),
        ("withdrawal", &[("amount", "5")]),
        ("transfer_in", &[("symbol", "B"), ("quantity", "5"), ("price", "2")]),
        ("transfer_out", &[("symbol", "AAPL"), ("quantity", "2")]),
        ("split", &[("symbol", "AAPL"), ("new", "4"), ("old", "1")]),
        ("return_of_capital", &[("symbol", "AAPL"), ("amount", "1")]),
    ];
    for (kind, fields) in good {
        let form = ann.get(&format!("{new}?kind={kind}")).await;
        assert_eq!(form.status, 200);
        for (name, _) in fields {
            assert!(form.body.contains(&format!("name=\"{name}\"")), "{kind} has {name}");
        }
        let always = [("kind", kind), ("day", "2024-02-01"), ("currency", "EUR")];
        let (_, page) = ann.done(&new, &[&always, fields].concat()).await;
        assert!(!page.body.contains("Not booked"), "{kind}: {}", said(&page.body));
    }
    type Bad<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let bad: [Bad<'_>; 17] = [
        ("buy", &[("quantity", "1"), ("price", "1")], "symbol"),
        ("buy", &[("symbol", "A"), ("quantity", "0"), ("price", "1")], "quantity"),
        ("buy", &[("symbol", "A"), ("quantity", "-1"), ("price", "1")], "quantity"),
        ("buy", &[("symbol", "A"), ("quantity", "1,234"), ("price", "1")], "quantity"),
        ("buy", &[("symbol", "A"), ("quantity", "1"), ("price", "ten")], "price"),
        ("buy", &[("symbol", "A"), ("quantity", "1")], "price"),
        (
            "buy",
            &[("symbol", "A"), ("quantity", "1"), ("price", "1"), ("amount", "2")],
            "amount",
        ),
        (
            "buy",
            &[("symbol", "A"), ("quantity", "1"), ("price", "1"), ("currency", "ABC")],
            "currency",
        ),
        (
            "buy",
            &[("symbol", "A"), ("quantity", "1"), ("price", "1"), ("day", "1.2.2024")],
            "day",
        ),
        (
            "buy",
            &[("symbol", "A"), ("quantity", "1"), ("price", "1"), ("day", "3024-01-01")],
            "day",
        ),
        (
            "buy",
            &[("symbol", "A"), ("quantity", "1"), ("price", "1"), ("time", "noon")],
            "time",
        ),
        ("dividend", &[("symbol", "A")], "amount"),
        ("split", &[("symbol", "A"), ("new", "4")], "old"),
        ("split", &[("symbol", "NONE"), ("new", "4"), ("old", "1")], "symbol"),
        ("transfer_out", &[("symbol", "AAPL"), ("quantity", "1000")], "quantity"),
        (
            "deposit",
            &[("amount", "1"), ("exchange_rate", "0"), ("currency", "USD")],
            "exchange_rate",
        ),
        (
            "deposit",
            &[("amount", "1"), ("day", "1990-01-01"), ("currency", "USD")],
            "exchange_rate",
        ),
    ];
    let before = ann.get(&format!("{own}activities/")).await.body;
    for (kind, fields, field) in bad {
        let has = |name: &str| fields.iter().any(|(one, _)| *one == name);
        let always = [("kind", kind), ("day", "2024-02-01"), ("currency", "EUR")];
        let always: Vec<_> = always.into_iter().filter(|(name, _)| !has(name)).collect();
        let sent = ann.refused(&new, &[&always, fields].concat(), field).await;
        assert!(sent.body.contains("Nothing was saved."));
    }
    assert_eq!(ids(&ann.get(&format!("{own}activities/")).await.body), ids(&before));
    place.stop().await;
}

#[tokio::test]
async fn a_sale_of_more_than_is_held_asks_first() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let own = ann.portfolio("Pension").await;
    ann.buy(&own, "3", "2024-01-02").await;
    let (_, page) = ann.buy(&own, "2", "2024-01-03").await;
    let lot = ids(&page.body).remove(0);
    let new = format!("{own}activities/new/");
    let sale = |quantity| {
        [
            ("kind", "sell"),
            ("day", "2024-02-01"),
            ("symbol", "AAPL"),
            ("quantity", quantity),
            ("price", "12"),
            ("currency", "EUR"),
        ]
    };
    let asked = ann.post(&new, &sale("8")).await;
    assert_eq!(asked.status, 422);
    assert!(
        asked
            .body
            .contains("You hold 5 AAPL on this day; this opens a short position of 3.")
    );
    let confirm = value(&asked.body, "confirm").to_owned();
    // What was confirmed is this position, not a larger one.
    let larger = ann.post(&new, &[&sale("9")[..], &[("confirm", &confirm)]].concat()).await;
    assert!(larger.status == 422 && larger.body.contains("short position of 4"));
    ann.done(&new, &[&sale("8")[..], &[("confirm", &confirm)]].concat()).await;
    let more = ann.post(&new, &sale("1")).await;
    assert!(more.body.contains("You are short of 3 AAPL on this day; this makes it 4."));

    // Lots by name.
    let own = ann.portfolio("Lots").await;
    let new = format!("{own}activities/new/");
    ann.buy(&own, "3", "2024-01-02").await;
    let (_, page) = ann.buy(&own, "2", "2024-01-03").await;
    let named = ids(&page.body).remove(0);
    assert_ne!(named, lot);
    let shown = ann.post(&new, &[&sale("1")[..], &[("then", "lots")]].concat()).await;
    let field = format!("lot:{named}");
    assert!(shown.status == 200 && shown.body.contains(&format!("name=\"{field}\"")));
    ann.refused(&new, &[&sale("5")[..], &[(&field, "3")]].concat(), "lots").await;
    ann.refused(&new, &[&sale("1")[..], &[(&field, "2")]].concat(), "lots").await;
    ann.refused(&new, &[&sale("1")[..], &[("lot:none", "1")]].concat(), "lots").await;
    let (_, page) = ann.done(&new, &[&sale("1")[..], &[(&field, "1")]].concat()).await;
    assert!(!page.body.contains("Not booked"));
    place.stop().await;
}

#[tokio::test]
async fn many_are_found_and_changed_at_once() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let own = ann.portfolio("Pension").await;
    for day in 1..=53 {
        let day = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(day);
        let sent = ann.buy(&own, "1", &day.to_string()).await;
        drop(sent);
    }
    let list = format!("{own}activities/");
    let first = ann.get(&list).await.body;
    assert!(ids(&first).len() == 50 && first.contains("53 activities") && first.contains("Page 1 of 2"));
    assert_eq!(ids(&ann.get(&format!("{list}?page=2")).await.body).len(), 3);
    assert_eq!(
        ids(&ann.get(&format!("{list}?page=999")).await.body).len(),
        3,
        "beyond the last page is the last"
    );
    let found = ann
        .get(&format!("{list}?from=2024-01-10&to=2024-01-12&kind=buy&q=aap&symbol=AAPL"))
        .await
        .body;
    assert!(ids(&found).len() == 3 && found.contains("3 activities found") && found.contains("value=\"2024-01-10\""));
    assert!(ann.get(&format!("{list}?symbol=NONE")).await.body.contains("Nothing is like this."));
    for (query, field) in [("from=x", "from"), ("kind=x", "kind"), ("from=2024-02-01&to=2024-01-01", "to")] {
        let wrong = ann.get(&format!("{list}?{query}")).await;
        assert!(
            wrong.status == 422 && wrong.body.contains(&format!("id=\"{field}-error\"")),
            "{query}"
        );
    }

    // What the filter found, with its state kept in the way back.
    let bulk = format!("{own}activities/bulk/?from=2024-01-10&to=2024-01-12");
    let picked = ids(&found);
    let two = [("id", picked[0].as_str()), ("id", picked[1].as_str()), ("id", picked[1].as_str())];
    let (location, page) = ann
        .done(&bulk, &[&two[..], &[("do", "add_tag"), ("value", "spring")]].concat())
        .await;
    assert!(location.contains("from=2024-01-10") && page.body.contains("Tagged 2 activities with spring"));
    assert_eq!(ids(&ann.get(&format!("{list}?q=SPRING")).await.body).len(), 2);
    let (_, page) = ann
        .done(&bulk, &[&two[..], &[("do", "remove_tag"), ("value", "spring")]].concat())
        .await;
    assert!(page.body.contains("Took the tag spring from 2 activities"));
    let (_, page) = ann.done(&bulk, &[&two[..], &[("do", "note"), ("value", "A & B")]].concat()).await;
    assert!(page.body.contains("Set the note of 2 activities") && page.body.contains("A &amp; B"));
    let (_, page) = ann.done(&bulk, &[&two[..], &[("do", "symbol"), ("value", "MSFT")]].concat()).await;
    assert!(page.body.contains("Set the symbol of 2 activities to MSFT"));
    for fields in [
        &[("do", "delete")][..],
        &[("do", "zebra"), two[0]],
        &[("do", "add_tag"), ("value", ""), two[0]],
        &[("do", "add_tag"), ("value", "a,b"), two[0]],
        &[("do", "remove_tag"), ("value", "none"), two[0]],
        &[("do", "symbol"), ("value", ""), two[0]],
    ] {
        let refused = ann.post(&bulk, fields).await;
        assert!(refused.status == 422 && refused.body.contains("Nothing was changed."), "{fields:?}");
    }
    let (_, page) = ann.done(&bulk, &[&two[..], &[("do", "delete")]].concat()).await;
    assert!(page.body.contains("Deleted 2 activities") && ids(&page.body).len() == 1);
    let change = value(&page.body, "change").to_owned();
    ann.done(&format!("{own}undo/"), &[("change", &change)]).await;
    let every = format!("{own}activities/bulk/");
    let (_, page) = ann.done(&every, &[("every", "on"), ("do", "delete")]).await;
    assert!(page.body.contains("Deleted 53 activities"));
    place.stop().await;
}

#[tokio::test]
async fn what_cannot_be_booked_says_so_in_its_row() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let own = ann.portfolio("Pension").await;
    let (_, page) = ann.buy(&own, "1", "2024-01-02").await;
    let bought = ids(&page.body).remove(0);
    let split = [
        ("kind", "split"),
        ("day", "2024-02-01"),
        ("symbol", "AAPL"),
        ("new", "2"),
        ("old", "1"),
    ];
    ann.done(&format!("{own}activities/new/"), &split).await;
    let (_, page) = ann.done(&format!("{own}activities/{bought}/delete/"), &[]).await;
    assert!(
        page.body
            .contains("Not booked. symbol: nothing is held on this day that could be split.")
    );
    place.stop().await;
}

#[tokio::test]
async fn an_instrument_is_described_and_priced() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    assert!(ann.get("/instruments/").await.body.contains("There is none yet."));
    let bad: [(&[(&str, &str)], &str); 4] = [
        (&[("symbol", ""), ("kind", "manual")], "symbol"),
        (&[("symbol", "FLAT"), ("kind", "zebra")], "kind"),
        (&[("symbol", "FLAT"), ("kind", "manual"), ("currency", "XYZ")], "currency"),
        (&[("symbol", "FLAT"), ("kind", "manual"), ("isin", "US0378331006")], "isin"),
    ];
    for (fields, field) in bad {
        ann.refused("/instruments/new/", fields, field).await;
    }
    let flat = [
        ("symbol", "The/flat ?"),
        ("kind", "manual"),
        ("currency", "EUR"),
        ("name", "Two rooms"),
        ("isin", "us 0378331005"),
    ];
    let (location, page) = ann.done("/instruments/new/", &flat).await;
    assert_eq!(location, "/instruments/The%2Fflat%20%3F/?saved");
    assert!(page.body.contains("value=\"US0378331005\"") && page.body.contains("You set no price yet."));
    let sent = ann.refused("/instruments/new/", &flat, "symbol").await;
    assert!(sent.body.contains("is there already"));
    let own = "/instruments/The%2Fflat%20%3F/";
    let edited = [
        ("kind", "manual"),
        ("currency", "EUR"),
        ("name", "Three rooms"),
        ("symbol", "OTHER"),
    ];
    let (_, page) = ann.done(own, &edited).await;
    assert!(page.body.contains("Three rooms") && !page.body.contains("OTHER"), "a symbol stays");
    ann.refused(own, &[("kind", "manual"), ("isin", "X")], "isin").await;

    let prices = format!("{own}prices/");
    for (fields, field) in [
        ([("price", ""), ("day", "2024-01-01"), ("price_currency", "")], "price"),
        ([("price", "-1"), ("day", "2024-01-01"), ("price_currency", "")], "price"),
        ([("price", "1"), ("day", ""), ("price_currency", "")], "day"),
        ([("price", "1"), ("day", "2024-01-01"), ("price_currency", "XYZ")], "price_currency"),
    ] {
        ann.refused(&prices, &fields, field).await;
    }
    ann.done(&prices, &[("price", "250.000,00"), ("day", "2024-01-01")]).await;
    let (_, page) = ann.done(&prices, &[("price", "260000"), ("day", "2024-06-01")]).await;
    assert!(page.body.contains("250,000.00") && page.body.contains("260,000.00"));
    assert!(ann.get("/instruments/?q=ROOMS").await.body.contains("260,000.00 EUR"));
    assert!(ann.get("/instruments/?q=none").await.body.contains("0 instruments"));
    let (_, page) = ann.done(&format!("{prices}delete/"), &[("day", "2024-06-01")]).await;
    assert!(!page.body.contains("260,000.00"));
    assert_eq!(ann.post(&format!("{prices}delete/"), &[("day", "2024-06-01")]).await.status, 404);

    // What activities name is in the list, and stays.
    let portfolio = ann.portfolio("Pension").await;
    ann.buy(&portfolio, "1", "2024-01-02").await;
    assert!(ann.get("/instruments/").await.body.contains("/instruments/AAPL/"));
    assert_eq!(ann.get("/instruments/AAPL/").await.status, 200);
    assert_eq!(ann.get("/instruments/MSFT/").await.status, 404);
    assert_eq!(ann.post("/instruments/AAPL/delete/", &[]).await.status, 409);
    ann.done(&format!("{own}delete/"), &[]).await;
    assert_eq!(ann.get(own).await.status, 404);
    place.stop().await;
}

#[tokio::test]
async fn row_12_what_is_anothers_answers_as_what_is_not_there() {
    let place = People::start().await;
    let ann = place.person("ann").await;
    let bob = place.person("bob").await;
    let own = ann.portfolio("Pension").await;
    let (_, page) = ann.buy(&own, "10", "2024-01-02").await;
    let activity = ids(&page.body).remove(0);
    let change = value(&page.body, "change").to_owned();
    let flat = [("symbol", "FLAT"), ("kind", "manual"), ("currency", "EUR")];
    ann.done("/instruments/new/", &flat).await;
    ann.done("/instruments/FLAT/prices/", &[("price", "5"), ("day", "2024-01-01")])
        .await;
    let bobs = bob.portfolio("Bob's").await;
    let before = ann.get(&format!("{own}activities/")).await.body;

    let id = own.trim_matches('/').rsplit('/').next().unwrap().to_owned();
    let nowhere = "0".repeat(32);
    let buy = [
        ("kind", "buy"),
        ("day", "2024-01-02"),
        ("symbol", "AAPL"),
        ("quantity", "1"),
        ("price", "1"),
        ("currency", "EUR"),
    ];
    let settings = [("name", "Taken"), ("base_currency", "EUR"), ("method", "fifo")];
    let pick = [("do", "delete"), ("id", activity.as_str())];
    let paths: [(&str, &[(&str, &str)]); 21] = [
        ("GET /portfolios/{id}/settings/", &[]),
        ("POST /portfolios/{id}/settings/", &settings),
        ("POST /portfolios/{id}/settings/", &[("name", "")]),
        ("POST /portfolios/{id}/delete/", &[("confirm", "Pension")]),
        ("POST /portfolios/{id}/delete/", &[("confirm", "wrong")]),
        ("GET /portfolios/{id}/activities/", &[]),
        ("GET /portfolios/{id}/activities/?from=x&done={change}", &[]),
        ("GET /portfolios/{id}/activities/new/", &[]),
        ("POST /portfolios/{id}/activities/new/", &buy),
        ("POST /portfolios/{id}/activities/new/", &[("kind", "buy")]),
        ("GET /portfolios/{id}/activities/{activity}/", &[]),
        ("POST /portfolios/{id}/activities/{activity}/", &buy),
        ("POST /portfolios/{id}/activities/{activity}/delete/", &[]),
        ("POST /portfolios/{id}/activities/bulk/", &pick),
        ("POST /portfolios/{id}/activities/bulk/", &[("do", "delete")]),
        ("POST /portfolios/{id}/activities/bulk/", &[("do", "delete"), ("every", "on")]),
        ("GET /portfolios/{id}/changes/", &[]),
        ("POST /portfolios/{id}/undo/", &[("change", &change)]),
        ("POST /portfolios/{id}/undo/", &[("change", "none")]),
        ("GET /portfolios/{id}/changes", &[]),
        ("GET /portfolios/{id}/settings", &[]),
    ];
    for (path, fields) in paths {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let at = |portfolio: &str| {
            path.replace("{id}", portfolio)
                .replace("{activity}", &activity)
                .replace("{change}", &change)
        };
        let (anothers, none) = (bob.send(&at(&id), &body).await, bob.send(&at(&nowhere), &body).await);
        assert_eq!((anothers.status, none.status), (404, 404), "{path}");
        assert_eq!(main(&anothers.body), main(&none.body), "{path}");
        assert!(!anothers.body.contains("Pension"), "{path}");
    }
    for path in ["", "delete/", "prices/", "prices/delete/"] {
        let fields = [("kind", "manual"), ("price", "1"), ("day", "2024-01-01")];
        for (person, symbol) in [(&bob, "FLAT"), (&bob, "NONE")] {
            let answer = person.post(&format!("/instruments/{symbol}/{path}"), &fields).await;
            assert_eq!(answer.status, 404, "{symbol} {path}");
        }
    }
    let (anothers, none) = (bob.get("/instruments/FLAT/").await, bob.get("/instruments/NONE/").await);
    assert_eq!((anothers.status, main(&anothers.body)), (404, main(&none.body)));
    // Nor through a portfolio of one's own.
    let through = format!("{bobs}activities/{activity}/");
    assert_eq!(bob.get(&through).await.status, 404);
    assert_eq!(bob.post(&format!("{bobs}undo/"), &[("change", &change)]).await.status, 404);
    assert_eq!(bob.post(&format!("{bobs}activities/bulk/"), &pick).await.status, 404);
    for path in ["/portfolios/", "/instruments/", "/portfolios/new/"] {
        let page = bob.get(path).await;
        assert!(
            page.status == 200 && !page.body.contains("Pension") && !page.body.contains("FLAT"),
            "{path}"
        );
    }
    let after = ann.get(&format!("{own}activities/")).await.body;
    assert_eq!(ids(&after), ids(&before));
    // Without a session one is led to sign in, and back.
    let (status, head, _) = place.app.http(&format!("GET {own}activities/\n")).await;
    assert!(status == 303 && head.contains("location: /sign-in/?next="), "{head}");
    place.stop().await;
}

/// The content of a page, without the nonces around it.
fn main(body: &str) -> &str {
    let (_, rest) = body.split_once("<main").expect("a page");
    rest.split("</main>").next().unwrap()
}
