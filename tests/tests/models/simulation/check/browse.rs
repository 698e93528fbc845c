//! Browses that continue while entries are recorded. Whenever a page is requested, it must be that
//! of the plain list of entries recorded by the moment of the browse.

use super::{Checked, equal};
use crate::simulation::layer::Layer;
use crate::simulation::world::World;
use serde_json::Value;
use tests::{Ask, at};
use web::service::Service;

/// The most browses that are open at the same time.
const MOST_BROWSES: usize = 6;

/// A browse, with the token of its next page.
#[derive(Debug)]
pub(crate) struct Browse {
    ask: Ask,
    size: usize,
    as_of: String,
    /// The id of the oldest entry that was shown.
    shown: String,
    token: String,
}

impl Browse {
    /// The browse after this page. `None` means that this page is the last.
    fn after(page: &Value, ask: Ask, size: usize) -> Option<Self> {
        let shown = page["entries"].as_array()?.last()?["id"].as_str()?.to_owned();
        let token = page["page"]["next_page_token"].as_str()?.to_owned();
        let as_of = page["page"]["as_of"].as_str()?.to_owned();
        Some(Self { ask, size, as_of, shown, token })
    }
}

impl World {
    /// Begins a browse at one of the first pages of a random list.
    pub(super) async fn begin_browsing(&mut self, service: &Service<Layer>) -> Checked {
        let (ask, size) = (self.ask(), self.random.pick(&[1_usize, 7, 20]));
        let page = 1 + self.random.below(4);
        let query = format!("{}page_size={size}&page={page}", ask.query());
        let page = self.get(service, "/entries", &query).await?;
        if self.browses.len() >= MOST_BROWSES {
            self.browses.remove(0);
        }
        self.browses.extend(Browse::after(&page, ask, size));
        Ok(())
    }

    /// Requests and checks the next page of an open browse.
    pub(super) async fn go_on_browsing(&mut self, service: &Service<Layer>) -> Checked {
        let Some(last) = u32::try_from(self.browses.len()).unwrap().checked_sub(1) else {
            return Ok(());
        };
        let place = usize::try_from(self.random.below(last + 1)).unwrap();
        let browse = self.browses.remove(place);
        let query = format!("page_token={}", browse.token);
        let page = self.get(service, "/entries", &query).await?;
        let (newer, rows, total) = self.page_after(&browse);
        let what = |of: &str| format!("{of} of the next page of {browse:?}");
        let ids = page["entries"].as_array().unwrap().iter();
        let ids: Vec<_> = ids.map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        equal(&ids, &rows, || what("rows"))?;
        let of_page = &page["page"];
        equal(&of_page["total_entries"].as_u64(), &u64::try_from(total).ok(), || what("total"))?;
        let number = u64::try_from(newer / browse.size + 1).ok();
        equal(&of_page["number"].as_u64(), &number, || what("number"))?;
        equal(&of_page["as_of"].as_str(), &Some(browse.as_of.as_str()), || what("moment"))?;
        self.browses.extend(Browse::after(&page, browse.ask.clone(), browse.size));
        Ok(())
    }

    /// What the next page must be by the plain list: how many entries come before it, its rows, and
    /// the total.
    fn page_after(&self, browse: &Browse) -> (usize, Vec<String>, usize) {
        let as_of = at(&browse.as_of);
        let history = self.layer.history();
        let list: Vec<_> = history
            .visible(self.now)
            .filter(|landed| {
                let time = if browse.ask.actor_id.is_some() {
                    landed.entry.recorded_at
                } else {
                    landed.entry.journal_time()
                };
                browse.ask.holds(&landed.entry) && time <= as_of
            })
            .map(|landed| landed.id.clone())
            .collect();
        let newer = list.partition_point(|id| *id >= browse.shown);
        let rows = list.iter().skip(newer).take(browse.size).cloned().collect();
        (newer, rows, list.len())
    }
}
