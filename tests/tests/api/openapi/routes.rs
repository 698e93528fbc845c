//! The routes: published, answered, and served by `cargo lambda watch`.

use crate::openapi::document::Document;
use std::collections::{BTreeMap, BTreeSet};
use web::routes::ROUTES;

const MANIFEST: &str = include_str!("../../../../Cargo.toml");
const GUIDE: &str = include_str!("../../../../docs/api.md");
const ROUTER: &str = "[workspace.metadata.lambda.watch.router]";

/// Path, method, function.
type Routes = BTreeSet<(String, String, String)>;

fn answered() -> Routes {
    ROUTES
        .iter()
        .map(|route| (route.path.to_owned(), route.method.to_string(), route.function.to_owned()))
        .collect()
}

/// Reads the router's table: `"path" = "function"` (any method), or a list of
/// `{ method = "…", function = "…" }` on one line or several. Whatever else stands there is an
/// error.
fn watched() -> Routes {
    let section = MANIFEST.split_once(ROUTER).unwrap().1;
    let lines = section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let mut routes = Routes::new();
    let mut open = None;
    for line in lines {
        let route = if let Some(path) = line.strip_suffix(" = [") {
            assert_eq!(open.replace(quoted(path)), None);
            continue;
        } else if line == "]" {
            open.take().unwrap();
            continue;
        } else if let Some(path) = open {
            listed(path, line.strip_suffix(',').unwrap())
        } else {
            let (path, to) = line.split_once(" = ").unwrap();
            match to.strip_prefix('[') {
                Some(list) => listed(quoted(path), list.strip_suffix(']').unwrap()),
                None => (quoted(path).to_owned(), "ANY".to_owned(), quoted(to).to_owned()),
            }
        };
        assert!(routes.insert(route), "twice: {line}");
    }
    assert_eq!(open, None);
    routes
}

fn listed(path: &str, item: &str) -> (String, String, String) {
    let members = item.strip_prefix("{ method = ").and_then(|item| item.strip_suffix(" }"));
    let (method, function) =
        members.and_then(|members| members.split_once(", function = ")).unwrap();
    (path.to_owned(), quoted(method).to_owned(), quoted(function).to_owned())
}

fn quoted(text: &str) -> &str {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner
        .filter(|inner| !inner.contains('"'))
        .unwrap_or_else(|| panic!("not a quoted text: {text}"))
}

#[test]
fn the_published_operations_are_the_routes_of_the_functions() {
    let document = Document::load();
    let operations = document.operations();
    let published: Routes = operations
        .iter()
        .map(|one| (one.path.to_owned(), one.method.clone(), one.function.to_owned()))
        .collect();
    assert_eq!(published, answered());
    let ids: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), operations.len(), "an operationId stands twice");
    let logged = ROUTES.iter().map(|route| match route.path {
        // The index has two paths, and one name in the log.
        "/" => "getRoot",
        _ => route.operation.name(),
    });
    assert_eq!(logged.collect::<BTreeSet<_>>(), ids);
    let tags: BTreeSet<_> = document
        .at("/tags")
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(tags, operations.iter().map(|operation| operation.function).collect());
}

/// A path of one function takes any method there; on a path of several, each method that is no
/// route of it goes to `list`.
#[test]
fn cargo_lambda_watch_routes_what_the_functions_answer_and_the_rest_to_list() {
    let watched = watched();
    let list = "list".to_owned();
    let mut paths = BTreeMap::from([("/{*rest}".to_owned(), BTreeSet::from([list.clone()]))]);
    for (path, method, function) in answered() {
        let is_watched =
            |method: &str| watched.contains(&(path.clone(), method.to_owned(), function.clone()));
        assert!(is_watched(&method) || is_watched("ANY"), "{method} {path}");
        paths.entry(path).or_default().insert(function);
    }
    let is_answered = |path: &str, method: &str| {
        ROUTES.iter().any(|route| route.path == path && route.method.as_str() == method)
    };
    for (path, method, function) in &watched {
        let functions = paths.get(path).unwrap_or_else(|| panic!("{path} is no route"));
        let is_the_only_one = method == "ANY" && *functions == BTreeSet::from([function.clone()]);
        let is_of_the_rest = functions.len() > 1 && *function == list;
        assert!(
            is_answered(path, method) || is_the_only_one || is_of_the_rest,
            "{method} {path} goes to {function}"
        );
    }
}

#[test]
fn the_guide_lists_every_operation_with_its_scope() {
    let document = Document::load();
    let published: BTreeSet<_> = document
        .operations()
        .iter()
        .map(|operation| {
            let scope = match operation.node["x-scope"].as_str().unwrap() {
                "none" => "none".to_owned(),
                scope => format!("`{scope}`"),
            };
            format!("`{} {}` | {scope} |", operation.method, operation.path)
        })
        .collect();
    let table =
        GUIDE.split_once("| operation | request | scope |").unwrap().1.trim_start().lines().skip(1);
    let listed = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.splitn(3, '|').nth(2).unwrap().trim().to_owned());
    assert_eq!(listed.collect::<BTreeSet<_>>(), published);
}

#[test]
fn an_operation_without_a_scope_is_the_one_that_needs_no_credential() {
    for operation in Document::load().operations() {
        let is_open = operation
            .node
            .get("security")
            .is_some_and(|security| security.as_array().unwrap().is_empty());
        assert_eq!(is_open, operation.node["x-scope"] == "none", "{}", operation.id);
        assert_eq!(is_open, !operation.statuses().contains(&401), "{}", operation.id);
    }
}
