//! Checks each answer when its worker ends. Every acknowledged entry must have landed. A list may
//! show only entries that have landed, and must show those that had landed before it began.

use crate::simulation::workers::{Asked, Ending, Task};
use crate::simulation::world::World;
use domain::catalog::Catalog;
use domain::entry::Entry;
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use tests::Ask;
use web::http::Answer;

/// How stale a worker's plan, catalogue or clock can be: instances cache the plan and the catalogue
/// for 60 s, and the rest leaves room for skewed clocks and for the time that a request takes.
const UNSURE_MS: i64 = 90_000;

impl World {
    /// Called when a worker ends: acknowledges its message if its chunk is done, or checks its
    /// answer.
    pub(crate) fn over(&mut self, id: usize, task: Task, outcome: &Ending) {
        let answer = match outcome {
            Ending::Counted(failures) => {
                return self.tell(&format!("worker {id} is over, handed back: {failures}"));
            }
            Ending::Worked(is_done) => {
                if let (true, Task::Job(Some(message))) = (*is_done, &task) {
                    self.queue.acknowledge(message);
                }
                return self.tell(&format!("worker {id} is over, done: {is_done}"));
            }
            Ending::Answer(answer) => answer,
        };
        self.tell(&format!("worker {id} is over: {}", answer.status));
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let wrong = match task {
            Task::Record { actions, begun_at } => self
                .unrecorded(answer, &body)
                .or_else(|| self.misjudged(answer, &body, &actions, begun_at)),
            Task::List(_) if answer.status == 422 => {
                Some(format!("a filter by what may be stored is refused: {body}"))
            }
            Task::List(asked) => {
                self.too_new(&body).or_else(|| self.misshown(answer, &body, &asked))
            }
            Task::Poll(next) if answer.status == 200 => self.misfed(&body, next).err(),
            Task::Plan => {
                self.plan_changed_at = self.now;
                None
            }
            Task::Poll(_) | Task::Follow | Task::Operate { .. } | Task::Job(_) => None,
        };
        self.wrong = self.wrong.take().or(wrong.map(|wrong| format!("worker {id}: {wrong}")));
    }

    /// Finds an entry that was acknowledged and has not landed.
    fn unrecorded(&self, answer: &Answer, body: &Value) -> Option<String> {
        if !answer.status.is_success() {
            return None;
        }
        let results = body["results"]
            .as_array()
            .map_or_else(|| vec![body], |results| results.iter().collect());
        let ids = results
            .into_iter()
            .filter(|result| result["status"] != "rejected")
            .map(|result| result["id"].as_str().unwrap());
        let history = self.layer.history();
        ids.filter(|id| history.entry(EntryId::parse(id).unwrap()).is_none())
            .map(|id| format!("{id} is acknowledged and not there"))
            .next()
    }

    /// Finds an action that was accepted or refused against every catalogue that its instance may
    /// have cached.
    fn misjudged(
        &self,
        answer: &Answer,
        body: &Value,
        actions: &[String],
        begun_at: Timestamp,
    ) -> Option<String> {
        let in_force = self.layer.history().catalogs_since(begun_at.plus_ms(-UNSURE_MS));
        let refuses =
            |catalog: &Catalog, action: &String| catalog.recordable_action(action.clone()).is_err();
        let is_refused = |problem: &Value| {
            let errors = problem["errors"].as_array().into_iter().flatten();
            let mut pointers = errors.filter_map(|error| error["pointer"].as_str());
            pointers.any(|pointer| pointer.ends_with("/action"))
        };
        let judged: Vec<bool> = match body["results"].as_array() {
            Some(results) => results.iter().map(|one| is_refused(&one["problem"])).collect(),
            None if answer.status.is_success() || answer.status == 422 => vec![is_refused(body)],
            None => Vec::new(),
        };
        let wrong = |(action, is_refused): (&String, bool)| {
            let is_possible = in_force.iter().any(|catalog| refuses(catalog, action) == is_refused);
            (!is_possible).then(|| format!("{action} is refused: {is_refused}"))
        };
        actions.iter().zip(judged).find_map(wrong)
    }

