//! The invariants of ARCHITECTURE.md that the compiler does not hold.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate by rank: a module imports lower ranks only, never its own.
const RANKS: &[&[&str]] = &[
    &["fault", "clock", "ids", "journal"],
    &["settings", "capabilities", "model", "inject"],
    &["store"],
    &["hierarchy"],
    &["query", "directory", "security"],
    &["world"],
    &["identity", "licensing"],
    &["service"],
    &["rules", "messages", "scenario"],
    &["hosting"],
    &["protocol", "tls"],
    &["emulator", "fuzzing"],
    &["config", "cli"],
    &["lib", "main"],
];

/// Where the product's rules live nothing waits and nothing is read or written outside the process.
const NO_IO_BELOW: &str = "protocol";
const IO: &[&str] = &[
    "axum::",
    "http::",
    "hyper::",
    "hyper_util::",
    "tokio::",
    "tower::",
    "std::net",
    "std::fs",
    "std::env",
    "rustls::",
    "reqwest::",
];

/// JSON below the faces: only where fixtures and scenarios are loaded.
const JSON_LOADERS: &[&str] =
    &["src/model/catalogue.rs", "src/model/fixture.rs", "src/model/privilege.rs", "src/scenario"];

fn rank(module: &str) -> usize {
    RANKS
        .iter()
        .position(|modules| modules.contains(&module))
        .unwrap_or_else(|| panic!("the module {module} has no rank: give it one here and in ARCHITECTURE.md"))
}

struct Source {
    /// `src/service/crud.rs`
    path: String,
    /// `service`
    module: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let module = relative.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned();
            Source { module, text: fs::read_to_string(&path).unwrap(), path: relative }
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The lines that are code: without comments, and up to the unit tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]") && !line.starts_with("mod tests {"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// The top-level modules named after `crate::` in a line, `use crate::{a, b::c}` included.
fn named(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut word)),
                    _ if depth == 0 => word.push(c),
                    _ => {}
                }
            }
            found.push(word);
        } else {
            found.push(rest.to_owned());
        }
    }
    found
        .into_iter()
        .map(|path| {
            let path = path.trim();
            path.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default().to_owned()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn imports_go_down_in_rank() {
    let mut wrong = Vec::new();
    for source in sources() {
        let own = rank(&source.module);
        for line in code(&source.text) {
            for name in named(line) {
                // The test support of a module, a macro or a re-export at the crate's root has no rank.
                let other = RANKS.iter().position(|modules| modules.contains(&name.as_str()));
                if name != source.module && other.is_some_and(|other| other >= own) {
                    wrong.push(format!("{}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the ranks:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_rank_and_says_what_it_is() {
    for source in sources() {
        rank(&source.module);
        assert!(source.text.starts_with("//!"), "{} does not open by saying what it is", source.path);
    }
}

#[test]
fn faces_know_neither_each_other_nor_store_and_rules() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module == "protocol") {
        let face = source.path.split('/').nth(2).unwrap().trim_end_matches(".rs");
        for line in code(&source.text) {
            for name in named(line) {
                if ["store", "rules", "messages"].contains(&name.as_str()) {
                    wrong.push(format!("{}: {}", source.path, line.trim()));
                }
            }
            if let Some((_, rest)) = line.split_once("crate::protocol::") {
                let other =
                    rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
                let shared = ["http", "credentials"].contains(&other);
                if other != face && !shared && !["mod", "http"].contains(&face) {
                    wrong.push(format!("{}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "faces reach where they should not:\n{}", wrong.join("\n"));
}

#[test]
fn below_the_faces_nothing_waits_and_nothing_leaves_the_process() {
    let limit = rank(NO_IO_BELOW);
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| rank(&source.module) < limit) {
        for line in code(&source.text) {
            let names_io = IO.iter().any(|name| {
                line.match_indices(name).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '/')
                })
            });
            let json = line.contains("serde_json::")
                && !JSON_LOADERS.iter().any(|loader| source.path.starts_with(loader));
            if names_io || json {
                wrong.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "IO or JSON below the faces:\n{}", wrong.join("\n"));
}

#[test]
fn rules_and_messages_say_where_they_are_documented() {
    for source in sources().iter().filter(|source| ["rules", "messages"].contains(&source.module.as_str())) {
        let head = source.path.ends_with("/mod.rs") || source.path.contains("tests");
        let says = ["Source:", "Observed:", "Assumed:"].iter().any(|word| source.text.contains(word));
        assert!(head || says, "{} names no Source:, Observed: or Assumed:", source.path);
    }
}

#[test]
fn nothing_names_a_machine_of_ours() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in
        ["README.md", "ARCHITECTURE.md", "COVERAGE.md", "CHANGELOG.md", "Cargo.toml", "test.sh", "Dockerfile"]
    {
        let Ok(text) = fs::read_to_string(root.join(name)) else { continue };
        for folder in ["work", "root", "home"] {
            let machine = format!("/{folder}/");
            assert!(!text.contains(&machine), "{name} names {machine}");
        }
    }
}
