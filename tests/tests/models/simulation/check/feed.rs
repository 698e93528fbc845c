//! Followers of the feed. Each must get every sequence number once, in order and without a gap,
//! with the entry that has the number.

use super::{Checked, equal};
use crate::simulation::layer::Layer;
use crate::simulation::world::World;
use domain::journal::Segment;
use serde_json::Value;
use web::service::Service;

/// A client that follows the feed.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    /// The number of the entry that it needs next. It is also how many entries it has.
    next: u64,
}

/// The query of the feed for the entries from number `next` on.
pub(crate) fn feed_query(next: u64, limit: u32) -> String {
    let after = next.checked_sub(1).map(|last| format!("after={last}&")).unwrap_or_default();
    format!("{after}limit={limit}")
}

impl World {
    /// Checks a part of the feed from number `next` on: numbers have no gap, and each comes with
    /// the entry that the journal has under it.
    pub(crate) fn misfed(&self, part: &Value, next: u64) -> Checked {
        let history = self.layer.history();
        let mut numbered = history.segments().flat_map(Segment::numbered);
        let mut numbered = numbered.by_ref().skip_while(|(number, _)| *number < next);
        for entry in part["entries"].as_array().unwrap() {
            let Some((number, expected)) = numbered.next() else {
                return Err(format!("{entry} of the feed has no number"));
            };
            equal(&entry["sequence"].as_u64(), &Some(number), || {
                "a number of the feed".to_owned()
            })?;
            let id = expected.id.to_string();
            match entry["id"].as_str() {
                Some(found) => equal(&found, &id.as_str(), || format!("number {number}"))?,
                None if entry["gone"] == "expired" => {}
                None => return Err(format!("{id} is shown as {entry}")),
            }
        }
        Ok(())
    }

    /// Each follower requests what is new: at most two parts, or all of them if the check is
    /// thorough.
    pub(super) async fn go_on_following(
        &mut self,
        service: &Service<Layer>,
        is_thorough: bool,
    ) -> Checked {
        for place in 0..self.followers.len() {
            for _ in 0..if is_thorough { usize::MAX } else { 2 } {
                let next = self.followers[place].next;
                let limit = self.random.pick(&[3, 40, 1_000]);
                let part = self.get(service, "/feed", &feed_query(next, limit)).await?;
                self.misfed(&part, next)?;
                self.check_gone(&part, next)?;
                let entries = part["entries"].as_array().unwrap().len();
                self.followers[place].next += u64::try_from(entries).unwrap();
                if part["has_more"] == false {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Checks that no visible entry is said to be gone.
    fn check_gone(&self, part: &Value, next: u64) -> Checked {
        let history = self.layer.history();
        let numbered = history.segments().flat_map(Segment::numbered);
        let numbered = numbered.skip_while(|(number, _)| *number < next);
        let fed = part["entries"].as_array().unwrap().iter().zip(numbered);
        let mut gone = fed.filter(|(entry, _)| entry.get("gone").is_some());
        let wrong = gone.find(|(_, (_, numbered))| {
            history.visible(self.now).any(|landed| landed.entry.id == numbered.id)
        });
        equal(&wrong, &None, || "what is gone and can be seen".to_owned())
    }

    /// Checks that every follower is at the end, once everything is numbered. Each part was checked
    /// when it arrived, so a follower at the end has each entry once, in order.
    pub(super) fn check_followers(&self) -> Checked {
        let numbered = self.layer.history().segments().last().map_or(0, Segment::next);
        for Follower { next } in &self.followers {
            equal(next, &numbered, || "how many entries a follower has".to_owned())?;
        }
        Ok(())
    }
}
