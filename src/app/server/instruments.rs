//! The pages of instruments: which there are, what they are, and prices of an owner's own.

mod look;

pub(super) use look::look_for;

use crate::app::server::AppState;
use crate::app::server::desk::{Desk, check_currency, to};
use crate::app::server::portfolios::both;
use crate::market::server::directory::Offers;
use crate::portfolio::book::Terms;
use crate::portfolio::described::{DescribedInstrument, KnownPrice};
use crate::portfolio::server::found;
use crate::portfolio::server::ledger::{LedgerError, check_instrument};
use crate::portfolio::server::owned::{ALL, Owned, listed};
use crate::portfolio::settings::Settings;
use crate::portfolio::typed::{Errors, Typed, things};
use crate::portfolio::view::ledger::instrument::{self, Moves, SHOWN, Sheet};
use crate::portfolio::view::ledger::instruments::{List, Row, instruments};
use crate::portfolio::view::ledger::now::PriceNow;
use crate::portfolio::view::ledger::search::encoded;
use crate::time::parse_day;
use crate::ui::format;
use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use look::{chosen, offers, row};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Instruments on a page.
const PAGE: usize = 100;

type Sent = Form<Vec<(String, String)>>;

/// The doors of these pages.
pub fn routes() -> Router<AppState> {
    let router = both(Router::new(), "/instruments/", get(list));
    let router = both(router, "/instruments/new/", get(new).post(add));
    let router = both(router, "/instruments/{symbol}/", get(show).post(describe));
    let router = both(router, "/instruments/{symbol}/delete/", post(forget));
    let router = both(router, "/instruments/{symbol}/prices/", post(price));
    both(router, "/instruments/{symbol}/prices/delete/", post(forget_price))
}

async fn list(desk: Desk) -> Response {
    desk.answer(async {
        let query = desk.query();
        let all = all(&desk).await?;
        let q = query.get("q").chars().take(200).collect::<String>();
        let any = !all.is_empty();
        let own = all.into_values().collect();
        let market = &desk.portfolios().market;
        let Offers { closest, more } = offers(&desk, &q, "").await;
        let found = found::find(market, own, |row: &Row| &row.described, &q, closest);
        let found: Vec<Row> = found.into_iter().map(row).collect();
        let total = found.len();
        let pages = total.div_ceil(PAGE).max(1);
        let page = query.get("page").parse().unwrap_or(1).clamp(1, pages);
        let mut rows: Vec<Row> = found.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
        let owned = owned(&desk).await?;
        for row in rows.iter_mut().filter(|row| row.offered.is_none()) {
            row.now = now(&desk, &owned, &row.described.symbol);
        }
        let list = List {
            rows,
            total: total as u64,
            more: more as u64,
            q,
            page: page as u32,
            pages: pages as u32,
            any,
            gone: query.ticked("deleted"),
        };
        Ok(desk.page(StatusCode::OK, "Instruments", move || instruments(list)).await)
    })
    .await
}

/// The currency of an instrument's price: what its owner said, else the market.
pub(super) async fn currency_of(desk: &Desk, symbol: &str) -> Result<Option<String>, LedgerError> {
    let described = all(desk).await?.remove(symbol).map(|row| row.described);
    let own = described.as_ref().and_then(|one| one.currency.clone());
    Ok(own.or_else(|| Some(listed(&desk.portfolios().market, symbol, described.as_ref())?.currency.clone())))
}

/// All that a person described or traded, by symbol.
async fn all(desk: &Desk) -> Result<BTreeMap<String, Row>, LedgerError> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for described in desk.ledger().instruments(desk.user()).await? {
        let symbol = described.symbol.clone();
        rows.insert(
            symbol,
            Row {
                described,
                ..Row::default()
            },
        );
    }
    let named = |symbol: &str| Row {
        described: DescribedInstrument {
            symbol: symbol.to_owned(),
            ..DescribedInstrument::default()
        },
        ..Row::default()
    };
    for (symbol, activities) in desk.ledger().symbols(desk.user()).await? {
        rows.entry(symbol.clone()).or_insert_with(|| named(&symbol)).activities = activities;
    }
    for price in desk.ledger().prices(desk.user()).await? {
        // By day: the last one stays.
        let row = rows.entry(price.symbol.clone()).or_insert_with(|| named(&price.symbol));
        let currency = price.currency.as_deref().unwrap_or_default();
        let written = format::price(price.price, currency) + " " + currency;
        row.latest = Some((written.trim_end().to_owned(), format::day(price.day)));
        row.prices += 1;
    }
    Ok(rows)
}

