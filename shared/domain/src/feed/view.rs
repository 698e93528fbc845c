//! Owns the wire form of what the feed tells of an entry.

use super::{FeedItem, Told};
use crate::entry::EntryView;
use crate::plan::Plan;
use serde::Serialize;

/// The wire form of what stands under a number; `FeedEntry` in `openapi.yaml`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum FeedItemView<'a> {
    /// An entry.
    Entry(Box<EntryView<'a>>),
    /// An entry that cannot be shown.
    Gone {
        /// Its sequence number.
        sequence: u64,
        /// Why: `expired` or `missing`.
        gone: &'static str,
    },
}

impl FeedItem {
    /// The wire form under a workspace's plan: with values, or as a row of a list.
    #[must_use]
    pub fn view(&self, plan: Plan, with_values: bool) -> FeedItemView<'_> {
        let sequence = self.sequence;
        match &self.told {
            Told::Entry(entry) => {
                let view = if with_values { entry.view(plan) } else { entry.without_values(plan) };
                FeedItemView::Entry(Box::new(view.numbered(Some(sequence))))
            }
            Told::Expired => FeedItemView::Gone { sequence, gone: "expired" },
            Told::Missing => FeedItemView::Gone { sequence, gone: "missing" },
        }
    }
}
