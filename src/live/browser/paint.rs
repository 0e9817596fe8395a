//! Measures how long it takes from the receipt of an update until the screen shows it.

use crate::live::latency::Latency;
use crate::ui::dom::page_ms;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// One measurement at a time: the frame after the update, and the task after that frame, by when it is painted.
///
/// A hidden page has no frames; its updates wait for none, and nothing gathers.
pub struct Paint {
    state: Rc<State>,
    on_frame: Closure<dyn FnMut()>,
    _on_task: Rc<Closure<dyn FnMut()>>,
}

struct State {
    received: Cell<Option<f64>>,
    frame: Cell<i32>,
    task: Cell<i32>,
}

impl Paint {
    /// Records into `samples`.
    pub fn new(samples: RwSignal<Latency>) -> Self {
        let state = Rc::new(State {
            received: Cell::new(None),
            frame: Cell::new(0),
            task: Cell::new(0),
        });
        let task_state = Rc::clone(&state);
        let on_task = Rc::new(Closure::<dyn FnMut()>::new(move || {
            if let Some(received) = task_state.received.take() {
                samples.try_update(|samples| samples.record(page_ms() - received));
            }
        }));
        let (frame_state, task) = (Rc::clone(&state), Rc::clone(&on_task));
        let on_frame = Closure::<dyn FnMut()>::new(move || {
            let id = window().set_timeout_with_callback((*task).as_ref().unchecked_ref());
            frame_state.task.set(id.unwrap_or_default());
        });
        Self {
            state,
            on_frame,
            _on_task: on_task,
        }
    }

    /// Measures from `received`, unless an earlier update is still on its way to the screen or the page is hidden.
    pub fn after(&self, received: f64) {
        if document().hidden() {
            // What was under way would count the time until the reader comes back.
            self.state.received.set(None);
        } else if self.state.received.get().is_none() {
            self.state.received.set(Some(received));
            let frame = window().request_animation_frame(self.on_frame.as_ref().unchecked_ref());
            self.state.frame.set(frame.unwrap_or_default());
        }
    }
}

impl Drop for Paint {
    fn drop(&mut self) {
        // Both ignore a handle that is done.
        let _ = window().cancel_animation_frame(self.state.frame.get());
        window().clear_timeout_with_handle(self.state.task.get());
    }
}
