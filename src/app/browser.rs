//! How a page begins in a browser: from the server's page, or alone.

use crate::accounts::visitor::Visitor;
use crate::app::pages::Page;
use crate::app::{App, AppProps, Figures, SNAPSHOT_ID};
use crate::error::ApiError;
use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// Who the page was drawn for.
pub fn visitor() -> Visitor {
    let root = document().document_element();
    Visitor::from_attribute(root.and_then(|root| root.get_attribute("data-visitor")).as_deref())
}

/// The page that the server drew, and the figures that it was drawn from.
pub fn drawn() -> AppProps {
    let page = current_page();
    let text = document().get_element_by_id(SNAPSHOT_ID).and_then(|element| element.text_content());
    let figures = match text {
        Some(text) if page.has_figures() => read(&text),
        _ => Figures::Missing(unreachable()),
    };
    AppProps {
        page,
        figures,
        visitor: visitor(),
    }
}

/// Draws the page, first without figures, then with those that the server sends.
pub fn mount() {
    let page = current_page();
    document().set_title(page.title());
    let figures = RwSignal::new(if page.has_figures() {
        Figures::OnTheirWay
    } else {
        Figures::Missing(unreachable())
    });
    leptos::mount::mount_to_body(move || {
        move || {
            App(AppProps {
                page,
                figures: figures.get(),
                visitor: visitor(),
            })
        }
    });
    if page.has_figures() {
        spawn_local(async move { figures.set(ask().await) });
    }
}

async fn ask() -> Figures {
    let answer = async { Request::get("/api/snapshot").send().await?.text().await };
    answer.await.map_or_else(|_| Figures::Missing(unreachable()), |text| read(&text))
}

fn read(text: &str) -> Figures {
    match serde_json::from_str(text) {
        Ok(snapshot) => Figures::Here(Arc::new(snapshot)),
        Err(_) => Figures::Missing(ApiError::new(
            "unreadable",
            "This page does not understand what the server sent. Reload it.",
        )),
    }
}

fn unreachable() -> ApiError {
    ApiError::new("unreachable", "The server cannot be reached. Check the connection, then try again.")
}

fn current_page() -> Page {
    Page::at(&window().location().pathname().unwrap_or_default())
}
