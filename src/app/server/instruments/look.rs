//! Looking for an instrument, and choosing one that only a provider lists.

use super::{Row, all, now, owned};
use crate::app::server::desk::Desk;
use crate::market::server::directory::Offers;
use crate::portfolio::described::DescribedInstrument;
use crate::portfolio::server::found::{self, Found};
use crate::portfolio::server::ledger::LedgerError;
use crate::portfolio::typed::Typed;
use crate::portfolio::view::ledger::found::{FoundList, FoundRow, SHOWN};

/// A row of what was found.
pub(super) fn row(found: Found<Row>) -> Row {
    match found {
        Found::Own(row) => row,
        Found::Listed(described) => Row {
            described,
            listed: true,
            ..Row::default()
        },
        Found::Offered(offer) => Row {
            described: found::described(&offer),
            offered: Some(offer.source()),
            ..Row::default()
        },
    }
}

/// What providers list that answers to `q`, for who has a name: a guest, who comes and goes, makes this server ask for nothing new.
pub(super) async fn offers(desk: &Desk, q: &str, currency: &str) -> Offers {
    if desk.is_guest() {
        return Offers::default();
    }
    desk.portfolios().market.offers(q, currency).await
}

/// The instruments that answer to `q`, for a form that one of them is picked on. Of what providers list, that in `currency` comes first.
pub(in crate::app::server) async fn look_for(desk: &Desk, q: &str, currency: &str) -> Result<FoundList, LedgerError> {
    let q: String = q.chars().take(200).collect();
    let own = all(desk).await?.into_values().collect();
    let Offers { closest, more } = offers(desk, &q, currency).await;
    let mut found = found::find(&desk.portfolios().market, own, |row: &Row| &row.described, &q, closest);
    let more = found.len().saturating_sub(SHOWN) + more;
    found.truncate(SHOWN);
    let owned = owned(desk).await?;
    let rows = found.into_iter().map(|one| {
        let Row {
            described,
            listed,
            offered,
            ..
        } = row(one);
        let listing = owned.listed(&desk.portfolios().market, &described.symbol);
        let name = Some(described.name).filter(|name| !name.is_empty());
        let currency = described.currency.or_else(|| listing.map(|one| one.currency.clone()));
        FoundRow {
            name: name.or_else(|| listing.map(|one| one.name.clone())).unwrap_or_default(),
            currency: currency.unwrap_or_default(),
            own: !listed && offered.is_none(),
            now: if offered.is_none() {
                now(desk, &owned, &described.symbol)
            } else {
                None
            },
            symbol: described.symbol,
            offered,
        }
    });
    Ok(FoundList {
        rows: rows.collect(),
        q,
        more,
    })
}

/// Has what was chosen from a provider's list followed, where something was. Who calls it otherwise than the market has the market's label
/// as an alias. The inner error is for a person.
pub(super) async fn chosen(desk: &Desk, typed: &Typed, one: &mut DescribedInstrument) -> Result<Result<(), String>, LedgerError> {
    if !typed.ticked("choose") {
        return Ok(Ok(()));
    }
    let chosen = desk.choose(typed.get("choose")).await?;
    Ok(chosen.map(|listed| found::called(one, listed)))
}
