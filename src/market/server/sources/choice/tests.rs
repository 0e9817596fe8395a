//! Failing over and back, on moments that the tests choose.

use super::*;
use crate::market::server::provider::VENUES;
use crate::market::server::provider::venue::VenueError;
use crate::money::Decimal;
use chrono::TimeDelta;
use proptest::prelude::*;

const COINBASE: usize = 0;
const BINANCE: usize = 1;
const KRAKEN: usize = 2;
const FILE: &str = "stale_seconds = 60\n[[instrument]]\nsymbol = \"BTC\"\nname = \"Bitcoin\"\ncurrency = \"USD\"\n\
                    sources = [\"coinbase:BTC-USD\", \"kraken:BTC/USD\", \"binance:BTCUSDT\"]\ncounts_as = [\"USDT\"]\n";

/// Milliseconds after noon.
fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_772_366_400_000 + millis).expect("in range")
}

struct Market {
    choice: Choice,
    seen: Vec<(String, DateTime<Utc>)>,
}

impl Market {
    fn new() -> Self {
        let plan = Plan::read(FILE).expect("valid");
        Self {
            choice: Choice::new(&plan),
            seen: vec![],
        }
    }

    fn tell(&mut self, provider: usize, millis: i64, news: News) {
        let mut quotes = vec![];
        let report = Report {
            provider,
            at: at(millis),
            news,
        };
        self.choice.take(report, &mut quotes);
        self.seen
            .extend(quotes.into_iter().map(|quote| (quote.price.to_string(), quote.quoted_at)));
    }

    /// A price that the venue made at `quoted` and that came at `millis`.
    fn price(&mut self, provider: usize, millis: i64, quoted: i64, price: &str) {
        let symbol = ["BTC-USD", "BTCUSDT", "BTC/USD"][provider].into();
        let tick = Tick {
            symbol,
            price: price.parse().expect("a price"),
            quoted_at: Some(at(quoted)),
            trade: None,
            size: None,
        };
        self.tell(provider, millis, News::Price(tick));
    }

    fn prices(&self) -> Vec<&str> {
        self.seen.iter().map(|(price, _)| price.as_str()).collect()
    }
}

#[test]
fn the_first_that_is_well_gives_the_price() {
    let mut market = Market::new();
    market.price(BINANCE, 10, 9, "103");
    market.price(KRAKEN, 20, 19, "102");
    market.price(BINANCE, 30, 29, "103.5");
    market.price(COINBASE, 40, 39, "101");
    market.price(KRAKEN, 50, 49, "102.5");
    market.price(COINBASE, 60, 59, "101.5");
    assert_eq!(market.prices(), ["103", "102", "101", "101.5"]);
    assert_eq!(VENUES[COINBASE].name(), "coinbase");
}

#[test]
fn silence_hands_over_at_once_and_the_first_takes_back_with_something_newer() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    market.price(KRAKEN, 10, 10, "100.5");
    // 900 ms without a sign of life: the connection says so, and what Kraken said last is shown in the same step.
    market.tell(COINBASE, 900, News::Silent);
    market.price(KRAKEN, 950, 949, "100.6");
    assert_eq!(market.prices(), ["100", "100.5", "100.6"]);
    market.tell(COINBASE, 2_000, News::Speaks);
    market.price(COINBASE, 2_001, 500, "99");
    market.price(KRAKEN, 2_100, 2_099, "100.7");
    market.price(COINBASE, 2_200, 2_199, "100.1");
    market.price(KRAKEN, 2_300, 2_299, "100.8");
    // The price from before is older than what is shown, and does not take over.
    assert_eq!(market.prices()[3..], ["100.7", "100.1"]);
}

#[test]
fn an_end_and_a_refusal_hand_over_too() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    market.price(KRAKEN, 10, 10, "101");
    market.price(BINANCE, 20, 20, "102");
    market.tell(COINBASE, 30, News::Ended(VenueError::Silent));
    let refused = News::Refused {
        symbol: "BTC/USD".into(),
        reason: "not supported".into(),
    };
    market.tell(KRAKEN, 40, refused);
    assert_eq!(market.prices(), ["100", "101", "102"]);
    market.tell(BINANCE, 50, News::Ended(VenueError::Silent));
    assert_eq!(market.prices().len(), 3, "the last price stays");
    assert_eq!(market.choice.stale(at(51)), ["BTC"], "and is known to be stale");
}

#[test]
fn a_price_never_goes_back_whoever_tells_it() {
    let mut market = Market::new();
    market.price(COINBASE, 1_000, 1_000, "100");
    market.price(COINBASE, 1_010, 900, "99");
    market.price(COINBASE, 1_020, 1_000, "100");
    market.price(KRAKEN, 1_030, 950, "98");
    market.tell(COINBASE, 2_000, News::Silent);
    assert_eq!(market.prices(), ["100"], "what Kraken said last is older");
    // But it is the one to listen to from now on.
    market.price(KRAKEN, 2_010, 2_000, "98.5");
    assert_eq!(market.prices(), ["100", "98.5"]);
}

