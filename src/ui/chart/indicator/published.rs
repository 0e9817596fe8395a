//! Each study against figures that others published, or that a library which many use gives for the same bars.
//!
//! ChartSchool is that of StockCharts.com, whose tables came with spreadsheets. TA-Lib is release 0.8.1 of the C library through
//! ta-lib-python 0.8.2, run over the history that ships with FinFlow: five closes of the index make a bar.

use super::{Bar, Study};
use std::io::Read;

fn bar(high: f64, low: f64, close: f64, volume: f64) -> Bar {
    Bar {
        time_ms: 0,
        open: close,
        high,
        low,
        close,
        volume,
    }
}

fn of_closes(closes: &[f64]) -> Vec<Bar> {
    closes.iter().map(|close| bar(*close, *close, *close, 0.0)).collect()
}

fn over(study: Study, bars: &[Bar]) -> Vec<[Option<f64>; 3]> {
    let mut running = study.start();
    bars.iter().map(|bar| running.push(*bar)).collect()
}

/// Fails unless a line begins at a place, and from there on is what is expected, within half of the last digit.
fn same(study: Study, bars: &[Bar], line: usize, first: usize, expected: &[f64], within: f64) {
    let found: Vec<_> = over(study, bars).into_iter().map(|values| values[line]).collect();
    assert_eq!(found.iter().position(Option::is_some), Some(first), "{}", study.name());
    assert_eq!(found.len(), first + expected.len());
    for (found, expected) in found.into_iter().skip(first).flatten().zip(expected) {
        assert!((found - expected).abs() <= within, "{}: {found} is not {expected}", study.name());
    }
}

/// 10-day SMA and EMA of ChartSchool, Moving Averages - Simple and Exponential (cs-movavg.xls).
#[test]
fn moving_averages_are_those_of_chart_school() {
    let bars = of_closes(&[
        22.2734, 22.194, 22.0847, 22.1741, 22.184, 22.1344, 22.2337, 22.4323, 22.2436, 22.2933, 22.1542, 22.3926, 22.3816, 22.6109,
        23.3558, 24.0519, 23.753, 23.8324, 23.9516, 23.6338, 23.8225, 23.8722, 23.6537, 23.187, 23.0976, 23.326, 22.6805, 23.0976, 22.4025,
        22.1725,
    ]);
    let simple = [
        22.22, 22.21, 22.23, 22.26, 22.31, 22.42, 22.61, 22.77, 22.91, 23.08, 23.21, 23.38, 23.53, 23.65, 23.71, 23.69, 23.61, 23.51,
        23.43, 23.28, 23.13,
    ];
    let exponential = [
        22.22475,
        22.21192273,
        22.24477314,
        22.26965075,
        22.33169607,
        22.51789678,
        22.79680646,
        22.97065983,
        23.12733986,
        23.27720534,
        23.34204073,
        23.42939696,
        23.50990661,
        23.53605086,
        23.47258707,
        23.4044076,
        23.39015167,
        23.2611241,
        23.23139244,
        23.08068473,
        22.91556023,
    ];
    same(Study::Sma { length: 10 }, &bars, 0, 9, &simple, 0.005_001);
    same(Study::Ema { length: 10 }, &bars, 0, 9, &exponential, 5e-9);
}

/// 14-day RSI of ChartSchool, Relative Strength Index (cs-rsi.xls).
#[test]
fn rsi_is_that_of_chart_school() {
    let bars = of_closes(&[
        44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140, 46.2820,
        46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783,
        44.2181, 44.5672, 43.4205, 42.6628, 43.1314,
    ]);
    let expected = [
        70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46, 41.87, 45.46, 37.30, 33.08, 37.77,
    ];
    same(Study::Rsi { length: 14 }, &bars, 0, 14, &expected, 0.005_001);
}

