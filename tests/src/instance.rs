//! An instance of the service in a separate process, with the settings of a Lambda function.

use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// A running process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Instance {
    /// Where it listens, for example `http://127.0.0.1:43211`.
    pub address: String,
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Instance {
    /// Starts the program over the DynamoDB API at `endpoint`, and waits until it listens. `log` is
    /// the filter of its log. With `off`, errors go to the test's own output, otherwise the log is
    /// kept for [`Self::said_during`].
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::unwrap_used, reason = "a test without its service fails")]
    pub async fn start(program: &Path, endpoint: &str, log: &str) -> Self {
        let is_kept = log != "off";
        let mut process = Command::new(program)
            .env_clear()
            .env("ENTRIES_TABLE", "entries")
            .env("CONTROL_TABLE", "control")
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("RUST_LOG", log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if is_kept { Stdio::piped() } else { Stdio::inherit() })
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        assert_ne!(output.read_line(&mut line).await.unwrap(), 0, "it ended before it was ready");
        Self { address: line.trim().to_owned(), process, output }
    }

    /// Kills it at any point of its work.
    ///
    /// # Panics
    /// When it cannot be killed.
    #[expect(clippy::unwrap_used, reason = "a test that cannot kill what it has started fails")]
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// Runs `work`, ends the process, and returns everything that the process printed and logged
    /// since it was ready.
    ///
    /// # Panics
    /// When its output is not text.
    #[expect(clippy::unwrap_used, reason = "a test that cannot read what was said fails")]
    pub async fn said_during(mut self, work: impl Future<Output = ()>) -> String {
        let (mut log, mut printed) = (String::new(), String::new());
        let mut kept = self.process.stderr.take().unwrap();
        let input = self.process.stdin.take();
        let work = async {
            work.await;
            drop(input);
        };
        // The output is read meanwhile, because the process stops when a pipe is full.
        let ((), logged, output) = tokio::join!(
            work,
            kept.read_to_string(&mut log),
            self.output.read_to_string(&mut printed)
        );
        assert!(logged.is_ok() && output.is_ok());
        self.process.wait().await.unwrap();
        log + &printed
    }
}
