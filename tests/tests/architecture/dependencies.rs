//! Which packages a package may depend on, however far away.

use crate::manifest::{Lock, Member, members};
use std::collections::BTreeMap;

/// Clients of AWS, and what turns items into values and back.
const AWS: &[&str] = &["aws", "aws-*", "serde_dynamo"];
const HTTP: &[&str] =
    &["http", "http-*", "httparse", "hyper", "hyper-*", "axum*", "reqwest", "tower*"];
const LAMBDA: &[&str] = &["lambda_*", "aws_lambda_*"];
const FUNCTIONS: &[&str] =
    &["record", "list", "get", "workspace", "viewer", "tally", "export", "job"];

/// A package, and what it must not depend on.
const RULES: &[(&str, &[&[&str]])] = &[
    ("domain", &[AWS, HTTP, LAMBDA, &["web"]]),
    ("aws", &[LAMBDA, &["web"]]),
    ("web", &[AWS]),
    ("cli", &[LAMBDA, &["web", "local"], FUNCTIONS]),
];

fn is_named(name: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

/// Everything that a package depends on, each with the way that leads there.
fn reached(members: &[Member], lock: &Lock, from: &str) -> BTreeMap<String, String> {
    let mut ways = BTreeMap::new();
    let mut open = vec![(from.to_owned(), from.to_owned())];
    while let Some((name, way)) = open.pop() {
        let member = members.iter().find(|member| member.name == name);
        for next in member.map_or_else(|| lock.of(&name), |member| &member.dependencies) {
            if !ways.contains_key(next) {
                let way = format!("{way} -> {next}");
                ways.insert(next.clone(), way.clone());
                open.push((next.clone(), way));
            }
        }
    }
    ways
}

#[test]
fn a_package_depends_on_what_its_layer_may_and_on_nothing_else() {
    let (members, lock) = (members(), Lock::read());
    let mut wrong = Vec::new();
    for (package, forbidden) in RULES {
        for (name, way) in reached(&members, &lock, package) {
            if forbidden.iter().copied().flatten().any(|pattern| is_named(&name, pattern)) {
                wrong.push(way);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn functions_depend_on_no_other_function() {
    let (members, lock) = (members(), Lock::read());
    for function in FUNCTIONS {
        let ways = reached(&members, &lock, function);
        let others: Vec<_> = FUNCTIONS.iter().filter_map(|other| ways.get(*other)).collect();
        assert!(others.is_empty(), "{others:#?}");
    }
}

#[test]
fn what_a_package_depends_on_far_away_is_found() {
    let (members, lock) = (members(), Lock::read());
    let ways = reached(&members, &lock, "record");
    for far in ["aws-smithy-types", "hyper", "lambda_runtime", "chrono"] {
        assert!(ways.contains_key(far), "{far}: {ways:?}");
    }
    assert!(is_named("aws-sdk-s3", "aws-*") && !is_named("aws_x", "aws-*"));
}
