//! The operator's command line, `audit`: it reads the arguments, connects, carries out one command,
//! prints the answer, and exits with a code that says how it went.

mod actor;
mod announce;
mod args;
mod catalog;
mod confirm;
mod connect;
mod directory;
mod entry;
mod entry_list;
mod export;
mod failure;
mod feed;
mod job;
mod key;
mod life;
mod output;
mod place;
mod plan;
mod recording;
mod restore;
mod tally;
mod verify;
mod workspace;

use args::{
    AuditArgs, Command, DirectoryCommand, EntryCommand, ExportCommand, Format, JobCommand,
    Settings, TallyCommand, WorkspaceCommand,
};
use clap::Parser;
use connect::Connection;
use domain::clock::Clock;
use failure::{Failure, Report};
use output::Answer;
use place::Role;
use recording::Recording;
use std::io::{self, Write};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let AuditArgs { settings, command } = AuditArgs::parse();
    let answer = run(&settings, command).await;
    let code = answer.and_then(|answer| Ok(print(&answer, settings.format())?));
    ExitCode::from(code.unwrap_or_else(|report| {
        // If stderr does not work, there is no other way to report it.
        let _ = writeln!(io::stderr(), "{}", report.line());
        report.exit_code()
    }))
}

/// Connects, then carries out the command.
async fn run(settings: &Settings, command: Command) -> Result<Answer, Report> {
    let connection = Connection::open(settings, needed(&command)).await?;
    let files = match &command {
        Command::Export(ExportCommand::Show { files, .. }) => {
            connect::files(settings, files).await?
        }
        _ => None,
    };
    let queue = if starts_a_job(&command) { connection.queue(settings)? } else { None };
    let queue = queue.as_ref();
    let (store, recording) = (&connection.store, Recording::system(settings.grace_days));
    // Read after connecting: fetching credentials may take minutes.
    let now = Clock::System.now();
    let answer = match command {
        Command::Key(command) => key::run(store, command, now).await,
        Command::Workspace(WorkspaceCommand::List) => workspace::list(store, now).await,
        Command::Workspace(WorkspaceCommand::Show { workspace }) => {
            workspace::show(store, &workspace, now).await
        }
        Command::Plan(command) => {
            plan::run(store, queue, command, &recording, settings.format()).await
        }
        Command::Export(command) => {
            // Large: it includes the counting of the rows that the export will have.
            let run = export::run(store, files.as_ref(), queue, command, &recording, now);
            Box::pin(run).await
        }
        Command::Feed(args) => Box::pin(feed::run(store, args, &mut io::stdout().lock())).await,
        Command::Job(command) => job::run(store, queue, command, now).await,
        Command::Catalog(command) => catalog::run(store, command, settings.format()).await,
        Command::Tally(command) => tally::run(store, command).await,
        Command::Directory(command) => {
            // Large: it includes numbering and following.
            Box::pin(directory::run(
                store, command, settings.grace_days, settings.unusual_thresholds,
            ))
            .await
        }
        Command::Actor(command) => actor::run(store, command, now).await,
        Command::Entry(EntryCommand::List(list)) => {
            let thresholds = &settings.unusual_thresholds;
            entry_list::run(store, *list, thresholds, now).await
        }
        Command::Entry(EntryCommand::Verify { workspace, entry }) => {
            entry::verify(store, &workspace, entry, now).await
        }
        Command::Restore(args) => {
            let entries_table = connection.table(Role::Entries);
            restore::run(store, &args, entries_table, settings.grace_days, now).await
        }
        Command::Verify { workspace } => {
            // Large: it includes numbering and checking.
            Box::pin(verify::verify(store, &workspace, &Clock::System)).await
        }
    };
    match answer {
        Ok(answer) => Ok(answer),
        Err(failure) => Err(connection.report(failure).await),
    }
}

/// Whether a command may start a job.
fn starts_a_job(command: &Command) -> bool {
    matches!(
        command,
        Command::Export(ExportCommand::Create(_))
            | Command::Plan(_)
            | Command::Job(JobCommand::Retry { .. })
    )
}

/// The tables that a command reads or writes.
fn needed(command: &Command) -> &'static [Role] {
    match command {
        Command::Plan(_)
        | Command::Entry(_)
        | Command::Restore(_)
        | Command::Verify { .. }
        | Command::Directory(DirectoryCommand::Rebuild { .. })
        | Command::Tally(TallyCommand::Recount { .. })
        | Command::Feed(_)
        | Command::Export(ExportCommand::Create(_)) => &[Role::Entries, Role::Control],
        Command::Key(_)
        | Command::Workspace(_)
        | Command::Export(ExportCommand::List { .. } | ExportCommand::Show { .. })
        | Command::Job(_)
        | Command::Catalog(_)
        | Command::Actor(_)
        | Command::Tally(_) => &[Role::Control],
    }
}

fn print(answer: &Answer, format: Format) -> Result<u8, Failure> {
    answer.print(format, &mut io::stdout().lock(), &mut io::stderr().lock())
}
