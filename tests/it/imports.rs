//! Files of each format, made for these tests, and what must come out of them, worked out by hand.

use finflow_app::imports::mapping::{DateOrder, DecimalMark, Field, Mapping};
use finflow_app::imports::preview::{Fault, Format, Outcome, Parsed, Preview};
use finflow_app::imports::server::{Options, archive, command, export, parse};
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/fixtures/import").join(name)).unwrap()
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<_> = fs::read_dir("tests/fixtures/import")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), fixture(&name))).collect()
}

fn euro() -> Options {
    Options {
        currency: Some("EUR".to_owned()),
        mapping: None,
    }
}

fn read(bytes: &[u8], name: &str) -> Result<Parsed, Fault> {
    parse(bytes, name, &euro(), &mut |_, _| {})
}

fn told(activity: &Activity) -> String {
    let number = |number: Option<_>| number.map_or_else(|| "-".to_owned(), |number: finflow_app::money::Decimal| number.to_string());
    let ratio = activity
        .ratio
        .map(|ratio| format!(" {}:{}", ratio.new, ratio.old))
        .unwrap_or_default();
    format!(
        "{} {:?} {} q{} p{} a{} f{} t{} {}{ratio}",
        activity.day,
        activity.kind,
        activity.symbol.as_deref().unwrap_or("-"),
        activity.quantity,
        number(activity.price),
        number(activity.amount),
        activity.fee,
        activity.tax,
        activity.currency
    )
}

/// Reads a file and compares its activities; it must have no fault.
fn expect(name: &str, format: Format, activities: &[&str]) -> Parsed {
    let parsed = read(&fixture(name), name).unwrap();
    assert_eq!(parsed.format, format, "{name}");
    assert_eq!(parsed.faults().collect::<Vec<_>>(), Vec::<&Fault>::new(), "{name}");
    assert_eq!(parsed.activities().map(told).collect::<Vec<_>>(), activities, "{name}");
    parsed
}

fn omitted(parsed: &Parsed) -> Vec<u32> {
    parsed
        .lines
        .iter()
        .filter(|line| matches!(line.outcome, Outcome::Omitted(_)))
        .map(|line| line.number)
        .collect()
}

fn remarks(parsed: &Parsed) -> String {
    parsed
        .lines
        .iter()
        .flat_map(|line| line.remarks.iter().map(move |remark| format!("{}: {remark}\n", line.number)))
        .collect()
}

#[test]
fn ghostfolio_json_is_read() {
    let parsed = expect(
        "ghostfolio.json",
        Format::GhostfolioJson,
        &[
            "2023-02-01 Buy VWCE.DE q3 p100.25 a- f1.5 t0 EUR",
            "2023-02-02 Buy BTCUSD q0.00000001 p30000 a- f0 t0 USD",
            "2023-02-03 Sell VOD.L q40 p2.505 a- f1.5 t0 GBP",
            "2023-02-04 Buy Allotment garden q1 p8000 a- f0 t0 EUR",
            "2023-02-05 Interest - q0 p- a9 f0 t0 EUR",
        ],
    );
    assert_eq!((parsed.base_currency.as_deref(), omitted(&parsed)), (Some("EUR"), vec![23]));
    let first = parsed.activities().next().unwrap();
    assert_eq!(
        (first.note.as_str(), first.tags.as_slice(), first.time.is_some()),
        ("First\nstep", &["retirement".to_owned()][..], true)
    );
    assert_eq!(parsed.lines[0].account.as_deref(), Some("Depot Nord"));
    let prices: Vec<_> = parsed
        .prices
        .iter()
        .map(|price| format!("{} {} {}", price.symbol, price.day, price.price))
        .collect();
    assert_eq!(prices, ["Allotment garden 2023-01-01 8000", "Allotment garden 2024-01-01 8500.5"]);
    let fund = parsed.instruments.iter().find(|own| own.symbol == "VWCE.DE").unwrap();
    assert_eq!((fund.isin.as_deref(), fund.name.as_str()), (Some("IE00BK5BQT80"), "All-World Fund"));
    assert_eq!(
        parsed
            .instruments
            .iter()
            .find(|own| own.symbol == "BTCUSD")
            .unwrap()
            .alias
            .as_deref(),
        Some("BTC-USD")
    );
}