#[test]
fn a_clock_that_runs_ahead_does_not_keep_the_others_out() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 3_600_000, "100");
    assert_eq!(market.seen[0].1, at(0));
    market.tell(COINBASE, 900, News::Silent);
    market.price(KRAKEN, 1_000, 990, "101");
    assert_eq!(market.prices(), ["100", "101"]);
}

#[test]
fn a_source_that_lives_and_brings_nothing_new_is_stale_and_left() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    // The same message again and again is nothing new.
    market.price(COINBASE, 59_000, 0, "100");
    assert!(market.choice.stale(at(60_000)).is_empty());
    assert_eq!(market.choice.stale(at(60_001)), ["BTC"]);
    market.price(KRAKEN, 61_000, 61_000, "101");
    assert!(market.choice.stale(at(61_001)).is_empty());
    assert_eq!(market.prices(), ["100", "101"]);
    // The venue's word that nothing was traded since keeps a price fresh.
    market.tell(KRAKEN, 120_000, News::Current("BTC/USD".into()));
    assert!(market.choice.stale(at(121_500)).is_empty());
}

#[test]
fn a_price_of_before_is_stale_though_another_source_speaks_of_the_past() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    market.tell(COINBASE, 900, News::Silent);
    for second in 1..70 {
        // Its clock is an hour behind.
        market.price(KRAKEN, second * 1_000, second * 1_000 - 3_600_000, "101");
    }
    assert_eq!(market.prices(), ["100"]);
    assert_eq!(market.choice.stale(at(70_000)), ["BTC"]);
}

#[test]
fn the_last_trade_keeps_no_price_fresh_while_another_is_held_back() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    market.price(COINBASE, 10, 10, "50");
    for second in 1..70 {
        market.tell(COINBASE, second * 1_000, News::Current("BTC-USD".into()));
    }
    assert_eq!(market.prices(), ["100"]);
    assert_eq!(market.choice.stale(at(70_000)), ["BTC"]);
}

#[test]
fn a_wild_price_is_shown_only_when_it_is_confirmed() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    market.price(COINBASE, 10, 10, "1");
    market.price(COINBASE, 20, 20, "100.1");
    market.price(COINBASE, 30, 30, "10000");
    assert_eq!(market.prices(), ["100", "100.1"]);
    // A crash that two sources tell is one.
    market.price(COINBASE, 40, 40, "70");
    market.price(KRAKEN, 50, 50, "70.5");
    market.price(COINBASE, 60, 60, "69");
    assert_eq!(market.prices(), ["100", "100.1", "70", "69"]);
}

#[test]
fn the_previous_close_is_the_last_price_of_the_day_before() {
    let mut market = Market::new();
    let midnight = 12 * 3_600_000;
    let mut quotes = vec![];
    for (millis, price) in [(0, 100), (midnight - 1, 101), (midnight, 102), (midnight + 1, 103)] {
        let tick = Tick {
            symbol: "BTC-USD".into(),
            price: price.into(),
            quoted_at: None,
            trade: None,
            size: None,
        };
        let report = Report {
            provider: COINBASE,
            at: at(millis),
            news: News::Price(tick),
        };
        market.choice.take(report, &mut quotes);
    }
    let closes: Vec<_> = quotes.iter().map(|quote| quote.previous_close).collect();
    assert_eq!(closes, [None, None, Some(101.into()), Some(101.into())]);
}

#[test]
fn the_last_price_of_a_friday_is_told_on_a_sunday_with_the_close_of_the_thursday() {
    let (friday, sunday) = (at(-2 * 86_400_000), at(0));
    let days: LastDays = [(2, 98), (1, 99), (0, 100)]
        .map(|(before, close)| (friday.date_naive() - TimeDelta::days(before), close.into()))
        .into();
    let mut market = Market::new();
    market.choice = market.choice.knowing(&HashMap::from([("BTC".into(), days)]));
    let tick = Tick {
        symbol: "BTC-USD".into(),
        price: 100.into(),
        quoted_at: Some(friday),
        trade: None,
        size: None,
    };
    let report = Report {
        provider: COINBASE,
        at: sunday,
        news: News::Price(tick),
    };
    let mut quotes = vec![];
    market.choice.take(report, &mut quotes);
    let closes: Vec<_> = quotes.iter().map(|quote| quote.previous_close).collect();
    assert_eq!(closes, [Some(99.into())]);
}

#[test]
fn other_sources_are_adopted_and_what_is_shown_stays() {
    let mut market = Market::new();
    market.price(KRAKEN, 0, 0, "100");
    let other = FILE.replace("\"coinbase:BTC-USD\", ", "");
    market
        .choice
        .adopt(&Plan::read(&other).expect("valid"), &HashMap::new(), at(1), &mut vec![]);
    assert!(market.choice.stale(at(1)).is_empty());
    market.price(COINBASE, 10, 10, "101");
    market.price(KRAKEN, 20, 20, "102");
    assert_eq!(market.prices(), ["100", "102"]);
}

