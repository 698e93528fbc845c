//! Shows workspaces, without the salt, which is never printed.

use crate::failure::Failure;
use crate::output::{Answer, fields};
use domain::ports::ReadControl;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};

/// The workspace, which must exist.
pub(crate) async fn found(
    store: &impl ReadControl,
    id: &WorkspaceId,
) -> Result<Workspace, Failure> {
    store.workspace(id).await?.ok_or_else(|| Failure::Absent("workspace", id.to_string()))
}

/// `audit workspace show`
pub(crate) async fn show(
    store: &impl ReadControl,
    id: &WorkspaceId,
    now: Timestamp,
) -> Result<Answer, Failure> {
    answer(&found(store, id).await?, now)
}

fn answer(workspace: &Workspace, now: Timestamp) -> Result<Answer, Failure> {
    let view = workspace.view(now);
    let text = fields(&[
        ("workspace", view.workspace_id.to_string()),
        ("plan", view.plan.name().to_owned()),
        (
            "retention",
            view.retention_days
                .map_or_else(|| "unlimited".to_owned(), |days| format!("{days} days")),
        ),
        (
            "visible from",
            view.visible_from.map_or_else(|| "the first entry".to_owned(), Timestamp::rfc3339),
        ),
        ("created", view.created_at.rfc3339()),
        ("updated", view.updated_at.rfc3339()),
    ]);
    Answer::new(text, &view)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Format;
    use domain::identity::Salt;
    use domain::plan::Plan;

    #[test]
    fn a_workspace_is_shown_without_its_salt() {
        let now = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let workspace = Workspace::new(
            WorkspaceId::parse("ws_1").unwrap(),
            Plan::Basic,
            Salt::from_bytes([0xab; 32]),
            now,
        );
        let answer = answer(&workspace, now).unwrap();
        let shown = |format| {
            let mut out = Vec::new();
            answer.print(format, &mut out, &mut std::io::sink()).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = "workspace     ws_1\nplan          basic\nretention     90 days\n\
            visible from  2026-08-24T00:00:00.000Z\n\
            created       2026-11-22T14:05:06.789Z\nupdated       2026-11-22T14:05:06.789Z\n";
        assert_eq!(shown(Format::Text), text);
        assert!(shown(Format::Json).contains("\"retention_days\": 90"));
        assert!(!shown(Format::Json).contains("abab"));
    }
}