#[test]
fn ghostfolio_csv_is_read_with_its_synonyms() {
    let parsed = expect(
        "ghostfolio.csv",
        Format::GhostfolioCsv,
        &[
            "2023-02-01 Buy VWCE.DE q3 p1100.25 a- f1.5 t0 EUR",
            "2023-02-03 Sell VWCE.DE q1 p1120 a- f0 t0 EUR",
            "2023-02-04 Interest - q0 p- a9 f0 t0 EUR",
            "2023-02-05 Dividend VWCE.DE q0 p- a2.25 f0 t0 EUR",
        ],
    );
    assert_eq!(parsed.activities().next().unwrap().note, "First; step");
}

#[test]
fn wealthfolio_is_read_and_its_crooked_split_remarked() {
    let parsed = expect(
        "wealthfolio-activities.csv",
        Format::WealthfolioActivities,
        &[
            "2023-01-10 Deposit - q0 p- a2000 f0 t0 CHF",
            "2023-01-11 Buy NESN.SW q4 p110.5 a- f3.2 t0 CHF",
            "2023-02-01 Split NESN.SW q2 p- a- f0 t0 XXX 2:1",
            "2023-03-01 Dividend NESN.SW q0 p- a3.9 f0 t0 CHF",
            "2023-04-01 TransferOut NESN.SW q3 p- a- f0 t0 XXX",
            "2023-05-01 Tax - q0 p- a7.5 f0 t0 CHF",
        ],
    );
    let remarks = remarks(&parsed);
    assert!(
        remarks.contains("4: the row has one cell too many") && remarks.contains("4: the split's ratio is read from the quantity"),
        "{remarks}"
    );
    assert!(remarks.contains("5: the amount 3.9 counts"), "{remarks}");
    assert_eq!(parsed.activities().nth(2).unwrap().note, "two for one");
}

#[test]
fn holdings_at_days_become_transfers() {
    let parsed = expect(
        "wealthfolio-holdings.csv",
        Format::WealthfolioHoldings,
        &[
            "2023-12-31 TransferIn ABC q10 p- a50 f0 t0 EUR",
            "2023-12-31 Deposit - q0 p- a100 f0 t0 EUR",
            "2023-12-31 TransferIn OLD q2 p- a100 f0 t0 EUR",
            "2024-06-30 TransferOut ABC q3 p- a18 f0 t0 EUR",
            "2024-06-30 Deposit - q0 p- a150 f0 t0 EUR",
            "2024-06-30 TransferOut OLD q2 p- a- f0 t0 EUR",
        ],
    );
    assert!(remarks(&parsed).contains("5: no longer among the holdings"));
}

#[test]
fn portfolio_performance_tables_are_read_in_two_languages() {
    let parsed = expect(
        "performance-en.csv",
        Format::PortfolioPerformanceCsv,
        &[
            "2022-01-03 Deposit - q0 p- a1000 f0 t0 EUR",
            "2022-01-04 Buy BAS.DE q5 p100 a- f10 t2 EUR",
            "2022-05-05 Dividend BAS.DE q0 p- a17 f0 t2.5 EUR",
            "2022-07-01 Withdrawal - q0 p- a20 f0 t0 EUR",
        ],
    );
    assert_eq!(omitted(&parsed), [5, 6]);
    let german = [
        "2022-01-03 Deposit - q0 p- a1000 f0 t0 EUR",
        "2022-01-04 Buy BAS.DE q5 p100 a- f10 t2 EUR",
        "2022-05-05 Dividend BAS.DE q0 p- a17 f0 t2.5 EUR",
        "2022-08-01 Sell BAS.DE q1 p100 a- f1 t1 EUR",
        "2022-09-01 Interest - q0 p- a3 f0 t0 EUR",
    ];
    expect("performance-de.csv", Format::PortfolioPerformanceCsv, &german);
    let text = String::from_utf8(fixture("performance-de.csv")).unwrap();
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for bytes in [windows, wide] {
        let parsed = read(&bytes, "x.csv").unwrap();
        assert_eq!(parsed.activities().map(told).collect::<Vec<_>>(), german);
        assert_eq!(parsed.activities().nth(3).unwrap().note, "Rest später");
    }
}

