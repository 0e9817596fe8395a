//! The ring: drawn anew only when a part moved enough to be seen.

use super::echarts::{list, object};
use super::surface::{Surface, mount};
use crate::ui::chart::{DonutChart, Slice};
use leptos::prelude::*;
use rust_decimal::prelude::ToPrimitive;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Draws a ring as long as the view lives.
pub fn mount_donut(chart: DonutChart) {
    mount(chart.host, chart.option, chart.drawing, move |surface| {
        let weak = Rc::downgrade(&surface);
        Effect::new(move || {
            let slices = chart.slices.get();
            if let Some(surface) = weak.upgrade() {
                show(&surface, &slices);
            }
        });
        surface
    });
}

fn show(surface: &Surface, slices: &[Slice]) {
    let slices = slices.iter().map(|slice| {
        let percent = slice.percent.to_f64().unwrap_or_default();
        object(&[("name", JsValue::from_str(&slice.name)), ("value", percent.into())])
    });
    let data = list(&slices.collect::<Vec<_>>());
    surface.merge(&object(&[("series", list(&[object(&[("data", data)])]))]));
}
