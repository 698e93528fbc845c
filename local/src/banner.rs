//! Prints what a developer needs to go on.

use domain::timestamp::Timestamp;
use local::link::WORKSPACE;
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

/// What is running.
pub(crate) struct Facts<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) endpoint: &'a str,
    pub(crate) s3_endpoint: &'a str,
    pub(crate) data: &'a Path,
    pub(crate) key: &'a str,
    pub(crate) viewer_token: Option<&'a str>,
    pub(crate) sample_entries: usize,
    pub(crate) now: Timestamp,
}

/// Prints the address, a key, and lines to paste into another terminal.
pub(crate) fn print(facts: &Facts<'_>) -> io::Result<()> {
    let Facts { address, endpoint, s3_endpoint, data, key, sample_entries, now, .. } = facts;
    let data = data.display();
    let sample = match sample_entries {
        0 => String::new(),
        count => format!(
            "\n  sample    {count} entries in ws_acme (pro), ws_globex (basic), ws_initech (free), ws_umbrella (enterprise)"
        ),
    };
    let viewer = facts.viewer_token.map(|token| viewer_lines(*address, token)).unwrap_or_default();
    let now = now.rfc3339();
    let mut out = io::stdout().lock();
    write!(
        out,
        r#"
The audit-log service is ready at http://{address}

  data      {data} (delete it, or use --fresh, to start over){sample}
  DynamoDB  {endpoint} (tables entries and control)
  S3        {s3_endpoint} (bucket exports)
  stop      Ctrl-C; nothing is lost{viewer}

Paste this into another terminal:

  export AUDIT=http://{address}/v1/workspaces/ws_acme TOKEN={key}

  # a workspace (ws_acme may be there already), one entry, and the newest five
  curl -sX PUT $AUDIT -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{"plan":"pro"}}'
  curl -sX POST $AUDIT/entries -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{
    "occurred_at": "{now}", "action": "member.invite",
    "actor": {{"type": "user", "id": "user_1", "name": "Ada", "email": "ada@example.com"}},
    "target": {{"type": "member", "id": "member_1"}},
    "old_value": {{"role": "viewer"}}, "new_value": {{"role": "admin"}} }}'
  curl -s "$AUDIT/entries?page_size=5" -H "Authorization: Bearer $TOKEN"

  # another token for the viewer, in place of the one in its link
  curl -sX POST $AUDIT/viewer-tokens -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{"admin":{{"id":"me"}},"expires_in_seconds":3600}}'

"#
    )?;
    out.flush()
}

/// The admin's page, alone and within another page, open for an hour.
fn viewer_lines(address: SocketAddr, token: &str) -> String {
    let viewer = format!("http://{address}/v1/viewer?workspace={WORKSPACE}#token={token}");
    let example =
        format!("http://{address}/v1/viewer/example.html#workspace={WORKSPACE}&token={token}");
    format!(
        "\n\nThe admin's page, for an hour, and the same within another page:\n\n  {viewer}\n  {example}"
    )
}

/// An error and all that is behind it, in one line.
pub(crate) fn explain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&dyn Error| (*cause).source());
    std::iter::once(error.to_string())
        .chain(causes.map(ToString::to_string))
        .collect::<Vec<_>>()
        .join(": ")
}