#[test]
fn portfolio_performance_xml_is_read_through_its_references() {
    let expected = [
        "2023-01-02 Deposit - q0 p- a5000 f0 t0 EUR",
        "2023-01-03 Buy LIN q4 p250 a- f10 t5 EUR",
        "2023-02-01 Withdrawal - q0 p- a200 f0 t0 EUR",
        "2023-02-01 Deposit - q0 p- a218 f0 t0 USD",
        "2023-03-01 Dividend LIN q0 p- a10 f0 t1.5 USD",
        "2023-04-01 Interest - q0 p- a3.33 f0 t0 EUR",
    ];
    let parsed = expect("performance-69.xml", Format::PortfolioPerformanceXml, &expected);
    let accounts: Vec<_> = parsed.lines.iter().map(|line| line.account.as_deref().unwrap_or("-")).collect();
    assert_eq!(accounts, ["Giro", "Depot", "Giro", "Dollars", "Dollars", "Giro"]);
    assert_eq!(parsed.activities().nth(1).unwrap().time.unwrap().to_string(), "09:05:00");
    let prices: Vec<_> = parsed
        .prices
        .iter()
        .map(|price| format!("{} {} {}", price.symbol, price.day, price.price))
        .collect();
    assert_eq!(
        prices,
        ["LIN 2024-01-03 400", "Painting 2020-01-01 1000", "Painting 2023-01-01 1500"]
    );
}

#[test]
fn portfolio_performance_counts_shares_as_its_version_does() {
    let file = |version: u32, shares: &str| {
        format!(
            "<client><version>{version}</version><securities><security><name>A</name><currencyCode>EUR</currencyCode></security></securities><portfolios><portfolio>\
             <transactions><portfolio-transaction><date>2015-01-02</date><currencyCode>EUR</currencyCode><security reference=\"../../../../securities/security\"/>\
             <shares>{shares}</shares><type>DELIVERY_INBOUND</type><amount>2400</amount><fees>400</fees></portfolio-transaction></transactions></portfolio></portfolios></client>"
        )
        .replace("../../../../securities", "../../../../../securities")
    };
    for (version, shares) in [
        (69, "200000000"),
        (49, "200000000"),
        (48, "2000000"),
        (28, "2000000"),
        (26, "2000000"),
        (25, "200000"),
        (2, "2"),
    ] {
        let parsed = read(file(version, shares).as_bytes(), "x.xml").unwrap();
        assert_eq!(
            parsed.activities().map(told).collect::<Vec<_>>(),
            ["2015-01-02 TransferIn A q2 p10 a20 f4 t0 EUR"],
            "{version}: {:?}",
            parsed.lines
        );
    }
}

#[test]
fn yahoo_is_read_with_its_limits() {
    let parsed = expect(
        "yahoo.csv",
        Format::YahooCsv,
        &[
            "2023-01-10 Buy AIR.PA q4 p110.25 a- f2.5 t0 EUR",
            "2024-01-10 Sell AIR.PA q1 p150 a- f0 t0 EUR",
            "2023-01-11 Buy VOD.L q100 p0.9 a- f5.95 t0 GBP",
            "2023-01-09 Deposit - q0 p- a1000 f0 t0 EUR",
        ],
    );
    assert_eq!(omitted(&parsed), [5]);
    let alerts: Vec<_> = parsed
        .alerts
        .iter()
        .map(|alert| {
            (
                alert.symbol.as_str(),
                alert.above.map(|limit| limit.to_string()),
                alert.below.map(|limit| limit.to_string()),
            )
        })
        .collect();
    assert_eq!(
        alerts,
        [
            ("AIR.PA", Some("160".to_owned()), Some("100".to_owned())),
            ("MSFT", Some("450".to_owned()), None)
        ]
    );
    let older = "Symbol,Trade Date,Purchase Price,Quantity,Commission\nAIR.PA,20230110,110,-2,0\n";
    let parsed = read(older.as_bytes(), "x.csv").unwrap();
    assert_eq!(
        parsed.activities().map(told).collect::<Vec<_>>(),
        ["2023-01-10 Sell AIR.PA q2 p110 a- f0 t0 EUR"]
    );
    assert!(remarks(&parsed).contains("2: a negative quantity is a sale"));
}

