//! That imports run one way: the modules of a crate, and those of each folder, have an order in
//! which every module uses earlier ones only.

use crate::manifest::members;
use crate::scan::{Import, Token, paths, tokens};
use crate::{read, rust_files};
use std::collections::{BTreeMap, BTreeSet};

/// The path of a module in its crate, for example `["tally", "node"]`; the root's is empty.
type Name = Vec<String>;

/// The modules of a folder by name, and which of their siblings each uses.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// What a module imports, and the paths that its code spells out.
struct Module {
    imports: Vec<Import>,
    spelled: Vec<Vec<String>>,
}

/// The modules of a crate. Tests are left out: they may use what they like.
struct Crate(BTreeMap<Name, Module>);

impl Crate {
    /// Reads files, each with its path below `src`.
    fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut modules = BTreeMap::<Name, Module>::new();
        for (path, text) in files {
            let name = match path.strip_suffix(".rs").unwrap() {
                "lib" | "main" => Vec::new(),
                path => path.split('/').map(str::to_owned).collect(),
            };
            if name.last().is_some_and(|last| last == "tests") {
                continue;
            }
            let (imports, spelled) = paths(&without_tests(&tokens(&text)));
            let module = modules
                .entry(name)
                .or_insert_with(|| Module { imports: Vec::new(), spelled: Vec::new() });
            module.imports.extend(imports);
            module.spelled.extend(spelled);
        }
        Self(modules)
    }

    /// The path from the root that `path` means in `module`; `None` means it leads to another
    /// crate.
    fn absolute(&self, module: &Name, path: &[String]) -> Option<Name> {
        let mut from = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (from, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    from.pop()?;
                    rest = &rest[1..];
                }
            }
            first => {
                let child = [&from[..], &[first.to_owned()]].concat();
                self.0.get(&child)?;
            }
        }
        Some([&from[..], rest].concat())
    }

    /// The module that holds what a path from the root names: past what others only pass on.
    fn holder(&self, path: &[String], depth: usize) -> Option<Name> {
        assert!(depth < 20, "{path:?} is passed on in a circle");
        let mut at = Name::new();
        for (index, segment) in path.iter().enumerate() {
            let child = [&at[..], std::slice::from_ref(segment)].concat();
            if self.0.contains_key(&child) {
                at = child;
                continue;
            }
            let import = self.0.get(&at)?.imports.iter().find(|import| import.name == *segment);
            return match import {
                Some(import) => {
                    let target = self.absolute(&at, &import.path)?;
                    self.holder(&[&target[..], &path[index + 1..]].concat(), depth + 1)
                }
                None => Some(at),
            };
        }
        Some(at)
    }

    /// The graph of each folder that has one, by the name of the module whose folder it is.
    fn graphs(&self) -> BTreeMap<Name, Graph> {
        let mut graphs = BTreeMap::<Name, Graph>::new();
        for (name, module) in &self.0 {
            let imported = module.imports.iter().map(|import| &import.path);
            for path in imported.chain(&module.spelled) {
                let Some(path) = self.absolute(name, path) else { continue };
                let Some(holder) = self.holder(&path, 0) else { continue };
                let shared = name.iter().zip(&holder).take_while(|(a, b)| a == b).count();
                if let (Some(from), Some(to)) = (name.get(shared), holder.get(shared)) {
                    let graph = graphs.entry(name[..shared].to_vec()).or_default();
                    graph.entry(from.clone()).or_default().insert(to.clone());
                }
            }
        }
        graphs
    }

    /// A cycle of each folder that has one.
    fn cycles(&self) -> Vec<String> {
        let graphs = self.graphs();
        let cycles = graphs.iter().filter_map(|(folder, graph)| {
            Some(format!("crate::{}: {}", folder.join("::"), cycle(graph)?.join(" -> ")))
        });
        cycles.collect()
    }
}

/// The tokens without the body of `mod tests`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let head = [Token::Word("mod".to_owned()), Token::Word("tests".to_owned()), Token::Sign('{')];
    let Some(start) = tokens.windows(3).position(|three| three == head) else {
        return tokens.to_vec();
    };
    let mut depth = 0;
    let body = tokens[start + 2..].iter().take_while(|token| {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth -= 1,
            _ => {}
        }
        depth > 0
    });
    let end = start + 2 + body.count();
    [&tokens[..start], &tokens[end + 1..]].concat()
}

/// A way from a module back to itself.
fn cycle(graph: &Graph) -> Option<Vec<String>> {
    fn walk(graph: &Graph, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        let last = way.last().unwrap().clone();
        for next in graph.get(&last).into_iter().flatten() {
            if let Some(start) = way.iter().position(|before| before == next) {
                way.drain(..start);
                way.push(next.clone());
                return true;
            }
            if !done.contains(next) {
                way.push(next.clone());
                if walk(graph, way, done) {
                    return true;
                }
                way.pop();
            }
        }
        done.insert(last);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        (!done.contains(start) && walk(graph, &mut way, &mut done)).then_some(way)
    })
}

fn made_up(files: &[(&str, &str)]) -> Crate {
    Crate::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

#[test]
fn imports_run_one_way_in_every_crate() {
    let mut cycles = Vec::new();
    for member in members() {
        let src = member.folder.join("src");
        let path = |file: &std::path::Path| file.strip_prefix(&src).unwrap().display().to_string();
        let files = rust_files(&src);
        let of_crate = Crate::of(files.iter().map(|file| (path(file), read(file))));
        assert!(of_crate.0.contains_key(&Name::new()), "{} has a root", member.name);
        cycles.extend(of_crate.cycles().iter().map(|cycle| format!("{}, {cycle}", member.name)));
    }
    assert!(cycles.is_empty(), "{cycles:#?}");
}

#[test]
fn a_cycle_is_found_and_named() {
    let two = made_up(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "fn b() -> crate::a::A { crate::a::A }"),
    ]);
    assert_eq!(two.cycles(), ["crate::: a -> b -> a"]);

    let far = made_up(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "mod inner;"),
        ("a/inner.rs", "use crate::b::{self, B as Other};"),
        ("b.rs", "use crate::c::C;"),
        ("c.rs", "use crate::a;"),
    ]);
    assert_eq!(far.cycles(), ["crate::: a -> b -> c -> a"]);

    let siblings = made_up(&[
        ("lib.rs", "mod tally;"),
        ("tally.rs", "mod node; mod period; pub use node::Node; use self::period::Period as Time;"),
        ("tally/node.rs", "use super::Time;"),
        ("tally/period.rs", "use crate::tally::Node;"),
    ]);
    assert_eq!(siblings.cycles(), ["crate::tally: node -> period -> node"]);
}

#[test]
fn what_is_no_cycle_is_not_taken_for_one() {
    let one_way = made_up(&[
        ("lib.rs", "mod a; mod b; pub use b::B;"),
        ("a.rs", "mod x; use x::X; use crate::B; pub struct A;"),
        ("a/x.rs", "use super::A; use std::fmt;"),
        ("b.rs", "// use crate::a::A;\n#[cfg(test)]\nmod tests { use crate::a::A; }\nfn b() {}"),
    ]);
    assert_eq!(one_way.cycles(), [""; 0]);
    assert_eq!(one_way.graphs()[&Name::new()]["a"], BTreeSet::from(["b".to_owned()]));
}