/// Bands of ChartSchool, Bollinger Bands (cs-bbands.xls).
#[test]
fn bollinger_bands_are_those_of_chart_school() {
    let bars = of_closes(&[
        86.16, 89.09, 88.78, 90.32, 89.07, 91.15, 89.44, 89.18, 86.93, 87.68, 86.96, 89.43, 89.32, 88.72, 87.45, 87.26, 89.50, 87.90,
        89.13, 90.70, 92.90, 92.98, 91.80, 92.66, 92.68, 92.30, 92.77, 92.54, 92.95, 93.20, 91.07, 89.83, 89.74, 90.40, 90.74, 88.02,
        88.09, 88.84, 90.78, 90.54, 91.39, 90.65,
    ]);
    let middle = [
        88.71, 89.05, 89.24, 89.39, 89.51, 89.69, 89.75, 89.91, 90.08, 90.38, 90.66, 90.86, 90.88, 90.91, 90.99, 91.15, 91.19, 91.12,
        91.17, 91.25, 91.24, 91.17, 91.05,
    ];
    let upper = [
        91.29, 91.95, 92.61, 92.93, 93.31, 93.73, 93.90, 94.26, 94.56, 94.79, 95.04, 94.91, 94.90, 94.90, 94.86, 94.67, 94.56, 94.68,
        94.58, 94.53, 94.53, 94.37, 94.15,
    ];
    let study = Study::Bollinger {
        length: 20,
        deviations: 2.0,
    };
    // The table was made from closes of more digits than it shows.
    same(study, &bars, 0, 19, &middle, 0.0076);
    same(study, &bars, 1, 19, &upper, 0.0076);
    let lower: Vec<_> = over(study, &bars).into_iter().filter_map(|values| values[2]).take(3).collect();
    for (lower, expected) in lower.into_iter().zip([86.1250893, 86.1412791, 85.8667464]) {
        assert!((lower - expected).abs() < 5e-8, "{lower}");
    }
}

/// The bars of ChartSchool's Average True Range (cs-atr.xls); the figures are those of technicalindicators (npm) 1.0 for them, in
/// its `test/directionalmovement/ATR.js`: its later versions begin with the second bar, as TA-Lib does.
#[test]
fn atr_is_that_of_chart_school() {
    let high = [
        48.70, 48.72, 48.90, 48.87, 48.82, 49.05, 49.20, 49.35, 49.92, 50.19, 50.12, 49.66, 49.88, 50.19, 50.36, 50.57, 50.65, 50.43,
        49.63, 50.33, 50.29, 50.17, 49.32, 48.50, 48.32, 46.80, 47.80, 48.39, 48.66, 48.79,
    ];
    let low = [
        47.79, 48.14, 48.39, 48.37, 48.24, 48.64, 48.94, 48.86, 49.50, 49.87, 49.20, 48.90, 49.43, 49.73, 49.26, 50.09, 50.30, 49.21,
        48.98, 49.61, 49.20, 49.43, 48.08, 47.64, 41.55, 44.28, 47.31, 47.20, 47.90, 47.73,
    ];
    let close = [
        48.16, 48.61, 48.75, 48.63, 48.74, 49.03, 49.07, 49.32, 49.91, 50.13, 49.53, 49.50, 49.75, 50.03, 50.31, 50.52, 50.41, 49.34,
        49.37, 50.23, 49.24, 49.93, 48.43, 48.18, 46.57, 45.41, 47.77, 47.72, 48.62, 47.85,
    ];
    let bars: Vec<_> = (0..30).map(|at| bar(high[at], low[at], close[at], 0.0)).collect();
    let expected = [
        0.55429, 0.59327, 0.58517, 0.56838, 0.61492, 0.61743, 0.6419, 0.6739, 0.6922, 0.7749, 0.78098, 1.20876, 1.30242, 1.38011, 1.36653,
        1.33606, 1.31634,
    ];
    same(Study::Atr { length: 14 }, &bars, 0, 13, &expected, 5.001e-6);
}