#[test]
fn flex_tables_are_read() {
    expect(
        "flex-trades.csv",
        Format::FlexCsv,
        &[
            "2023-03-01 Buy MSFT q3 p250.5 a- f1 t0 USD",
            "2023-03-02 Sell MSFT q1 p260 a- f0 t0 USD",
            "2023-03-02 Fee - q0 p- a0.9 f0 t0 EUR",
            "2023-03-03 Withdrawal - q0 p- a1060 f0 t0 USD",
            "2023-03-03 Deposit - q0 p- a1000 f0 t0 EUR",
            "2023-03-03 Fee - q0 p- a2 f0 t0 USD",
            "2023-03-04 Buy MSFT  230616C00300000 q200 p1.5 a- f1.3 t0 USD",
        ],
    );
    let parsed = expect(
        "flex-cash.csv",
        Format::FlexCsv,
        &[
            "2023-06-10 Dividend US5949181045 q0 p- a1.36 f0 t0 USD",
            "2023-06-10 Tax US5949181045 q0 p- a0.2 f0 t0 USD",
            "2023-07-10 Dividend US5949181045 q0 p- a0.1 f0 t0 USD",
            "2023-07-11 Withdrawal - q0 p- a50 f0 t0 USD",
        ],
    );
    assert_eq!(parsed.instruments[0].alias.as_deref(), Some("MSFT"));
}

#[test]
fn flex_xml_is_read() {
    let parsed = expect(
        "flex.xml",
        Format::FlexXml,
        &[
            "2023-03-15 Buy NVDA q2 p240 a- f1 t0 USD",
            "2023-03-16 Buy BUND 2.3 q1000 p0.985 a- f0 t0 EUR",
            "2023-06-20 Split NVDA q4 p- a- f0 t0 XXX 4:1",
            "2023-07-05 Fee - q0 p- a1.25 f0 t0 EUR",
        ],
    );
    assert_eq!(omitted(&parsed), [8]);
    assert_eq!(
        parsed
            .activities()
            .next()
            .unwrap()
            .exchange_rate
            .map(|rate| rate.to_string())
            .as_deref(),
        Some("0.92")
    );
    assert_eq!(parsed.prices[0].price.to_string(), "61.5");
}

#[test]
fn ofx_is_read_as_sgml_and_as_xml() {
    let parsed = expect(
        "sgml.ofx",
        Format::Ofx,
        &[
            "2023-01-10 Buy WRLD q10.5 p20 a- f1.5 t0 USD",
            "2023-03-01 Dividend WRLD q0 p- a8.4 f0 t0 USD",
            "2023-03-01 Buy WRLD q0.4 p21 a- f0 t0 USD",
            "2023-04-01 Dividend WRLD q0 p- a3.25 f0 t0 USD",
            "2023-05-01 Withdrawal - q0 p- a40.25 f0 t0 USD",
        ],
    );
    assert_eq!(parsed.activities().next().unwrap().note, "Monthly & more");
    let parsed = expect(
        "xml.ofx",
        Format::Ofx,
        &[
            "2023-06-01 Sell XYZ C q200 p1.5 a- f3 t0 EUR",
            "2023-06-02 Split XYZ q1.5 p- a- f0 t0 XXX 3:2",
            "2023-06-03 Dividend XYZ q0 p- a10 f0 t0 USD",
        ],
    );
    assert_eq!(
        parsed
            .activities()
            .nth(2)
            .unwrap()
            .exchange_rate
            .map(|rate| rate.to_string())
            .as_deref(),
        Some("0.9")
    );
    assert_eq!(parsed.prices[0].price.to_string(), "12.5");
}

#[test]
fn qif_is_read() {
    expect(
        "quicken.qif",
        Format::Qif,
        &[
            "2023-01-13 Buy EXM q8 p12.5 a- f4.95 t0 EUR",
            "2023-01-13 Deposit - q0 p- a104.95 f0 t0 EUR",
            "2023-02-01 Dividend EXM q0 p- a6.5 f0 t0 EUR",
            "2023-02-01 Buy EXM q0.5 p13 a- f0 t0 EUR",
            "2023-03-01 Split EXM q2 p- a- f0 t0 XXX 20:10",
            "2023-04-01 Sell EXM q2 p7 a- f1 t0 EUR",
            "2023-05-01 Interest - q0 p- a1234.5 f0 t0 EUR",
        ],
    );
}

