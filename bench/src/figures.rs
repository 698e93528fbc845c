//! Owns the figures: the cost of single requests, and their quantiles.

/// The cost of one request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
    pub(crate) calls: f64,
    pub(crate) ms: f64,
}

/// The costs of the requests of one case.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// How many entries matched at the last request.
    pub(crate) matches: usize,
    all: Vec<Measured>,
}

impl Figures {
    /// No requests yet, with `matches` matching entries.
    pub(crate) fn of(matches: usize) -> Self {
        Self { matches, all: Vec::new() }
    }

    /// Adds the cost of one request.
    pub(crate) fn add(&mut self, measured: Measured) {
        self.all.push(measured);
    }

    /// The figures of all these cases.
    pub(crate) fn joined<'a>(cases: impl Iterator<Item = &'a Self>) -> Self {
        Self { matches: 0, all: cases.flat_map(|figures| figures.all.clone()).collect() }
    }

    /// The sum over all requests.
    pub(crate) fn sum(&self, of: fn(&Measured) -> f64) -> f64 {
        self.all.iter().map(of).sum()
    }

    /// How many requests there were.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The least value that `percent` of the requests do not exceed; `None` without requests.
    pub(crate) fn percentile(&self, percent: usize, of: fn(&Measured) -> f64) -> Option<f64> {
        let mut values: Vec<_> = self.all.iter().map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get((values.len() * percent).div_ceil(100).checked_sub(1)?).copied()
    }
}

/// The units of each entry.
pub(crate) fn per(units: f64, entries: usize) -> f64 {
    units / f64::from(u32::try_from(entries).unwrap_or(u32::MAX).max(1))
}
