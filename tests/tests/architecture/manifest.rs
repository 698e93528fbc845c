//! Reads as much of `Cargo.toml` and `Cargo.lock` as the checks need: tables of single-line keys.

use crate::{read, root};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A table of a TOML file: its header, for example `dependencies` or `[bin]`, and its lines.
struct Table {
    header: String,
    lines: Vec<String>,
}

fn tables(text: &str) -> Vec<Table> {
    let mut tables = vec![Table { header: String::new(), lines: Vec::new() }];
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(header) => tables.push(Table { header: header.to_owned(), lines: Vec::new() }),
            None => tables.last_mut().unwrap().lines.push(line.to_owned()),
        }
    }
    tables
}

impl Table {
    fn value(&self, key: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then_some(value.trim())
        })
    }

    /// The quoted texts of its lines, in order.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().flat_map(|line| line.split('"').skip(1).step_by(2))
    }

    /// The names before `=`; `name.workspace` is the name alone.
    fn names(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter_map(|line| {
            let (name, _) = line.split_once('=')?;
            Some(name.trim().split('.').next().unwrap().to_owned())
        })
    }
}

/// A library or a binary of a package.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its root file.
    pub(crate) file: PathBuf,
    /// Whether `cargo test` builds it as a test.
    pub(crate) is_tested: bool,
    /// Whether `cargo test` runs the examples of its documentation.
    pub(crate) has_doctests: bool,
}

/// A package of this workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// What it depends on when it is built, not what its tests need.
    pub(crate) dependencies: BTreeSet<String>,
    /// Its library and its binaries.
    pub(crate) targets: Vec<Target>,
}

/// Every package of the workspace.
pub(crate) fn members() -> Vec<Member> {
    let manifest = read(&root().join("Cargo.toml"));
    assert!(
        !manifest.contains("package ="),
        "a dependency with another name hides from the checks"
    );
    let members = manifest.split_once("\nmembers = [").unwrap().1.split_once(']').unwrap().0;
    members.split('"').skip(1).step_by(2).map(|folder| member(root().join(folder))).collect()
}

fn member(folder: PathBuf) -> Member {
    let tables = tables(&read(&folder.join("Cargo.toml")));
    let table = |header: &str| tables.iter().find(|table| table.header == header);
    let name = table("package").unwrap().value("name").unwrap().trim_matches('"').to_owned();
    let of_build = ["dependencies", "build-dependencies"];
    assert!(
        !tables.iter().any(|table| table.header.starts_with("target.")),
        "{name}: dependencies of one platform hide from the checks"
    );
    let dependencies = of_build.iter().filter_map(|header| table(header)).flat_map(Table::names);
    let mut targets = Vec::new();
    for (header, file) in [("lib", "src/lib.rs"), ("[bin]", "src/main.rs")] {
        let table = table(header);
        let is = |key: &str| table.and_then(|table| table.value(key)) != Some("false");
        let file = folder.join(file);
        if file.exists() {
            let has_doctests = header == "lib" && is("doctest");
            targets.push(Target { file, is_tested: is("test"), has_doctests });
        }
    }
    Member { name, dependencies: dependencies.collect(), targets, folder }
}

/// The packages of `Cargo.lock` that a package from elsewhere depends on, however far away.
#[derive(Debug)]
pub(crate) struct Lock(BTreeMap<String, BTreeSet<String>>);

impl Lock {
    /// All versions of a package are one here.
    pub(crate) fn read() -> Self {
        let mut lock = BTreeMap::<String, BTreeSet<String>>::new();
        for table in tables(&read(&root().join("Cargo.lock"))) {
            let Some(name) = table.value("name").map(|name| name.trim_matches('"').to_owned())
            else {
                continue;
            };
            let start = table.lines.iter().position(|line| line.starts_with("dependencies"));
            let lines = start.map_or_else(Vec::new, |start| table.lines[start..].to_vec());
            let list = Table { header: String::new(), lines };
            let names = list.texts().map(|text| text.split(' ').next().unwrap().to_owned());
            lock.entry(name).or_default().extend(names);
        }
        Self(lock)
    }

    /// What a package depends on itself.
    pub(crate) fn of(&self, name: &str) -> &BTreeSet<String> {
        self.0.get(name).unwrap_or_else(|| panic!("Cargo.lock has no {name}"))
    }
}
