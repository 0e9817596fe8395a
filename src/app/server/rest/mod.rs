//! The API for programs, below `/api/v1`: JSON in, JSON out, a token in the place of a session.
//!
//! A handler is a file a resource. Each names itself to the description by `utoipa::path` and is added by `routes!`, so that no
//! route is without a description.

mod activities;
mod activity;
pub mod body;
mod caller;
mod candles;
mod changes;
mod document;
pub mod exact;
mod exports;
mod feeds;
mod history;
mod history_shape;
mod imports;
mod instruments;
mod limit;
mod me;
mod paging;
mod portfolios;
mod prices;
pub mod problem;
mod reference;
mod replay;
mod valuation;
mod whole;

use crate::app::server::AppState;
use axum::Extension;
use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use document::{Ground, Text};
use limit::Limits;
use problem::{Kind, Problem};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every operation, with its description.
fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Ground::openapi())
        .routes(routes!(me::me))
        .routes(routes!(me::openapi))
        .routes(routes!(portfolios::list, portfolios::open))
        .routes(routes!(portfolios::get, portfolios::change, portfolios::delete))
        .routes(routes!(activities::list, activities::add))
        .routes(routes!(activities::get, activities::put, activities::delete))
        .routes(routes!(changes::list))
        .routes(routes!(changes::undo))
        .routes(routes!(valuation::sample))
        .routes(routes!(valuation::valuation))
        .routes(routes!(history::history))
        .routes(routes!(imports::import))
        .routes(routes!(exports::export))
        .routes(routes!(whole::export_all))
        .routes(routes!(whole::import_all))
        .routes(routes!(instruments::list))
        .routes(routes!(instruments::put))
        .routes(routes!(candles::list))
        .routes(routes!(feeds::feeds))
        .routes(routes!(prices::list))
        .routes(routes!(prices::put, prices::delete))
}

/// The API, and the page that describes it.
pub fn routes(state: AppState) -> Router {
    let (handlers, api) = operations().split_for_parts();
    let document = document::complete(&api);
    let reference = reference::Reference::read(&document);
    let limits = Limits::new(state.requests_per_minute);
    let handlers = handlers
        .fallback(async || Problem::new(Kind::NotFound, "There is no such address. /api/docs/ lists those that there are."))
        .method_not_allowed_fallback(async || Problem::new(Kind::MethodNotAllowed, "The header Allow lists the methods of this address."))
        .layer(from_fn_with_state(state.clone(), replay::once))
        .layer(from_fn_with_state((state.clone(), limits), caller::identify))
        .layer(Extension(Text(document.to_string().into())))
        .layer(map_response(async |response: Response| told(response)))
        .with_state(state.clone());
    let page = Router::new()
        .route("/api/docs/", get(reference::page))
        .route("/api/docs", get(async || axum::response::Redirect::permanent("/api/docs/")))
        .layer(Extension(reference))
        .with_state(state);
    Router::new().nest_service("/api/v1", handlers).merge(page)
}

/// What the framework refuses by itself is a problem too; and no answer is kept on its way.
fn told(response: Response) -> Response {
    use axum::http::{HeaderValue, header};
    let status = response.status();
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let mut response = if status.is_client_error() && is_text {
        Problem::new(Kind::InvalidQuery, "A part of the address cannot be read.").into_response()
    } else {
        response
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
