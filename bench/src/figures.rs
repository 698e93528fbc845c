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
        percentile(&values, percent)
    }
}

/// The least of some sorted values that `percent` of them do not exceed; `None` without values.
pub(crate) fn percentile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?).copied()
}

/// The units of each entry.
pub(crate) fn per(units: f64, entries: usize) -> f64 {
    units / f64::from(u32::try_from(entries).unwrap_or(u32::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(all: &[f64]) -> Figures {
        let mut figures = Figures::of(0);
        for ms in all {
            figures.add(Measured { ms: *ms, ..Measured::default() });
        }
        figures
    }

    #[test]
    fn a_percentile_is_the_least_value_that_so_many_do_not_exceed() {
        let ms = |one: &Measured| one.ms;
        let hundred: Vec<_> = (1..=100).rev().map(f64::from).collect();
        for percent in [1, 50, 99, 100] {
            let expected = f64::from(u32::try_from(percent).unwrap());
            assert_eq!(figures(&hundred).percentile(percent, ms), Some(expected));
        }
        let three = figures(&[3.0, 1.0, 2.0]);
        let expected = [(1, 1.0), (33, 1.0), (34, 2.0), (50, 2.0), (67, 3.0), (99, 3.0)];
        for (percent, value) in expected {
            assert_eq!(three.percentile(percent, ms), Some(value));
        }
        assert_eq!(figures(&[]).percentile(50, ms), None);
        assert_eq!(three.percentile(0, ms), None);
    }

    #[test]
    fn figures_of_several_are_those_of_all_their_requests() {
        let (one, other) = (figures(&[1.0, 2.0]), figures(&[4.0]));
        let joined = Figures::joined([&one, &other].into_iter());
        assert_eq!((joined.len(), joined.sum(|one| one.ms)), (3, 7.0));
        assert_eq!((Some(per(7.0, 2)), Some(per(7.0, 0))), (Some(3.5), Some(7.0)));
    }
}
