//! Divides the counts of a ledger by periods: opens the pieces in which a period ends.

use super::super::timeline::{Extent, Interval, MOST_PERIODS, Timeline, TooManyPeriods, Unit};
use super::{Ledger, LedgerStore};
use crate::ports::StoreError;
use crate::tally::Level;

impl<S: LedgerStore> Ledger<'_, S> {
    /// How many matching entries lie in each period, unless there are too many periods.
    ///
    /// Nodes of months count days, and nodes of days count hours. A period that has no node holds
    /// few entries, which are read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn timeline(
        &mut self,
        interval: Interval,
    ) -> Result<Result<Timeline, TooManyPeriods>, StoreError> {
        let unit = match interval {
            Interval::Auto => self.shortest().await?,
            Interval::Of(unit) => {
                let extent = self.extent(unit.level()).await?;
                if extent.is_some_and(|extent| !extent.fits(unit, MOST_PERIODS)) {
                    return Ok(Err(TooManyPeriods));
                }
                unit
            }
        };
        let level = unit.level();
        loop {
            let across = self.pieces.across(level, self.filter);
            if across.is_empty() {
                let counts = self.pieces.by_period(level, self.filter);
                let counts = counts.into_iter().map(|(period, count)| (period.start(), count));
                return Ok(Ok(Timeline::sum(unit, counts)));
            }
            self.open_up(&across, u64::MAX).await?;
        }
    }

    /// The shortest periods of which not too many are there for a glance.
    async fn shortest(&mut self) -> Result<Unit, StoreError> {
        let mut chosen = Unit::Year;
        for shorter in Unit::ALL {
            // As far as is known already: what lies between the ends of the outer pieces.
            let inner = self.pieces.inner_extent(self.filter);
            if inner.is_some_and(|inner| !inner.suits(shorter)) {
                break;
            }
            let extent = self.extent(shorter.level()).await?;
            if extent.is_some_and(|extent| !extent.suits(shorter)) {
                break;
            }
            chosen = shorter;
        }
        Ok(chosen)
    }

    /// Where the matching entries lie, told to periods of a level. `None` means that none matches.
    async fn extent(&mut self, level: Level) -> Result<Option<Extent>, StoreError> {
        loop {
            let ends = self.pieces.ends_across(level, self.filter);
            if ends.is_empty() {
                return Ok(self.pieces.extent(self.filter));
            }
            self.open_up(&ends, u64::MAX).await?;
        }
    }
}
