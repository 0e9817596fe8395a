//! What the pages of a ledger share: who asks, what was asked, and the answers that are no page of their own.

use crate::accounts::server::Viewer;
use crate::accounts::visitor::Visitor;
use crate::app::pages::not_found::not_found;
use crate::app::server::AppState;
use crate::app::server::document::Document;
use crate::app::server::who::{Anyone, SignedIn, unavailable};
use crate::imports::server::currency;
use crate::imports::server::uploads::Uploads;
use crate::market::instrument::Instrument;
use crate::market::server::chosen::ChoiceError;
use crate::money::Decimal;
use crate::portfolio::server::Portfolios;
use crate::portfolio::server::ledger::{Ledger, LedgerError, Listed};
use crate::portfolio::typed::{Errors, Typed};
use crate::portfolio::view::ledger::Head;
use crate::portfolio::view::ledger::parts::Done;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::AnyView;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;

impl Typed {
    /// The fields of an address's query.
    pub fn of_query(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }
}

/// A request of somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Desk {
    state: AppState,
    viewer: Viewer,
    parts: Parts,
}

impl FromRequestParts<AppState> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let SignedIn(viewer) = SignedIn::from_request_parts(parts, state).await?;
        Ok(Self {
            state: state.clone(),
            viewer,
            parts: parts.clone(),
        })
    }
}

impl Desk {
    /// The ledgers.
    pub fn ledger(&self) -> &Ledger {
        &self.state.ledger
    }

    /// Files that were brought.
    pub fn uploads(&self) -> &Uploads {
        &self.state.uploads
    }

    /// What portfolios are worth.
    pub fn portfolios(&self) -> &Portfolios {
        &self.state.portfolios
    }

    /// Whose request it is.
    pub fn user(&self) -> &str {
        &self.viewer.user
    }

    /// Whether that is somebody without a name.
    pub fn is_guest(&self) -> bool {
        self.viewer.name.is_none()
    }

    /// The fields of the address's query.
    pub fn query(&self) -> Typed {
        Typed::of_query(self.query_text())
    }

    /// The address's query as it was sent.
    pub fn query_text(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// Draws a page.
    pub async fn page(
        &self,
        status: StatusCode,
        title: &str,
        content: impl FnOnce() -> AnyView + Clone + Send + Sync + 'static,
    ) -> Response {
        let document = Document::new(title, self.visitor()).with_status(status);
        document.respond(&self.state, &self.parts, content).await
    }

    /// Draws the page of a form: with what is wrong with it, it was not accepted.
    pub async fn form(&self, errors: &Errors, title: &str, content: impl FnOnce() -> AnyView + Clone + Send + Sync + 'static) -> Response {
        let status = if errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        self.page(status, title, content).await
    }

    /// The answer to a request whose work is `work`. What is another's answers as what is not there.
    pub async fn answer(&self, work: impl Future<Output = Result<Response, LedgerError>>) -> Response {
        match work.await {
            Ok(answer) => answer,
            Err(LedgerError::NotFound(_)) => self.page(StatusCode::NOT_FOUND, "Not found", not_found).await,
            Err(LedgerError::Invalid(invalid)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, format!("{invalid}. Nothing was changed.\n")).into_response()
            }
            Err(LedgerError::Conflict(said)) => (StatusCode::CONFLICT, format!("{said} Nothing was changed.\n")).into_response(),
            Err(LedgerError::Storage(error)) => unavailable(error),
        }
    }

    /// Instruments to suggest, by symbol: the market's, and what the owner described or traded.
    pub async fn instruments(&self) -> Result<Vec<(String, String)>, LedgerError> {
        let mut known: BTreeMap<String, String> = self.state.portfolios.known_instruments();
        for (symbol, _) in self.ledger().symbols(self.user()).await? {
            known.entry(symbol).or_default();
        }
        for one in self.ledger().instruments(self.user()).await? {
            known.insert(one.symbol, one.name);
        }
        Ok(known.into_iter().collect())
    }

    /// Follows what a provider lists under a source's name, for who has a name: a guest, who comes and goes, makes this server ask for
    /// nothing new. The inner error is for a person.
    pub async fn choose(&self, source: &str) -> Result<Result<Instrument, String>, LedgerError> {
        if self.is_guest() {
            return Ok(Err("sign up with a name to have prices that this server does not follow yet".into()));
        }
        match self.portfolios().market.choose(source).await {
            Ok(instrument) => Ok(Ok(instrument)),
            Err(ChoiceError::Declined(declined)) => Ok(Err(declined.to_string())),
            Err(ChoiceError::Storage(error)) => Err(error.into()),
        }
    }

    /// What was just done, where the query names it: `done` a change, `undone` one that was taken back.
    pub async fn done(&self, portfolio: &str, query: &Typed) -> Result<Option<Done>, LedgerError> {
        let (done, undone) = (query.get("done"), query.get("undone"));
        if done.is_empty() && undone.is_empty() {
            return Ok(None);
        }
        let made = self.ledger().changes(self.user(), portfolio).await?;
        let found = made
            .into_iter()
            .find(|one| (one.id == done && !one.undone) || (one.id == undone && one.undone));
        Ok(found.map(|one| Done {
            change: one.id,
            label: one.label,
            undone: one.undone,
        }))
    }

    fn visitor(&self) -> Visitor {
        Anyone(Some(self.viewer.clone())).visitor()
    }
}

/// What the pages of a portfolio say of it.
pub fn head(listed: &Listed) -> Head {
    Head {
        id: listed.id.clone(),
        name: listed.settings.name.clone(),
        base_currency: listed.settings.terms.base_currency.clone(),
        activities: listed.activities,
    }
}

/// Names of instruments by their symbol.
pub fn names(known: &[(String, String)]) -> HashMap<String, String> {
    known.iter().cloned().collect()
}

/// Leads on to another page; what was sent is not sent again.
pub fn to(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// Keeps an error where a typed currency does not exist, or is a hundredth of one.
pub fn check_currency(typed: &Typed, field: &'static str, errors: &mut Errors) {
    let text = typed.get(field);
    match currency::read(text) {
        _ if text.is_empty() => {}
        Some(unit) if unit.divisor == Decimal::ONE => {}
        Some(unit) => errors.add(
            field,
            format!("{text} is a hundredth of {code}; write amounts in {code}", code = unit.code),
        ),
        None => {
            let shown: String = text.chars().take(20).collect();
            errors.add(
                field,
                format!("{shown:?} is no currency that is known; write an ISO 4217 code such as EUR"),
            );
        }
    }
}
