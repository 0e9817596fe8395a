//! The colours of a drawing on paper: those that the stylesheets say of the light theme, as any program that reads SVG knows them.

use crate::ui::chart::plot::pen::Ink;

/// The stylesheets that name a drawing's colours. In each the light theme comes first.
const STYLES: [&str; 3] = [
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/chart.css"),
    include_str!("../../../style/plot.css"),
];

/// What an ink looks like, as `#rrggbb` or `#rrggbbaa`; black where the stylesheets do not say.
pub fn colour(ink: Ink) -> String {
    of_token(ink.token()).map_or_else(|| "#000000".to_owned(), |colour| colour.hex())
}

/// Lightness, chroma and hue of a colour in OKLCH, and how little shines through it.
#[derive(Clone, Copy)]
struct Oklch {
    lightness: f64,
    chroma: f64,
    hue: f64,
    alpha: f64,
}

/// What a custom property says, through the properties that it names.
fn of_token(name: &str) -> Option<Oklch> {
    let says = |style: &&'static str| {
        let (_, rest) = style.split_once(&format!(" {name}: "))?;
        Some(rest.split_once(';')?.0)
    };
    let value = STYLES.iter().find_map(says)?;
    if let Some(mixed) = inside(value, "color-mix(in oklab, ") {
        let (of, share) = mixed.strip_suffix("%, transparent")?.rsplit_once(' ')?;
        let share: f64 = share.parse().ok()?;
        let colour = of_token(inside(of, "var(")?)?;
        let alpha = colour.alpha * share / 100.0;
        return Some(Oklch { alpha, ..colour });
    }
    if let Some(other) = inside(value, "var(") {
        return of_token(other.split_once(',').map_or(other, |(name, _)| name));
    }
    let mut numbers = inside(value, "oklch(")?.split([' ', '/']).filter(|text| !text.is_empty());
    let mut next = || numbers.next()?.parse().ok();
    Some(Oklch {
        lightness: next()?,
        chroma: next()?,
        hue: next()?,
        alpha: next().unwrap_or(1.0),
    })
}

fn inside<'t>(text: &'t str, begin: &str) -> Option<&'t str> {
    text.strip_prefix(begin)?.strip_suffix(')')
}

impl Oklch {
    /// In sRGB, as CSS Color 4 turns one into the other; what lies outside of it is cut.
    fn hex(self) -> String {
        let (a, b) = (self.chroma * self.hue.to_radians().cos(), self.chroma * self.hue.to_radians().sin());
        let cube = |a_part: f64, b_part: f64| (self.lightness + a_part * a + b_part * b).powi(3);
        let long = cube(0.396_337_777_4, 0.215_803_757_3);
        let medium = cube(-0.105_561_345_8, -0.063_854_172_8);
        let short = cube(-0.089_484_177_5, -1.291_485_548);
        let linear = [
            4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
            -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
            -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701 * short,
        ];
        let bent = |light: f64| {
            if light <= 0.003_130_8 {
                12.92 * light
            } else {
                1.055 * light.powf(1.0 / 2.4) - 0.055
            }
        };
        let byte = |part: f64| (part.clamp(0.0, 1.0) * 255.0).round() as u8;
        let mut hex = String::from("#");
        for part in linear.map(bent).into_iter().chain((self.alpha < 1.0).then_some(self.alpha)) {
            hex += &format!("{:02x}", byte(part));
        }
        hex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheets_say_what_each_ink_looks_like() {
        for ink in Ink::ALL {
            assert!(of_token(ink.token()).is_some(), "{}", ink.token());
        }
        assert!(of_token("--color-none").is_none());
        assert_eq!(colour(Ink::Soft), colour(Ink::Line) + "1a", "a tenth of the line's");
    }

    #[test]
    fn a_colour_is_that_of_css() {
        let hex = |lightness, chroma, hue, alpha| {
            let colour = Oklch {
                lightness,
                chroma,
                hue,
                alpha,
            };
            colour.hex()
        };
        // Red and blue of sRGB, and white, as CSS Color 4 has them.
        assert_eq!(hex(0.627_955, 0.257_683, 29.233_88, 1.0), "#ff0000");
        assert_eq!(hex(0.452_014, 0.313_214, 264.052_02, 0.5), "#0000ff80");
        assert_eq!(hex(1.0, 0.0, 260.0, 1.0), "#ffffff");
    }
}
