//! What would be, worked out in the browser: at each input and at each price that comes. What the server drew stays as it is
//! where the premise does not come.

use crate::live::store::LiveStore;
use crate::live::view::status::ConnectionChip;
use crate::money::Decimal;
use crate::portfolio::book::Book;
use crate::portfolio::mark::Price;
use crate::portfolio::premise::{Premise, WrittenRates};
use crate::portfolio::store::PortfolioStore;
use crate::portfolio::typed::trial::{LINES, try_out};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::valuation::{Snapshot, Valuation};
use crate::portfolio::view::figures::what_if::{ANSWER_ID, FORM_ID, result};
use crate::portfolio::what_if::Outcome;
use crate::ui::dom::Listener;
use crate::ui::erase::Erase as _;
use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, JsValue};
use std::collections::HashMap;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, FormData, HtmlElement, HtmlFormElement, NodeList, UrlSearchParams};

/// Milliseconds from one price to the next: a person reads while they come.
const INTERVAL_MS: u64 = 2_000;

/// Marks a form that is answered here.
const TAKEN: &str = "data-answered";

/// Answers the form of the page, where the page has one.
pub fn take_over() {
    let form = document().get_element_by_id(FORM_ID).and_then(|form| form.dyn_into().ok());
    let place = document().get_element_by_id(ANSWER_ID).and_then(|place| place.dyn_into().ok());
    let (Some(form), Some(place)): (Option<HtmlFormElement>, Option<HtmlElement>) = (form, place) else {
        return;
    };
    // A site may hold this client alone beside one that has it in it: the first to come answers.
    if form.toggle_attribute(TAKEN) != Ok(true) {
        return;
    }
    spawn_local(async move {
        if let Some(premise) = ask(&form).await {
            begin(form, place, premise);
        }
    });
}

async fn ask(form: &HtmlFormElement) -> Option<Premise> {
    let address = form.get_attribute("data-premise")?;
    let answer = Request::get(&address).send().await.ok()?;
    let text = answer.text().await.ok().filter(|_| answer.ok())?;
    serde_json::from_str(&text).ok()
}

/// The premise, booked once.
struct Bench {
    premise: Premise,
    book: Book,
    rates: WrittenRates,
}

impl Bench {
    /// What the typed trades would make at the prices that came over the socket, else at those of the page's beginning.
    fn answer(&self, typed: &Typed, store: PortfolioStore) -> Result<Option<Outcome>, Errors> {
        let rows = store.rows.read();
        let told = rows.iter().map(|row| (row.detail.symbol.as_str(), row.holding.read()));
        let told: HashMap<_, _> = told.collect();
        let price_of = |symbol: &str| {
            let first = self.premise.prices.get(symbol)?;
            let now = told.get(symbol).filter(|now| now.currency == first.currency);
            let now = now.and_then(|now| now.current_price);
            Some(Price {
                price: now.unwrap_or(first.price),
                ..first.clone()
            })
        };
        let rate_of = |currency: &str| self.premise.marks.get(currency).copied();
        try_out(&self.book, typed, self.premise.day, &self.rates, price_of, rate_of)
    }
}

fn begin(form: HtmlFormElement, place: HtmlElement, mut premise: Premise) {
    let (book, rates) = premise.booked();
    let base = premise.terms.base_currency.clone();
    let portfolio = form.get_attribute("data-portfolio").unwrap_or_default();
    // What the server answered gives way to the same, worked out here.
    place.set_inner_html("");
    let answer = move || {
        let live = LiveStore::new(INTERVAL_MS);
        let store = PortfolioStore::new(&nothing_yet(portfolio, &base));
        crate::live::connect(live, store);
        let typed = RwSignal::new(typed_in(&form));
        listen(&form, typed);
        let bench = StoredValue::new(Bench { premise, book, rates });
        let answer = Memo::new(move |_| bench.with_value(|bench| bench.answer(&typed.read(), store)));
        let shown = move || match &*answer.read() {
            Ok(Some(outcome)) => result(&base, outcome),
            Ok(None) => ().into_any(),
            Err(errors) => lacking(errors),
        };
        view! {
            <p class="what-if-live dim">
                <ConnectionChip live=live />
                "Worked out in this browser, at each price that comes."
            </p>
            {shown}
        }
        .erased()
    };
    leptos::mount::mount_to(place, answer).forget();
}

/// A portfolio of which nothing is known until the socket tells.
fn nothing_yet(portfolio_id: String, base_currency: &str) -> Snapshot {
    Snapshot {
        valuation: Valuation {
            portfolio_id,
            portfolio_name: String::new(),
            base_currency: base_currency.to_owned(),
            total_value: Decimal::ZERO,
            total_change: Decimal::ZERO,
            total_change_percent: None,
            gains: None,
            change_by: None,
            investments: vec![],
        },
        valued_at: Default::default(),
        history: vec![],
        details: vec![],
        real_until: None,
    }
}

/// What stands in the form.
fn typed_in(form: &HtmlFormElement) -> Typed {
    let Ok(data) = FormData::new_with_form(form) else {
        return Typed::default();
    };
    let names = LINES
        .iter()
        .flat_map(|line| [line.side, line.symbol, line.quantity, line.price, line.lot]);
    let fields = names.filter_map(|name| Some((name.to_owned(), data.get(name).as_string()?)));
    Typed(fields.collect())
}

/// Hears what is typed, for as long as the page is there.
fn listen(form: &HtmlFormElement, typed: RwSignal<Typed>) {
    let heard = form.clone();
    let listener = Listener::new(form, "input", move |_: Event| {
        // What the server found wrong was wrong with what stood there before.
        forget_faults(&heard);
        let now = typed_in(&heard);
        keep_in_address(&now);
        typed.set(now);
    });
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || listener.dispose());
}

fn forget_faults(form: &HtmlFormElement) {
    let faults = document().query_selector_all(".drawn-page > .banner-wrong, .what-if .field-error");
    for fault in each(faults) {
        fault.remove();
    }
    for field in each(form.query_selector_all("[aria-invalid]")) {
        let _ = field.remove_attribute("aria-invalid");
    }
}

fn each(found: Result<NodeList, JsValue>) -> impl Iterator<Item = Element> {
    let found = found.ok();
    let length = found.as_ref().map_or(0, NodeList::length);
    let nodes = (0..length).filter_map(move |number| found.as_ref()?.item(number));
    nodes.filter_map(|node| node.dyn_into().ok())
}

/// The address of the page holds what is asked, as it does after a form was sent.
fn keep_in_address(typed: &Typed) {
    let Ok(query) = UrlSearchParams::new() else { return };
    for (name, text) in typed.0.iter().filter(|(_, text)| !text.is_empty()) {
        query.append(name, text);
    }
    let query = String::from("?") + &String::from(query.to_string());
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&query));
    }
}

/// What an answer still needs. Not an alarm: a person is typing.
fn lacking(errors: &Errors) -> AnyView {
    let each = errors.all().iter().map(|one| {
        let (name, number) = one.field.split_at(one.field.len().saturating_sub(1));
        let words = String::from("Trade ") + number + ", " + name + ": " + &one.reason + ".";
        view! { <li>{words}</li> }
    });
    view! {
        <ul class="what-if-lacks dim" role="status">
            {each.collect_view()}
        </ul>
    }
    .erased()
}
