//! A chart in its element: made late, sized and coloured with the page, and disposed of with its view.

use super::bundle::bundle;
use super::echarts::{Instance, init, object};
use super::tokens;
use super::watch::Watching;
use crate::ui::chart::{Drawing, OptionSource};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// What hears an event of the chart.
type Handler = Closure<dyn FnMut(JsValue)>;

/// A chart in its element.
pub struct Surface {
    instance: Instance,
    host: HtmlElement,
    option: String,
    quietly: JsValue,
    watching: RefCell<Option<Watching>>,
    handlers: RefCell<Vec<Handler>>,
}

impl Surface {
    /// Draws an option; `None` where the chart code refuses.
    fn new(host: HtmlElement, option: String) -> Option<Rc<Self>> {
        let instance = init(&host).ok()?;
        // Left alone it asks for ten more frames after each that it draws, all of them the same.
        instance.renderer().sleep_after(1);
        let surface = Rc::new(Self {
            instance,
            host,
            option,
            quietly: object(&[("silent", true.into()), ("lazyUpdate", true.into())]),
            watching: RefCell::default(),
            handlers: RefCell::default(),
        });
        surface.style();
        surface.watch();
        Some(surface)
    }

    /// The element.
    pub fn host(&self) -> &HtmlElement {
        &self.host
    }

    /// The chart.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Lays a part of an option over what is drawn. The next frame shows it.
    pub fn merge(&self, part: &JsValue) {
        let _ = self.instance.set_option(part, &self.quietly);
    }

    /// Does an action, such as a zoom.
    pub fn act(&self, action: &JsValue) {
        let _ = self.instance.dispatch_action(action);
    }

    /// Listens to an event of the chart as long as it lives.
    pub fn on(&self, event: &str, handler: impl FnMut(JsValue) + 'static) {
        let handler = Closure::<dyn FnMut(JsValue)>::new(handler);
        self.instance.on(event, handler.as_ref());
        self.handlers.borrow_mut().push(handler);
    }

    fn style(&self) {
        if let Ok(option) = js_sys::JSON::parse(&tokens::resolve(&self.option, &self.host)) {
            self.merge(&option);
        }
    }

    fn watch(self: &Rc<Self>) {
        let (resized, themed) = (Rc::downgrade(self), Rc::downgrade(self));
        let resize = move || {
            if let Some(surface) = resized.upgrade() {
                let _ = surface.instance.resize();
            }
        };
        let restyle = move || {
            if let Some(surface) = themed.upgrade() {
                surface.style();
            }
        };
        self.watching.replace(Watching::new(&self.host, resize, restyle));
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        self.watching.take();
        let _ = self.instance.dispose();
    }
}

/// What the server says at the address; `None` where it cannot be had.
async fn ask(address: OptionSource) -> Option<String> {
    let text = gloo_net::http::Request::get(address).send().await.ok()?.text().await.ok()?;
    serde_json::from_str(&text).ok()
}

/// Makes a chart once its element and the chart code are there. `begin` fills it, and returns what must live with it.
pub fn mount<T: 'static>(
    host: NodeRef<Div>,
    option: OptionSource,
    drawing: RwSignal<Drawing>,
    begin: impl FnOnce(Rc<Surface>) -> T + 'static,
) {
    // Dropped with the view: a chart that arrives after that finds no place, and is dropped at once.
    let place = StoredValue::new_local(None);
    let mut begin = Some(begin);
    Effect::new(move || {
        let (Some(element), Some(begin)) = (host.get(), begin.take()) else {
            return;
        };
        let owner = Owner::current();
        spawn_local(async move {
            let option = if bundle().await { ask(option).await } else { None };
            if place.is_disposed() {
                return;
            }
            match option.and_then(|option| Surface::new((*element).clone(), option)) {
                Some(surface) => {
                    let alive = || begin(surface);
                    let alive = match &owner {
                        Some(owner) => owner.with(alive),
                        None => alive(),
                    };
                    drawing.set(Drawing::Chart);
                    // A view that went in between takes nothing: what is handed back is dropped here.
                    drop(place.try_set_value(Some(alive)));
                }
                None => drawing.set(Drawing::Failed),
            }
        });
    });
}
