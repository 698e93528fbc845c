//! Prints the figures: one Markdown table for each size, and a line for each target.

use crate::cases::{Case, Kinds, Place};
use crate::figures::{Figures, Measured};
use crate::{conventional, ours, postgres};
use std::fmt::{self, Display, Formatter};

/// All figures of one size.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) entries: usize,
    pub(crate) ours: ours::Report,
    pub(crate) conventional: Option<conventional::Report>,
    pub(crate) postgres: Option<postgres::Report>,
}

const READ: fn(&Measured) -> f64 = |one| one.read_units;
const WRITE: fn(&Measured) -> f64 = |one| one.write_units;
const CALLS: fn(&Measured) -> f64 = |one| one.calls;
const MS: fn(&Measured) -> f64 = |one| one.ms;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n**{} entries** in one workspace (plan pro, one year)\n",
            grouped(self.entries)
        )?;
        writeln!(
            f,
            "| filter | time | page | matches | ours: RCU p50 / p99 / max | calls p50 / p99 \
             | ms p50 / p99 | conventional: RCU | calls | ms | PostgreSQL: ms |"
        )?;
        writeln!(f, "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for (place, case) in Case::all().into_iter().enumerate() {
            self.page(f, place, case)?;
        }
        self.recording(f)?;
        writeln!(f)?;
        self.samples(f)?;
        self.tally(f)?;
        self.verdicts(f)
    }
}

impl Report {
    fn page(&self, f: &mut Formatter<'_>, place: usize, case: Case) -> fmt::Result {
        let Some(ours) = self.ours.pages.get(place).filter(|figures| figures.len() > 0) else {
            return Ok(());
        };
        let conventional = self.conventional.as_ref().and_then(|report| report.pages.get(place));
        let postgres = self.postgres.as_ref().and_then(|report| report.pages.get(place));
        writeln!(
            f,
            "| {} | {} | {} | {} | {} / {} / {} | {} / {} | {} / {} | {} | {} | {} | {} |",
            case.kinds.name(),
            case.time(),
            case.page(),
            if case.days.is_some() { "varies".to_owned() } else { grouped(ours.matches) },
            quantile(Some(ours), 50, READ),
            quantile(Some(ours), 99, READ),
            quantile(Some(ours), 100, READ),
            quantile(Some(ours), 50, CALLS),
            quantile(Some(ours), 99, CALLS),
            quantile(Some(ours), 50, MS),
            quantile(Some(ours), 99, MS),
            quantile(conventional, 50, READ),
            quantile(conventional, 50, CALLS),
            quantile(conventional, 50, MS),
            quantile(postgres, 50, MS),
        )
    }

    fn recording(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let conventional = self.conventional.as_ref().map(|report| &report.recorded);
        writeln!(
            f,
            "| *record one entry* | | | | {} WCU + {} for the tally | {} | {} / {} | {} WCU \
             | {} | {} | {} |",
            quantile(Some(&self.ours.recorded), 50, WRITE),
            amount(self.tally_writes()),
            quantile(Some(&self.ours.recorded), 50, CALLS),
            quantile(Some(&self.ours.recorded), 50, MS),
            quantile(Some(&self.ours.recorded), 99, MS),
            quantile(conventional, 50, WRITE),
            quantile(conventional, 50, CALLS),
            quantile(conventional, 50, MS),
            quantile(self.postgres.as_ref().map(|report| &report.recorded), 50, MS),
        )
    }

    fn samples(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let none = &Vec::new();
        let conventional = self.conventional.as_ref().map_or(none, |report| &report.pages);
        let postgres = self.postgres.as_ref().map_or(none, |report| &report.pages);
        let counts = |all: &[Figures]| {
            let counts = || all.iter().map(Figures::len).filter(|count| *count > 0);
            format!(
                "{} to {}",
                counts().min().unwrap_or_default(),
                counts().max().unwrap_or_default()
            )
        };
        let all = [&self.ours.pages, conventional, postgres].map(|pages| counts(pages));
        let [ours, conventional, postgres] = all;
        writeln!(
            f,
            "Pages measured in each line: {ours} (ours), {conventional} (conventional), \
             {postgres} (PostgreSQL). For the last two, the figures are medians."
        )
    }

