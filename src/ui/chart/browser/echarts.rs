//! As much of ECharts as is used. charming's own binding has no dispose and sends the whole option each time.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    /// A chart in its element.
    pub type Instance;
    /// What draws it, frame by frame.
    pub type Renderer;

    #[wasm_bindgen(catch, js_namespace = echarts, js_name = init)]
    pub fn init(host: &Element) -> Result<Instance, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setOption)]
    pub fn set_option(this: &Instance, option: &JsValue, how: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn resize(this: &Instance) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = dispatchAction)]
    pub fn dispatch_action(this: &Instance, action: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = convertToPixel)]
    pub fn convert_to_pixel(this: &Instance, finder: &JsValue, value: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    pub fn on(this: &Instance, event: &str, handler: &JsValue);

    #[wasm_bindgen(method, js_name = getZr)]
    pub fn renderer(this: &Instance) -> Renderer;

    #[wasm_bindgen(method, catch)]
    pub fn dispose(this: &Instance) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = setSleepAfterStill)]
    pub fn sleep_after(this: &Renderer, still_frames: u32);
}

/// An object of these properties.
pub fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        // A fresh object takes any property.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// A list of these items.
pub fn list(items: &[JsValue]) -> JsValue {
    items.iter().collect::<Array>().into()
}

/// A property; `undefined` where there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
