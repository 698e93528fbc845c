//! Prints what a developer needs after the start: addresses, a key, and commands to try.

use domain::timestamp::Timestamp;
use local::link::WORKSPACE;
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

/// What the banner says about the running service.
pub(crate) struct Facts<'a> {
    /// The address of the API.
    pub(crate) address: SocketAddr,
    /// The endpoint of the embedded DynamoDB.
    pub(crate) endpoint: &'a str,
    /// The endpoint of the embedded object store.
    pub(crate) s3_endpoint: &'a str,
    /// The data directory.
    pub(crate) data: &'a Path,
    /// The demo key, which may do everything.
    pub(crate) key: &'a str,
    /// A token for the viewer's link; `None` means that the sample's workspace does not exist.
    pub(crate) viewer_token: Option<&'a str>,
    /// How many entries the sample has; 0 means that it was not loaded.
    pub(crate) sample_entries: usize,
    /// The time of the entry in the commands.
    pub(crate) now: Timestamp,
}

/// Prints the banner.
pub(crate) fn print(facts: &Facts<'_>) -> io::Result<()> {
    let Facts { address, endpoint, s3_endpoint, data, key, sample_entries, now, .. } = facts;
    let data = data.display();
    let sample = match sample_entries {
        0 => String::new(),
        count => format!(
            "\n  sample    {count} entries in ws_acme (pro), ws_globex (basic), \
             ws_initech (free), ws_umbrella (enterprise)"
        ),
    };
    let viewer = facts.viewer_token.map_or_else(
        || {
            "\n\nThe admin's page needs a token of a workspace: the last commands below make one, \
             and print the link."
                .to_owned()
        },
        |token| viewer_lines(*address, token),
    );
    let now = now.rfc3339();
    let mut out = io::stdout().lock();
    write!(
        out,
        r#"
The audit-log service is ready at http://{address}

  data      {data} (delete it, or use --fresh, to start over){sample}
  DynamoDB  {endpoint} (tables entries and control; access key and secret local)
  S3        {s3_endpoint} (bucket exports; the same)
  status    http://{address}/status (and /metrics, for Prometheus)
  stop      Ctrl-C; the data is kept{viewer}

Paste this into another terminal:

  export AUDIT=http://{address}/v1/workspaces/ws_acme TOKEN={key}
  JSON='Content-Type: application/json'

  # Create a workspace (ws_acme may exist already), record one entry, and list the newest five.
  curl -sX PUT $AUDIT -H "Authorization: Bearer $TOKEN" -H "$JSON" -d '{{"plan":"pro"}}'
  curl -sX POST $AUDIT/entries -H "Authorization: Bearer $TOKEN" -H "$JSON" -d '{{
    "occurred_at": "{now}", "action": "member.invite",
    "actor": {{"type": "user", "id": "user_1", "name": "Ada", "email": "ada@example.com"}},
    "target": {{"type": "member", "id": "member_1"}},
    "old_value": {{"role": "viewer"}}, "new_value": {{"role": "admin"}} }}'
  curl -s "$AUDIT/entries?page_size=5" -H "Authorization: Bearer $TOKEN"

  # Create a token for the admin's page, and print the link with it. It is valid for an hour.
  VIEWER=$(curl -sX POST $AUDIT/viewer-tokens -H "Authorization: Bearer $TOKEN" -H "$JSON" -d '{{
    "admin": {{"id": "me"}}, "expires_in_seconds": 3600 }}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  echo "page: http://{address}/v1/viewer?workspace={WORKSPACE}#token=$VIEWER"

"#
    )?;
    out.flush()
}

/// The lines with the links to the admin's page. Their token is valid for an hour.
fn viewer_lines(address: SocketAddr, token: &str) -> String {
    let viewer = format!("http://{address}/v1/viewer?workspace={WORKSPACE}#token={token}");
    let example =
        format!("http://{address}/v1/viewer/example.html#workspace={WORKSPACE}&token={token}");
    format!(
        "\n\nThe admin's page, and the same page embedded in another one. The links are valid \
         for an hour:\n\n  {viewer}\n  {example}"
    )
}

/// An error and its causes, in one line.
pub(crate) fn explain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&dyn Error| (*cause).source());
    std::iter::once(error.to_string())
        .chain(causes.map(ToString::to_string))
        .collect::<Vec<_>>()
        .join(": ")
}
