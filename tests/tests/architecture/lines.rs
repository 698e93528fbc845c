//! How wide lines are: rustfmt leaves long texts alone.

use crate::manifest::members;
use crate::{read, root, rust_files};

const MAX_COLUMNS: usize = 100;

#[test]
fn no_line_of_code_is_wider_than_100_columns() {
    let mut wide = Vec::new();
    for file in members().iter().flat_map(|member| rust_files(&member.folder)) {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        for (index, line) in read(&file).lines().enumerate() {
            let columns = line.chars().count();
            if columns > MAX_COLUMNS {
                wide.push(format!("{name}:{}: {columns}", index + 1));
            }
        }
    }
    assert!(wide.is_empty(), "{} lines: {wide:#?}", wide.len());
}

/// A tab counts as four columns.
#[test]
fn no_line_of_the_makefile_is_wider_than_100_columns() {
    let makefile = read(&root().join("Makefile"));
    let columns = |line: &str| line.replace('\t', "    ").chars().count();
    let wide: Vec<_> = makefile.lines().filter(|line| columns(line) > MAX_COLUMNS).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}
