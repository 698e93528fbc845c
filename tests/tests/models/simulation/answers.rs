//! Looks at the answers to workers: what is acknowledged has landed, and a list shows no more and
//! no less than was there meanwhile.

use crate::simulation::workers::{Ending, Task};
use crate::simulation::world::World;
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use serde_json::Value;
use tests::Ask;
use web::http::Answer;

/// How far two clocks, and what one remembers of a plan, can be apart.
const UNSURE_MS: i64 = 90_000;

impl World {
    /// A worker is over.
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
            Task::Record => self.unrecorded(answer, &body),
            Task::List { ask, clock, writes_before } => {
                self.misshown(answer, &body, &ask, clock, writes_before)
            }
            Task::Plan => {
                self.plan_changed_at = self.now;
                None
            }
            Task::Other | Task::Job(_) => None,
        };
        self.wrong = self.wrong.take().or(wrong.map(|wrong| format!("worker {id}: {wrong}")));
    }

    /// What was acknowledged and has not landed.
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
        ids.filter(|id| !history.has(EntryId::parse(id).unwrap()))
            .map(|id| format!("{id} is acknowledged and not there"))
            .next()
    }

    /// What a list shows that it must not, or does not show that it must. Whoever lists by old
    /// copies, or by an old plan, may show anything.
    fn misshown(
        &self,
        answer: &Answer,
        body: &Value,
        ask: &Ask,
        clock: Timestamp,
        writes_before: u64,
    ) -> Option<String> {
        let is_plan_unsure = self.plan_changed_at > clock.plus_ms(-UNSURE_MS)
            || self.workers.iter().any(|worker| matches!(worker.task, Task::Plan));
        if self.has_old_copies || is_plan_unsure || answer.status != 200 {
            return None;
        }
        let history = self.layer.history();
        let matching = || history.all().filter(|landed| ask.holds(&landed.entry));
        let possible: Vec<_> = matching()
            .filter(|landed| history.is_visible(&landed.entry, clock))
            .map(|landed| landed.id.as_str())
            .collect();
        let still = self.now.plus_ms(UNSURE_MS);
        let least = matching()
            .filter(|landed| {
                landed.write <= writes_before && history.is_visible(&landed.entry, still)
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
        None
    }
}
