//! Which way imports flow, and what is absent from where: the rules of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each module of the crate and the modules that its code may name, lowest first. A module may
/// name only what stands above it in this table, so there are no cycles.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("text", &["error"]),
    ("job", &["error"]),
    ("kernels", &["error"]),
    ("npy", &["error", "job"]),
    ("linalg", &["error", "job", "kernels"]),
    ("evaluation", &["error", "job"]),
    ("calibration", &["error", "job", "linalg", "evaluation"]),
    ("synth", &["error", "job"]),
    ("rows", &["error", "job", "kernels", "npy"]),
    ("statistics", &["error", "job", "kernels", "linalg", "rows"]),
    ("metrics", &["error", "text", "kernels"]),
    (
        "models",
        &[
            "error",
            "text",
            "job",
            "kernels",
            "linalg",
            "rows",
            "statistics",
        ],
    ),
    (
        "measure",
        &[
            "error",
            "job",
            "kernels",
            "linalg",
            "rows",
            "statistics",
            "metrics",
            "models",
        ],
    ),
    (
        "decision",
        &[
            "error",
            "job",
            "evaluation",
            "calibration",
            "rows",
            "metrics",
            "models",
            "measure",
        ],
    ),
    (
        "jobs",
        &[
            "error",
            "job",
            "kernels",
            "linalg",
            "rows",
            "statistics",
            "metrics",
            "models",
            "measure",
            "evaluation",
        ],
    ),
    (
        "store",
        &[
            "error", "job", "kernels", "npy", "rows", "metrics", "models", "measure", "jobs",
        ],
    ),
];

/// Files that may hold `unsafe` code; nothing else under `crates/` may.
const UNSAFE: [&str; 11] = [
    "core/examples/read_rows.rs",
    "core/src/kernels/cells.rs",
    "core/src/kernels/sums/mod.rs",
    "core/src/kernels/sums/vector.rs",
    "core/src/npy/guard.rs",
    "core/src/npy/map.rs",
    "core/src/kernels/products/bytes.rs",
    "core/src/kernels/products/mod.rs",
    "core/src/kernels/products/registers.rs",
    "core/src/kernels/products/tiles.rs",
    "core/tests/npy_guard.rs",
];

#[test]
fn modules_import_only_from_the_layers_below() {
    let order: Vec<_> = LAYERS.iter().map(|(module, _)| *module).collect();
    for (place, (module, allowed)) in LAYERS.iter().enumerate() {
        for name in *allowed {
            assert!(
                order[..place].contains(name),
                "the table lets {module} import {name}, which does not stand above it"
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (module, path, code) in shipped_code() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            panic!("{module} has no layer: give it a row in LAYERS and in ARCHITECTURE.md");
        };
        for (line, import) in imports(&code) {
            assert!(
                import == module || allowed.contains(&import.as_str()),
                "{}:{line}: {module} must not import {import}",
                path.display()
            );
        }
        seen.insert(module);
    }
    let rows: BTreeSet<_> = order.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(seen, rows, "LAYERS has a row without a module");
}

#[test]
fn kernels_know_no_threads_matrices_or_files() {
    for (module, path, code) in shipped_code() {
        if module != "kernels" {
            continue;
        }
        for word in ["rayon", "ndarray", "std::fs", "std::thread"] {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn the_core_reads_neither_the_environment_nor_the_clock() {
    for (_, path, code) in shipped_code() {
        for word in ["std::env", "env::var", "Instant::now", "SystemTime::now"] {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn unsafe_code_is_allowed_in_the_expected_files_only() {
    let crates = core().parent().unwrap().to_owned();
    let mut found = BTreeSet::new();
    for path in rust_files(&crates) {
        if path.ends_with("tests/layers.rs") || path.components().any(|c| c.as_os_str() == "target")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("allow(unsafe_code)") {
            let relative = path.strip_prefix(&crates).unwrap();
            found.insert(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    assert_eq!(found, UNSAFE.map(str::to_owned).into());
}

#[test]
fn the_core_has_no_node_in_its_tree() {
    let lock = std::fs::read_to_string(core().join("../../Cargo.lock")).unwrap();
    let tree = dependencies(&lock);
    let of_core = reachable(&tree, "hackface-core");
    let is_napi = |name: &&String| name.starts_with("napi");
    assert_eq!(of_core.iter().find(is_napi), None);
    assert!(of_core.contains("rayon"), "the walk found nothing at all");
    // The same walk from the binding does find it.
    assert!(
        reachable(&tree, "hackface-node")
            .iter()
            .any(|n| is_napi(&n))
    );
}

fn core() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of the crate that ships: module, file, and its text without comments and tests.
fn shipped_code() -> Vec<(String, PathBuf, String)> {
    let source = core().join("src");
    let files = rust_files(&source);
    let texts: Vec<_> = files
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let tests = test_modules(&texts);
    let mut code = Vec::new();
    for (path, text) in files.iter().zip(&texts) {
        let relative = path.strip_prefix(&source).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if relative == Path::new("lib.rs") || tests.contains(&name) || name.ends_with("_tests") {
            continue;
        }
        let first = relative.components().next().unwrap().as_os_str();
        let module = first.to_string_lossy().replace(".rs", "");
        code.push((module, path.clone(), without_comments_and_tests(text)));
    }
    code
}

/// Names of files that are modules of tests: `mod NAME;` behind `#[cfg(test)]`.
fn test_modules(texts: &[String]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for text in texts {
        let mut behind = false;
        for line in text.lines().map(str::trim) {
            let declared = line
                .strip_suffix(';')
                .and_then(|l| l.rsplit_once("mod "))
                .map(|(_, name)| name);
            if let (true, Some(name)) = (behind, declared) {
                names.insert(name.to_owned());
            }
            behind = line == "#[cfg(test)]";
        }
    }
    names
}

/// Lines keep their numbers; a module of tests ends the file, as the house style has it.
fn without_comments_and_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens_tests = line == "#[cfg(test)]"
            && lines
                .peek()
                .is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if opens_tests {
            break;
        }
        kept.push_str(line.split("//").next().unwrap_or_default());
        kept.push('\n');
    }
    kept
}

/// Line and first name of every path that begins with `crate::`.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for rest in line.split("crate::").skip(1) {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let name = &rest[..end.unwrap_or(rest.len())];
            found.push((number + 1, name.to_owned()));
        }
    }
    found
}

/// Names that each package of a Cargo.lock depends on.
fn dependencies(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut tree = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let mut name = String::new();
        let mut needs = BTreeSet::new();
        let mut inside = false;
        for line in package.lines().map(str::trim) {
            if let Some(quoted) = line.strip_prefix("name = ") {
                name = quoted.trim_matches('"').to_owned();
            } else if line.starts_with("dependencies = [") {
                inside = true;
            } else if line == "]" {
                inside = false;
            } else if inside {
                let need = line.trim_matches(['"', ',']);
                needs.insert(need.split(' ').next().unwrap_or(need).to_owned());
            }
        }
        tree.entry(name).or_insert_with(BTreeSet::new).extend(needs);
    }
    tree
}

fn reachable(tree: &BTreeMap<String, BTreeSet<String>>, root: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(tree.get(&name).into_iter().flatten().cloned());
        }
    }
    reached
}
