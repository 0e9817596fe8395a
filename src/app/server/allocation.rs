//! The page of where a portfolio's value lies.

use crate::app::server::AppState;
use crate::app::server::desk::Desk;
use crate::app::server::figures::{head_of, moment, with};
use crate::app::server::portfolios::both;
use crate::portfolio::allocation::{By, Part, shares};
use crate::portfolio::described::InstrumentKind;
use crate::portfolio::holding::Holding;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::country_name;
use crate::portfolio::server::owned::Owned;
use crate::portfolio::typed::things::kind_words;
use crate::portfolio::view::figures::allocation::{Allocation, allocation};
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};

/// What cash counts to, by whatever but its currency.
const CASH: &str = "Cash";
/// What counts to nothing that anybody named.
const NOT_SAID: &str = "Not said";

/// The doors of this page.
pub fn routes() -> Router<AppState> {
    both(Router::new(), "/portfolios/{id}/allocation/", get(show))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Response {
    desk.answer(async {
        let by = By::read(desk.query().get("by"));
        let shown = with(&desk, &id, move |portfolios, owned, now| of(portfolios, owned, now, by)).await?;
        let title = format!("Allocation of {}", shown.head.name);
        Ok(desk.page(StatusCode::OK, &title, move || allocation(shown)).await)
    })
    .await
}

fn of(portfolios: &Portfolios, owned: &Owned, now: DateTime<Utc>, by: By) -> Allocation {
    let valuation = owned.valuation(&portfolios.market, now.date_naive());
    let is_valued = |row: &&Holding| row.kind.is_some() || row.unrealised.is_some();
    let parts = valuation.investments.iter().filter(is_valued).map(|row| Part {
        of: counts_to(portfolios, owned, row, by),
        symbol: row.symbol.clone(),
        value: row.value,
    });
    let unvalued = valuation.investments.iter().filter(|row| !is_valued(row));
    Allocation {
        head: head_of(owned),
        as_of: moment(now),
        by,
        shares: shares(parts),
        whole: valuation.total_value,
        unvalued: unvalued.map(|row| row.symbol.clone()).collect(),
    }
}

fn counts_to(portfolios: &Portfolios, owned: &Owned, row: &Holding, by: By) -> String {
    let is_cash = row.kind.is_some();
    let described = owned.instruments.get(&row.symbol);
    let listed = owned.listed(&portfolios.market, &row.symbol);
    match by {
        By::Currency => row.currency.clone(),
        By::Instrument if is_cash => format!("{CASH} in {}", row.symbol),
        By::Instrument if row.name.is_empty() || row.name == row.symbol => row.symbol.clone(),
        By::Instrument => format!("{}, {}", row.symbol, row.name),
        _ if is_cash => CASH.to_owned(),
        By::Sector => owned.sector_of(&portfolios.market, &row.symbol),
        By::Kind => {
            let kind = described.map(|one| one.kind).unwrap_or_default();
            // What the market lists with a country is a company's.
            let is_share = kind == InstrumentKind::Unknown && listed.is_some_and(|one| one.country.is_some());
            kind_words(if is_share { InstrumentKind::Equity } else { kind }).1.to_owned()
        }
        By::Country => {
            let own = described.and_then(|one| one.country.as_deref());
            let of_isin = described.and_then(|one| one.country_of_isin());
            let code = own.or(listed.and_then(|one| one.country.as_deref())).or(of_isin);
            code.and_then(country_name).unwrap_or(NOT_SAID).to_owned()
        }
    }
}
