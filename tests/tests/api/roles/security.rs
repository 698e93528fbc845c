//! What `SECURITY.md` says of a compromised function follows from the roles of `template.yaml`.

use std::collections::BTreeSet;
use tests::roles::{Roles, Statement};

const POLICY: &str = include_str!("../../../../SECURITY.md");
/// The actions that write to a table.
const WRITES: [&str; 6] =
    ["PartiQLInsert", "PartiQLUpdate", "PutItem", "UpdateItem", "DeleteItem", "PartiQLDelete"];

/// The actions of a statement that write to a table, with what they are limited to.
fn writes<'s>(statement: &'s Statement, table: &str) -> Vec<&'s str> {
    if !statement.resources.iter().any(|resource| resource == table) {
        return Vec::new();
    }
    let actions = statement.actions.iter().filter_map(|one| one.strip_prefix("dynamodb:"));
    actions.filter(|action| WRITES.contains(action)).collect()
}

/// `PartiQLInsert`, or `UpdateItem` of the attributes that are no part of the key.
fn of_entries(statements: &[Statement]) -> String {
    let mut written = BTreeSet::new();
    for statement in statements {
        for action in writes(statement, "entries") {
            let attributes = statement.attributes.iter();
            let attributes =
                attributes.filter(|name| !["workspace_id", "id"].contains(&name.as_str()));
            let attributes: Vec<_> = attributes.map(|name| format!("`{name}`")).collect();
            let of = if attributes.is_empty() { "" } else { " of " };
            written.insert(format!("`{action}`{of}{}", attributes.join(", ")));
        }
    }
    shown(&written)
}

fn of_control(statements: &[Statement]) -> String {
    let mut written = BTreeSet::new();
    for statement in statements.iter().filter(|one| !writes(one, "control").is_empty()) {
        assert!(!statement.partitions.is_empty(), "{}: all of control", statement.sid);
        written.extend(statement.partitions.iter().map(|partition| format!("`{partition}`")));
    }
    shown(&written)
}

fn shown(texts: &BTreeSet<String>) -> String {
    if texts.is_empty() {
        "-".to_owned()
    } else {
        texts.iter().cloned().collect::<Vec<_>>().join(", ")
    }
}

#[test]
fn the_policy_says_what_each_role_may_write() {
    let roles = Roles::load();
    let (_, section) = POLICY.split_once("\n## A compromised function").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines: Vec<_> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = roles
        .statements()
        .iter()
        .filter(|(_, statements)| !statements.is_empty())
        .map(|(function, of)| {
            format!("| `{function}` | {} | {} | ", of_entries(of), of_control(of))
        })
        .collect();
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.starts_with(expected.as_str()), "{line}\nshould begin with\n{expected}");
        assert!(line.len() > expected.len() + 10, "what follows from it: {line}");
    }
    assert_eq!(lines.len(), expected.len(), "{expected:#?}");
}