/// All that a person owns. Who has no portfolio has instruments and prices all the same.
async fn owned(desk: &Desk) -> Result<Arc<Owned>, LedgerError> {
    let (ledger, user) = (desk.ledger(), desk.user());
    match desk.portfolios().valued(user, ALL).await {
        Err(LedgerError::NotFound(_)) => {}
        found => return found,
    }
    let terms = Terms::in_currency("EUR");
    let settings = Settings {
        name: String::new(),
        terms: terms.clone(),
        benchmark: None,
    };
    let (instruments, prices) = (ledger.instruments(user).await?, ledger.prices(user).await?);
    let nothing = vec![(terms, vec![])];
    Ok(Arc::new(Owned::new(
        user.to_owned(),
        ALL.to_owned(),
        settings,
        nothing,
        instruments,
        prices,
    )))
}

/// What a unit costs now, as it is told.
fn now(desk: &Desk, owned: &Owned, symbol: &str) -> Option<PriceNow> {
    let portfolios = desk.portfolios();
    let priced = owned.priced(&portfolios.market, symbol, portfolios.today())?;
    Some(PriceNow::new(&priced.price, priced.in_words(portfolios.now()), priced.of.note()))
}

async fn one(desk: &Desk, symbol: &str) -> Result<Row, LedgerError> {
    all(desk).await?.remove(symbol).ok_or(LedgerError::NotFound("instrument"))
}

async fn new(desk: Desk) -> Response {
    let query = desk.query();
    let offer = desk.portfolios().market.offer(query.get("choose")).filter(|_| !desk.is_guest());
    let typed = match offer {
        Some(offer) => things::of_instrument(&found::described(&offer)).with("choose", offer.source()),
        None => Typed::default()
            .with("kind", things::kind_words(Default::default()).0)
            .with("symbol", query.get("symbol")),
    };
    desk.answer(new_page(&desk, typed, Errors::default())).await
}

async fn new_page(desk: &Desk, typed: Typed, errors: Errors) -> Result<Response, LedgerError> {
    let sheet = Sheet {
        symbol: String::new(),
        typed,
        errors: errors.clone(),
        now: None,
        price: Default::default(),
        prices: vec![],
        priced: 0,
        activities: 0,
        described: false,
        moves: moves(desk, None),
        said: None,
        today: desk.ledger().today(),
    };
    Ok(desk.form(&errors, "Add an instrument", move || instrument::instrument(sheet)).await)
}

async fn add(desk: Desk, Form(typed): Sent) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let mut errors = Errors::default();
        match read(&typed, None) {
            Ok(one) if all(&desk).await?.contains_key(&one.symbol) => {
                errors.add("symbol", format!("{} is there already; open it in the list", one.symbol));
            }
            Ok(mut one) => match chosen(&desk, &typed, &mut one).await? {
                Ok(()) => {
                    desk.ledger().describe(desk.user(), &one).await?;
                    return Ok(to(&format!("/instruments/{}/?saved", encoded(&one.symbol))));
                }
                Err(said) => errors.add("symbol", said),
            },
            Err(found) => errors = found,
        }
        new_page(&desk, typed, errors).await
    })
    .await
}

async fn show(desk: Desk, Path(symbol): Path<String>) -> Response {
    desk.answer(async {
        let row = one(&desk, &symbol).await?;
        let typed = things::of_instrument(&row.described);
        sheet(&desk, &symbol, typed, Errors::default(), None).await
    })
    .await
}

