//! Compares the service with the plain sorted list while nothing is being recorded: pages, totals
//! and facets.

mod browse;
mod feed;
mod journal;

pub(crate) use browse::Browse;
pub(crate) use feed::{Follower, feed_query};

use crate::simulation::answers::holds;
use crate::simulation::layer::Layer;
use crate::simulation::world::World;
use domain::entry::Entry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::Ask;
use web::service::Service;

/// How often a list is requested until its total is exact.
const TRIES: usize = 4;

/// The result of a check. `Err` says in words what is wrong.
pub(crate) type Checked = Result<(), String>;

fn equal<T: PartialEq + std::fmt::Debug>(
    there: &T,
    expected: &T,
    what: impl FnOnce() -> String,
) -> Checked {
    if there == expected {
        Ok(())
    } else {
        Err(format!("{}: {there:?}, but it should be {expected:?}", what()))
    }
}

/// The list that the service must answer.
struct Expected {
    ids: Vec<String>,
    ask: Ask,
    size: usize,
}

impl Expected {
    /// Checks page `number` (from 1): its total, its rows and its own number.
    fn check(&self, page: &Value, number: usize, what: &str) -> Checked {
        let ids = page["entries"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap());
        let from = ((number - 1) * self.size).min(self.ids.len());
        let expected =
            self.ids[from..(from + self.size).min(self.ids.len())].iter().map(String::as_str);
        let what = |of: &str| {
            format!("{of} of page {number} of {:?}, {} to a page, {what}", self.ask, self.size)
        };
        equal(
            &page["page"]["total_entries"].as_u64(),
            &u64::try_from(self.ids.len()).ok(),
            || what("total"),
        )?;
        equal(&page["page"]["total_is_exact"].as_bool(), &Some(true), || what("exactness"))?;
        equal(&ids.collect::<Vec<_>>(), &expected.collect(), || what("rows"))?;
        equal(&page["page"]["number"].as_u64(), &u64::try_from(number).ok(), || what("number"))
    }

    fn pages(&self) -> usize {
        self.ids.len().div_ceil(self.size)
    }
}

impl World {
    /// Compares some random lists, and requests the next parts of the feed and of a browse. A
    /// thorough check compares more lists and walks further.
    pub(crate) async fn check(&mut self, is_thorough: bool) -> Checked {
        self.tell("check");
        let service = self.plain_service(true);
        self.go_on_following(&service, false).await?;
        for _ in 0..if is_thorough { 3 } else { 1 } {
            let ask = self.ask();
            let size = self.random.pick(&[1, 7, 20, 50, 100]);
            if self.layer.history().stragglers().next().is_some() {
                return self.check_roughly(&service, &ask, size).await;
            }
            self.check_list(&service, ask.clone(), size, is_thorough).await?;
            if ask.actor_id.is_none() {
                self.check_facets(&service, &ask).await?;
            }
        }
        self.go_on_browsing(&service).await?;
        self.begin_browsing(&service).await?;
        self.check_list(&service, Ask::default(), 100, is_thorough).await
    }

    async fn get(
        &self,
        service: &Service<Layer>,
        path: &str,
        query: &str,
    ) -> Result<Value, String> {
        let answer = list::answer(service, self.request("GET", path, query, &Value::Null)).await;
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 {
            Ok(body)
        } else {
            Err(format!("{path}?{query}: {} {body}", answer.status))
        }
    }

    /// Compares the first page of a list while there are stragglers. It may show and count them or
    /// not.
    async fn check_roughly(&self, service: &Service<Layer>, ask: &Ask, size: usize) -> Checked {
        let page =
            self.get(service, "/entries", &format!("{}page_size={size}", ask.query())).await?;
        let history = self.layer.history();
        let matching = history.visible(self.now).filter(|one| holds(ask, &one.entry, self.now));
        let possible: BTreeSet<&str> = matching.map(|landed| landed.id.as_str()).collect();
        let unfound = history.stragglers().filter(|one| possible.contains(one.id.as_str())).count();
        let rows = page["entries"].as_array().unwrap().iter();
        let rows: Vec<_> = rows.map(|row| row["id"].as_str().unwrap()).collect();
        let what = |of: &str| format!("{of} of {ask:?}, with {unfound} stragglers");
        equal(&rows.is_sorted_by(|newer, older| newer > older), &true, || what("order"))?;
        equal(&rows.iter().find(|id| !possible.contains(**id)), &None, || what("a row"))?;
        let total = usize::try_from(page["page"]["total_entries"].as_u64().unwrap()).unwrap();
        let all = possible.len();
        equal(&(all - unfound..=all).contains(&total), &true, || {
            what(&format!("whether {total} of {all} entries are the total"))
        })
    }

