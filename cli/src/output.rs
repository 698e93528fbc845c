//! Owns the form of answers: text on stdout with notes on stderr for people, JSON on stdout for
//! programs.

use crate::args::Format;
use crate::failure::Failure;
use serde::Serialize;
use std::io::Write;

/// The answer of a command.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people, on stdout.
    text: String,
    /// For programs, on stdout.
    json: String,
    /// More for people, on stderr.
    notes: Vec<String>,
    /// For people and programs, on stderr.
    warnings: Vec<String>,
    /// Whether the answer is yes; if it is no, the exit code is 1.
    is_yes: bool,
}

impl Answer {
    /// The answer yes, as `text` for people and as `view` for programs.
    pub(crate) fn new(text: String, view: &impl Serialize) -> Result<Self, Failure> {
        let json =
            serde_json::to_string_pretty(view).map_err(|error| Failure::Output(error.into()))?;
        Ok(Self { text, json, notes: Vec::new(), warnings: Vec::new(), is_yes: true })
    }

    /// The answer yes of a command that has written what it answers.
    pub(crate) fn written() -> Self {
        let (text, json) = (String::new(), String::new());
        Self { text, json, notes: Vec::new(), warnings: Vec::new(), is_yes: true }
    }

    /// What people see.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a note for people.
    pub(crate) fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    /// Adds a warning.
    pub(crate) fn with_warning(mut self, warning: &str) -> Self {
        self.warnings.push(format!("warning: {warning}"));
        self
    }

    /// Makes the answer no if `is_yes` is false.
    pub(crate) fn holding(mut self, is_yes: bool) -> Self {
        self.is_yes = is_yes;
        self
    }

    /// Writes the answer and returns the exit code. Notes are written even if the answer cannot be:
    /// they may say what is lost with it.
    pub(crate) fn print(
        &self,
        format: Format,
        out: &mut impl Write,
        notes: &mut impl Write,
    ) -> Result<u8, Failure> {
        let (text, lines) = match format {
            Format::Text => (&self.text, self.notes.as_slice()),
            Format::Json => (&self.json, &[][..]),
        };
        let written = if text.is_empty() {
            Ok(())
        } else {
            writeln!(out, "{text}").and_then(|()| out.flush())
        };
        for line in lines.iter().chain(&self.warnings) {
            // If stderr does not work, there is no other way to report it.
            let _ = writeln!(notes, "{line}");
        }
        written.map_err(|error| Failure::Output(error.into()))?;
        Ok(u8::from(!self.is_yes))
    }
}

/// Rows in columns as wide as their widest cell, two spaces apart.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells: Vec<_> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Names and values, one pair per line.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    columns(
        &fields.iter().map(|(name, value)| [(*name).to_owned(), value.clone()]).collect::<Vec<_>>(),
    )
}

/// A text that a client chose, in quotes, with control characters escaped so that it cannot steer
/// the terminal.
pub(crate) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(answer: &Answer, format: Format) -> (u8, String, String) {
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        let code = answer.print(format, &mut out, &mut notes).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(notes).unwrap())
    }

    #[test]
    fn people_get_text_and_notes_and_programs_get_json() {
        let answer = Answer::new("yes".into(), &[1])
            .unwrap()
            .with_note("note".into())
            .with_warning("careful");
        assert_eq!(
            printed(&answer, Format::Text),
            (0, "yes\n".into(), "note\nwarning: careful\n".into())
        );
        assert_eq!(
            printed(&answer, Format::Json),
            (0, "[\n  1\n]\n".into(), "warning: careful\n".into())
        );
        assert_eq!(printed(&answer.holding(false), Format::Json).0, 1);
    }

    #[test]
    fn notes_are_written_even_if_the_answer_cannot_be() {
        let answer = Answer::new("token".into(), &()).unwrap().with_note("key 1".into());
        let mut notes = Vec::new();
        let mut full: &mut [u8] = &mut [0; 3];
        assert!(matches!(
            answer.print(Format::Text, &mut full, &mut notes),
            Err(Failure::Output(_))
        ));
        assert_eq!(notes, b"key 1\n");
    }

    #[test]
    fn columns_line_up() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        assert_eq!(
            columns(&[row("KEY", "NAME"), row("long one", ""), row("é", "x")]),
            "KEY       NAME\nlong one\né         x"
        );
    }

    #[test]
    fn a_chosen_text_cannot_steer_the_terminal() {
        assert_eq!(quoted("a \u{1b}[2J\u{202e}\nĂé"), "\"a \\u{1b}[2J\\u{202e}\\nĂé\"");
    }
}