/// The bars of ChartSchool's Stochastic Oscillator (cs-stoch.xls); its %K, which the first table calls fast, and the %D over it, in
/// the figures of technicalindicators (npm), `test/momentum/Stochastic.js`.
#[test]
fn stochastic_is_that_of_chart_school() {
    let high = [
        127.009, 127.616, 126.591, 127.347, 128.173, 128.432, 127.367, 126.422, 126.900, 126.850, 125.646, 125.716, 127.158, 127.715,
        127.686, 128.223, 128.273, 128.093, 128.273, 127.735, 128.770, 129.287, 130.063, 129.118, 129.287, 128.472, 128.093, 128.651,
        129.138, 128.641,
    ];
    let low = [
        125.357, 126.163, 124.930, 126.094, 126.820, 126.482, 126.034, 124.830, 126.392, 125.716, 124.562, 124.572, 125.069, 126.860,
        126.631, 126.800, 126.711, 126.800, 126.134, 125.925, 126.989, 127.815, 128.472, 128.064, 127.606, 127.596, 126.999, 126.900,
        127.487, 127.397,
    ];
    // Of the first 13 days no close is needed: the table has none, and the library's test their lows.
    let close = [
        127.288, 127.178, 128.014, 127.109, 127.725, 127.059, 127.327, 128.710, 127.875, 128.581, 128.601, 127.934, 128.113, 127.596,
        127.596, 128.690, 128.273,
    ];
    let bars: Vec<_> = (0..30)
        .map(|at| bar(high[at], low[at], at.checked_sub(13).map_or(low[at], |at| close[at]), 0.0))
        .collect();
    let k = [
        70.44, 67.6, 89.2, 65.81, 81.73, 64.52, 74.51, 98.57, 70.12, 73.06, 73.42, 61.23, 60.95, 40.38, 40.38, 66.82, 56.74,
    ];
    let d = [
        75.75, 74.2, 78.91, 70.69, 73.59, 79.2, 81.07, 80.58, 72.2, 69.24, 65.2, 54.19, 47.24, 49.19, 54.65,
    ];
    let fast = Study::Stochastic {
        length: 14,
        smooth: 1,
        signal: 3,
    };
    // Prices of three digits move a range of three by 0.02 percent of it, and %D was made from rounded ones.
    same(fast, &bars, 0, 13, &k, 0.006);
    same(fast, &bars, 1, 15, &d, 0.011);
    let slow: Vec<_> = over(
        Study::Stochastic {
            length: 14,
            smooth: 3,
            signal: 3,
        },
        &bars,
    )
    .into_iter()
    .filter_map(|values| values[0])
    .collect();
    assert!(
        slow.iter().zip(d).all(|(slow, fast)| (slow - fast).abs() <= 0.011),
        "slow %K is fast %D"
    );
}

/// The minutes of ChartSchool's VWAP (cs-vwap.xls), in the figures of technicalindicators (npm), `test/volume/VWAP.js`.
#[test]
fn vwap_is_that_of_chart_school() {
    let rows = [
        (127.36, 126.99, 127.28, 89_329.0, 127.21),
        (127.31, 127.10, 127.11, 16_137.0, 127.20),
        (127.21, 127.11, 127.15, 23_945.0, 127.20),
        (127.15, 126.93, 127.04, 20_679.0, 127.17),
        (127.08, 126.98, 126.98, 27_252.0, 127.15),
        (127.19, 126.99, 127.07, 20_915.0, 127.14),
        (127.09, 126.82, 126.93, 17_372.0, 127.13),
        (127.08, 126.95, 127.05, 17_600.0, 127.12),
        (127.18, 127.05, 127.11, 13_896.0, 127.12),
        (127.16, 127.05, 127.15, 6_700.0, 127.12),
        (127.31, 127.08, 127.30, 13_848.0, 127.12),
        (127.35, 127.20, 127.28, 9_925.0, 127.13),
        (127.34, 127.25, 127.28, 5_540.0, 127.13),
        (127.29, 127.17, 127.29, 10_803.0, 127.14),
        (127.36, 127.25, 127.25, 19_400.0, 127.15),
    ];
    let bars = rows.map(|(high, low, close, volume, _)| bar(high, low, close, volume));
    same(Study::Vwap, &bars, 0, 0, &rows.map(|row| row.4), 0.005_001);
}