    async fn check_list(
        &mut self,
        service: &Service<Layer>,
        ask: Ask,
        size: usize,
        is_thorough: bool,
    ) -> Checked {
        let ids = {
            let history = self.layer.history();
            history
                .visible(self.now)
                .filter(|landed| holds(&ask, &landed.entry, self.now))
                .map(|landed| landed.id.clone())
                .collect()
        };
        let expected = Expected { ids, ask, size };
        let query = format!("{}page_size={size}", expected.ask.query());
        let mut first = Value::Null;
        // Some lists are read from the embedded store instead of the history in memory.
        let stored = (self.random.below(8) == 0).then(|| self.plain_service(false));
        for _ in 0..TRIES {
            first = self.get(stored.as_ref().unwrap_or(service), "/entries", &query).await?;
            if first["page"]["total_is_exact"] == true {
                break;
            }
        }
        expected.check(&first, 1, "the first page")?;
        let (pages, most) = (expected.pages(), if is_thorough { 8 } else { 3 });
        let mut numbers: Vec<_> =
            if pages <= most { (1..=pages + 1).collect() } else { vec![pages, pages + 1] };
        while numbers.len() < most.min(pages) {
            numbers.push(
                1 + usize::try_from(self.random.below(u32::try_from(pages).unwrap())).unwrap(),
            );
        }
        for number in numbers {
            let page = self.get(service, "/entries", &format!("{query}&page={number}")).await?;
            expected.check(&page, number, "asked for by number")?;
        }
        self.check_walk(service, &expected, first, most).await
    }

    /// Walks by token from the first page to page `most` or to the last one, and back.
    async fn check_walk(
        &self,
        service: &Service<Layer>,
        expected: &Expected,
        first: Value,
        most: usize,
    ) -> Checked {
        let (mut number, mut page) = (1, first);
        let step = async |page: &Value, name: &str| match page["page"][name].as_str() {
            Some(token) => {
                self.get(service, "/entries", &format!("page_token={token}")).await.map(Some)
            }
            None => Ok(None),
        };
        while number < most.min(expected.pages()) {
            page = step(&page, "next_page_token")
                .await?
                .ok_or_else(|| format!("no page after page {number} of {:?}", expected.ask))?;
            number += 1;
            expected.check(&page, number, "walking")?;
        }
        let is_last = number >= expected.pages();
        equal(&page["page"]["next_page_token"].is_null(), &is_last, || {
            format!("end at page {number} of {:?}", expected.ask)
        })?;
        while number > 1 {
            page = step(&page, "previous_page_token")
                .await?
                .ok_or_else(|| format!("no page before page {number} of {:?}", expected.ask))?;
            number -= 1;
            expected.check(&page, number, "walking back")?;
        }
        equal(&page["page"]["previous_page_token"].is_null(), &true, || {
            format!("begin of {:?}", expected.ask)
        })
    }

    async fn check_facets(&self, service: &Service<Layer>, ask: &Ask) -> Checked {
        let there = self.get(service, "/facets", ask.query().trim_end_matches('&')).await?;
        let history = self.layer.history();
        let of = |ask: &Ask| {
            Self::kinds(
                history
                    .visible(self.now)
                    .map(|landed| &landed.entry)
                    .filter(|entry| ask.holds(entry)),
            )
        };
        let (actions, target_types) = (
            of(&Ask { action: None, ..ask.clone() }),
            of(&Ask { target_type: None, ..ask.clone() }),
        );
        let sums = |kinds: BTreeMap<(String, String), u64>,
                    name: fn((String, String)) -> String| {
            let mut sums = BTreeMap::<String, u64>::new();
            for (kind, count) in kinds {
                *sums.entry(name(kind)).or_default() += count;
            }
            sums
        };
        let counts = |of: &str| -> BTreeMap<String, u64> {
            let facets = there[of].as_array().unwrap().iter();
            facets
                .map(|facet| {
                    (facet["name"].as_str().unwrap().to_owned(), facet["count"].as_u64().unwrap())
                })
                .collect()
        };
        equal(&counts("actions"), &sums(actions, |kind| kind.0), || format!("actions of {ask:?}"))?;
        equal(&counts("target_types"), &sums(target_types, |kind| kind.1), || {
            format!("target types of {ask:?}")
        })?;
        let total = history.visible(self.now).filter(|landed| ask.holds(&landed.entry)).count();
        equal(&there["total_entries"].as_u64(), &u64::try_from(total).ok(), || {
            format!("total of the facets of {ask:?}")
        })
    }

    /// Counts entries by action and target type.
    fn kinds<'a>(entries: impl Iterator<Item = &'a Entry>) -> BTreeMap<(String, String), u64> {
        let mut kinds = BTreeMap::new();
        for entry in entries {
            *kinds
                .entry((entry.content.action.clone(), entry.content.target.kind.clone()))
                .or_default() += 1;
        }
        kinds
    }
}
