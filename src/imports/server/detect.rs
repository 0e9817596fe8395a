//! Which format a text has, from its content; its name decides only where the content leaves it open.

use crate::imports::preview::{Fault, Format};
use crate::imports::server::json;
use crate::imports::server::place::Lines;
use crate::imports::server::table::Table;
use crate::imports::server::text::whole_file;

/// Bytes at a file's start that its elements are looked for in.
const START: usize = 4096;

/// Finds the format of a text.
///
/// # Errors
/// Where it is none that is known.
pub fn detect(text: &str, name: &str) -> Result<Format, Fault> {
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        return json_format(text);
    }
    let head = start.get(..start.floor_char_boundary(START)).unwrap_or(start);
    let upper = head.to_ascii_uppercase();
    if upper.starts_with("OFXHEADER")
        || upper.starts_with("<OFX")
        || upper.contains("<?OFX")
        || (upper.starts_with('<') && upper.contains("<OFX>"))
    {
        return Ok(Format::Ofx);
    }
    if start.starts_with('<') && !has_extension(name, "json") {
        return xml_format(head, text);
    }
    if upper.starts_with("!TYPE:") || upper.starts_with("!ACCOUNT") || upper.starts_with("!OPTION:") || upper.starts_with("!CLEAR:") {
        return Ok(Format::Qif);
    }
    if has_extension(name, "json") {
        return Err(whole_file("is not JSON: it begins neither with { nor with [".to_owned()));
    }
    table_format(text)
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(extension))
}

fn json_format(text: &str) -> Result<Format, Fault> {
    let lines = Lines::new(text);
    let keys = json::keys(&lines)?;
    let has = |key: &str| keys.iter().any(|own| own == key);
    if has("finflow") {
        Ok(Format::FinflowJson)
    } else if has("activities") || has("orders") {
        Ok(Format::GhostfolioJson)
    } else {
        let reason = "is JSON of no known shape; expected \"finflow\" or Ghostfolio's \"activities\" at the top";
        Err(whole_file(reason.to_owned()))
    }
}

fn xml_format(head: &str, text: &str) -> Result<Format, Fault> {
    if head.contains("<FlexQueryResponse") || head.contains("<FlexStatement") {
        Ok(Format::FlexXml)
    } else if head.contains("<client") {
        Ok(Format::PortfolioPerformanceXml)
    } else if text.trim_end().ends_with('>') {
        let reason = "is XML of no known shape; expected Portfolio Performance's <client>, a <FlexQueryResponse> or <OFX>";
        Err(whole_file(reason.to_owned()))
    } else {
        table_format(text)
    }
}

fn table_format(text: &str) -> Result<Format, Fault> {
    let table = Table::new(text)?;
    let has = |names: &[&str]| table.column(names).is_some();
    let all = |names: &[&str]| names.iter().all(|name| has(&[name]));
    if all(&["id", "type", "symbol", "quantity", "exchange_rate", "ratio", "lots"]) {
        return Ok(Format::FinflowCsv);
    }
    if all(&["symbol", "instrumenttype", "unit_price"])
        || all(&["date", "type", "symbol", "quantity", "unit_price"])
        || all(&["date", "symbol", "activitytype"])
    {
        return Ok(Format::WealthfolioActivities);
    }
    if all(&["trade date", "purchase price", "quantity"]) && has(&["symbol"]) {
        return Ok(Format::YahooCsv);
    }
    let performance = has(&["transaction currency", "buchungswährung"]) && has(&["value", "wert"]);
    let performance_account = has(&["date", "datum"]) && has(&["type", "typ"]) && has(&["value", "wert"]) && has(&["shares", "stück"]);
    if performance || performance_account {
        return Ok(Format::PortfolioPerformanceCsv);
    }
    let is_trade = has(&["buy/sell"]) && has(&["ibcommission", "tradeprice", "trademoney"]);
    let is_cash = has(&["type"]) && has(&["amount"]) && has(&["currencyprimary"]);
    if is_trade || is_cash {
        return Ok(Format::FlexCsv);
    }
    let dated = has(&["date", "tradedate"]) && has(&["ccy", "currency", "currencyprimary"]);
    if dated && has(&["action", "buy/sell", "type"]) && has(&["code", "symbol", "ticker"]) {
        return Ok(Format::GhostfolioCsv);
    }
    if all(&["date", "symbol", "quantity"]) && has(&["price", "currency"]) && !has(&["type", "action"]) {
        return Ok(Format::WealthfolioHoldings);
    }
    if table.header.len() < 2 {
        return Err(whole_file("is of no known format".to_owned()));
    }
    let reason = format!(
        "is a table of no known kind (columns: {}); say what its columns mean",
        table.header.join(", ")
    );
    let shown: String = reason.chars().take(400).collect();
    Err(whole_file(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides() {
        for (text, format) in [
            ("{\"meta\":{},\"activities\":[]}", Format::GhostfolioJson),
            ("\n {\"finflow\":1}", Format::FinflowJson),
            ("OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>", Format::Ofx),
            ("<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\"?>\n<OFX>", Format::Ofx),
            ("<FlexQueryResponse queryName=\"x\">", Format::FlexXml),
            (
                "<?xml version=\"1.0\"?><client id=\"1\"><version>69</version>",
                Format::PortfolioPerformanceXml,
            ),
            ("!Type:Invst\nD1/2/24", Format::Qif),
            ("Date,Code,Currency,Price,Quantity,Action,Fee\n", Format::GhostfolioCsv),
            (
                "date,type,symbol,instrumentType,quantity,unit_price,currency,fee\n",
                Format::WealthfolioActivities,
            ),
            ("date,symbol,quantity,price,currency\n", Format::WealthfolioHoldings),
            ("Datum;Typ;Wert;Buchungswährung;Stück\n", Format::PortfolioPerformanceCsv),
            (
                "Symbol,Current Price,Trade Date,Purchase Price,Quantity,Commission\n",
                Format::YahooCsv,
            ),
            ("\"Buy/Sell\",\"TradeDate\",\"ISIN\",\"Quantity\",\"TradePrice\"\n", Format::FlexCsv),
            (
                "\"Type\",\"SettleDate\",\"ISIN\",\"Description\",\"Amount\",\"CurrencyPrimary\"\n",
                Format::FlexCsv,
            ),
        ] {
            assert_eq!(detect(text, "any.txt").unwrap(), format, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, name, part) in [
            ("<invalid>\n", "x.json", "is not JSON"),
            ("<html></html>", "x.xml", "XML of no known shape"),
            ("{\"a\":1}", "x.json", "JSON of no known shape"),
            ("hello", "x.txt", "no known format"),
            ("Wann,Was\n1,2", "x.csv", "say what its columns mean"),
        ] {
            let fault = detect(text, name).unwrap_err();
            assert!(fault.reason.contains(part), "{fault}");
            assert_eq!((fault.line, fault.column), (1, 1));
        }
    }
}