/// The page of an instrument, with a form of a price that was not accepted.
async fn sheet(desk: &Desk, symbol: &str, typed: Typed, errors: Errors, price: Option<(Typed, Errors)>) -> Result<Response, LedgerError> {
    let row = one(desk, symbol).await?;
    let query = desk.query();
    let prices = desk.ledger().prices(desk.user()).await?;
    let prices: Vec<KnownPrice> = prices.into_iter().rev().filter(|one| one.symbol == symbol).collect();
    let described = desk.ledger().instruments(desk.user()).await?.iter().any(|one| one.symbol == symbol);
    let today = desk.ledger().today();
    let blank = || {
        let currency = row.described.currency.clone();
        let currency = currency.or_else(|| prices.first().and_then(|one| one.currency.clone()));
        let typed = Typed::default().with("day", today.to_string());
        (typed.with("price_currency", currency.unwrap_or_default()), Errors::default())
    };
    let refused = !errors.is_empty() || price.is_some();
    let said = match () {
        () if refused => None,
        () if query.ticked("saved") => Some("Saved."),
        () if query.ticked("priced") => Some("The price is set."),
        () if query.ticked("unpriced") => Some("The price was deleted."),
        () => None,
    };
    let sheet = Sheet {
        symbol: symbol.to_owned(),
        typed,
        errors,
        now: now(desk, &*owned(desk).await?, symbol),
        price: price.unwrap_or_else(blank),
        priced: prices.len(),
        prices: prices.iter().take(SHOWN).cloned().collect(),
        activities: row.activities,
        described,
        moves: moves(desk, Some(&row.described)),
        said,
        today,
    };
    let status = if refused {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(desk.page(status, symbol, move || instrument::instrument(sheet)).await)
}

async fn describe(desk: Desk, Path(symbol): Path<String>, Form(typed): Sent) -> Response {
    let mut typed = Typed(typed);
    typed.0.retain(|(name, _)| name != "symbol");
    let typed = typed.with("symbol", &symbol);
    desk.answer(async {
        let before = one(&desk, &symbol).await?;
        match read(&typed, Some(&before.described)) {
            Ok(mut described) => {
                if moves(&desk, None) == Moves::Nowhere {
                    // There was nothing to tick.
                    described.simulated = before.described.simulated;
                }
                desk.ledger().describe(desk.user(), &described).await?;
                Ok(to(&format!("/instruments/{}/?saved", encoded(&symbol))))
            }
            Err(errors) => sheet(&desk, &symbol, typed, errors, None).await,
        }
    })
    .await
}

async fn forget(desk: Desk, Path(symbol): Path<String>) -> Response {
    desk.answer(async {
        if one(&desk, &symbol).await?.activities > 0 {
            return Err(LedgerError::Conflict("Activities name this instrument.".into()));
        }
        desk.ledger().forget(desk.user(), &symbol).await?;
        Ok(to("/instruments/?deleted"))
    })
    .await
}

async fn price(desk: Desk, Path(symbol): Path<String>, Form(typed): Sent) -> Response {
    let typed = Typed(typed);
    desk.answer(async {
        let row = one(&desk, &symbol).await?;
        let read = things::price(&typed, &symbol, row.described.currency.as_deref(), desk.ledger().today());
        let errors = match read {
            Ok(price) => {
                let mut errors = Errors::default();
                check_currency(&typed, "price_currency", &mut errors);
                if errors.is_empty() {
                    desk.ledger().price(desk.user(), &[price]).await?;
                    return Ok(to(&format!("/instruments/{}/?priced", encoded(&symbol))));
                }
                errors
            }
            Err(errors) => errors,
        };
        let instrument = things::of_instrument(&row.described);
        sheet(&desk, &symbol, instrument, Errors::default(), Some((typed, errors))).await
    })
    .await
}

async fn forget_price(desk: Desk, Path(symbol): Path<String>, Form(typed): Sent) -> Response {
    desk.answer(async {
        let day = parse_day(Typed(typed).get("day")).ok_or(LedgerError::NotFound("price"))?;
        desk.ledger().forget_price(desk.user(), &symbol, day).await?;
        Ok(to(&format!("/instruments/{}/?unpriced", encoded(&symbol))))
    })
    .await
}

/// What becomes of its price, where its owner lets it move.
fn moves(desk: &Desk, described: Option<&DescribedInstrument>) -> Moves {
    let market = &desk.portfolios().market;
    match (market.walk, described) {
        (None, _) => Moves::Nowhere,
        (Some(_), Some(one)) if listed(market, &one.symbol, Some(one)).is_some() => Moves::Listed,
        (Some(_), _) => Moves::Offered,
    }
}

/// Reads the form; a currency that is there already may stay as it is.
fn read(typed: &Typed, before: Option<&DescribedInstrument>) -> Result<DescribedInstrument, Errors> {
    let one = things::instrument(typed)?;
    let mut errors = Errors::default();
    if before.is_none_or(|before| before.currency != one.currency) {
        check_currency(typed, "currency", &mut errors);
    }
    if let Err(invalid) = check_instrument(&one) {
        errors.add(invalid.field, invalid.reason);
    }
    if errors.is_empty() { Ok(one) } else { Err(errors) }
}
