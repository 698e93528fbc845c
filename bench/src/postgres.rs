//! Measures PostgreSQL: a private cluster on a Unix socket, with an index for each filter, COUNT
//! and OFFSET. `psql` takes the times.

use crate::cases::{Answers, Ask, Case, PAGE};
use crate::figures::{Figures, Measured};
use crate::workload::{Log, WORKSPACE};
use crate::{Fault, progress};
use domain::entry::Entry;
use domain::identity::EntryId;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use fastrand::Rng;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Entries recorded one by one.
const RECORDED: usize = 200;
/// Pages measured of each case.
const PAGES: usize = 15;
/// The columns of the table, in the order of [`values`].
const COLUMNS: &str = "workspace_id, id, recorded_at, \
     actor_type, actor_id, actor_name, actor_email, action, target_type, target_id, target_name, \
     outcome, ip_address, user_agent, external_id, request_id, expires_at, old_value, new_value";
/// The columns that a row of a list shows.
const ROW: &str = "e.id, e.recorded_at, \
     e.actor_type, e.actor_id, e.actor_name, e.actor_email, \
     e.action, e.target_type, e.target_id, e.target_name, \
     e.outcome, e.ip_address, e.user_agent, e.external_id, e.request_id, e.expires_at";
/// The ids are those of this service. They are compared as bytes, so their order is that of time.
const SCHEMA: &str = r#"CREATE TABLE entries (
    workspace_id text NOT NULL, id text COLLATE "C" NOT NULL, recorded_at timestamptz NOT NULL,
    actor_type text NOT NULL, actor_id text NOT NULL, actor_name text, actor_email text,
    action text NOT NULL,
    target_type text NOT NULL, target_id text NOT NULL, target_name text,
    outcome text NOT NULL, ip_address inet, user_agent text, external_id text, request_id text,
    expires_at timestamptz, old_value json, new_value json);"#;
/// One index for each filter. The index alone answers COUNT, and finds the rows of a page.
const INDEXES: &str = "CREATE UNIQUE INDEX by_id ON entries (workspace_id, id DESC);
    CREATE INDEX by_action ON entries (workspace_id, action, id DESC);
    CREATE INDEX by_target_type ON entries (workspace_id, target_type, id DESC);
    CREATE INDEX by_action_and_target_type ON entries (workspace_id, action, target_type, id DESC);
    CREATE INDEX by_actor ON entries (workspace_id, actor_id, id DESC);
    CREATE INDEX by_target ON entries (workspace_id, target_type, target_id, id DESC);
    VACUUM ANALYZE entries;";

/// The figures of PostgreSQL.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The pages of each case, in the order of [`Case::all`].
    pub(crate) pages: Vec<Figures>,
    /// Recording one entry.
    pub(crate) recorded: Figures,
}

/// Loads the log, and measures [`PAGES`] pages of each case.
pub(crate) fn measure(log: &Log, answers: &Answers<'_>, binaries: &Path) -> Result<Report, Fault> {
    let cluster = Cluster::start(binaries)?;
    cluster.run(SCHEMA)?;
    let imported = log.len().saturating_sub(RECORDED);
    cluster.copy(log, imported)?;
    cluster.run(INDEXES)?;
    let mut report = Report::default();
    let inserts = (imported..log.len()).map(|place| {
        Ok(format!(
            "INSERT INTO entries ({COLUMNS}) VALUES ({});\n",
            literals(&log.entry(place)?, log.workspace.plan)
        ))
    });
    for ms in cluster.times(&inserts.collect::<Result<String, Fault>>()?)? {
        report.recorded.add(Measured { ms, ..Measured::default() });
    }
    cluster.run("VACUUM ANALYZE entries;")?;
    progress(&format!("PostgreSQL: {} entries are loaded", log.len()));
    let mut rng = Rng::with_seed(13);
    for case in Case::all() {
        let asks =
            (0..PAGES).filter_map(|_| answers.ask(case, log.len(), log.end().plus_ms(1), &mut rng));
        let asks: Vec<_> = asks.collect();
        // The first page is requested twice, and its first time is not counted: it warms up.
        let script: String =
            asks.iter().take(1).chain(&asks).map(|ask| statements(log, ask)).collect();
        let times = cluster.times(&script)?;
        let mut figures = Figures::of(asks.last().map_or(0, |ask| ask.total));
        for pair in times.chunks_exact(2).skip(1) {
            figures.add(Measured { ms: pair.iter().sum(), ..Measured::default() });
        }
        report.pages.push(figures);
    }
    progress("PostgreSQL: pages are measured");
    Ok(report)
}

/// The statements for the total and for the page. The page's statement finds its rows in the index
/// alone, and then reads them.
fn statements(log: &Log, ask: &Ask) -> String {
    let mut matching = format!("workspace_id = '{WORKSPACE}'");
    let texts = [("action", ask.kinds.action()), ("target_type", ask.kinds.target_type())];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        let _ = write!(matching, " AND {name} = '{text}'");
    }
    let from = ask.from.max(log.workspace.visible_from(log.end())).unwrap_or(Timestamp::MIN);
    let _ = write!(matching, " AND id >= '{}'", EntryId::first_of(from));
    if let Some(to) = ask.to {
        let _ = write!(matching, " AND id < '{}'", EntryId::first_of(to));
    }
    let (after, offset) = match ask.above {
        Some(above) if ask.by_token => (format!(" AND id < '{above}'"), 0),
        _ => (String::new(), ask.offset()),
    };
    let page = format!(
        "SELECT workspace_id, id FROM entries WHERE {matching}{after} \
         ORDER BY id DESC LIMIT {PAGE} OFFSET {offset}"
    );
    format!(
        "SELECT count(*) FROM entries WHERE {matching};\n\
         SELECT {ROW} FROM ({page}) p JOIN entries e USING (workspace_id, id) \
         ORDER BY id DESC;\n"
    )
}

