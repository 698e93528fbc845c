//! The operator's command line: `audit`. It reads the arguments, connects, does one thing, answers,
//! and tells the rest by the exit code.

mod args;
mod connect;
mod entry;
mod export;
mod failure;
mod job;
mod key;
mod life;
mod output;
mod plan;
mod tally;
mod workspace;

use args::{AuditArgs, Command, EntryCommand, ExportCommand, Format, Settings, WorkspaceCommand};
use clap::Parser;
use connect::Needs;
use domain::clock::Clock;
use failure::Failure;
use output::Answer;
use std::io::{self, Write};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let AuditArgs { settings, command } = AuditArgs::parse();
    let code = run(&settings, command).await.and_then(|answer| print(&answer, settings.output));
    ExitCode::from(code.unwrap_or_else(|failure| {
        // Nobody can be told that stderr does not work.
        let _ = writeln!(io::stderr(), "{}", failure.line());
        failure.exit_code()
    }))
}

async fn run(settings: &Settings, command: Command) -> Result<Answer, Failure> {
    let now = Clock::System.now();
    match command {
        Command::Key(command) => {
            key::run(&connect::store(settings, Needs::Control).await?, command, now).await
        }
        Command::Workspace(WorkspaceCommand::Show { workspace }) => {
            workspace::show(&connect::store(settings, Needs::Control).await?, &workspace, now).await
        }
        Command::Plan(command) => {
            plan::run(&connect::store(settings, Needs::Both).await?, command, now).await
        }
        Command::Export(command) => {
            let needs = if matches!(command, ExportCommand::Create(_)) {
                Needs::Both
            } else {
                Needs::Control
            };
            let store = connect::store(settings, needs).await?;
            let files = match &command {
                ExportCommand::Show { files, .. } => connect::files(settings, files).await?,
                _ => None,
            };
            // Large: counting what an export will have is much of a function.
            Box::pin(export::run(&store, files.as_ref(), command, now)).await
        }
        Command::Job(command) => {
            job::run(&connect::store(settings, Needs::Control).await?, command, now).await
        }
        Command::Tally(command) => {
            tally::run(&connect::store(settings, Needs::Control).await?, command, now).await
        }
        Command::Entry(EntryCommand::Verify { workspace, entry }) => {
            entry::verify(&connect::store(settings, Needs::Both).await?, &workspace, entry, now)
                .await
        }
    }
}

fn print(answer: &Answer, format: Format) -> Result<u8, Failure> {
    answer.print(format, &mut io::stdout().lock(), &mut io::stderr().lock())
}