#[test]
fn qif_of_another_language_is_read() {
    let text = "!Type:Invst\nD2023-01-13\nNSell\nYEx\nI1.250,5\nQ2\nT2.499,00\nO2,00\n^\n!Type:Bank\nD31.12.23\nT-20,50\nPShop\n^\n";
    let parsed = read(text.as_bytes(), "x.qif").unwrap();
    let activities: Vec<_> = parsed.activities().map(told).collect();
    assert_eq!(
        activities,
        [
            "2023-01-13 Sell Ex q2 p1250.5 a- f2 t0 EUR",
            "2023-12-31 Withdrawal - q0 p- a20.5 f0 t0 EUR"
        ]
    );
}

#[test]
fn any_table_is_read_by_a_mapping() {
    let columns = [
        (Field::Date, "Buchung"),
        (Field::Time, "Uhr"),
        (Field::Kind, "Art"),
        (Field::Symbol, "Wertpapier"),
        (Field::Quantity, "Anzahl"),
        (Field::Price, "Kurs"),
        (Field::Amount, "Betrag"),
        (Field::Fee, "Spesen"),
        (Field::Note, "Worte"),
    ];
    let mapping = Mapping {
        columns: columns.map(|(field, name)| (field, name.to_owned())).into(),
        date_order: DateOrder::DayFirst,
        decimal_mark: DecimalMark::Comma,
        kinds: [
            ("Kauf".to_owned(), ActivityKind::Buy),
            ("Ertrag".to_owned(), ActivityKind::Dividend),
        ]
        .into(),
        default_kind: None,
        default_currency: Some("EUR".to_owned()),
    };
    let remembered: Mapping = serde_json::from_str(&serde_json::to_string(&mapping).unwrap()).unwrap();
    assert_eq!(remembered, mapping);
    let options = Options {
        currency: None,
        mapping: Some(remembered),
    };
    let parsed = parse(&fixture("bank.csv"), "bank.csv", &options, &mut |_, _| {}).unwrap();
    let activities: Vec<_> = parsed.activities().map(told).collect();
    assert_eq!(
        activities,
        [
            "2022-12-31 Buy SAP.DE q2 p100.5 a- f1.25 t0 EUR",
            "2023-01-02 Dividend SAP.DE q0 p- a4.1 f0 t0 EUR"
        ]
    );
    let faults: Vec<_> = parsed.faults().map(ToString::to_string).collect();
    assert_eq!(faults, ["line 4, column 3, Art: \"Umtausch\" is not a kind that the mapping knows"]);
}

/// Line, column and a part of the reason of the only fault.
fn only_fault(text: &str, name: &str) -> (u32, u32, String) {
    let faults: Vec<Fault> = match read(text.as_bytes(), name) {
        Ok(parsed) => parsed.faults().cloned().collect(),
        Err(fault) => vec![fault],
    };
    assert_eq!(faults.len(), 1, "{faults:?}");
    (faults[0].line, faults[0].column, faults[0].reason.clone())
}

