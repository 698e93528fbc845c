//! Checks that no log line of the service has a token, or a text that tests record and send.
//!
//! [`watch`] looks at every line that the service writes in a test's process, whatever the test is
//! about.

use std::io::{self, Write};
use std::sync::Once;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Texts of the entries, requests and admins of the tests.
const CONTENT: [&str; 14] = [
    "Ada Lovelace", "ada@example.com", "Grace Hopper", "203.0.113.7", "Mozilla/5.0", "usr_ada",
    "mem_grace", "prj_7", "req_01HZX", "ZqMarkerJx", "PlantedInB", "SecretOfB", "member.invite",
    "ws_log/",
];

/// The level of a deployment for everything, and each line of the service itself. The embedded
/// stores are left out, because no deployment has them.
const FILTER: &str = "info,dynoxide=off,s3s=off,s3s_fs=off,domain=trace,web=trace,\
                      record=trace,list=trace,get=trace,workspace=trace,viewer=trace,tally=trace,\
                      export=trace,job=trace,local=trace";

/// The text of a line that it must not have. `None` means that the line may be written.
#[must_use]
pub fn told(line: &str) -> Option<&str> {
    let content = CONTENT.into_iter().find(|text| line.contains(text));
    content.or_else(|| token(line))
}

/// A token: `cwa_`, an id of 16 characters and the beginning of a secret.
fn token(line: &str) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    line.match_indices("cwa_").find_map(|(at, _)| {
        let candidate = line.get(at..at + 32)?;
        candidate.bytes().all(is_part).then_some(candidate)
    })
}

/// Writes nothing, and looks at each line.
#[derive(Debug, Clone, Copy)]
struct Watch;

impl Write for Watch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        if let Some(text) = told(&line) {
            // A panic would only end the task that has logged, and no test would fail.
            let _ = writeln!(io::stderr(), "the service logged {text}: {line}");
            std::process::abort();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Watch {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Ends this process from now on when it logs a line that has what no line may have.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new(FILTER))
            .with_writer(Watch)
            .finish();
        // A test that has a subscriber of its own checks its lines itself.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}
