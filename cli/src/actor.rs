//! Destroys the salt of an actor, and says what that does and what it does not.

use crate::args::{ActorCommand, DestroySalt};
use crate::failure::Failure;
use crate::output::{Answer, quoted};
use domain::credential::REMEMBERED_FOR_MS;
use domain::entry::ActorKey;
use domain::ports::OperateSalts;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;

/// What destroying a salt does, and what it does not.
const EFFECTS: [&str; 6] = [
    "It does: nobody can test guesses about the entries that the actor made with this salt, and \
     nobody can compare them with their ids. audit entry verify and the API say that they cannot \
     be checked, and never that they were altered. Their commitments still hold.",
    "It does: an entry of the actor from before that is recorded again gets another id and is \
     stored twice.",
    "It does not: no entry is erased or changed.",
    "It does not: entries that others made keep their ids, also where they name this actor.",
    "It does not: backups of the control table keep the salt, point-in-time recovery for 35 days.",
    "The next entry of the actor makes a new salt.",
];

/// The destruction as programs get it.
#[derive(Debug, Serialize)]
struct DestructionView<'a> {
    workspace_id: &'a WorkspaceId,
    actor: &'a ActorKey,
    /// Which of the actor's salts it was, from 1; `None` if nothing was asked of the store.
    generation: Option<u32>,
    destroyed_at: Option<Timestamp>,
    unused_everywhere_from: Option<Timestamp>,
}

/// `audit actor …`
pub(crate) async fn run(
    store: &impl OperateSalts,
    command: ActorCommand,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let ActorCommand::DestroySalt(asked) = command;
    destroy_salt(store, &asked, now).await
}

/// `audit actor destroy-salt`: a second time, it changes nothing until the actor has a new salt.
async fn destroy_salt(
    store: &impl OperateSalts,
    asked: &DestroySalt,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let (workspace_id, actor) = (&asked.workspace, &asked.actor());
    let whose = format!("{} {} in {workspace_id}", actor.kind.name(), quoted(&actor.id));
    let mut view = DestructionView {
        workspace_id,
        actor,
        generation: None,
        destroyed_at: None,
        unused_everywhere_from: None,
    };
    if !asked.yes {
        let text = format!("nothing is destroyed: --yes destroys the salt of {whose}");
        return Ok(with_effects(Answer::new(text, &view)?).holding(false));
    }
    let destruction = store.destroy_salt(workspace_id, actor, now).await?;
    let destruction = destruction.ok_or(Failure::Absent("salt of", whose.clone()))?;
    let (number, at) = (destruction.generation.number(), destruction.at);
    view.generation = Some(number);
    view.destroyed_at = Some(at);
    view.unused_everywhere_from = Some(at.plus_ms(REMEMBERED_FOR_MS));
    let at = at.rfc3339();
    if destruction.at < now {
        let text = format!("salt {number} of {whose} was destroyed at {at}; nothing is changed");
        return Answer::new(text, &view);
    }
    let answer = Answer::new(format!("salt {number} of {whose} is destroyed at {at}"), &view)?;
    let seconds = REMEMBERED_FOR_MS / 1_000;
    Ok(with_effects(answer).with_note(format!(
        "Functions that have read the salt may still record with it for {seconds} seconds."
    )))
}

fn with_effects(answer: Answer) -> Answer {
    EFFECTS.into_iter().fold(answer, |answer, effect| answer.with_note(effect.to_owned()))
}