#[test]
fn each_fault_has_its_line_its_column_and_its_reason() {
    let csv = "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee\n";
    let order = |field: &str, value: &str| {
        let mut fields = HashMap::from([
            ("date", "\"2024-01-02\""),
            ("type", "\"BUY\""),
            ("currency", "\"EUR\""),
            ("symbol", "\"ABC\""),
            ("fee", "0"),
            ("quantity", "1"),
            ("unitPrice", "2"),
        ]);
        fields.insert(field, value);
        let names = ["date", "type", "currency", "symbol", "fee", "quantity", "unitPrice"];
        let fields: Vec<_> = names.iter().map(|name| format!("  \"{name}\": {}", fields[name])).collect();
        format!("{{\"activities\": [{{\n{},\n  \"dataSource\": \"YAHOO\"\n}}]}}", fields.join(",\n"))
    };
    for (text, name, line, column, part) in [
        (
            format!("{csv}2024-01-01,A,YAHOO,EUR,1,1,buy,0\n2024-13-01,A,YAHOO,EUR,1,1,buy,0\n"),
            "a.csv",
            3,
            1,
            "\"2024-13-01\" is not a date",
        ),
        (
            format!("{csv}2024-01-01,A,YAHOO,EURO,1,1,buy,0\n"),
            "a.csv",
            2,
            4,
            "is not a currency",
        ),
        (
            format!("{csv}2024-01-01,A,YAHOO,EUR,1,1,hold,0\n"),
            "a.csv",
            2,
            7,
            "is not BUY, SELL",
        ),
        (format!("{csv}2024-01-01,A,YAHOO,EUR,1,-1,buy,0\n"), "a.csv", 2, 6, "below zero"),
        (
            format!("{csv}2024-01-01,A,YAHOO,EUR,one,1,buy,0\n"),
            "a.csv",
            2,
            5,
            "\"one\" is not a number",
        ),
        (
            format!("{csv}2024-01-01,<A>,YAHOO,EUR,1,1,buy,0\n"),
            "a.csv",
            2,
            2,
            "is not a symbol that YAHOO can know",
        ),
        (order("date", "\"soon\""), "a.json", 2, 11, "is not a date"),
        (order("type", "\"HODL\""), "a.json", 3, 11, "is not BUY, SELL"),
        (order("currency", "\"???\""), "a.json", 4, 15, "is not a currency"),
        (
            order("symbol", "\"no one knows\""),
            "a.json",
            5,
            13,
            "is not a symbol that YAHOO can know",
        ),
        (order("quantity", "-3"), "a.json", 7, 15, "below zero"),
        (order("unitPrice", "[1]"), "a.json", 8, 16, "is an object or a list"),
        (
            format!("{csv}2024-01-01,A,YAHOO,EUR,1,1,buy,0,more,\n"),
            "a.csv",
            2,
            9,
            "the row has 10 cells and the header 8",
        ),
        (format!("{csv}2024-01-01,A,YAHOO,EUR,1,,buy,0\n"), "a.csv", 2, 6, "is missing"),
        ("{\"activities\": [\n  {\"a\": }\n]}".to_owned(), "a.json", 2, 9, "expected value"),
        ("{\"trades\": []}".to_owned(), "a.json", 1, 1, "JSON of no known shape"),
        ("<invalid>\n".to_owned(), "a.json", 1, 1, "is not JSON"),
        (
            String::from_utf8(fixture("flex.xml"))
                .unwrap()
                .replace("tradeDate=\"20230316\"", "tradeDate=\"20231316\""),
            "a.xml",
            7,
            153,
            "is not a date",
        ),
        (
            String::from_utf8(fixture("performance-69.xml"))
                .unwrap()
                .replace("<type>FEES_REFUND<", "<type>GIFT<"),
            "a.xml",
            70,
            151,
            "is not a type of Portfolio Performance",
        ),
        (
            String::from_utf8(fixture("performance-69.xml"))
                .unwrap()
                .replace("security[1]", "security[9]"),
            "a.xml",
            29,
            19,
            "is not a reference to a security",
        ),
        (
            String::from_utf8(fixture("sgml.ofx"))
                .unwrap()
                .replace("<DTTRADE>20230301", "<DTTRADE>2023xx01"),
            "a.ofx",
            24,
            28,
            "is not a date",
        ),
        (
            String::from_utf8(fixture("quicken.qif")).unwrap().replace("NSell", "NGive"),
            "a.qif",
            34,
            2,
            "is not an action of QIF",
        ),
        ("<client><version>69</version><a></client>".to_owned(), "a.xml", 1, 33, "tag"),
    ] {
        let (at_line, at_column, reason) = only_fault(&text, name);
        assert_eq!((at_line, at_column), (line, column), "{reason}\n{text}");
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn the_same_file_twice_brings_nothing_new() {
    for (name, bytes) in fixtures().into_iter().filter(|(name, _)| name != "bank.csv") {
        let parsed = read(&bytes, &name).unwrap();
        let first = Preview::new(&parsed, &HashSet::new());
        assert!(first.is_sound() && !first.new.is_empty() && first.known.is_empty(), "{name}");
        let there: HashSet<String> = first.new.iter().map(|line| line.activity.id.clone()).collect();
        assert_eq!(there.len(), first.new.len(), "{name}: identities are unique");
        let second = Preview::new(&read(&bytes, &name).unwrap(), &there);
        assert_eq!((second.new.len(), second.known.len()), (0, first.new.len()), "{name}");
    }
}

#[test]
fn equal_rows_are_two_and_a_longer_file_brings_only_its_new_rows() {
    let head = "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee\n";
    let row = "2024-01-01,A,YAHOO,EUR,1,1,buy,0\n";
    let short = read(format!("{head}{row}{row}").as_bytes(), "a.csv").unwrap();
    let there: HashSet<String> = short.activities().map(|activity| activity.id.clone()).collect();
    assert_eq!(there.len(), 2);
    let longer = format!(
        "{head}2023-01-01,B,YAHOO,EUR,1.0,1,buy,0\n{}{row}{row}",
        row.replace("EUR,1,", "EUR,1.00,")
    );
    let preview = Preview::new(&read(longer.as_bytes(), "b.csv").unwrap(), &there);
    let new: Vec<_> = preview.new.iter().map(|line| line.line).collect();
    assert_eq!((new, preview.known.len()), (vec![2, 5], 2));
}

#[test]
fn an_identity_never_changes() {
    let id = |name: &str| read(&fixture(name), name).unwrap().activities().next().unwrap().id.clone();
    let ids = ["ghostfolio.csv", "sgml.ofx", "performance-69.xml", "flex-trades.csv"].map(id);
    assert_eq!(
        ids,
        [
            "f30a9ced8d2b8f853cbee2e12444284a",
            "c1443a0d5815e656ce724deb592bec9f",
            "d5544494335c9c7a81c93d6711420165",
            "26fa36936f2a3cc08c1921eaa941e69c",
        ]
    );
}

fn archived() -> archive::Archive {
    let mut portfolios = vec![];
    for (number, name) in ["flex.xml", "ghostfolio.json", "wealthfolio-activities.csv"]
        .into_iter()
        .enumerate()
    {
        let parsed = read(&fixture(name), name).unwrap();
        portfolios.push(archive::ArchivedPortfolio {
            id: format!("p{}", 9 - number),
            name: format!("\"{name}\" <&> ü"),
            base_currency: "EUR".to_owned(),
            settings: [("method".to_owned(), "fifo".to_owned())].into(),
            note: "=HYPERLINK(1)".to_owned(),
            tags: vec!["b".to_owned(), "a".to_owned()],
            instruments: parsed.instruments.clone(),
            activities: parsed.activities().cloned().collect(),
            prices: parsed.prices.clone(),
        });
    }
    archive::Archive {
        finflow: archive::VERSION,
        settings: [("theme".to_owned(), "dark".to_owned())].into(),
        portfolios,
    }
}

#[test]
fn our_json_is_the_same_bytes_after_a_second_trip() {
    let first = archive::write::bytes(archived()).unwrap();
    let restored = archive::read::archive(&first).unwrap();
    assert_eq!(restored, archived().sorted());
    assert_eq!(archive::write::bytes(restored).unwrap(), first);
    let parsed = read(&first, "x.json").unwrap();
    assert_eq!((parsed.format, parsed.faults().count()), (Format::FinflowJson, 0));
    let before: HashSet<_> = archived()
        .portfolios
        .iter()
        .flat_map(|own| own.activities.iter().map(|activity| activity.id.clone()))
        .collect();
    assert_eq!(Preview::new(&parsed, &before).new.len(), 0);
    let broken = String::from_utf8(first)
        .unwrap()
        .replace("\"kind\": \"split\"", "\"kind\": \"splat\"");
    let (line, column, reason) = only_fault_of_first(&broken);
    let spot = broken.lines().nth(line as usize - 1).unwrap();
    assert!(spot.contains("splat") && reason.contains("splat") && column > 1, "{spot} {reason}");
    let told = |version: &str| {
        let other = broken.replace("\"finflow\": 1", &format!("\"finflow\": {version}"));
        archive::read::archive(other.as_bytes()).unwrap_err().reason
    };
    assert!(told("3").contains("version 3"));
    assert!(told("2").contains("holds a whole account"));
}

fn only_fault_of_first(text: &str) -> (u32, u32, String) {
    let parsed = read(text.as_bytes(), "x.json").unwrap();
    let fault = parsed.faults().next().unwrap();
    (fault.line, fault.column, fault.reason.clone())
}

#[test]
fn our_table_comes_back_whole_and_no_cell_is_a_formula() {
    let mut portfolio = archived().sorted().portfolios.remove(0);
    portfolio.activities[0].note = "=SUM(A1:A9)\n'quoted', \"twice\"".to_owned();
    portfolio.activities[0].tags = vec!["-a;b".to_owned()];
    let bytes = export::csv::bytes(&portfolio).unwrap();
    for cell in csv::Reader::from_reader(bytes.as_slice())
        .records()
        .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
    {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    let parsed = read(&bytes, "x.csv").unwrap();
    assert_eq!(parsed.format, Format::FinflowCsv);
    assert_eq!(parsed.activities().cloned().collect::<Vec<_>>(), portfolio.activities);
}

#[test]
fn ghostfolio_takes_our_export_and_what_it_cannot_take_is_told() {
    let portfolio = archived()
        .sorted()
        .portfolios
        .into_iter()
        .find(|own| own.name.contains("ghostfolio"))
        .unwrap();
    let exported = export::ghostfolio::export(&portfolio).unwrap();
    assert_eq!(exported.left_out, []);
    let parsed = read(&exported.bytes, "x.json").unwrap();
    assert_eq!((parsed.format, parsed.faults().count()), (Format::GhostfolioJson, 0));
    assert_eq!(
        parsed.activities().map(told).collect::<Vec<_>>(),
        portfolio.activities.iter().map(told).collect::<Vec<_>>()
    );
    let swiss = archived().portfolios.remove(2);
    let reasons = export::ghostfolio::export(&swiss).unwrap().left_out;
    assert_eq!(reasons.len(), 3, "deposit, split and transfer out: {reasons:?}");
}

#[test]
fn several_files_are_one_history_or_none() {
    let file = |name: &str| (name.to_owned(), fixture(name));
    let history = command::history(&[file("flex-trades.csv"), file("flex-cash.csv"), file("flex-cash.csv")], &euro()).unwrap();
    assert_eq!(history.activities.len(), 11);
    assert!(history.activities.is_sorted_by_key(|activity| activity.day));
    let faults = command::history(&[file("flex-cash.csv"), ("x.json".to_owned(), b"<invalid>".to_vec())], &euro()).unwrap_err();
    assert_eq!((faults.len(), faults[0].0.as_str()), (1, "x.json"));
    let run = command::dry_run("flex-cash.csv", &fixture("flex-cash.csv"), &euro(), &HashSet::new());
    let text = serde_json::to_value(&run).unwrap();
    assert!(run.is_sound() && text["format"] == "flex_csv" && text["activities"].as_array().unwrap().len() == 4);
}

#[test]
fn a_hundred_thousand_rows_are_read_with_progress() {
    let row = "01/02/2024,MSFT,YAHOO,USD,298.580,5,buy,19.00,note\n";
    let text = format!(
        "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n{}",
        row.repeat(100_000)
    );
    let mut reports = vec![];
    let parsed = parse(text.as_bytes(), "x.csv", &euro(), &mut |done, total| reports.push((done, total))).unwrap();
    let unique: HashSet<_> = parsed.activities().map(|activity| activity.id.as_str()).collect();
    assert_eq!(unique.len(), 100_000);
    assert!(reports.len() >= 100 && reports.is_sorted(), "{}", reports.len());
    assert_eq!(reports.last(), Some(&(text.len(), text.len())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn row_28_no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), name in "[a-z]{1,3}\\.(csv|json|xml|qif|ofx)") {
        let _ = read(&bytes, &name);
    }

    #[test]
    fn row_28_no_changed_file_panics(which in any::<proptest::sample::Index>(), edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..40, "[\\PC]{0,6}|-|\"|<|99999999999999999999|1e30|\\u{0}|\n"), 1..6)) {
        let files = fixtures();
        let (name, bytes) = which.get(&files);
        let mut bytes = bytes.clone();
        for (at, cut, new) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, new.bytes());
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        if let Ok(parsed) = read(&bytes, name) {
            for activity in parsed.activities() {
                let numbers = [Some(activity.quantity), activity.price, activity.amount, Some(activity.fee), Some(activity.tax)];
                prop_assert!(numbers.into_iter().flatten().all(|number| !number.is_sign_negative() || number.is_zero()), "{}", told(activity));
            }
        }
        let mapping = Mapping::propose(&["date", "type", "symbol", "quantity", "price", "amount", "currency"].map(str::to_owned));
        let _ = parse(&bytes, name, &Options { currency: None, mapping: Some(mapping) }, &mut |_, _| {});
        let _ = archive::read::archive(&bytes);
    }
}
