//! That `docs/promises.md` names tests that exist, and mutants that can be made.

use crate::scan::{Token, tokens};
use crate::{read, root};
use serde_json::Value;
use std::collections::BTreeSet;

/// The texts between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the tables, each with its cells: promise, tests, mutant.
fn rows(page: &str) -> Vec<[&str; 3]> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| row.split(" | ").collect::<Vec<_>>().try_into().ok());
    rows.filter(|row| *row != ["promise", "test", "mutant"]).collect()
}

/// Whether a file has a function with this name. In JavaScript, a test is named by a text.
fn has(file: &str, name: &str) -> bool {
    let path = root().join(file);
    if !path.is_file() {
        return false;
    }
    let (function, name) = (Token::Word("fn".to_owned()), Token::Word(name.to_owned()));
    let tokens = tokens(&read(&path));
    tokens.windows(2).any(|two| *two == [function.clone(), name.clone()])
}

fn tests(text: &str) -> impl Iterator<Item = (&str, &str)> {
    quoted(text).filter_map(|quoted| quoted.split_once(".rs::").map(|_| quoted)).map(|test| {
        let (file, name) = test.split_once("::").unwrap();
        (file, name)
    })
}

#[test]
fn every_promise_names_tests_that_exist() {
    let page = read(&root().join("docs/promises.md"));
    let missing: Vec<_> = tests(&page).filter(|(file, name)| !has(file, name)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let rows = rows(&page);
    assert!(rows.len() > 20, "{} promises", rows.len());
    for [promise, test, mutant] in rows {
        assert!(tests(test).next().is_some(), "{promise} names no test");
        assert!(!mutant.is_empty(), "{promise} says nothing of how its test fails");
    }
}

#[test]
fn every_mutant_can_be_made_and_stands_beside_its_test() {
    let page = read(&root().join("docs/promises.md"));
    let mutants: Value =
        serde_json::from_str(&read(&root().join("tests/promises/mutants.json"))).unwrap();
    let mut known = BTreeSet::new();
    for mutant in mutants.as_array().unwrap() {
        let of = |name: &str| mutant[name].as_str().unwrap();
        let (name, file) = (of("name"), of("file"));
        let places = read(&root().join(file)).matches(of("from")).count();
        assert_eq!(places, 1, "{name}: what it changes in {file}");
        assert_ne!(of("from"), of("to"), "{name}");
        let row = rows(&page).into_iter().find(|[_, test, mutant]| {
            quoted(test).any(|quoted| quoted == of("test"))
                && quoted(mutant).any(|quoted| quoted == name)
        });
        assert!(row.is_some(), "docs/promises.md has {name} beside no {}", of("test"));
        assert!(known.insert(name.to_owned()), "{name} is there twice");
    }
    for [promise, _, mutant] in rows(&page) {
        for name in quoted(mutant).filter(|name| !name.starts_with("make ") && name.contains('-')) {
            assert!(known.contains(name), "{promise}: no mutant {name}");
        }
    }
}

#[test]
fn a_test_that_does_not_exist_is_noticed() {
    let known = "tests/tests/architecture/promises.rs";
    assert!(has(known, "a_test_that_does_not_exist_is_noticed"));
    let (file, name) = (known, concat!("a_test_that_does_not", "_exist"));
    assert!(!has(file, name) && !has("tests/tests/nowhere.rs", name));
    let row = "| It is so. | `a/b.rs::c`, `d.rs::e` | `f-g` |";
    assert_eq!(tests(row).collect::<Vec<_>>(), [("a/b.rs", "c"), ("d.rs", "e")]);
    assert_eq!(rows(row), [["It is so.", "`a/b.rs::c`, `d.rs::e`", "`f-g`"]]);
}
