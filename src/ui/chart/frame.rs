//! A chart in a page: what the server draws, what a reader who does not see it is told, and the buttons that a browser answers.

use crate::ui::chart::plot::draw;
use crate::ui::chart::plot::layout::Layout;
use crate::ui::chart::plot::model::Plot;
use crate::ui::chart::plot::reading::summary;
use crate::ui::chart::plot::svg::Svg;
use crate::ui::chart::plot::window::Window;
use crate::ui::chart::plot::words::Plain;
use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// The size of the drawing on a wide screen, in pixels.
pub const WIDE: (f64, f64) = (1_080.0, 440.0);
/// The size of the drawing on a phone.
const NARROW: (f64, f64) = (344.0, 320.0);
/// The client that takes such charts over.
pub const CLIENT: &str = "charting";

/// A chart in a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What it shows.
    pub plot: Plot,
    /// What it is, for a reader who does not see it.
    pub label: String,
    /// Where a browser has its content from: an address with the query that it was drawn for.
    pub source: String,
    /// The id of the form that says what is drawn, where there is one.
    pub form: Option<&'static str>,
    /// Whether its values are amounts that the reader may hide.
    pub private: bool,
    /// Where it can be had as a file: what it is called, and its address.
    pub files: Vec<(&'static str, String)>,
}

/// A drawing of all of a chart.
pub fn drawn(plot: &Plot, size: (f64, f64)) -> Svg {
    let layout = Layout::of(plot, Window::all(plot.bars().len()), size, &Plain);
    let mut pen = Svg::default();
    draw::whole(plot, &layout, &Plain, &mut pen);
    pen
}

/// The chart.
pub fn frame(shown: Frame) -> AnyView {
    let said = summary(&shown.plot, &Plain);
    let drawing = |size: (f64, f64)| drawn(&shown.plot, size).for_page(size.0, size.1);
    let (wide, narrow) = (drawing(WIDE), drawing(NARROW));
    let act = |act: &'static str, name: &'static str, title: &'static str| {
        view! {
            <button type="button" class="button small" data-act=act title=title>
                {name}
            </button>
        }
    };
    let files = shown.files.into_iter().map(|(name, address)| {
        view! {
            <a class="button small" href=address download="">
                {name}
            </a>
        }
    });
    let label = if shown.private { shown.label } else { shown.label + ". " + &said };
    let private = shown.private.then_some("");
    view! {
        <figure class="plot-frame">
            <div class="plot-figures" aria-hidden="true"></div>
            <div class="plot" role="img" aria-label=label data-private=private data-plot=shown.source data-form=shown.form>
                <div class="plot-wide" aria-hidden="true" inner_html=wide></div>
                <div class="plot-narrow" aria-hidden="true" inner_html=narrow></div>
            </div>
            <p class="plot-said" role="status"></p>
            <div class="plot-tools">
                <div class="plot-buttons needs-script" role="group" aria-label="What of the chart is shown">
                    {act("closer", "Closer", "Half of the time (+)")}
                    {act("wider", "Wider", "Twice the time (-)")}
                    <button type="button" class="button small" data-act="newest" title="On with the newest price" hidden>
                        "Newest"
                    </button>
                </div>
                <div class="plot-buttons">
                    <span class="needs-script">{act("png", "PNG", "What is shown, as a picture")}</span>
                    {files.collect_view()}
                </div>
            </div>
            <figcaption class="dim small-print">
                <span class=private.map(|_| "amount")>{said}</span>
            </figcaption>
        </figure>
    }
    .erased()
}