#[test]
fn what_another_source_said_is_shown_where_the_current_one_is_no_longer_asked() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "100");
    market.price(BINANCE, 10, 10, "101");
    let (other, mut quotes) = (FILE.replace("\"coinbase:BTC-USD\", ", ""), vec![]);
    market
        .choice
        .adopt(&Plan::read(&other).expect("valid"), &HashMap::new(), at(20), &mut quotes);
    assert_eq!(quotes.iter().map(|quote| quote.price).collect::<Vec<_>>(), [101.into()]);
}

#[test]
fn who_is_outvoted_is_not_shown_also_when_it_was_shown_before() {
    let mut market = Market::new();
    market.price(COINBASE, 0, 0, "1100");
    market.price(KRAKEN, 10, 10, "1000");
    assert_eq!(market.prices(), ["1100"], "of two the order decides");
    assert_eq!(
        market.choice.complaints(at(11)),
        ["The prices of BTC at coinbase and kraken are more than 2 % apart."]
    );
    market.price(BINANCE, 20, 20, "1001");
    assert_eq!(market.prices(), ["1100", "1000"]);
    assert!(market.choice.complaints(at(21)).is_empty());
    market.price(COINBASE, 30, 30, "1101");
    market.price(KRAKEN, 40, 40, "1002");
    market.price(COINBASE, 50, 50, "1003");
    assert_eq!(market.prices()[2..], ["1002", "1003"]);
}

#[test]
fn a_failed_round_hands_over_where_another_is_well_and_else_keeps_what_there_is() {
    let mut market = Market::new();
    let failing = || News::Failing {
        lane: String::new(),
        symbols: vec!["BTC-USD".into()],
        error: VenueError::Silent,
    };
    market.price(COINBASE, 0, 0, "100");
    market.tell(COINBASE, 10, failing());
    assert!(market.choice.stale(at(11)).is_empty(), "what it said counts still");
    market.price(KRAKEN, 20, 20, "100.5");
    market.price(COINBASE, 30, 30, "100.1");
    market.tell(COINBASE, 40, failing());
    market.price(KRAKEN, 50, 50, "100.6");
    assert_eq!(market.prices(), ["100", "100.5", "100.1", "100.6"]);
    assert_eq!(market.choice.stale(at(61_000)), ["BTC"]);
}

proptest! {
    #[test]
    fn a_lying_minority_is_never_shown_once_all_have_spoken(
        steps in proptest::collection::vec((0usize..3, 1i64..100, 1u32..20_000, 995u32..1_006), 1..200)
    ) {
        let mut market = Market::new();
        for (place, provider) in [KRAKEN, BINANCE].into_iter().enumerate() {
            market.price(provider, place as i64, place as i64, "1000");
        }
        let (mut now, before) = (10, market.seen.len());
        for (provider, delay, lie, truth) in steps {
            now += delay;
            let price = if provider == COINBASE { lie } else { truth };
            market.price(provider, now, now, &price.to_string());
        }
        for (price, _) in &market.seen[before..] {
            let price: Decimal = price.parse().expect("a price");
            prop_assert!((price - Decimal::ONE_THOUSAND).abs() <= Decimal::from(26), "{price}");
        }
    }

    #[test]
    fn whatever_comes_no_price_goes_back_and_none_is_made_up(
        steps in proptest::collection::vec((0usize..3, 0i64..50, 0u8..8, 90i64..111), 1..200)
    ) {
        let mut market = Market::new();
        let (mut now, mut said) = (0, std::collections::HashSet::new());
        for (provider, delay, kind, price) in steps {
            now += delay;
            match kind {
                0 => market.tell(provider, now, News::Silent),
                1 => market.tell(provider, now, News::Ended(VenueError::Silent)),
                2 => market.tell(provider, now, News::Speaks),
                _ => {
                    let price = price.to_string();
                    market.price(provider, now, now - i64::from(kind) * 7, &price);
                    said.insert(price);
                }
            }
        }
        prop_assert!(market.seen.is_sorted_by_key(|(_, quoted_at)| *quoted_at));
        prop_assert!(market.seen.iter().all(|(price, _)| said.contains(price)));
    }
}

#[test]
fn what_a_person_chose_spoils_the_feed_only_once_it_had_a_price() {
    let mut plan = Plan::read(FILE).expect("valid");
    plan.instruments[0].chosen = true;
    let mut market = Market::new();
    market.choice = Choice::new(&plan);
    assert!(market.choice.stale(at(0)).is_empty(), "it never had one: its row says so");
    assert!(market.choice.health(at(0))[0].stale);
    market.price(COINBASE, 10, 9, "101");
    assert!(market.choice.stale(at(20)).is_empty());
    assert_eq!(market.choice.stale(at(70_000)), ["BTC"]);
}
