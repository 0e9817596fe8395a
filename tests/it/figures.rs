//! What a portfolio is worth and why, as its pages tell it: against figures worked out by hand, and against the socket.

use crate::harness::Answer;
use crate::owner::{Owner, amount};
use chrono::NaiveDate;
use finflow_app::imports::server::archive::{Archive, ArchivedPortfolio, write};
use finflow_app::market::server::Market;
use finflow_app::money::Decimal;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::book::Terms;
use finflow_app::portfolio::described::KnownPrice;
use finflow_app::portfolio::premise::Premise;
use finflow_app::portfolio::ratio::xirr::Mwr;
use finflow_app::portfolio::server::owned::Owned;
use finflow_app::portfolio::settings::Settings;
use finflow_app::portfolio::typed::Typed;
use finflow_app::portfolio::typed::activity::bare;
use finflow_app::portfolio::typed::trial::try_out;
use finflow_app::server::clock::Clock;
use finflow_app::server::config::{MarketConfig, MarketSource};
use finflow_app::server::shutdown::Shutdown;
use serde_json::Value;

/// The pages of the owner's portfolio.
impl Owner {
    pub async fn page(&self, path: &str) -> Answer {
        self.browser().get(&format!("/portfolios/{}/{path}", self.id)).await
    }

    /// What a page says, once it holds `expected`: a ledger that another process wrote is seen a moment later.
    pub async fn says(&self, path: &str, expected: &str) -> String {
        let mut said = String::new();
        for _ in 0..100 {
            let page = self.page(path).await;
            assert_eq!(page.status, 200, "{path}");
            said = text(&page.body);
            if said.contains(expected) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(said.contains(expected), "{path} should say {expected:?}: {said}");
        said
    }
}

/// The words of a page, with one space between them.
pub fn text(body: &str) -> String {
    let main = body.split_once("<main").map_or(body, |(_, main)| main);
    let mut words = String::new();
    let mut inside = true;
    for one in main.chars() {
        match one {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            one if !inside => words.push(one),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn money(id: &str, kind: ActivityKind, on: &str, symbol: Option<&str>, amount: &str) -> Activity {
    Activity {
        symbol: symbol.map(str::to_owned),
        amount: Some(amount.parse().unwrap()),
        ..bare(id, kind, day(on), "USD")
    }
}

pub fn trade(id: &str, kind: ActivityKind, on: &str, symbol: &str, quantity: i64, price: &str) -> Activity {
    Activity {
        symbol: Some(symbol.to_owned()),
        quantity: quantity.into(),
        price: Some(price.parse().unwrap()),
        ..bare(id, kind, day(on), "USD")
    }
}

/// Of a thing that no market lists: 10 at 100 and 10 at 120, then 15 sold at 130. The last price is 130, so five are worth 650.
/// Realised: 10 x 30 + 5 x 10 = 350. Unrealised: 5 x 10 = 50. Cash: 5,000 - 2,200 + 1,950 + 20 - 5 = 4,765.
pub fn by_hand() -> Vec<Activity> {
    use ActivityKind::*;
    vec![
        money("in", Deposit, "2022-01-03", None, "5000"),
        trade("one", Buy, "2022-01-03", "FLAT", 10, "100"),
        trade("two", Buy, "2022-02-03", "FLAT", 10, "120"),
        money("div", Dividend, "2022-03-03", Some("FLAT"), "20"),
        money("fee", Fee, "2022-03-04", None, "5"),
        trade("sale", Sell, "2022-04-04", "FLAT", 15, "130"),
    ]
}

#[tokio::test]
async fn each_figure_is_as_worked_out_by_hand_and_says_how_it_came_about() {
    let own = Owner::start().await;
    let empty = own.says("", "Nothing is here yet").await;
    assert!(empty.contains("Add the first activity"), "{empty}");
    own.bring(by_hand()).await;
    let said = own.says("", "Value 5,415.00").await;
    for figure in [
        "Day change 0.00",
        "Total gain +415.00",
        "Realised +350.00",
        "Unrealised +50.00",
        "Income +20.00",
        "Fees and taxes 5.00",
        "Contributions 5,000.00",
        "Withdrawals 0.00",
        "FLAT 5 130.00 USD latest activity,",
        "650.00 12.00% 600.00 +50.00 +8.33% +350.00 +20.00",
        "USD Cash 4,765 4,765.00 88.00%",
    ] {
        assert!(said.contains(figure), "{figure}: {said}");
    }
    for (path, expected) in [
        ("figures/value/", "FLAT 5 × 130.00 USD 650.00"),
        ("figures/total-gain/", "Fees −5.00"),
        ("figures/realised/", "4 Apr 2022 1300 − 1000 +300.00"),
        ("figures/unrealised/", "650.00 − 600.00 +50.00"),
        ("figures/income/", "FLAT 3 Mar 2022 +20.00"),
        ("figures/fees/", "USD 4 Mar 2022 5.00"),
        ("figures/contributions/", "USD 3 Jan 2022 +5,000.00"),
        ("figures/cost/", "FLAT 600.00"),
        ("figures/day-change/", "Day change 0.00"),
        ("figures/mwr/", "paid in 3 Jan 2022 −5,000.00"),
        // Nothing came in after the first day: the return is 5,415 / 5,000 - 1.
        ("figures/twr/", "Time-weighted return +8.30%"),
    ] {
        own.says(path, expected).await;
    }
    assert_eq!(own.page("figures/nonsense/").await.status, 404);

    let lots = own.says("lots/", "Sum of all open lots 600.00 650.00 +50.00").await;
    for line in [
        "Sum of all closed lots 1,950.00 1,600.00 +350.00",
        "FLAT 3 Feb 2022 4 Apr 2022 60 d 5 650.00 600.00 +50.00",
        "FLAT 3 Jan 2022 4 Apr 2022 91 d 10 1,300.00 1,000.00 +300.00",
    ] {
        assert!(lots.contains(line), "{line}: {lots}");
    }
    own.says("lots/?symbol=NONE", "No lot is open. Closed No lot was closed.").await;
    own.app.stop().await;
}

#[tokio::test]
async fn the_page_says_what_the_socket_says() {
    let own = Owner::start().await;
    let mut activities = by_hand();
    activities.push(trade("apple", ActivityKind::Buy, "2022-05-03", "AAPL", 3, "150.25"));
    own.bring(activities).await;
    let (mut client, _) = own.connect(&own.cookie).await;
    own.says("", "AAPL").await;
    let mut met = false;
    for _ in 0..40 {
        // The market moves between the two: they are asked until no tick fell between.
        client
            .send(serde_json::json!({"type": "get_portfolio_data", "portfolio_id": own.id}))
            .await;
        let data = client.next_of("portfolio_data").await["data"].clone();
        let page = text(&own.page("").await.body);
        let money = |value: &Value| finflow_app::ui::format::money(value.to_string().parse::<Decimal>().unwrap(), "USD");
        assert_eq!(data["portfolio_id"], own.id.as_str());
        let gains = &data["gains"];
        let figures = [
            format!("Value {} ", money(&data["total_value"])),
            format!("Contributions {} ", money(&gains["contributions"])),
            format!("Total gain +{} ", money(&gains["total"]).trim_start_matches('−')),
        ];
        let rows = data["investments"].as_array().unwrap();
        let in_page = |figure: &String| page.replace("Total gain −", "Total gain +").contains(figure.as_str());
        met = figures.iter().all(in_page) && rows.iter().all(|row| page.contains(&money(&row["value"])));
        if met {
            break;
        }
    }
    assert!(met, "the page and the socket never agreed");
    own.app.stop().await;
}

#[tokio::test]
async fn what_would_be_is_told_and_nothing_is_saved() {
    let own = Owner::start().await;
    own.bring(by_hand()).await;
    own.says("", "Value 5,415.00").await;
    let form = own.says("what-if/", "Try it").await;
    assert!(form.contains("FLAT of 3 Feb 2022: 5"), "{form}");
    // Five sold at 200 realise 5 x 80; two of another bought at 50: cash is 4,765 + 1,000 - 100.
    let asked = "side1=sell&symbol1=FLAT&quantity1=5&price1=200&lot1=two&side2=buy&symbol2=NEW&quantity2=2&price2=50";
    let said = own.says(&format!("what-if/?{asked}"), "Realised now +400.00").await;
    for line in [
        "USD Cash 4,765 5,665 4,765.00 5,665.00 88.00% 98.27%",
        "NEW 0 2 0.00 100.00 0.00% 1.73%",
        "FLAT 3 Feb 2022",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let current = own
        .says("what-if/?side1=sell&symbol1=FLAT&quantity1=5", "Realised now +50.00")
        .await;
    assert!(current.contains("Lots that would be closed"), "at the current price: {current}");
    for (asked, field) in [
        ("symbol1=FLAT", "quantity1"),
        ("symbol1=FLAT&quantity1=-1", "quantity1"),
        ("symbol1=NEW&quantity1=1", "price1"),
        ("quantity1=1", "symbol1"),
        ("side1=sell&symbol1=FLAT&quantity1=6&lot1=two", "lot1"),
        ("side1=buy&symbol1=FLAT&quantity1=6&lot1=two", "lot1"),
    ] {
        let page = own.page(&format!("what-if/?{asked}")).await;
        assert_eq!(page.status, 422, "{asked}");
        assert!(
            page.body.contains(&format!("id=\"{field}-error\"")),
            "{asked}: {}",
            text(&page.body)
        );
    }
    // A browser works out the same from the premise.
    let told = own.page("what-if/premise").await;
    let mut premise: Premise = serde_json::from_str(&told.body).unwrap();
    let (book, rates) = premise.booked();
    let fields = url::form_urlencoded::parse(asked.as_bytes()).into_owned().collect();
    let price = |symbol: &str| premise.prices.get(symbol).cloned();
    let outcome = try_out(&book, &Typed(fields), premise.day, &rates, price, |_| None)
        .unwrap()
        .unwrap();
    assert_eq!((outcome.realised, outcome.rows.len()), (Decimal::from(400), 3));
    assert!(premise.prices.contains_key("AAPL"), "what can be bought has its price");
    own.says("", "Value 5,415.00").await;
    assert_eq!(own.ledger.activities(&own.user, &own.id).await.unwrap().len(), 6);
    own.app.stop().await;
}

#[tokio::test]
async fn all_together_shows_each_portfolio_and_problems_lead_to_their_activity() {
    let own = Owner::start().await;
    let mut activities = by_hand();
    activities.push(Activity {
        currency: "XXX".into(),
        ..money("odd", ActivityKind::Deposit, "2022-05-05", None, "7")
    });
    own.bring(activities).await;
    own.says("", "One activity could not be booked").await;
    let page = own.page("").await;
    assert!(page.body.contains(&format!("/portfolios/{}/activities/odd/", own.id)));
    let mut settings = own.ledger.portfolio(&own.user, &own.id).await.unwrap().settings;
    settings.name = "Second".into();
    own.ledger.open(&own.user, &settings).await.unwrap();
    let mut browser = own.browser();
    let all = browser.get("/portfolios/all/").await;
    let said = text(&all.body);
    assert_eq!(all.status, 200);
    assert!(said.contains("Value 5,415.00") && said.contains("Second 0.00"), "{said}");
    assert!(
        !all.body.contains("/portfolios/all/activities/"),
        "activities belong to one portfolio"
    );
    assert_eq!(browser.get("/portfolios/all/lots/").await.status, 200);
    let what_if = browser.get("/portfolios/all/what-if/").await;
    assert_eq!(what_if.status, 404);
    own.app.stop().await;
}

#[tokio::test]
async fn the_pages_of_another_are_not_there() {
    let own = Owner::start().await;
    own.bring(by_hand()).await;
    own.says("", "Value 5,415.00").await;
    let mut other = own.app.browser();
    other.post("/try/", &[]).await;
    for path in [
        "",
        "lots/",
        "what-if/",
        "what-if/?side1=sell&symbol1=FLAT&quantity1=1",
        "what-if/premise",
        "figures/value/",
        "figures/realised/",
        "figures/twr/",
    ] {
        let theirs = other.get(&format!("/portfolios/{}/{path}", own.id)).await;
        let none = other.get(&format!("/portfolios/none/{path}")).await;
        assert_eq!((theirs.status, none.status), (404, 404), "{path}");
        assert_eq!(text(&theirs.body), text(&none.body), "{path}");
        assert!(!theirs.body.contains("FLAT"));
        let nobody = own.app.browser().get(&format!("/portfolios/{}/{path}", own.id)).await;
        assert_eq!(nobody.status, 303, "{path}");
        assert!(nobody.location().starts_with("/sign-in/"), "{path}");
    }
    own.app.stop().await;
}

fn booked(ledgers: Vec<Vec<Activity>>, prices: Vec<KnownPrice>) -> Owned {
    let terms = Terms::in_currency("USD");
    let settings = Settings {
        name: "By hand".into(),
        terms: terms.clone(),
        benchmark: None,
    };
    let ledgers = ledgers.into_iter().map(|ledger| (terms.clone(), ledger)).collect();
    Owned::new("ada".into(), "all".into(), settings, ledgers, vec![], prices)
}

/// The market of the afternoon of the 3rd of January 2023.
fn market(shutdown: &Shutdown) -> Market {
    let clock = Clock::starting_at("2023-01-03T15:00:00Z".parse().unwrap());
    let config = MarketConfig {
        source: MarketSource::Simulated,
        seed: 8,
        replay_speed: 1.0,
    };
    Market::open(&config, clock, shutdown).unwrap()
}

#[tokio::test]
async fn returns_are_as_worked_out_by_hand() {
    use ActivityKind::*;
    let shutdown = Shutdown::default();
    let market = market(&shutdown);
    let today = day("2023-01-03");

    // 1,000 become 1,100; 550 come in; 1,650 become 1,980: 1.1 x 1.2 - 1.
    let mut ledger = vec![
        money("in", Deposit, "2022-01-03", None, "1000"),
        trade("one", Buy, "2022-01-03", "FLAT", 10, "100"),
        money("more", Deposit, "2022-07-01", None, "550"),
        trade("two", Buy, "2022-07-01", "FLAT", 5, "110"),
    ];
    let known = |on: &str, price: i64| KnownPrice {
        symbol: "FLAT".into(),
        day: day(on),
        price: price.into(),
        currency: Some("USD".into()),
    };
    let known = vec![known("2022-06-30", 110), known("2023-01-02", 132)];
    let returns = booked(vec![ledger.clone()], known.clone()).returns(&market, today);
    let twr = returns.twr.unwrap();
    assert_eq!((twr.total, twr.annualised), ("0.32".parse().unwrap(), None));
    let flows: Vec<_> = [("2022-01-03", -1000), ("2022-07-01", -550), ("2023-01-03", 1980)]
        .map(|(on, amount)| (day(on), Decimal::from(amount)))
        .to_vec();
    assert_eq!(returns.flows, flows);
    // 1,000 x 1.341... + 550 x 1.341...^(186 / 365) = 1,980
    let Mwr::Rate(rate) = returns.mwr else {
        panic!("{:?}", returns.mwr)
    };
    assert_eq!(rate.round_dp(2), "0.34".parse().unwrap(), "{rate}");

    // The same in two portfolios that are one.
    let rest = ledger.split_off(2);
    let moved = rest.into_iter().map(|one| Activity {
        id: format!("other {}", one.id),
        ..one
    });
    let together = booked(vec![ledger, moved.collect()], known).returns(&market, today);
    assert_eq!(together.twr.unwrap().total, "0.32".parse().unwrap());

    // What a market lists is worth its closes: from the first close to the price of this moment.
    let close = market.closes.read(|closes| {
        let at = closes.days.iter().position(|one| *one == day("2022-01-03")).unwrap();
        closes.of("AAPL")[at]
    });
    let now = market.bus.read(|quotes| quotes.get("AAPL").unwrap().price);
    let apple = vec![
        money("in", Deposit, "2022-01-03", None, &(close * Decimal::TEN).to_string()),
        trade("apple", Buy, "2022-01-03", "AAPL", 10, &close.to_string()),
    ];
    let returns = booked(vec![apple], vec![]).returns(&market, today);
    assert!(returns.days.len() > 12, "the ends of months are valued: {}", returns.days.len());
    let total = returns.twr.unwrap().total;
    assert_eq!(total.round_dp(6), (now / close - Decimal::ONE).round_dp(6));
    assert_eq!(shutdown.drain(crate::harness::PATIENCE).await, 0);
}

/// Seven things in francs whose value in dollars is no whole cent, and cash in francs: the sum of what is exact, rounded, is another
/// than that of what is shown.
#[tokio::test]
async fn the_command_says_what_the_pages_say() {
    let shutdown = Shutdown::default();
    let francs = |one: Activity| Activity {
        currency: "CHF".into(),
        ..one
    };
    let mut ledger = vec![francs(money("in", ActivityKind::Deposit, "2022-01-03", None, "1000.01"))];
    for symbol in ["A", "B", "C", "D", "E", "F", "G"] {
        ledger.push(francs(trade(symbol, ActivityKind::Buy, "2022-02-03", symbol, 1, "10.01")));
    }
    ledger.push(francs(trade("s", ActivityKind::Sell, "2022-03-03", "G", 1, "11.03")));
    let owned = booked(vec![ledger.clone()], vec![]);
    let valuation = owned.valuation(&market(&shutdown), day("2023-01-03"));
    let exact: Decimal = owned.marked_now(&market(&shutdown), day("2023-01-03"))[0].totals().value;
    assert_ne!(exact.round_dp(2), valuation.total_value, "an example of what rounding leaves");

    let portfolio = ArchivedPortfolio {
        activities: ledger,
        ..ArchivedPortfolio::of("1".into(), &owned.settings)
    };
    let archive = Archive {
        portfolios: vec![portfolio],
        ..Archive::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.json");
    std::fs::write(&file, write::bytes(archive).unwrap()).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_finflow"));
    let told = command
        .arg("value")
        .arg(&file)
        .args(["--at", "2023-01-03", "--json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&told.stdout).unwrap();
    let of = |name: &str| amount(&report["totals"][name]);
    let gains = valuation.gains.unwrap();
    assert_eq!(of("value"), valuation.total_value);
    assert_eq!((of("total_gain"), of("realised")), (gains.total, gains.realised));
    assert_eq!(of("unrealised") + of("currency_gain"), gains.unrealised);
    assert_eq!((of("contributions"), of("withdrawals")), (gains.contributions, gains.withdrawals));
    let rows = report["positions"].as_array().unwrap();
    let held = valuation.investments.iter().filter(|row| row.kind.is_none());
    for (row, shown) in rows.iter().zip(held.clone()) {
        assert_eq!(
            (row["symbol"].as_str(), amount(&row["value"])),
            (Some(shown.symbol.as_str()), shown.value)
        );
        assert_eq!(
            (Some(amount(&row["cost"])), Some(amount(&row["unrealised"]))),
            (shown.cost, shown.unrealised)
        );
    }
    assert_eq!((rows.len(), held.count()), (6, 6));
    assert_eq!(shutdown.drain(crate::harness::PATIENCE).await, 0);
}
