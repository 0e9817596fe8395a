//! What surrounds a chart: the form of the reader's choices, and buttons.

use crate::ui::chart::browser::plot::chart::{Chart, Due, Keep};
use crate::ui::chart::browser::plot::{keys, save};
use crate::ui::chart::plot::look::Look;
use crate::ui::dom::Listener;
use js_sys::{Array, Function};
use leptos::prelude::{document, window};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{FormData, HtmlElement, HtmlFormElement, UrlSearchParams};

/// Milliseconds of rest before more is asked for.
const REST_MS: i32 = 160;

/// The form, the buttons, and where data comes from.
pub struct Tools {
    source: String,
    form: Option<HtmlFormElement>,
    buttons: Vec<HtmlElement>,
    timer: Cell<i32>,
    waiting: RefCell<Option<Closure<dyn FnMut()>>>,
}

impl Tools {
    /// Those of a chart.
    pub fn of(host: &HtmlElement) -> Self {
        let form = host.get_attribute("data-form").and_then(|id| document().get_element_by_id(&id));
        let found = host.parent_element().and_then(|frame| frame.query_selector_all("[data-act]").ok());
        let buttons = found.map_or_else(Vec::new, |found| {
            (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
        });
        Self {
            source: host.get_attribute("data-plot").unwrap_or_default(),
            form: form.and_then(|form| form.dyn_into().ok()),
            buttons,
            timer: Cell::new(0),
            waiting: RefCell::default(),
        }
    }

    /// The fields of the form, or of the source's own query.
    fn fields(&self) -> Vec<(String, String)> {
        let entries = match &self.form {
            Some(form) => FormData::new_with_form(form).ok().map(|data| data.entries()),
            None => {
                let query = self.source.split_once('?').map_or("", |(_, query)| query);
                UrlSearchParams::new_with_str(query).ok().map(|query| query.entries())
            }
        };
        let entries = entries.into_iter().flatten().filter_map(Result::ok).filter_map(|pair| {
            let pair: Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        });
        entries.filter(|(_, text)| !text.is_empty()).collect()
    }

    /// What the reader chose of the drawing.
    pub fn look(&self) -> Look {
        let fields = self.fields();
        let look = Look::read(fields.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        look.unwrap_or_default()
    }

    /// Where the data of what was chosen is, or of a part of it.
    pub fn address(&self, part: Option<(f64, f64)>, points: f64) -> String {
        let path = self.source.split_once('?').map_or(self.source.as_str(), |(path, _)| path);
        let mut query: Vec<(String, String)> = self.fields();
        query.push(("points".into(), (points as i64).to_string()));
        if let Some((from, to)) = part {
            query.extend([
                ("from_ms".into(), (from as i64).to_string()),
                ("to_ms".into(), (to as i64).to_string()),
            ]);
        }
        String::from(path) + "?" + &written(&query)
    }

    /// Asks for a part once the hand rests.
    pub fn later(&self, chart: &Rc<Chart>, part: Option<(f64, f64)>) {
        window().clear_timeout_with_handle(self.timer.get());
        let Some(part) = part else { return };
        let weak = Rc::downgrade(chart);
        let ask = Closure::<dyn FnMut()>::new(move || {
            if let Some(chart) = weak.upgrade() {
                chart.load(Some(part), Keep::Time);
            }
        });
        let callback: &Function = ask.as_ref().unchecked_ref();
        let timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(callback, REST_MS);
        self.timer.set(timer.unwrap_or_default());
        self.waiting.replace(Some(ask));
    }

    /// Whether there is a way back to the newest.
    pub fn can_follow(&self, can: bool) {
        let button = self
            .buttons
            .iter()
            .find(|one| one.get_attribute("data-act").as_deref() == Some("newest"));
        if let Some(button) = button.filter(|button| button.has_attribute("hidden") == can) {
            let _ = button.toggle_attribute_with_force("hidden", !can);
        }
    }

    /// Does what the reader chooses and presses.
    pub fn listen(&self, chart: &Rc<Chart>) {
        for button in &self.buttons {
            let act = button.get_attribute("data-act").unwrap_or_default();
            let weak = Rc::downgrade(chart);
            chart.keep(Listener::new(button, "click", move |_| {
                if let Some(chart) = weak.upgrade() {
                    obey(&chart, &act);
                }
            }));
        }
        let Some(form) = &self.form else { return };
        let before = Rc::new(RefCell::new(self.content()));
        for name in ["change", "submit"] {
            let (weak, before) = (Rc::downgrade(chart), Rc::clone(&before));
            chart.keep(Listener::new(form, name, move |event| {
                if event.type_() == "submit" {
                    event.prevent_default();
                }
                let named = event
                    .target()
                    .is_some_and(|field| js_sys::Reflect::get(&field, &"name".into()).is_ok_and(|name| name == "range"));
                if let (true, Some(form)) = (named, event.current_target()) {
                    forget_days(&form);
                }
                if let Some(chart) = weak.upgrade() {
                    chart.chosen(&before);
                }
            }));
        }
    }

    /// What of the choices is another content and no other drawing.
    fn content(&self) -> Vec<(String, String)> {
        let drawing = ["kind", "scale", "volume", "study", "chosen"];
        self.fields()
            .into_iter()
            .filter(|(name, _)| !drawing.contains(&name.as_str()))
            .collect()
    }

    /// The address of the page holds what is chosen, as it does after a form was sent.
    fn keep_in_address(&self) {
        if let Ok(history) = window().history() {
            let query = String::from("?") + &written(&self.fields());
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&query));
        }
    }
}

impl Chart {
    /// The reader chose something else.
    fn chosen(self: &Rc<Self>, before: &RefCell<Vec<(String, String)>>) {
        let tools = self.tools();
        tools.keep_in_address();
        let content = tools.content();
        if before.replace(content.clone()) != content {
            return self.load(None, Keep::Nothing);
        }
        let look = tools.look();
        self.change(Due::All, |shown| shown.told.plot.choose(look));
    }
}

/// A stretch that has a name takes the place of one's own days.
fn forget_days(form: &web_sys::EventTarget) {
    let days = form
        .dyn_ref::<HtmlFormElement>()
        .and_then(|form| form.query_selector_all("input[type=date]").ok());
    let days = days
        .into_iter()
        .flat_map(|days| (0..days.length()).filter_map(move |at| days.item(at)).collect::<Vec<_>>());
    for day in days {
        let _ = js_sys::Reflect::set(&day, &"value".into(), &"".into());
    }
}

fn obey(chart: &Rc<Chart>, act: &str) {
    match act {
        "closer" => keys::zoom(chart, 0.5),
        "wider" => keys::zoom(chart, 2.0),
        "newest" => chart.follow(),
        "png" => save::png(chart),
        "svg" => save::svg(chart),
        _ => {}
    }
}

fn written(query: &[(String, String)]) -> String {
    let Ok(written) = UrlSearchParams::new() else {
        return String::new();
    };
    for (name, text) in query {
        written.append(name, text);
    }
    String::from(written.to_string())
}
