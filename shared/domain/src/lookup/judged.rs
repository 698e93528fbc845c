//! Tells which entries of a page are unusual.

use super::Directory;
use crate::following::STEP_ENTRIES;
use crate::identity::EntryId;
use crate::lookup::LookupStore;
use crate::ports::{Consistency, StoreError};
use crate::unusual::{Judgement, Reasons};
use std::collections::BTreeMap;

/// If more entries are not judged yet, a page of a list does not let the directory follow: 100 cost
/// 20 RCU.
const MOST_OF_A_PAGE: usize = 100;
/// If more entries are not judged yet, menus do not let it follow: that would take more than one
/// step, and so more than some seconds.
const MOST_OF_MENUS: usize = STEP_ENTRIES;
/// How often a page or its menus let the directory follow, in a process.
const FOLLOWED_EACH_MS: i64 = 5 * 60_000;

/// What is known of the entries of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    judgement: Judgement,
    reasons: BTreeMap<EntryId, Reasons>,
}

impl Judged {
    /// Nothing is judged.
    #[must_use]
    pub fn nothing() -> Self {
        Self { judgement: Judgement::NOTHING, reasons: BTreeMap::new() }
    }

    /// Why an entry with this sequence number is unusual. `None` means that it is not judged yet.
    #[must_use]
    pub fn reasons_of(&self, id: EntryId, number: Option<u64>) -> Option<Reasons> {
        let reasons = self.reasons.get(&id).copied().unwrap_or_default();
        self.judgement.covers(number).then_some(reasons)
    }
}

impl Directory<'_> {
    /// Judges entries, each with its sequence number. If only a few entries of the log are not
    /// judged yet, the directory follows first, unless it has done so lately.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn judged<S: LookupStore>(
        &self,
        store: &S,
        entries: &[(EntryId, Option<u64>)],
    ) -> Result<Judged, StoreError> {
        let id = &self.workspace.id;
        self.judge(store, MOST_OF_A_PAGE).await?;
        let judgement = self.judgement(store).await?;
        let known = entries.iter().filter(|(_, number)| judgement.covers(*number));
        let reasons = judgement.reasons_of(store, id, known.map(|(id, _)| *id)).await?;
        Ok(Judged { judgement, reasons })
    }

    /// Lets the directory follow for the menus of a log, unless it is far behind or has followed
    /// lately. Answers whether it did.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn judge_for_menus<S: LookupStore>(&self, store: &S) -> Result<bool, StoreError> {
        self.judge(store, MOST_OF_MENUS).await
    }

    /// Lets the directory follow if at most so many entries are not judged, as far as the process
    /// remembers the log, and if it has not done so lately. Answers whether it did.
    async fn judge<S: LookupStore>(&self, store: &S, most: usize) -> Result<bool, StoreError> {
        let id = &self.workspace.id;
        let lately = store.remembered().followed(id);
        let is_due = lately.is_none_or(|last| last.at.plus_ms(FOLLOWED_EACH_MS) <= self.now);
        let Some(log) = store.remembered().of(id).filter(|_| is_due) else { return Ok(false) };
        let unjudged = log.next().saturating_sub(self.judgement(store).await?.next);
        let unjudged = usize::try_from(unjudged).unwrap_or(usize::MAX);
        if !(1..=most).contains(&unjudged) {
            return Ok(false);
        }
        self.follow_now(store).await?;
        self.judgement_now(store).await?;
        Ok(true)
    }

    /// Whether every entry that has a number is judged, as far as the process remembers the log.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_judged_all<S: LookupStore>(&self, store: &S) -> Result<bool, StoreError> {
        let id = &self.workspace.id;
        let judgement = self.judgement(store).await?;
        if let Some(log) = store.remembered().of(id) {
            return Ok(judgement.next >= log.next());
        }
        let rest = store.segments(id, judgement.through, 1, Consistency::Eventual).await?;
        Ok(rest.items.is_empty())
    }

    /// Up to which entry the log is judged, as it was less than 30 seconds ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn judgement<S: LookupStore>(&self, store: &S) -> Result<Judgement, StoreError> {
        Judgement::lately(store, &self.workspace.id, &self.rules.thresholds, self.now).await
    }

    /// Up to which entry the log is judged now.
    async fn judgement_now<S: LookupStore>(&self, store: &S) -> Result<Judgement, StoreError> {
        Judgement::now(store, &self.workspace.id, &self.rules.thresholds, self.now).await
    }

    /// Up to which entry the log is judged, after the directory has followed as far as a request
    /// goes, unless it has done so lately; and whether that is the end of the journal.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn judgement_of_all<S: LookupStore>(
        &self,
        store: &S,
    ) -> Result<(Judgement, bool), StoreError> {
        let lately = store.remembered().followed(&self.workspace.id);
        let is_whole = self.catch_up(store).await?;
        let judgement = if lately == store.remembered().followed(&self.workspace.id) {
            self.judgement(store).await?
        } else {
            self.judgement_now(store).await?
        };
        Ok((judgement, is_whole))
    }
}
