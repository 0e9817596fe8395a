//! What the server tells of a chart, as columns of numbers.

use crate::ui::chart::indicator::Bar;
use crate::ui::chart::plot::look::Look;
use crate::ui::chart::plot::model::{Happened, Mark, Plot};
use gloo_net::http::Request;
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// A chart's content, and where it lies in time.
pub struct Told {
    /// The content.
    pub plot: Plot,
    /// The first moment of which anything is known, in milliseconds since 1970.
    pub earliest_ms: Option<f64>,
    /// Whether it reaches up to now, so that prices that come belong to it.
    pub to_now: bool,
    /// Where prices come from as they are made; none where none do.
    pub live: Option<String>,
}

impl Told {
    /// Whether its last candle is the newest that there is.
    pub fn has_end(&self) -> bool {
        self.to_now || self.earliest_ms.is_none()
    }
}

fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or_default()
}

fn column(of: &JsValue, name: &str) -> Vec<f64> {
    let entries: Option<Array> = get(of, name).dyn_into().ok();
    let entries = entries.map(|entries| entries.iter().map(|entry| entry.as_f64().unwrap_or(f64::NAN)).collect());
    entries.unwrap_or_default()
}

fn each(of: &JsValue, name: &str) -> Vec<JsValue> {
    let entries: Option<Array> = get(of, name).dyn_into().ok();
    entries.map(|entries| entries.to_vec()).unwrap_or_default()
}

/// Asks for a chart. `Err` holds what to tell the reader.
pub async fn ask(address: &str, look: &Look) -> Result<Told, String> {
    let failed = || "The chart could not be brought up to date: the server did not answer.".to_owned();
    let answer = Request::get(address).send().await.map_err(|_| failed())?;
    let (ok, text) = (answer.ok(), answer.text().await.map_err(|_| failed())?);
    let told = JSON::parse(&text).map_err(|_| failed())?;
    if !ok {
        return Err(get(&told, "detail").as_string().unwrap_or_else(failed));
    }
    Ok(read(&told, look))
}

fn read(told: &JsValue, look: &Look) -> Told {
    let number = |name: &str| get(told, name).as_f64();
    let name = get(told, "name").as_string().unwrap_or_default();
    let step_ms = number("step_ms").unwrap_or(86_400_000.0) as i64;
    let mut plot = Plot::new(name, step_ms, number("decimals").unwrap_or(2.0) as u32, look.clone());
    let [times, close, open, high, low, volume] = ["time", "close", "open", "high", "low", "volume"].map(|name| column(told, name));
    for (at, (time, close)) in times.iter().zip(&close).enumerate() {
        // A line of values has nothing but its closes.
        let of = |column: &[f64]| column.get(at).copied().unwrap_or(*close);
        plot.push(Bar {
            time_ms: *time as i64,
            open: of(&open),
            high: of(&high),
            low: of(&low),
            close: *close,
            volume: volume.get(at).copied().unwrap_or(0.0),
        });
    }
    for other in each(told, "others") {
        let name = get(&other, "name").as_string().unwrap_or_default();
        let values = times.iter().map(|time| *time as i64).zip(column(&other, "values"));
        plot.compare(name, values);
    }
    let marks = each(told, "marks").into_iter().filter_map(|mark| {
        Some(Mark {
            time_ms: get(&mark, "time").as_f64()? as i64,
            what: Happened::read(&get(&mark, "what").as_string()?)?,
            said: get(&mark, "said").as_string()?,
        })
    });
    plot.marks = marks.collect();
    Told {
        plot,
        earliest_ms: number("earliest"),
        to_now: get(told, "to_now").is_truthy(),
        live: get(told, "live").as_string(),
    }
}
