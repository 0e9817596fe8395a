//! What draws: the same strokes on a canvas and into an SVG.

/// A colour of the theme, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// The line of what the chart is about.
    Line,
    /// What the area below that line is filled with.
    Soft,
    /// What went up.
    Gain,
    /// What went down.
    Loss,
    /// The same, where it lies behind something else.
    GainSoft,
    /// The same, where it lies behind something else.
    LossSoft,
    /// The lines of an axis.
    Grid,
    /// Labels.
    Text,
    /// The text of a label on the line's colour.
    OnLine,
    /// The ground.
    Surface,
    /// The colours of several lines, from 0 to 5, and again.
    Number(u8),
}

impl Ink {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Line,
        Self::Soft,
        Self::Gain,
        Self::Loss,
        Self::GainSoft,
        Self::LossSoft,
        Self::Grid,
        Self::Text,
        Self::OnLine,
        Self::Surface,
        Self::Number(0),
        Self::Number(1),
        Self::Number(2),
        Self::Number(3),
        Self::Number(4),
        Self::Number(5),
    ];

    /// The colour of one of several lines.
    pub fn number(number: usize) -> Self {
        Self::Number((number % 6) as u8)
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        match self {
            Self::Number(number) => 10 + usize::from(number % 6),
            other => Self::ALL.iter().position(|one| *one == other).unwrap_or_default(),
        }
    }

    /// Its short name in a drawing.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 16] = [
            "l", "s", "u", "d", "us", "ds", "g", "t", "ol", "bg", "n0", "n1", "n2", "n3", "n4", "n5",
        ];
        NAMES[self.index()]
    }

    /// The custom property of the stylesheet that holds it.
    pub fn token(self) -> &'static str {
        const TOKENS: [&str; 16] = [
            "--chart-line",
            "--chart-soft",
            "--color-gain",
            "--color-loss",
            "--color-gain-soft",
            "--color-loss-soft",
            "--chart-grid",
            "--chart-text",
            "--chart-on-line",
            "--chart-surface",
            "--chart-4",
            "--chart-2",
            "--chart-5",
            "--chart-3",
            "--chart-1",
            "--chart-6",
        ];
        TOKENS[self.index()]
    }
}

/// Where a text stands beside its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It begins there.
    Right,
    /// Its middle is there.
    Middle,
}

/// A rectangle in pixels: its left upper corner, its width and its height.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A point in pixels.
pub type Point = (f64, f64);

/// What draws. All lengths are in CSS pixels from the left upper corner.
pub trait Pen {
    /// A line through points.
    fn line(&mut self, points: &[Point], ink: Ink, width: f64, dashed: bool);
    /// A filled shape.
    fn shape(&mut self, points: &[Point], ink: Ink);
    /// Filled rectangles.
    fn boxes(&mut self, boxes: &[Rect], ink: Ink);
    /// A text whose middle line is at the point.
    fn text(&mut self, at: Point, text: &str, ink: Ink, side: Side);
    /// From now on nothing outside is drawn; `None` ends it.
    fn clip(&mut self, to: Option<Rect>);
}
