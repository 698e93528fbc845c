//! Owns what of the sources of `viewer/` is sent: modules become one script, and comments stay
//! here.

/// Joins modules into one script, so that a browser fetches one file instead of a chain of them. No
/// build tool is needed for it.
///
/// Imports and comments that have lines of their own are left out, and so are empty lines and the
/// blanks before a line; an `export` at the start of a line is dropped. The modules then share one
/// scope, so their top-level names must be distinct. No text of a module has a line that looks like
/// one of these, which a test makes sure of.
pub(crate) fn joined(modules: &[&str]) -> String {
    let mut script = String::new();
    // What ends the import or comment that the line is part of.
    let mut skipped_until = None;
    let lines = modules.iter().flat_map(|module| module.lines());
    let is_code = |line: &str| !line.is_empty() && !line.trim_start().starts_with("//");
    for line in lines.filter(|line| is_code(line)) {
        skipped_until = skipped_until.or_else(|| end_of_skipped(line));
        match skipped_until {
            Some(end) if line.ends_with(end) => skipped_until = None,
            Some(_) => {}
            None => {
                script.push_str(line.strip_prefix("export ").unwrap_or(line.trim_start()));
                script.push('\n');
            }
        }
    }
    script
}

/// How an import or a documentation comment ends that begins on this line.
///
/// A comment with code after it on the same line is a type cast, and stays.
fn end_of_skipped(line: &str) -> Option<&'static str> {
    if line.starts_with("import ") {
        return Some(";");
    }
    let is_comment = line.trim_start().starts_with("/**");
    let is_cast = line.contains("*/") && !line.ends_with("*/");
    (is_comment && !is_cast).then_some("*/")
}

/// A style sheet without its comments and empty lines. What looks like a comment inside a string is
/// none.
pub(crate) fn without_comments(sheet: &str) -> String {
    let (mut kept, mut rest) = (String::new(), sheet);
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let length = if from.starts_with("/*") {
            rest = from.split_once("*/").map_or("", |(_, after)| after);
            continue;
        } else if from.starts_with('/') {
            1
        } else {
            length_of_string(from)
        };
        let (text, after) = from.split_at(length);
        kept.push_str(text);
        rest = after;
    }
    kept.push_str(rest);
    kept.lines().filter(|line| !line.trim().is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// How many bytes the string has that the text begins with, both quotes included.
fn length_of_string(text: &str) -> usize {
    let quote = text.chars().next();
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, char)| {
        let is_end = !is_escaped && Some(char) == quote;
        is_escaped = !is_escaped && char == '\\';
        is_end
    });
    end.map_or(text.len(), |(at, char)| at + char.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_no_comments_but_type_casts_and_no_indentation() {
        let script = joined(&[
            "/** One line. */\n// Why.\nlet a; // It.\n/**\n * Several lines.\n */\n",
            "function b() {\n  // import c\n}\n",
            "\nfunction c() {\n\n  /** @param {D} d */\n  /** @type {D} */ (a).b();\n}\n",
        ]);
        let expected =
            "let a; // It.\nfunction b() {\n}\nfunction c() {\n/** @type {D} */ (a).b();\n}\n";
        assert_eq!(script, expected);
    }

    #[test]
    fn no_text_in_a_script_has_a_line_that_would_be_changed() {
        let apart =
            [include_str!("../../../viewer/embed.js"), include_str!("../../../viewer/example.js")];
        for module in crate::asset::MODULES.iter().chain(&apart) {
            // Only a template literal spans lines: nothing else may, except by a `\` at an end.
            let (mut is_text, mut comment) = (false, None);
            for line in module.lines() {
                let start = line.trim_start();
                let is_left_out = start.len() < line.len()
                    || start.is_empty()
                    || start.starts_with("//")
                    || end_of_skipped(line).is_some();
                assert!(!(is_text && (is_left_out || line.starts_with("export "))), "{line}");
                assert!(!line.ends_with('\\'), "{line}");
                if !is_text && comment.is_none() && !start.starts_with("//") {
                    comment = end_of_skipped(line);
                }
                match comment {
                    Some(end) if line.ends_with(end) => comment = None,
                    None if !start.starts_with("//") => {
                        is_text ^= line.matches('`').count() % 2 == 1;
                    }
                    _ => {}
                }
            }
            assert!(!is_text && comment.is_none(), "{}", module.lines().next().unwrap_or_default());
        }
    }

    #[test]
    fn a_style_sheet_has_no_comments_and_its_strings_are_whole() {
        let sheet = "/* Owns it,\n   all. */\n\n:root { a: \"/* b */\"; }\n\
                     /* c */ d { e: '\\'/*'; f: 1 / 2; }\n";
        let expected = ":root { a: \"/* b */\"; }\n d { e: '\\'/*'; f: 1 / 2; }\n";
        assert_eq!(without_comments(sheet), expected);
        assert_eq!(without_comments("a { b: \"c/*"), "a { b: \"c/*\n");
        assert_eq!(without_comments("a { } /* b"), "a { } \n");
        assert!(!without_comments(include_str!("../../../viewer/viewer.css")).contains("/*"));
    }
}
