//! Changes the plan of a workspace, and says what the change does to its entries.

use crate::announce::announce;
use crate::args::{Format, PlanCommand};
use crate::confirm::confirmed;
use crate::export::operator;
use crate::failure::Failure;
use crate::output::{Answer, fields};
use crate::recording::Recording;
use crate::workspace::found;
use domain::entry::Requester;
use domain::job::RetentionView;
use domain::plan::Plan;
use domain::plan_change::{PlanChange, PlanChangeError, PlanChangeStore, PlanEffect, change_plan};
use domain::ports::{EnqueueJob, ReadControl};
use domain::timestamp::Timestamp;
use domain::workspace::{WorkspaceId, WorkspaceView};
use serde::Serialize;

/// A change of plan as programs get it.
#[derive(Debug, Serialize)]
struct PlanView<'a> {
    /// The workspace after the change.
    #[serde(flatten)]
    workspace: WorkspaceView<'a>,
    previous_plan: Plan,
    /// Whether this was a dry run, which stores nothing.
    is_dry_run: bool,
    effect: PlanEffect,
    /// The job that the change starts; `None` in a dry run, or if nothing changes.
    retention_job: Option<RetentionView>,
}

/// `audit plan set`
///
/// Unlike the API it makes no workspace, so that a mistyped id cannot. A plan that keeps less than
/// the present one is set only if the operator agrees, once the effect is shown.
pub(crate) async fn run<S: PlanChangeStore + ReadControl>(
    store: &S,
    queue: Option<&impl EnqueueJob>,
    command: PlanCommand,
    recording: &Recording,
    format: Format,
) -> Result<Answer, Failure> {
    let PlanCommand::Set { workspace: id, plan, dry_run, yes } = command;
    let before = found(store, &id).await?.plan;
    if !dry_run && !yes && plan.keeps_less_than(before) {
        let (planned, now) = change(store, &id, plan, recording, true).await?;
        let shown = answer(&planned, before, true, now)?;
        let question = format!("{}\nSet this plan?", shown.text());
        if !confirmed(&question, format) {
            let note = "Nothing is changed. Give --yes to lower a plan without a question.";
            return Ok(shown.with_note(note.to_owned()).holding(false));
        }
    }
    let (change, now) = change(store, &id, plan, recording, dry_run).await?;
    let answer = answer(&change, before, dry_run, now)?;
    Ok(match (&change.job, dry_run) {
        (None, _) => answer,
        (Some(_), true) => answer.with_note("Nothing is changed: this was a dry run.".to_owned()),
        (Some(job), false) => {
            let when = announce(queue, job).await.when();
            answer.with_note(format!(
                "The plan is in force everywhere within 60 seconds. \
                 A job moves the deletion of entries. {when}: audit job list --workspace {id}"
            ))
        }
    })
}

/// Changes the plan, or says what the change would do; with the time of it.
async fn change<S: PlanChangeStore + ReadControl>(
    store: &S,
    id: &WorkspaceId,
    plan: Plan,
    recording: &Recording,
    is_dry_run: bool,
) -> Result<(PlanChange, Timestamp), Failure> {
    let requester = Requester::program(operator(), None);
    let change = recording.run(async |clock| {
        let now = clock.now();
        let grace = recording.grace;
        let change = change_plan(store, id, plan, &requester, is_dry_run, grace, clock).await?;
        Ok::<_, PlanChangeError>((change, now))
    });
    let change = Box::pin(change).await;
    change.map_err(|failure| if is_dry_run { failure.of_reading() } else { failure })
}

fn answer(
    change: &PlanChange,
    previous_plan: Plan,
    is_dry_run: bool,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let PlanChange { workspace, effect, job, .. } = change;
    let plan = workspace.plan.name();
    let mut lines = vec![("workspace", workspace.id.to_string())];
    if job.is_none() {
        lines.push(("plan", format!("{plan}, as before; nothing is changed")));
    } else {
        lines.push((
            "plan",
            format!(
                "{plan}, {} {}",
                if is_dry_run { "instead of" } else { "before it was" },
                previous_plan.name()
            ),
        ));
        lines.push(("hidden", hidden(effect, is_dry_run)));
        if effect.restored_entries > 0 {
            lines.push(("brought back", number(effect.restored_entries, effect.is_exact)));
        }
    }
    lines.push((
        "kept from",
        effect.kept_from.map_or_else(|| "the first entry".to_owned(), Timestamp::rfc3339),
    ));
    if job.is_some() {
        lines.push((
            "job",
            if is_dry_run {
                "retention, to rewrite when entries are deleted"
            } else {
                "retention, rewrites when entries are deleted"
            }
            .to_owned(),
        ));
    }
    let retention_job = job.as_ref().filter(|_| !is_dry_run).and_then(RetentionView::of);
    let view = PlanView {
        workspace: workspace.view(now),
        previous_plan,
        is_dry_run,
        effect: *effect,
        retention_job,
    };
    Answer::new(fields(&lines), &view)
}

fn hidden(effect: &PlanEffect, is_dry_run: bool) -> String {
    if effect.hidden_entries == 0 && effect.is_exact {
        return "no entry".to_owned();
    }
    let entries = number(effect.hidden_entries, effect.is_exact);
    let back = match effect.restorable_until {
        Some(until) => {
            format!("at once; the plan can be raised again without loss before {}", until.rfc3339())
        }
        None => "at once and for good".to_owned(),
    };
    format!("{entries}, {back}{}", if is_dry_run { ", if it were done now" } else { "" })
}

fn number(entries: u64, is_exact: bool) -> String {
    let least = if is_exact { "" } else { "at least " };
    format!("{least}{entries} {}", if entries == 1 { "entry" } else { "entries" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_said_with_how_long_it_can_be_brought_back() {
        let until = Timestamp::parse("2026-11-29T12:00:00Z").unwrap();
        let effect = |hidden_entries, is_exact| PlanEffect {
            hidden_entries,
            restored_entries: 0,
            is_exact,
            kept_from: None,
            restorable_until: None,
        };
        assert_eq!(hidden(&effect(0, true), false), "no entry");
        assert_eq!(hidden(&effect(1, true), false), "1 entry, at once and for good");
        assert_eq!(
            hidden(&effect(0, false), true),
            "at least 0 entries, at once and for good, if it were done now"
        );
        let back = PlanEffect { restorable_until: Some(until), ..effect(2, true) };
        assert_eq!(
            hidden(&back, false),
            "2 entries, at once; the plan can be raised again without loss before \
             2026-11-29T12:00:00.000Z"
        );
    }
}