    fn tally(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ours = &self.ours;
        writeln!(
            f,
            "Tally, {} entries recorded one by one: {} WCU and {} RCU per entry in {} batches, \
             and {} WCU per entry by the pages requested meanwhile.",
            grouped(ours.live),
            amount(per(ours.tally.write_units, ours.live)),
            amount(per(ours.tally.read_units, ours.live)),
            ours.tally_batches,
            amount(per(ours.written_by_pages, ours.live)),
        )?;
        writeln!(
            f,
            "Tally, {} entries imported and then counted at once: {} WCU and {} RCU per entry.",
            grouped(ours.imported),
            amount(per(ours.back_fill.write_units, ours.imported)),
            amount(per(ours.back_fill.read_units, ours.imported)),
        )?;
        writeln!(
            f,
            "{} entries recorded late, one by one: {} WCU each, and {} WCU and {} RCU to count \
             their time again.",
            ours.late.len(),
            quantile(Some(&ours.late), 50, WRITE),
            amount(per(ours.late_tally.write_units, ours.late.len())),
            amount(per(ours.late_tally.read_units, ours.late.len())),
        )
    }

    /// The write capacity units for counting each entry that is recorded live, by the `tally`
    /// function and by pages.
    fn tally_writes(&self) -> f64 {
        per(self.ours.tally.write_units + self.ours.written_by_pages, self.ours.live)
    }

    fn verdicts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let worst = |percent, choose: fn(Case) -> bool| {
            let pages =
                Case::all().into_iter().zip(&self.ours.pages).filter(|(case, _)| choose(*case));
            pages.filter_map(|(_, figures)| figures.percentile(percent, READ)).fold(0.0, f64::max)
        };
        let last_to_first = Kinds::EVERY.into_iter().map(|kinds| {
            let of = |place| self.read(Case { kinds, days: None, place }).unwrap_or_default();
            of(Place::Last) / of(Place::First).max(0.5)
        });
        let verdicts = [
            (
                "p50 of a page without a filter or with a common one, in RCU",
                worst(50, |case| case.kinds != Kinds::Rare),
                20.0,
            ),
            (
                "p99 of a page without a filter or with a common one, in RCU",
                worst(99, |case| case.kinds != Kinds::Rare),
                60.0,
            ),
            (
                "p99 of a page with the rarest filter, in RCU",
                worst(99, |case| case.kinds == Kinds::Rare),
                250.0,
            ),
            (
                "last page to first page, p50, whole log, worst filter",
                last_to_first.fold(0.0, f64::max),
                1.5,
            ),
            ("tally writes per entry, live, in WCU", self.tally_writes(), 0.05),
            (
                "tally writes per entry, counted at once, in WCU",
                per(self.ours.back_fill.write_units, self.ours.imported),
                0.05,
            ),
            (
                "recording an entry, p99, in WCU",
                self.ours.recorded.percentile(99, WRITE).unwrap_or_default(),
                3.0,
            ),
        ];
        writeln!(f)?;
        for (what, figure, target) in verdicts {
            let verdict = if figure <= target { "met" } else { "NOT MET" };
            writeln!(f, "- {what}: {} (target: at most {target}): {verdict}", amount(figure))?;
        }
        Ok(())
    }

    fn read(&self, case: Case) -> Option<f64> {
        let place = Case::all().into_iter().position(|one| one == case)?;
        self.ours.pages.get(place)?.percentile(50, READ)
    }
}

fn per(units: f64, entries: usize) -> f64 {
    units / f64::from(u32::try_from(entries).unwrap_or(u32::MAX).max(1))
}

fn quantile(figures: Option<&Figures>, percent: usize, of: fn(&Measured) -> f64) -> String {
    figures
        .and_then(|figures| figures.percentile(percent, of))
        .map_or_else(|| "–".to_owned(), amount)
}

/// A figure with a sensible number of digits.
fn amount(figure: f64) -> String {
    let digits = match figure {
        _ if figure.fract() == 0.0 || figure >= 100.0 => 0,
        _ if figure >= 1.0 => 1,
        _ => 3,
    };
    let text = format!("{figure:.digits$}");
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(whole, fraction)| (whole, Some(fraction)));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}"))
}

/// A whole number with separated thousands, such as `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == first {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
