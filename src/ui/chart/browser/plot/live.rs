//! Prices as they are made. The browser comes back by itself when the stream ends.

use crate::ui::chart::browser::plot::chart::Chart;
use crate::ui::dom::Listener;
use js_sys::{Array, JSON, Reflect};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventSource, MessageEvent};

/// A stream of prices, ended when it is dropped.
pub struct Stream {
    source: EventSource,
    _listener: Listener,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// Listens to the prices of an address.
pub fn listen(chart: &Rc<Chart>, address: &str) -> Option<Stream> {
    let source = EventSource::new(address).ok()?;
    let weak = Rc::downgrade(chart);
    let listener = Listener::new(&source, "message", move |event| {
        let text = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string());
        let told = text.and_then(|text| JSON::parse(&text).ok());
        let (Some(chart), Some(told)) = (weak.upgrade(), told) else {
            return;
        };
        let get = |name: &str| Reflect::get(&told, &JsValue::from_str(name)).unwrap_or_default();
        let (Some(time), Some(price)) = (get("time").as_f64(), get("price").as_f64()) else {
            return;
        };
        let others: Option<Array> = get("others").dyn_into().ok();
        let others = others.into_iter().flat_map(|others| others.to_vec()).filter_map(|pair| {
            let pair: Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_f64()?))
        });
        let others: Vec<_> = others.collect();
        chart.tick(time as i64, price, &others);
    });
    Some(Stream {
        source,
        _listener: listener,
    })
}
