//! The line over time, live: only its data goes to the chart at an update, as one typed array.

use super::bundle::idle;
use super::echarts::{get, list, object};
use super::surface::{Surface, mount};
use crate::ui::chart::{Command, LineChart, Sample, drawn};
use js_sys::Float64Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// Points beyond which the line is read anew: its owner thins it.
const MOST_POINTS: usize = 1_300;
/// Width from which there is room for the overview below the line, in pixels.
const WIDE: i32 = 560;
/// Marks our own zooms: they are not the reader's.
const OURS: &str = "finflow";

/// Draws a line as long as the view lives.
pub fn mount_line(chart: LineChart) {
    mount(chart.host, chart.option, chart.drawing, move |surface| begin(chart, surface));
}

struct Line {
    chart: LineChart,
    surface: Rc<Surface>,
    /// Time and value by turns.
    points: RefCell<Vec<f64>>,
}

fn begin(chart: LineChart, surface: Rc<Surface>) -> Rc<Line> {
    let line = Rc::new(Line {
        chart,
        surface,
        points: RefCell::default(),
    });
    line.fit();
    line.listen();

    let weak = Rc::downgrade(&line);
    Effect::new(move || {
        chart.samples.track();
        chart.real_until_ms.track();
        if let Some(line) = weak.upgrade() {
            line.reload();
        }
    });
    let weak = Rc::downgrade(&line);
    Effect::new(move |before: Option<()>| {
        let newest = chart.newest.get();
        // The first run tells what the whole line already has.
        if let (Some(()), Some(newest), Some(line)) = (before, newest, weak.upgrade()) {
            line.add(newest);
        }
    });
    let weak = Rc::downgrade(&line);
    Effect::new(move || {
        let veiled = chart.veiled.get();
        if let Some(line) = weak.upgrade() {
            let label = object(&[("show", (!veiled).into())]);
            line.surface.merge(&object(&[("yAxis", object(&[("axisLabel", label)]))]));
        }
    });
    line
}

impl Line {
    fn listen(self: &Rc<Self>) {
        let weak = StoredValue::new_local(Rc::downgrade(self));
        self.chart.listen(Callback::new(move |command| {
            if let Some(line) = weak.try_get_value().and_then(|weak| weak.upgrade()) {
                line.obey(command);
            }
        }));
        let chart = self.chart;
        self.surface.on("datazoom", move |event| {
            if get(&event, "from").as_string().as_deref() != Some(OURS) {
                chart.following.try_set(false);
            }
        });
        self.surface.on("updateAxisPointer", move |event| {
            let axes = get(&event, "axesInfo");
            let time = get(&get(&axes, "0"), "value").as_f64().map(|time| time as i64);
            if chart.pointed.try_get_untracked().is_some_and(|old| old != time) {
                chart.pointed.set(time);
            }
        });
    }

    /// Gives the overview its room, where there is some; a finger scrolls the page rather than the line.
    fn fit(&self) {
        let wide = self.surface.host().client_width() >= WIDE;
        let coarse = window()
            .match_media("(pointer: coarse)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches());
        let inside = object(&[("moveOnMouseMove", (!coarse).into()), ("preventDefaultMouseMove", (!coarse).into())]);
        let slider = object(&[("show", wide.into())]);
        let bottom = if wide { 68 } else { 28 };
        self.surface.merge(&object(&[
            ("dataZoom", list(&[inside, slider])),
            ("grid", object(&[("bottom", bottom.into())])),
        ]));
    }

    /// Reads the whole line.
    fn reload(&self) {
        let samples = self.chart.samples.get_untracked();
        let points = samples.iter().flat_map(|sample| [sample.time_ms as f64, drawn(sample.value)]);
        self.points.replace(points.collect());
        self.mark_real();
        if self.chart.following.get_untracked() {
            self.show();
        }
    }

    fn add(self: Rc<Self>, sample: Sample) {
        let following = self.chart.following.get_untracked();
        if self.points.borrow().len() >= 2 * MOST_POINTS {
            return self.reload();
        }
        self.points.borrow_mut().extend([sample.time_ms as f64, drawn(sample.value)]);
        // A hidden page draws nothing, and a reader who looks at the past keeps it as it is.
        if following && !document().hidden() {
            // First the figures: the frame that shows them need not wait for the drawing.
            spawn_local(async move {
                idle().await;
                self.show();
            });
        }
    }

    fn show(&self) {
        let points = self.points.borrow();
        let Some(newest) = points.len().checked_sub(2).and_then(|from| points.get(from..)) else {
            return;
        };
        let data = |values: &[f64]| object(&[("data", Float64Array::from(values).into())]);
        self.surface.merge(&object(&[("series", list(&[data(&points), data(newest)]))]));
    }

    /// The line up to which the past is real, where it is in view.
    fn mark_real(&self) {
        let points = self.points.borrow();
        let time = self.chart.real_until_ms.get_untracked().map(|time| time as f64);
        let (Some(first), Some(last)) = (points.first(), points.len().checked_sub(2).and_then(|index| points.get(index))) else {
            return;
        };
        let marks: Vec<JsValue> = time
            .filter(|time| (first..=last).contains(&time))
            .map(|time| object(&[("xAxis", time.into())]))
            .into_iter()
            .collect();
        let series = object(&[("markLine", object(&[("data", list(&marks))]))]);
        self.surface.merge(&object(&[("series", list(&[series]))]));
    }

    fn obey(&self, command: Command) {
        match command {
            Command::PointAt(time) => self.point(Some(time as f64)),
            Command::PointAway => self.point(None),
            Command::ZoomIn => self.zoom(0.5),
            Command::ZoomOut => self.zoom(2.0),
            Command::Follow => {
                self.chart.following.set(true);
                self.zoom_to(0.0, 100.0);
                self.show();
            }
        }
    }

    fn point(&self, time: Option<f64>) {
        let finder = object(&[("xAxisIndex", 0.into())]);
        let at = time.and_then(|time| self.surface.instance().convert_to_pixel(&finder, time).ok());
        let trigger = if at.is_some() { "mousemove" } else { "leave" };
        self.surface.act(&object(&[
            ("type", "updateAxisPointer".into()),
            ("currTrigger", trigger.into()),
            ("x", at.unwrap_or(JsValue::from_f64(-1.0))),
            ("y", f64::from(self.surface.host().client_height() / 3).into()),
        ]));
        self.chart.pointed.set(time.map(|time| time as i64));
    }

    /// Shows `factor` times the time that is shown, around its middle; the whole line at the most.
    fn zoom(&self, factor: f64) {
        let option = js_sys::Reflect::get(self.surface.instance(), &"getOption".into()).ok();
        let option = option.and_then(|get| get.dyn_into::<js_sys::Function>().ok());
        let option = option.and_then(|get| get.call0(self.surface.instance()).ok()).unwrap_or_default();
        let window = get(&get(&option, "dataZoom"), "0");
        let start = get(&window, "start").as_f64().unwrap_or(0.0);
        let end = get(&window, "end").as_f64().unwrap_or(100.0);
        let (middle, half) = ((start + end) / 2.0, ((end - start) / 2.0 * factor).max(0.5));
        self.chart.following.set(false);
        self.zoom_to((middle - half).max(0.0), (middle + half).min(100.0));
    }

    fn zoom_to(&self, start: f64, end: f64) {
        self.surface.act(&object(&[
            ("type", "dataZoom".into()),
            ("from", OURS.into()),
            ("start", start.into()),
            ("end", end.into()),
        ]));
    }
}
