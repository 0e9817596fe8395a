//! Reads the sources and holds them to docs/ARCHITECTURE.md: street order, fences, file length, no float for money.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from left to right. A module imports only from its left and from its own room.
const STREET: [&[&str]; 11] = [
    &["money", "error", "time"],
    &["ui"],
    &["server"],
    &["accounts"],
    &["market"],
    &["portfolio"],
    &["alerts", "imports"],
    &["live"],
    &["app"],
    &["probe"],
    &["start", "lib", "main"],
];

/// Where floats are at home: drawing, keyboard and clock arithmetic of the client, the random walk of the simulation, and rates of
/// return, which are ratios.
const FLOATS: [&str; 10] = [
    "src/ui/",
    "src/market/server/provider/",
    "src/live/client.rs",
    "src/live/clock.rs",
    "src/live/latency.rs",
    "src/live/browser",
    "src/live/view/",
    "src/portfolio/ratio/",
    "src/portfolio/view/",
    "src/server/config.rs",
];

/// One source file: its path below the package and its lines before the tests at its foot.
struct Source {
    path: String,
    room: String,
    lines: Vec<String>,
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![];
    walk(&root.join("src"), &mut files);
    assert!(files.len() > 30, "the sources are where they were");
    let read = |file: PathBuf| {
        let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let room = path.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").map(str::to_owned).collect();
        Source { path, room, lines }
    };
    files.into_iter().map(read).collect()
}

fn place(room: &str) -> usize {
    STREET
        .iter()
        .position(|rooms| rooms.contains(&room))
        .unwrap_or_else(|| panic!("the room {room} is not on the street"))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

#[test]
fn a_room_imports_only_from_its_left() {
    let mut wrong = vec![];
    for source in sources() {
        for line in source.lines.iter().filter(|line| !is_comment(line)) {
            for (at, _) in line.match_indices("crate::") {
                let named: String = line[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = STREET.iter().any(|rooms| rooms.contains(&named.as_str()));
                if known && named != source.room && place(&named) >= place(&source.room) {
                    wrong.push(format!("{}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports from the right:\n{}", wrong.join("\n"));
}

#[test]
fn a_server_shelf_is_named_only_by_servers_doors_and_the_composition() {
    let mut wrong = vec![];
    for source in sources() {
        let admitted = source.path.contains("/server/")
            || source.path.ends_with("/server.rs")
            || source.path.ends_with("/api.rs")
            || ["start", "probe", "lib", "main"].contains(&source.room.as_str());
        for line in source.lines.iter().filter(|line| !is_comment(line)) {
            let names = line.contains("crate::server::") || (line.contains("::server::") && line.contains("crate::"));
            if names && !admitted {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "server shelves named elsewhere:\n{}", wrong.join("\n"));
}

#[test]
fn targets_are_told_apart_only_at_the_fences() {
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|source| {
            !["lib.rs", "main.rs", "mod.rs"]
                .iter()
                .any(|name| source.path.ends_with(&format!("/{name}")))
        })
        .filter(|source| source.lines.iter().any(|line| line.contains("cfg(") && line.contains("feature")))
        .map(|source| source.path)
        .collect();
    assert!(wrong.is_empty(), "cfg(feature) outside lib.rs, main.rs and mod.rs: {wrong:?}");
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<_> = sources().into_iter().map(|source| (source.lines.len(), source.path)).collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(length, _)| *length > 400).collect();
    assert!(long.is_empty(), "over 400 lines without tests: {long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 120, "the median is {median} lines");
}

#[test]
fn no_float_holds_money() {
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|source| !FLOATS.iter().any(|home| source.path.starts_with(home)))
        .flat_map(|source| {
            let lines = source
                .lines
                .into_iter()
                .filter(|line| !is_comment(line) && (line.contains("f64") || line.contains("f32")));
            lines
                .map(move |line| format!("{}: {}", source.path, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "floats where money may be:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_belongs_in_it() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|source| !source.lines.first().is_some_and(|line| line.starts_with("//!")))
        .collect();
    assert!(
        silent.is_empty(),
        "no //! at the top: {:?}",
        silent.iter().map(|source| &source.path).collect::<Vec<_>>()
    );
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "TODO"];
    let left: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.lines.iter().any(|line| marks.iter().any(|mark| line.contains(mark))))
        .map(|s| s.path)
        .collect();
    assert!(left.is_empty(), "unfinished: {left:?}");
}
