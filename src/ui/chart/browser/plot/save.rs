//! The chart to be taken away: as a picture, as a drawing.

use crate::ui::chart::browser::plot::chart::Chart;
use crate::ui::chart::browser::plot::layers::Layers;
use crate::ui::chart::plot::draw;
use crate::ui::chart::plot::svg::Svg;
use js_sys::Array;
use leptos::prelude::document;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Gives the reader what is shown, as SVG in the colours of the page.
pub fn svg(chart: &Rc<Chart>) {
    let shown = chart.shown.borrow();
    let Some(shown) = shown.as_ref() else { return };
    let inks = chart.inks.borrow();
    let mut pen = Svg::default();
    draw::whole(&shown.told.plot, &shown.layout, &chart.words, &mut pen);
    let text = pen.as_file(shown.layout.width, shown.layout.height, |ink| inks.colour(ink).to_owned());
    let kind = BlobPropertyBag::new();
    kind.set_type("image/svg+xml");
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(&text)), &kind) {
        give(&blob, &(shown.told.plot.name.clone() + ".svg"));
    }
}

/// Gives the reader what is shown, as PNG.
pub fn png(chart: &Rc<Chart>) {
    let shown = chart.shown.borrow();
    let Some(shown) = shown.as_ref() else { return };
    let whole = Layers::whole(&shown.told.plot, &shown.layout, &chart.words, &chart.inks.borrow());
    let Some(whole) = whole else { return };
    let name = shown.told.plot.name.clone() + ".png";
    let done = Closure::once_into_js(move |blob: JsValue| {
        if let Ok(blob) = blob.dyn_into() {
            give(&blob, &name);
        }
    });
    let _ = whole.element().to_blob(done.unchecked_ref());
}

fn give(blob: &Blob, name: &str) {
    let Ok(address) = Url::create_object_url_with_blob(blob) else {
        return;
    };
    let link = document()
        .create_element("a")
        .ok()
        .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&address);
        link.set_download(&name.replace('/', "-"));
        link.click();
    }
    // The browser has taken hold of it when the click returns.
    let _ = Url::revoke_object_url(&address);
}
