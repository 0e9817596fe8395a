//! What became of a portfolio, as its page tells it: against figures worked out by hand.

use crate::figures::{by_hand, text, trade};
use crate::owner::Owner;
use finflow_app::market::server::history::DailyCloses;
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::ActivityKind;
use finflow_app::ui::format;

#[tokio::test]
async fn a_stretch_is_told_as_worked_out_by_hand() {
    let own = Owner::start().await;
    own.says("performance/", "Nothing was done in this time yet.").await;
    own.bring(by_hand()).await;
    // From the first activity on: 5,000 became 5,415. Of these FLAT gave 350 + 50 + 20, and the fee took 5.
    let said = own
        .says("performance/?from=2022-01-01&to=2022-04-04", "Value at the end 5,415.00")
        .await;
    for line in [
        "Time-weighted return +8.30%",
        "Benchmark Choose one",
        "Gain +415.00 Value at the beginning 0.00 Came in less went out +5,000.00",
        "From 3 Jan 2022 to 4 Apr 2022, in USD",
        "What changed it Cause Amount Value at the beginning 0.00 Prices +400.00 Income +20.00 Fees and taxes −5.00 Came in less went \
         out +5,000.00 Value at the end 5,415.00 Prices have",
        // 5,220 fell to 5,215 by the fee, and rose by the sale.
        "Largest fall −0.10% from 3 Mar 2022 to 4 Mar 2022, made good on 4 Apr 2022",
        "2022 0.00% +4.00% +0.29% +3.84% – – – – – – – – +8.30%",
        // 5,000 were there on each of 92 days.
        "FLAT +420.00 +8.40% Cash interest, fees of no instrument, currencies −5.00 −0.10% All together +415.00 +8.30%",
        "3 Jan 2022 +5,000.00 5,000.00",
        "92 values as a table",
        "3 Feb 2022 5,200.00 +4.00%",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    // A month that begins with what was there.
    let march = own
        .says("performance/?from=2022-03-01&to=2022-03-31", "Value at the beginning 5,200.00")
        .await;
    for line in [
        "Time-weighted return +0.29%",
        "Gain +15.00",
        "Came in less went out 0.00",
        "FLAT +20.00 +0.38%",
        "Nothing came in or went out.",
    ] {
        assert!(march.contains(line), "{line}: {march}");
    }
    let page = own.page("performance/?from=2022-01-01&to=2022-04-04").await.body;
    assert!(page.contains("aria-label=\"Value over time, from 3 Jan 2022 to 4 Apr 2022. One day with a flow is marked.\""));
    let told = own.page("performance/value.json?from=2022-01-01&to=2022-04-04").await;
    let told: serde_json::Value = serde_json::from_str(&told.body).expect("JSON");
    let marks = told["marks"].as_array().expect("marks");
    assert_eq!((marks.len(), marks[0]["what"].as_str()), (1, Some("in")), "the deposit is marked");
    assert_eq!(marks[0]["said"], "Came in 5,000.00 USD");
    assert_eq!(
        told["close"].as_array().expect("values").last().and_then(serde_json::Value::as_f64),
        Some(5_415.0)
    );
    assert_eq!(own.page("performance/else.json").await.status, 404);
    let file = own.page("performance/days.csv?from=2022-03-01&to=2022-03-31").await;
    assert_eq!(file.status, 200);
    let lines: Vec<_> = file.body.lines().collect();
    assert_eq!(lines.len(), 32);
    assert_eq!(lines[0], "day,value,flow,closing_outflow,dividends_in_prices,return");
    assert_eq!(lines[1], "2022-03-01,5200,0,0,0,0");
    assert_eq!(lines[3], "2022-03-03,5220,0,0,0,0.0038461538");
    assert_eq!(
        own.page("performance/days.csv?from=soon").await.status,
        303,
        "the page says what is wrong"
    );
    for range in ["1d", "1m", "3m", "ytd", "1y", "5y", "all"] {
        let page = own.page(&format!("performance/?range={range}")).await;
        assert_eq!(page.status, 200, "{range}");
        assert!(page.body.contains(&format!("range={range}\" aria-current=\"true\"")), "{range}");
    }
    let pages = own.says("performance/?range=all&days=2", "Page 2 of").await;
    assert!(pages.contains("All"), "{pages}");
    own.says("performance/?range=1m", "Time-weighted return 0.00%").await;
    own.app.stop().await;
}

#[tokio::test]
async fn a_benchmark_is_held_against_it() {
    let own = Owner::start().await;
    own.bring(by_hand()).await;
    let mut settings = own.ledger.portfolio(&own.user, &own.id).await.unwrap().settings;
    settings.benchmark = Some("AAPL".into());
    own.ledger.settle(&own.user, &own.id, &settings).await.unwrap();
    let closes = DailyCloses::shipped().unwrap();
    let close = |day: &str| {
        let day = day.parse().unwrap();
        let at = closes.days.partition_point(|known| *known <= day) - 1;
        closes.of("AAPL")[at]
    };
    let ratio = close("2022-04-04") / close("2022-01-02") - Decimal::ONE;
    let total = format::signed_percent(ratio * Decimal::ONE_HUNDRED);
    let said = own
        .says("performance/?from=2022-01-01&to=2022-04-04", &format!("Benchmark, AAPL {total}"))
        .await;
    for name in ["Beta", "Correlation", "Sharpe ratio", "Volatility a year"] {
        let figure = said.split(&format!(" {name} ")).nth(1).unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(figure.starts_with(|one: char| one.is_ascii_digit() || one == '−'), "{name}: {said}");
    }
    let page = own.page("performance/?from=2022-01-01&to=2022-04-04").await.body;
    assert!(page.contains("key-other\">AAPL"), "it has a line");
    let told = own.page("performance/return.json?from=2022-01-01&to=2022-04-04").await;
    let told: serde_json::Value = serde_json::from_str(&told.body).expect("JSON");
    let other = told["others"][0]["values"].as_array().expect("values");
    assert_eq!(told["others"][0]["name"], "AAPL");
    assert_eq!(other.len(), told["close"].as_array().expect("values").len());
    settings.benchmark = Some("SP500".into());
    own.ledger.settle(&own.user, &own.id, &settings).await.unwrap();
    let index = DailyCloses::shipped_index().unwrap();
    let close = |day: &str| {
        let day = day.parse().unwrap();
        let at = index.days.partition_point(|known| *known <= day) - 1;
        index.of("SP500")[at]
    };
    let ratio = close("2022-04-04") / close("2021-12-31") - Decimal::ONE;
    let total = format::signed_percent(ratio * Decimal::ONE_HUNDRED);
    let said = own
        .says("performance/?from=2022-01-01&to=2022-04-04", &format!("Benchmark, SP500 {total}"))
        .await;
    assert!(said.contains("Since 2022-12-28 it is simulated"), "{said}");
    let said = own.says("performance/?range=all", "Benchmark, SP500 ").await;
    let figure = said.split("Benchmark, SP500 ").nth(1).unwrap();
    assert!(figure.starts_with(['+', '−']), "it goes on with the simulated market: {said}");
    settings.benchmark = Some("NONE".into());
    own.ledger.settle(&own.user, &own.id, &settings).await.unwrap();
    own.says("performance/?range=all", "Benchmark, NONE –").await;
    own.app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_accepted_stands_at_its_field() {
    let own = Owner::start().await;
    own.bring(by_hand()).await;
    own.says("performance/?range=all", "Value at the end").await;
    for (asked, field) in [
        ("from=2022-13-01", "from"),
        ("to=2999-01-01", "to"),
        ("from=2022-02-01&to=2022-01-01", "from"),
        ("risk_free=much", "risk_free"),
        ("risk_free=101", "risk_free"),
    ] {
        let page = own.page(&format!("performance/?{asked}")).await;
        assert_eq!(page.status, 422, "{asked}");
        assert!(
            page.body.contains(&format!("id=\"{field}-error\"")),
            "{asked}: {}",
            text(&page.body)
        );
    }
    let page = own.page("performance/?range=2y").await;
    assert_eq!(page.status, 422);
    assert!(
        text(&page.body).contains("one of 1d, 1m, 3m, ytd, 1y, 5y and all"),
        "{}",
        text(&page.body)
    );
    // The form keeps the stretch that it was opened on.
    let kept = own
        .says("performance/?was=5y&from=&to=&risk_free=2", "risk-free rate of 2.00%")
        .await;
    assert!(kept.contains("5Y"));
    assert!(
        own.page("performance/?was=5y&risk_free=2")
            .await
            .body
            .contains("range=5y&amp;risk_free=2\" aria-current=\"true\"")
    );
    own.app.stop().await;
}

#[tokio::test]
async fn all_together_have_a_page_and_anothers_is_not_there() {
    let own = Owner::start().await;
    let mut activities = by_hand();
    activities.push(trade("apple", ActivityKind::Buy, "2022-05-03", "AAPL", 3, "150.25"));
    own.bring(activities).await;
    own.says("performance/?range=all", "AAPL").await;
    let all = own.browser().get("/portfolios/all/performance/?range=all").await;
    let said = text(&all.body);
    assert!(all.status == 200 && said.contains("Benchmark None is chosen"), "{said}");
    let day = own.page("performance/?range=1d").await;
    assert!(text(&day.body).contains("The last day every five minutes"), "{}", text(&day.body));
    let mut other = own.app.browser();
    other.post("/try/", &[]).await;
    let theirs = other.get(&format!("/portfolios/{}/performance/", own.id)).await;
    let none = other.get("/portfolios/none/performance/").await;
    assert_eq!((theirs.status, none.status), (404, 404));
    assert_eq!(text(&theirs.body), text(&none.body));
    assert_eq!(other.get(&format!("/portfolios/{}/performance/days.csv", own.id)).await.status, 404);
    own.app.stop().await;
}
