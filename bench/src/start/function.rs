//! Owns what is started: a program, or a script in the folder with what it needs.

use crate::Fault;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A function: a program, or an interpreter and the script that it runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    interpreter: Option<PathBuf>,
    /// What is deployed: the program; or the script, beside the packages that it needs.
    file: PathBuf,
}

impl Function {
    /// Reads `program`, or `interpreter=script`.
    pub(super) fn parse(text: &str) -> Self {
        let (interpreter, file) =
            text.split_once('=').map_or((None, text), |(before, file)| (Some(before), file));
        Self { interpreter: interpreter.map(PathBuf::from), file: PathBuf::from(file) }
    }

    /// Its name in the table.
    pub(super) fn name(&self) -> String {
        self.file.file_name().unwrap_or_default().display().to_string()
    }

    /// What starts it.
    pub(super) fn command(&self) -> Command {
        let Some(interpreter) = &self.interpreter else { return Command::new(&self.file) };
        let mut command = Command::new(interpreter);
        command.arg(&self.file);
        command
    }

    /// The bytes that are deployed: of a script, with its folder, and without the interpreter.
    pub(super) fn bytes(&self) -> Result<u64, Fault> {
        match self.file.parent() {
            Some(folder) if self.interpreter.is_some() => bytes_below(folder),
            _ => Ok(std::fs::metadata(&self.file)?.len()),
        }
    }
}

fn bytes_below(folder: &Path) -> Result<u64, Fault> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { bytes_below(&entry.path())? } else { about.len() };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_a_program_or_a_script_with_its_interpreter() {
        let program = Function::parse("/a/record");
        assert_eq!(program, Function { interpreter: None, file: PathBuf::from("/a/record") });
        let script = Function::parse("/usr/bin/node=/b/record.mjs");
        assert_eq!(script.interpreter, Some(PathBuf::from("/usr/bin/node")));
        assert_eq!([program.name(), script.name()], ["record", "record.mjs"]);
        assert_eq!(script.command().get_args().collect::<Vec<_>>(), ["/b/record.mjs"]);
    }

    #[test]
    fn a_script_weighs_as_much_as_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("record.mjs");
        std::fs::create_dir(folder.path().join("packages")).unwrap();
        std::fs::write(folder.path().join("packages/one"), [0; 30]).unwrap();
        std::fs::write(&file, [0; 12]).unwrap();
        let program = Function { interpreter: None, file: file.clone() };
        let script = Function { interpreter: Some(PathBuf::from("node")), file };
        assert_eq!((program.bytes().unwrap(), script.bytes().unwrap()), (12, 42));
    }
}
