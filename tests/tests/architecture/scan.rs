//! Splits Rust source into words and signs, without comments and literals, and reads the paths in
//! it.

/// What is left of a source without comments, literals and spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other sign.
    Sign(char),
}

/// The length of the literal or comment that a text starts with; `None` means it starts with
/// neither.
fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(text.find("*/").map_or(text.len(), |end| end + 2));
    }
    let without_prefix = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = text.len() - without_prefix.len();
    let quoted = without_prefix.trim_start_matches('#');
    let hashes = without_prefix.len() - quoted.len();
    let is_raw = text.get(..prefix)?.ends_with('r');
    if prefix <= 2 && quoted.starts_with('"') && (is_raw || hashes == 0) {
        let start = prefix + hashes + 1;
        let end = if is_raw {
            let end = format!("\"{}", "#".repeat(hashes));
            text.get(start..)?.find(&end).map(|at| at + end.len())
        } else {
            end_of_text(text.get(start..)?, '"')
        };
        return Some(start + end.unwrap_or(text.len() - start));
    }
    let character = without_prefix.strip_prefix('\'').filter(|_| prefix <= 1)?;
    let mut characters = character.chars();
    let is_literal = characters.next()? == '\\' || characters.next()? == '\'';
    is_literal.then(|| prefix + 1 + end_of_text(character, '\'').unwrap_or(character.len()))
}

/// The length up to and with the next quote that is not escaped.
fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        if character == quote && !is_escaped {
            return Some(at + 1);
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    None
}

/// The words and signs of a source.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let length = if let Some(length) = skipped(rest) {
            length
        } else if is_word(first) {
            let word: String = rest.chars().take_while(|character| is_word(*character)).collect();
            let length = word.len();
            tokens.push(Token::Word(word));
            length
        } else if rest.starts_with("::") {
            tokens.push(Token::PathSeparator);
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// A path that a `use` makes known under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The name; `*` for all names there are.
    pub(crate) name: String,
    /// Its segments.
    pub(crate) path: Vec<String>,
}

/// What a source imports, and the paths from `crate`, `self` or `super` that its code spells out.
pub(crate) fn paths(tokens: &[Token]) -> (Vec<Import>, Vec<Vec<String>>) {
    let (mut imports, mut spelled, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(token) = tokens.get(at) {
        at += 1;
        let Token::Word(word) = token else { continue };
        if word == "use" {
            at = read_tree(tokens, at, &[], &mut imports);
        } else if ["crate", "self", "super"].contains(&word.as_str()) {
            let mut path = vec![word.clone()];
            while let Some([Token::PathSeparator, Token::Word(next)]) = tokens.get(at..at + 2) {
                path.push(next.clone());
                at += 2;
            }
            spelled.push(path);
        }
    }
    (imports, spelled)
}

/// Reads a tree of a `use` after `before`; gives where it ends.
fn read_tree(tokens: &[Token], from: usize, before: &[String], imports: &mut Vec<Import>) -> usize {
    let (mut at, mut path, mut name) = (from, before.to_vec(), None);
    loop {
        match tokens.get(at) {
            Some(Token::Word(word)) if word == "as" => {
                if let Some(Token::Word(other)) = tokens.get(at + 1) {
                    name = Some(other.clone());
                }
                at += 1;
            }
            Some(Token::Word(word)) => {
                path.push(word.clone());
                // `a::{self}` is `a`.
                name = Some(word.clone()).filter(|word| word != "self");
                if name.is_none() && !before.is_empty() {
                    path.pop();
                    name = path.last().cloned();
                }
            }
            Some(Token::PathSeparator) => {}
            Some(Token::Sign('*')) => name = Some("*".to_owned()),
            Some(Token::Sign('{')) => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != Token::Sign('}')) {
                    at = read_tree(tokens, at, &path, imports);
                    if tokens.get(at) == Some(&Token::Sign(',')) {
                        at += 1;
                    }
                }
                return at + 1;
            }
            _ => {
                imports.extend(name.map(|name| Import { name, path }));
                return at;
            }
        }
        at += 1;
    }
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = r##"fn a<'a>() { b('"', '\'', "c \" d", r#"e "f"#, b"g"); /* h */ i::j } // k"##;
    let words: Vec<_> = tokens(text)
        .into_iter()
        .filter_map(|token| if let Token::Word(word) = token { Some(word) } else { None })
        .collect();
    assert_eq!(words, ["fn", "a", "a", "b", "i", "j"]);
}

#[test]
fn a_tree_of_imports_is_read_whole() {
    let text =
        "pub use crate::a::{self, b::{C, D as E}, f::*}; use super::g; let h = crate::i::j();";
    let (imports, spelled) = paths(&tokens(text));
    let imports: Vec<_> = imports
        .iter()
        .map(|import| format!("{} {}", import.name, import.path.join("::")))
        .collect();
    let expected =
        ["a crate::a", "C crate::a::b::C", "E crate::a::b::D", "* crate::a::f", "g super::g"];
    assert_eq!(imports, expected);
    assert_eq!(spelled, [["crate", "i", "j"]]);
}