/// Five closes of the index, one after the other, as a bar.
fn weeks() -> Vec<Bar> {
    let packed = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/market/sp500-index-close-1990-2022.csv.gz"
    ))
    .unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    let closes: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    let week = |closes: &[f64]| Bar {
        time_ms: 0,
        open: closes[0],
        high: closes.iter().copied().fold(f64::MIN, f64::max),
        low: closes.iter().copied().fold(f64::MAX, f64::min),
        close: closes[4],
        volume: 0.0,
    };
    closes.chunks_exact(5).map(week).collect()
}

/// Fails unless the values at some places are those that are expected, to twelve digits.
fn at(study: Study, bars: &[Bar], expected: &[(usize, &[f64])]) {
    let found = over(study, bars);
    for (place, expected) in expected {
        let values: Vec<_> = found[*place].into_iter().flatten().collect();
        assert_eq!(values.len(), expected.len(), "{} at {place}", study.name());
        for (value, expected) in values.iter().zip(*expected) {
            let within = 1e-12 * bars[*place].close.max(100.0);
            assert!(
                (value - expected).abs() <= within,
                "{} at {place}: {value} is not {expected}",
                study.name()
            );
        }
    }
}

#[test]
fn all_of_them_are_those_of_ta_lib_over_thirty_years() {
    let bars = weeks();
    assert_eq!(bars.len(), 1_662);
    let [sma, ema, bollinger, rsi, macd, atr, _, stochastic] = Study::ALL;
    at(
        sma,
        &bars,
        &[
            (18, &[]),
            (19, &[338.63199999999995]),
            (100, &[388.70100000000014]),
            (800, &[1215.8184999999999]),
            (1661, &[3905.8005000000003]),
        ],
    );
    at(
        ema,
        &bars,
        &[
            (48, &[]),
            (49, &[334.77119999999996]),
            (50, &[334.2668392156862]),
            (100, &[376.8427356130378]),
            (800, &[1191.1161849672028]),
            (1661, &[4025.6505676406796]),
        ],
    );
    at(
        bollinger,
        &bars,
        &[
            (19, &[338.63199999999995, 356.46783090298845, 320.79616909701144]),
            (100, &[388.70100000000014, 405.21191021113003, 372.19008978887024]),
            (800, &[1215.8184999999999, 1247.9439162774538, 1183.693083722546]),
            (1661, &[3905.8005000000003, 4250.571781894253, 3561.029218105747]),
        ],
    );
    at(
        rsi,
        &bars,
        &[
            (13, &[]),
            (14, &[39.4032754986217]),
            (15, &[34.21163780499689]),
            (100, &[67.11593101020962]),
            (800, &[57.38914294919112]),
            (1661, &[45.23881705195543]),
        ],
    );
    at(
        stochastic,
        &bars,
        &[
            (17, &[61.93321078431368, 56.334934060393664]),
            (18, &[80.58619281045753, 65.39879340124436]),
            (100, &[64.98422712933755, 40.729057132842634]),
            (800, &[59.97713783475126, 41.87084131800306]),
            (1661, &[60.328332823712636, 67.77394796555218]),
        ],
    );
    // Its EMA(12) - EMA(26), and the EMA(9) of that: its own MACD begins the fast average later, so that the first values differ.
    at(
        macd,
        &bars,
        &[
            (33, &[-1.5489606222649286, 6.074532497285475, -7.623493119550403]),
            (34, &[-2.8441225032524358, 4.290801497177893, -7.1349240004303285]),
            (100, &[4.442913449187586, 3.958872116617851, 0.4840413325697348]),
            // And what its MACD says when the beginning has faded.
            (800, &[4.349264921138456, 5.803813507187831, -1.4545485860493752]),
            (1661, &[-46.17768407677704, -70.04987393602946, 23.872189859252416]),
        ],
    );
    // It begins with the second bar, so that the values meet when the beginning has faded.
    at(atr, &bars, &[(800, &[18.507249886914376]), (1661, &[146.27768186746766])]);
}