/// The values of an entry in the order of the columns, as a workspace's plan has them.
fn values(entry: &Entry, plan: Plan) -> [Option<String>; 19] {
    let content = &entry.content;
    let some = |text: &str| Some(text.to_owned());
    [
        some(entry.workspace_id.as_str()),
        Some(entry.id.to_string()),
        Some(entry.recorded_at.rfc3339()),
        some(content.actor.kind.name()),
        some(&content.actor.id),
        content.actor.name.clone(),
        content.actor.email.clone(),
        some(&content.action),
        some(&content.target.kind),
        some(&content.target.id),
        content.target.name.clone(),
        some(content.outcome.name()),
        content.ip_address.clone(),
        content.user_agent.clone(),
        content.external_id.clone(),
        content.request_id.clone(),
        plan.expires_at(content.occurred_at).map(Timestamp::rfc3339),
        content.old_value.as_ref().map(|value| value.as_str().to_owned()),
        content.new_value.as_ref().map(|value| value.as_str().to_owned()),
    ]
}

/// The values of an entry as SQL literals. The workload has no quotes, so nothing is escaped.
fn literals(entry: &Entry, plan: Plan) -> String {
    values(entry, plan)
        .map(|value| value.map_or_else(|| "NULL".to_owned(), |text| format!("'{text}'")))
        .join(", ")
}

/// A running server. Its data directory is deleted when it is dropped.
struct Cluster {
    binaries: PathBuf,
    directory: TempDir,
    as_postgres: bool,
}

impl Cluster {
    /// Creates a cluster and starts its server.
    fn start(binaries: &Path) -> Result<Self, Fault> {
        let directory = tempfile::tempdir()?;
        // PostgreSQL refuses to run as root. Debian's package creates a user for it.
        let as_postgres = Command::new("id").arg("-u").output()?.stdout.starts_with(b"0\n");
        if as_postgres {
            run(Command::new("chown").arg("postgres").arg(directory.path()))?;
        }
        let cluster = Self { binaries: binaries.to_owned(), directory, as_postgres };
        run(cluster.server("initdb").args([
            "--auth=trust", "--username=bench", "--encoding=UTF8", "--locale=C", "--no-sync",
        ]))?;
        let sockets = cluster.directory.path().display();
        // No TCP port, and a quarter of a small server's memory. Commits reach the disk (the
        // default).
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={sockets} -c shared_buffers=2GB \
             -c work_mem=64MB -c max_wal_size=8GB"
        );
        run(cluster
            .server("pg_ctl")
            .args(["-w", "-s", "-l"])
            .arg(cluster.directory.path().join("log"))
            .args(["-o", &options, "start"]))?;
        Ok(cluster)
    }

    /// A program of the server, run by a user that PostgreSQL accepts.
    fn server(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command =
            if self.as_postgres { Command::new("runuser") } else { Command::new(&program) };
        if self.as_postgres {
            command.args(["-u", "postgres", "--"]).arg(program);
        }
        command.arg("-D").arg(self.directory.path().join("data"));
        command.current_dir(self.directory.path());
        command
    }

    /// The client, connected to this server.
    fn psql(&self) -> Command {
        let mut command = Command::new(self.binaries.join("psql"));
        command
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "bench", "-d", "postgres", "-h"])
            .arg(self.directory.path());
        command
    }

    /// Runs statements one by one.
    fn run(&self, sql: &str) -> Result<(), Fault> {
        sql.split_inclusive(';')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .try_for_each(|one| run(self.psql().args(["-c", one])))
    }

    /// Loads the first entries of the log.
    fn copy(&self, log: &Log, entries: usize) -> Result<(), Fault> {
        let mut child = self
            .psql()
            .args(["-c", &format!("COPY entries ({COLUMNS}) FROM STDIN")])
            .stdin(Stdio::piped())
            .spawn()?;
        let mut input = BufWriter::new(child.stdin.take().ok_or("psql has no standard input")?);
        for place in 0..entries {
            let values = values(&log.entry(place)?, log.workspace.plan)
                .map(|value| value.unwrap_or_else(|| r"\N".to_owned()));
            writeln!(input, "{}", values.join("\t"))?;
        }
        input.flush()?;
        drop(input);
        if child.wait()?.success() { Ok(()) } else { Err("COPY failed".into()) }
    }

    /// Runs statements in one session, and returns how many milliseconds each took.
    fn times(&self, script: &str) -> Result<Vec<f64>, Fault> {
        let file = self.directory.path().join("script.sql");
        std::fs::write(&file, format!("\\timing on\n{script}"))?;
        let output = self.psql().args(["-A", "-t", "-f"]).arg(&file).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let text = String::from_utf8(output.stdout)?;
        let times = text
            .lines()
            .filter_map(|line| line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok());
        Ok(times.collect())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = run(self.server("pg_ctl").args(["-s", "-m", "immediate", "stop"]));
    }
}

fn run(command: &mut Command) -> Result<(), Fault> {
    let output = command.output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
