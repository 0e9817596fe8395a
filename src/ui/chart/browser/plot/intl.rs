//! Figures and moments as the reader is used to: the browser's language, its time zone.

use crate::ui::chart::plot::words::{Moment, Words};
use crate::ui::format::HIDDEN;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

/// The reader's words. What formats is kept: making one costs more than a hundred uses.
#[derive(Default)]
pub struct Reader {
    numbers: RefCell<BTreeMap<u32, Function>>,
    moments: RefCell<BTreeMap<(u8, bool), Function>>,
    /// Whether the reader hides what is written.
    pub hidden: Cell<bool>,
}

fn options(pairs: &[(&str, JsValue)]) -> Object {
    let options = Object::new();
    for (name, value) in pairs {
        let _ = Reflect::set(&options, &JsValue::from_str(name), value);
    }
    options
}

fn asked(format: &Function, value: f64) -> String {
    let text = format.call1(&JsValue::NULL, &JsValue::from_f64(value)).ok();
    text.and_then(|text| text.as_string()).unwrap_or_default()
}

impl Words for Reader {
    fn number(&self, value: f64, decimals: u32) -> String {
        if self.hidden.get() {
            return HIDDEN.to_owned();
        }
        let mut numbers = self.numbers.borrow_mut();
        let format = numbers.entry(decimals).or_insert_with(|| {
            let places = JsValue::from(decimals);
            let all = options(&[("minimumFractionDigits", places.clone()), ("maximumFractionDigits", places)]);
            Intl::NumberFormat::new(&Array::new(), &all).format()
        });
        // A true minus, as everywhere on these pages.
        asked(format, value).replace('-', "\u{2212}")
    }

    fn moment(&self, time_ms: i64, what: Moment, utc: bool) -> String {
        let mut moments = self.moments.borrow_mut();
        let format = moments.entry((what as u8, utc)).or_insert_with(|| {
            let text = JsValue::from_str;
            let mut all = match what {
                Moment::Time => vec![("hour", text("2-digit")), ("minute", text("2-digit"))],
                Moment::Day => vec![("day", text("numeric")), ("month", text("short"))],
                Moment::Month => vec![("month", text("short"))],
                Moment::Year => vec![("year", text("numeric"))],
                Moment::FullDay => vec![("dateStyle", text("medium"))],
                Moment::Full => vec![("dateStyle", text("medium")), ("timeStyle", text("short"))],
            };
            if utc {
                all.push(("timeZone", text("UTC")));
            }
            Intl::DateTimeFormat::new(&Array::new(), &options(&all)).format()
        });
        asked(format, time_ms as f64)
    }

    fn percent(&self, value: f64) -> String {
        // A change can be told although amounts are hidden.
        let hidden = self.hidden.replace(false);
        let text = String::from(if value > 0.0 { "+" } else { "" }) + &self.number(value, 2) + "%";
        self.hidden.set(hidden);
        text
    }

    fn ahead_ms(&self, time_ms: i64) -> i64 {
        let date = Date::new(&JsValue::from_f64(time_ms as f64));
        -(date.get_timezone_offset() * 60_000.0) as i64
    }
}
