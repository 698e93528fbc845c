//! Which targets Cargo builds as tests: those that have any, and no others.

use crate::manifest::members;
use crate::read;
use crate::scan::{Token, tokens};
use std::path::{Path, PathBuf};

/// The files of a target: its root, and every file that a `mod` of a file of it declares.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) =
        (Vec::new(), vec![(root.to_owned(), root.parent().unwrap().to_owned())]);
    while let Some((file, folder)) = open.pop() {
        let tokens = tokens(&read(&file));
        for three in tokens.windows(3) {
            if let [Token::Word(word), Token::Word(name), Token::Sign(';')] = three
                && word == "mod"
            {
                let child = folder.join(format!("{name}.rs"));
                assert!(child.exists(), "{} is not where {} is", child.display(), file.display());
                open.push((child, folder.join(name)));
            }
        }
        files.push(file);
    }
    files
}

/// Whether the tokens have a `#[test]`, `#[tokio::test]` or the like.
fn has_test(tokens: &[Token]) -> bool {
    let mut attributes = tokens.split(|token| *token == Token::Sign('#')).skip(1);
    attributes.any(|attribute| {
        let path = attribute
            .iter()
            .skip(1)
            .take_while(|token| matches!(token, Token::Word(_) | Token::PathSeparator));
        attribute.first() == Some(&Token::Sign('['))
            && path.last() == Some(&Token::Word("test".to_owned()))
    })
}

/// Whether documentation has an example that rustdoc would run: a block that names no other
/// language than Rust.
fn has_example(text: &str) -> bool {
    let docs = text.lines().map(str::trim).filter_map(|line| {
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::trim)
    });
    let fences =
        docs.filter_map(|line| line.strip_prefix("```").or_else(|| line.strip_prefix("~~~")));
    // Every second fence ends a block.
    fences.step_by(2).any(|language| !["text", "json", "toml", "yaml", "sh"].contains(&language))
}

#[test]
fn cargo_tests_exactly_the_targets_that_have_tests() {
    for target in members().iter().flat_map(|member| &member.targets) {
        let name = target.file.display();
        let texts: Vec<_> = files(&target.file).iter().map(|file| read(file)).collect();
        let has_tests = texts.iter().any(|text| has_test(&tokens(text)));
        assert_eq!(target.is_tested, has_tests, "`test = …` of {name} in its manifest");
        if target.file.ends_with("lib.rs") {
            let has_examples = texts.iter().any(|text| has_example(text));
            assert_eq!(target.has_doctests, has_examples, "`doctest = …` of {name}");
        }
    }
}

#[test]
fn tests_and_examples_are_told_from_what_only_looks_like_them() {
    for (text, expected) in [
        ("#[test]\nfn a() {}", true),
        ("#[tokio::test(flavor = \"multi_thread\")]\nasync fn a() {}", true),
        ("#[cfg(test)]\nmod tests {}", false),
        ("// #[test]\nconst A: &str = \"#[test]\";", false),
    ] {
        assert_eq!(has_test(&tokens(text)), expected, "{text}");
    }
    assert!(has_example("/// For example:\n/// ```\n/// a();\n/// ```\nfn a() {}"));
    assert!(!has_example("/// No example.\nfn a() {} // ```"));
    assert!(!has_example("//! ```text\n//! a\n//! ```\n//! ```json\n//! 1\n//! ```"));
    assert!(has_example("//! ```text\n//! a\n//! ```\n//! ```no_run\n//! a();\n//! ```"));
}
