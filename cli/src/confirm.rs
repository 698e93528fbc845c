//! Owns the question to the operator before what cannot simply be undone.

use crate::args::Format;
use std::io::{self, IsTerminal, Write};

/// Asks a question on the terminal. Where nobody can answer, the answer is no.
pub(crate) fn confirmed(question: &str, format: Format) -> bool {
    if format == Format::Json || !io::stdin().is_terminal() {
        return false;
    }
    // If stderr does not work, nobody sees the question, and nothing is done.
    let is_asked = write!(io::stderr(), "{question} [y/N] ").is_ok();
    let mut line = String::new();
    let is_read = is_asked && io::stdin().read_line(&mut line).is_ok();
    is_read && matches!(line.trim(), "y" | "Y" | "yes")
}
