//! Fetching the chart code: once a page, after everything else, and never in its way.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlScriptElement;

/// Id of the script element.
const ID: &str = "chart-code";
/// Where the chart code is, unless the page says otherwise with `data-echarts` on its root.
const ADDRESS: &str = "/vendor/echarts.js";
/// How long a busy page may put it off, in milliseconds.
const PATIENCE_MS: u32 = 2_000;
/// What a browser without idle time waits instead, in milliseconds.
const PAUSE_MS: i32 = 100;

/// Brings the chart code. `false` where it cannot be had; a later call tries again.
pub async fn bundle() -> bool {
    if is_here() {
        return true;
    }
    idle().await;
    let Some(script) = script() else { return false };
    let came = Promise::new(&mut |resolve, reject| {
        // Both are the browser's own functions: nothing of ours is kept alive by them.
        let _ = script.add_event_listener_with_callback("load", &resolve);
        let _ = script.add_event_listener_with_callback("error", &reject);
        if is_here() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    let came = JsFuture::from(came).await.is_ok();
    if !came {
        script.remove();
    }
    came && is_here()
}

fn is_here() -> bool {
    Reflect::has(&window(), &"echarts".into()).unwrap_or(false)
}

/// The script element: the one that another chart of this page asked for, or a new one.
fn script() -> Option<HtmlScriptElement> {
    let document = document();
    if let Some(script) = document.get_element_by_id(ID) {
        return script.dyn_into().ok();
    }
    let script: HtmlScriptElement = document.create_element("script").ok()?.dyn_into().ok()?;
    let address = document.document_element().and_then(|root| root.get_attribute("data-echarts"));
    script.set_id(ID);
    script.set_async(true);
    script.set_src(address.as_deref().unwrap_or(ADDRESS));
    document.head()?.append_child(&script).ok()?;
    Some(script)
}

/// Waits until the browser has nothing better to do.
pub async fn idle() {
    let pause = Promise::new(&mut |resolve: Function, _| {
        let window = window();
        let waits = if Reflect::has(&window, &"requestIdleCallback".into()).unwrap_or(false) {
            let options = web_sys::IdleRequestOptions::new();
            options.set_timeout(PATIENCE_MS);
            window.request_idle_callback_with_options(&resolve, &options).is_ok()
        } else {
            window
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, PAUSE_MS)
                .is_ok()
        };
        if !waits {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // It never rejects.
    let _ = JsFuture::from(pause).await;
}
