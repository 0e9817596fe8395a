//! How charts look, built with `charming` on the server and sent as JSON.
//!
//! Colours are names of the stylesheet's tokens (`var(--chart-1)`): the client puts the theme's values in their place,
//! and does it anew when the theme changes. No data is in an option: it comes by the page's own way.

use charming::Chart;
use charming::component::{Axis, DataZoom, DataZoomType, Grid};
use charming::element::{
    AreaStyle, AxisLabel, AxisPointer, AxisPointerType, AxisTick, AxisType, Emphasis, ItemStyle, Label, LineStyle, SplitLine, Symbol,
};
use charming::series::{Line, Pie};
use serde_json::{Value, json};

/// The line over time. Its first series is the line, its second the newest point.
pub fn line() -> Value {
    let pointer = AxisPointer::new()
        .show(true)
        .snap(true)
        .type_(AxisPointerType::Line)
        .label(Label::new().show(false))
        .line_style(LineStyle::new().color("var(--chart-pointer)").width(1));
    let text = || AxisLabel::new().color("var(--chart-text)").font_size(12);
    let x = Axis::new()
        .type_(AxisType::Time)
        .axis_tick(AxisTick::new().show(false))
        .split_line(SplitLine::new().show(false))
        .axis_label(text())
        .axis_pointer(pointer);
    let y = Axis::new()
        .type_(AxisType::Value)
        .scale(true)
        .position("right")
        .split_number(4)
        .split_line(SplitLine::new().line_style(LineStyle::new().color("var(--chart-grid)")))
        .axis_label(text());
    let slider = DataZoom::new()
        .type_(DataZoomType::Slider)
        .background_color("transparent")
        .border_color("var(--chart-grid)")
        .filler_color("var(--chart-window)")
        .bottom(8)
        .left(8)
        .right(72)
        .brush_select(false);
    let series = Line::new()
        .show_symbol(false)
        .symbol(Symbol::None)
        .line_style(LineStyle::new().color("var(--chart-line)").width(1.5))
        .area_style(AreaStyle::new().color("var(--chart-line)").opacity(0.08));
    let newest = Line::new()
        .show_symbol(true)
        .symbol(Symbol::Circle)
        .symbol_size(7)
        .silent(true)
        .item_style(ItemStyle::new().color("var(--chart-line)"));
    let chart = Chart::new()
        .grid(Grid::new().left(8).right(72).top(16).bottom(68))
        .x_axis(x)
        .y_axis(y)
        .data_zoom(DataZoom::new().type_(DataZoomType::Inside))
        .data_zoom(slider)
        .series(series)
        .series(newest);
    // What charming has no word for.
    let shadow = json!({ "lineStyle": { "color": "var(--chart-text)", "opacity": 0.4 }, "areaStyle": { "color": "var(--chart-text)", "opacity": 0.08 } });
    let handle = json!({ "color": "var(--chart-surface)", "borderColor": "var(--chart-text)" });
    let marker = json!({
        "silent": true, "symbol": "none", "animation": false,
        "lineStyle": { "color": "var(--chart-text)", "type": "dashed" },
        "label": { "formatter": "Real prices end", "color": "var(--chart-text)", "position": "insideEndTop" },
        "data": [],
    });
    with(
        chart,
        json!({
            "animation": false,
            "useUTC": true,
            "xAxis": { "axisLine": { "lineStyle": { "color": "var(--chart-grid)" } }, "axisLabel": { "hideOverlap": true } },
            "dataZoom": [{}, {
                "height": 24, "showDetail": false, "showDataShadow": true,
                "dataBackground": shadow, "selectedDataBackground": shadow,
                "handleStyle": handle, "moveHandleSize": 0, "emphasis": { "handleStyle": handle },
            }],
            "series": [
                { "dimensions": ["time", "value"], "emphasis": { "disabled": true }, "markLine": marker },
                { "dimensions": ["time", "value"], "emphasis": { "disabled": true } },
            ],
        }),
    )
}

/// The ring. Slices take the palette in their order.
pub fn donut() -> Value {
    let pie = Pie::new()
        .radius(vec!["62%", "92%"])
        .label(Label::new().show(false))
        .item_style(ItemStyle::new().border_color("var(--chart-surface)").border_width(2))
        .emphasis(Emphasis::new());
    let palette: Vec<String> = (1..=6).map(|number| format!("var(--chart-{number})")).collect();
    with(
        Chart::new().series(pie),
        json!({
            "animation": false,
            "color": palette,
            "series": [{ "silent": true, "showEmptyCircle": false, "labelLine": { "show": false }, "emphasis": { "disabled": true } }],
        }),
    )
}

/// A chart as JSON, with more laid over it.
fn with(chart: Chart, more: Value) -> Value {
    // A chart of strings and numbers: nothing in it can fail to serialise.
    let mut option = serde_json::to_value(chart).unwrap_or_default();
    merge(&mut option, more);
    option
}

fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(under), Value::Array(over)) if !under.is_empty() => {
            for (one, value) in under.iter_mut().zip(over) {
                merge(one, value);
            }
        }
        // charming writes a list of one as that one.
        (under @ Value::Object(_), Value::Array(over)) => over.into_iter().take(1).for_each(|value| merge(under, value)),
        (under, over) => *under = over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_name_tokens_and_no_colours() {
        for option in [line(), donut()] {
            let text = option.to_string();
            assert!(
                text.contains("var(--chart-") && !text.contains('#') && !text.contains("rgb"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_laid_over_keeps_what_is_under() {
        let line = line();
        assert_eq!(line["series"][0]["type"], "line");
        assert_eq!(line["series"][0]["emphasis"]["disabled"], true);
        assert_eq!(line["dataZoom"][1]["type"], "slider");
        assert_eq!(line["dataZoom"][1]["height"], 24);
        assert_eq!(line["xAxis"]["type"], "time");
        assert_eq!(line["xAxis"]["axisLabel"]["hideOverlap"], true);
        assert_eq!(donut()["color"][5], "var(--chart-6)");
    }
}
