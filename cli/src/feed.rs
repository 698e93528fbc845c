//! Writes the feed of a workspace as lines of JSON, and remembers how far it came.

use crate::args::FeedArgs;
use crate::failure::Failure;
use crate::output::Answer;
use crate::workspace::found;
use domain::clock::Clock;
use domain::feed::{FeedError, FeedPage, FeedQuery, FeedStore, MAX_FEED_ENTRIES, read_feed};
use domain::plan::Plan;
use domain::ports::{StoreError, chain};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the feed is polled by who follows it. Entries get their numbers some 10 seconds after
/// they are recorded, so asking more often gains little.
const POLLED_EVERY: Duration = Duration::from_secs(15);

/// `audit feed`: one line for each entry, in order.
///
/// The lines of a part are written and flushed before the state file is replaced. Who is killed in
/// between writes these lines again, and never leaves one out.
pub(crate) async fn run<S: FeedStore>(
    store: &S,
    args: FeedArgs,
    out: &mut impl Write,
) -> Result<Answer, Failure> {
    let FeedArgs { workspace, after, limit, follow, state, values } = args;
    let state = state.map(State);
    let saved = state.as_ref().map(State::read).transpose()?.flatten();
    let mut query =
        FeedQuery { after: saved.or(after), with_values: values, ..FeedQuery::default() };
    let (mut left, mut was_read) = (limit.unwrap_or(usize::MAX), false);
    loop {
        query.limit = left.min(MAX_FEED_ENTRIES);
        let part = async {
            let workspace = found(store, &workspace).await?;
            let now = Clock::System.now();
            let page = read_feed(store, &workspace, &query, now).await.map_err(failure)?;
            Ok((page, workspace.plan))
        };
        let has_more = match part.await {
            Ok((page, plan)) => {
                write(&page, plan, values, out).map_err(|error| Failure::Output(error.into()))?;
                if let (Some(state), Some(next)) = (&state, page.next)
                    && page.next != query.after
                {
                    state.write(next)?;
                }
                (query.after, was_read) = (page.next, true);
                left = left.saturating_sub(page.items.len());
                page.has_more
            }
            // Who follows goes on when the store does.
            Err(Failure::Store(error)) if follow && was_read && is_passing(&error) => {
                // If stderr does not work, there is no other way to report it.
                let _ = writeln!(io::stderr(), "warning: {}; going on", chain(&error));
                false
            }
            Err(failure) => return Err(failure),
        };
        if left == 0 || !(has_more || follow) {
            return Ok(Answer::written());
        }
        if !has_more {
            tokio::time::sleep(POLLED_EVERY).await;
        }
    }
}

fn failure(error: FeedError) -> Failure {
    match error {
        FeedError::Store(error) => error.into(),
        FeedError::Beyond => Failure::Beyond,
    }
}

fn is_passing(error: &StoreError) -> bool {
    matches!(error, StoreError::Throttled(_) | StoreError::Unavailable(_))
}

/// Writes the lines of a part, all of them before it returns.
fn write(page: &FeedPage, plan: Plan, values: bool, out: &mut impl Write) -> io::Result<()> {
    let mut lines = Vec::new();
    for item in &page.items {
        serde_json::to_writer(&mut lines, &item.view(plan, values))?;
        lines.push(b'\n');
    }
    out.write_all(&lines)?;
    out.flush()
}

/// A file with the number of the last entry that was written.
struct State(PathBuf);

impl State {
    /// The number. `None` means that the file does not exist yet.
    fn read(&self) -> Result<Option<u64>, Failure> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.failed(error))?,
        };
        let number = text.trim_end().parse().map_err(|_not_one| {
            self.failed(io::Error::new(io::ErrorKind::InvalidData, "it holds no number"))
        });
        number.map(Some)
    }

    /// Replaces the file in one step, so that it holds the old number or the new one whenever this
    /// is stopped.
    fn write(&self, number: u64) -> Result<(), Failure> {
        let mut name = self.0.clone().into_os_string();
        name.push(".new");
        replace(Path::new(&name), &self.0, number).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> Failure {
        Failure::State(self.0.display().to_string(), error.into())
    }
}

fn replace(new: &Path, file: &Path, number: u64) -> io::Result<()> {
    let mut written = File::create(new)?;
    writeln!(written, "{number}")?;
    written.sync_all()?;
    fs::rename(new, file)
}
