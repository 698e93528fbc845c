//! Shows workspaces, without the salt, which is never printed.

use crate::failure::Failure;
use crate::output::{Answer, columns, fields};
use domain::ports::{ListWorkspaces, ReadControl};
use domain::timestamp::Timestamp;
use domain::workspace::{Grace, Workspace, WorkspaceId, WorkspaceView};
use serde::Serialize;

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

/// `audit workspace list`: by id.
pub(crate) async fn list(store: &impl ListWorkspaces, now: Timestamp) -> Result<Answer, Failure> {
    let mut workspaces = store.workspaces().await?;
    workspaces.sort_by(|a, b| a.id.cmp(&b.id));
    let views: Vec<_> = workspaces.iter().map(|workspace| workspace.view(now)).collect();
    let view = serde_json::json!({ "workspaces": views });
    if workspaces.is_empty() {
        let answer = Answer::new(String::new(), &view)?;
        return Ok(answer.with_note("There are no workspaces.".to_owned()));
    }
    let header = ["WORKSPACE", "PLAN", "CREATED", "UPDATED"].map(str::to_owned);
    let row = |workspace: &Workspace| {
        let (created, updated) = (workspace.created_at.rfc3339(), workspace.updated_at.rfc3339());
        [workspace.id.to_string(), workspace.plan.name().to_owned(), created, updated]
    };
    let rows: Vec<_> = std::iter::once(header).chain(workspaces.iter().map(row)).collect();
    Answer::new(columns(&rows), &view)
}

/// A workspace as programs get it.
#[derive(Debug, Serialize)]
struct ShownWorkspace<'a> {
    #[serde(flatten)]
    workspace: WorkspaceView<'a>,
    /// The plans that were lowered and can be raised to without loss.
    grace: Vec<&'a Grace>,
}

fn answer(workspace: &Workspace, now: Timestamp) -> Result<Answer, Failure> {
    let view = workspace.view(now);
    let mut lines = vec![
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
    ];
    let grace: Vec<_> = workspace.graces_at(now).collect();
    lines.extend(grace.iter().map(|grace| ("lowered", lowered(grace))));
    lines.push(("created", view.created_at.rfc3339()));
    lines.push(("updated", view.updated_at.rfc3339()));
    Answer::new(fields(&lines), &ShownWorkspace { workspace: view, grace })
}

fn lowered(grace: &Grace) -> String {
    let Grace { plan, since, until } = grace;
    let (plan, since, until) = (plan.name(), since.rfc3339(), until.rfc3339());
    format!("from {plan} at {since}; it can be raised again without loss before {until}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Format;
    use domain::identity::Salt;
    use domain::plan::{GraceDays, Plan};

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
    #[test]
    fn a_plan_that_can_be_raised_again_is_shown() {
        let at = |text| Timestamp::parse(text).unwrap();
        let now = at("2026-11-22T14:05:06.789Z");
        let id = WorkspaceId::parse("ws_1").unwrap();
        let pro = Workspace::new(id, Plan::Pro, Salt::from_bytes([0; 32]), now);
        let free = pro.with_plan(Plan::Free, now, GraceDays::default());
        let shown = |now| {
            let mut out = Vec::new();
            answer(&free, now)
                .unwrap()
                .print(Format::Text, &mut out, &mut std::io::sink())
                .unwrap();
            String::from_utf8(out).unwrap()
        };
        let line = "lowered       from pro at 2026-11-22T14:05:06.789Z; it can be raised again \
                    without loss before 2026-11-29T14:05:06.789Z\n";
        assert!(shown(now).contains(line), "{}", shown(now));
        assert!(!shown(now.plus_days(7)).contains("lowered"));
    }
}