    /// Finds a row that was recorded after the list's `as_of`.
    fn too_new(&self, body: &Value) -> Option<String> {
        let history = self.layer.history();
        let as_of = body["page"]["as_of"].as_str().map(tests::at)?;
        let mut rows = body["entries"].as_array()?.iter().filter_map(|row| row["id"].as_str());
        let newest = rows.find(|id| {
            let entry = history.entry(EntryId::parse(id).unwrap());
            entry.is_some_and(|entry| entry.recorded_at > as_of)
        });
        newest.map(|id| format!("{id} was recorded after {}, and is shown", as_of.key()))
    }

    /// Finds a row or a total that a list must not show. Nothing is checked if reads may be stale,
    /// or if the plan changed a short time ago.
    fn misshown(&self, answer: &Answer, body: &Value, asked: &Asked) -> Option<String> {
        let Asked { ask, clock, .. } = asked;
        let is_plan_unsure = self.plan_changed_at > clock.plus_ms(-UNSURE_MS)
            || self.workers.iter().any(|worker| matches!(worker.task, Task::Plan));
        if self.has_old_copies || is_plan_unsure || answer.status != 200 {
            return None;
        }
        let history = self.layer.history();
        let matching = || history.all().filter(|landed| holds(ask, &landed.entry, *clock));
        let possible: Vec<_> = matching()
            .filter(|landed| history.is_visible(&landed.entry, *clock))
            .map(|landed| landed.id.as_str())
            .collect();
        let still = self.now.plus_ms(UNSURE_MS);
        // A list by actor finds stragglers by its index. Others need not count a straggler until a
        // check has entered it into the journal.
        let by_index = ask.actor_id.is_some();
        let unfound: BTreeSet<EntryId> =
            history.stragglers().filter(|_| !by_index).map(|landed| landed.entry.id).collect();
        let least = matching()
            .filter(|landed| !unfound.contains(&landed.entry.id))
            .filter(|landed| {
                let write = if by_index { landed.write } else { landed.counted_since() };
                write <= asked.writes_before && history.is_visible(&landed.entry, still)
            })
            .count();
        let rows: Vec<_> = body["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap())
            .collect();
        let total = usize::try_from(body["page"]["total_entries"].as_u64().unwrap()).unwrap();
        if let Some(id) =
            rows.iter().find(|id| possible.binary_search_by(|there| id.cmp(&there)).is_err())
        {
            return Some(format!("{id} is shown by {ask:?} and is not there"));
        }
        if !rows.is_sorted_by(|newer, older| newer > older) {
            return Some(format!("rows of {ask:?} are not in order: {rows:?}"));
        }
        let is_exact = body["page"]["total_is_exact"] == true;
        if total > possible.len() || (is_exact && total < least) {
            return Some(format!(
                "the total of {ask:?} is {total}, but from {least} to {} are there",
                possible.len()
            ));
        }
        // If nothing landed while the list ran, only one answer is right.
        let is_still = history.landed() == asked.landed_before && unfound.is_empty();
        let first = ((asked.page - 1) * asked.size).min(possible.len());
        let page = &possible[first..(first + asked.size).min(possible.len())];
        if is_still && is_exact && (total != possible.len() || rows != page) {
            return Some(format!(
                "page {} of {ask:?} has {rows:?} of {total}, but it should have {page:?} of {}",
                asked.page,
                possible.len()
            ));
        }
        None
    }
}

/// Whether a list that begins at `clock` contains an entry. A list by actor is answered by an
/// index, and leaves out what was recorded after its instance's clock. Any other list contains
/// every matching entry that has landed.
pub(crate) fn holds(ask: &Ask, entry: &Entry, clock: Timestamp) -> bool {
    ask.holds(entry) && (ask.actor_id.is_none() || entry.recorded_at <= clock)
}
