//! Prints the figures: one Markdown table for each size, and a line for each target.

use crate::busy::{Busy, Publisher};
use crate::cases::{Case, Kinds};
use crate::figures::{Figures, Measured, per};
use crate::{conventional, ours, postgres};
use std::fmt::{self, Display, Formatter};

/// All figures of one size.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) entries: usize,
    pub(crate) ours: ours::Report,
    /// The log while it is written.
    pub(crate) busy: Vec<Busy>,
    pub(crate) conventional: Option<conventional::Report>,
    pub(crate) postgres: Option<postgres::Report>,
}

/// What is measured, the figure, and the target.
type Verdict = (String, f64, f64);

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
        self.busy(f)?;
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
            "| *record one entry* | | | | {} WCU + {} for numbers and counts | {} | {} / {} \
             | {} WCU | {} | {} | {} |",
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
            "\n{} entries recorded one by one, in a year's rhythm: {} WCU and {} RCU an entry for \
             the journal and counts, in {} batches of the stream, and {} WCU an entry by the pages \
             requested meanwhile.",
            grouped(ours.live),
            amount(per(ours.tally.write_units, ours.live)),
            amount(per(ours.tally.read_units, ours.live)),
            grouped(ours.tally_batches),
            amount(per(ours.written_by_pages, ours.live)),
        )?;
        writeln!(
            f,
            "{} entries imported: {} WCU and {} RCU an entry to number them, then {} WCU and {} \
             RCU an entry to count them for the first time.",
            grouped(ours.imported),
            amount(per(ours.numbering.write_units, ours.imported)),
            amount(per(ours.numbering.read_units, ours.imported)),
            amount(per(ours.back_fill.write_units, ours.imported)),
            amount(per(ours.back_fill.read_units, ours.imported)),
        )?;
        writeln!(
            f,
            "{} entries recorded late, one by one: {} WCU each, and {} WCU and {} RCU to number \
             and count them.",
            ours.late.len(),
            quantile(Some(&ours.late), 50, WRITE),
            amount(per(ours.late_tally.write_units, ours.late.len())),
            amount(per(ours.late_tally.read_units, ours.late.len())),
        )?;
        writeln!(
            f,
            "Following the whole log, {} entries in parts of 1,000: {} RCU an entry.",
            grouped(ours.followed),
            amount(per(ours.feed.sum(READ), ours.followed)),
        )
    }

    fn busy(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| while entries come | entries | record: WCU an entry | journal and counts: WCU, \
             RCU an entry | \
             first page: RCU p50 / p99 / max | ms p50 / p99 | ms of CPU | a poll of the \
             feed: RCU p50 / p99 | the feed: RCU an entry |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for one in &self.busy {
            writeln!(
                f,
                "| {} | {} | {} | {}, {} | {} / {} / {} | {} / {} | {} | {} / {} | {} |",
                one.publisher.name(),
                grouped(one.entries),
                amount(per(one.recorded.sum(WRITE), one.entries)),
                amount(one.journal_writes()),
                amount(per(one.tally.read_units, one.entries)),
                quantile(Some(&one.pages), 50, READ),
                quantile(Some(&one.pages), 99, READ),
                quantile(Some(&one.pages), 100, READ),
                quantile(Some(&one.pages), 50, MS),
                quantile(Some(&one.pages), 99, MS),
                amount(one.cpu_ms),
                quantile(Some(&one.polls), 50, READ),
                quantile(Some(&one.polls), 99, READ),
                amount(per(one.polls.sum(READ), one.followed)),
            )?;
        }
        Ok(())
    }

    /// The write capacity units for numbering and counting each entry that is recorded live, by the
    /// `tally` function and by pages.
    fn tally_writes(&self) -> f64 {
        per(self.ours.tally.write_units + self.ours.written_by_pages, self.ours.live)
    }

    fn verdicts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        let verdicts = self.of_pages().into_iter().chain(self.of_entries()).chain(self.of_busy());
        for (what, figure, target) in verdicts {
            let verdict = if figure <= target { "met" } else { "NOT MET" };
            writeln!(f, "- {what}: {} (target: at most {target}): {verdict}", amount(figure))?;
        }
        Ok(())
    }

    /// The pages of a quiet log.
    fn of_pages(&self) -> Vec<Verdict> {
        let pages = |choose: fn(Case) -> bool| {
            let pages = Case::all().into_iter().zip(&self.ours.pages);
            pages.filter(move |(case, _)| choose(*case)).map(|(_, figures)| figures)
        };
        // One filter. A pair of filters has lines of its own below.
        let usual: fn(Case) -> bool = |case| matches!(case.kinds, Kinds::All | Kinds::Common);
        let rare: fn(Case) -> bool = |case| case.kinds == Kinds::Rare;
        let all = |percent, choose| {
            let all = Figures::joined(pages(choose));
            all.percentile(percent, READ).unwrap_or_default()
        };
        let by_filter = [
            ("without a filter", Kinds::All),
            ("by a common action", Kinds::Common),
            ("by a common action and target type", Kinds::CommonPair),
        ];
        let by_filter = by_filter.into_iter().flat_map(|(filter, kinds)| {
            let of_kinds = Case::all().into_iter().zip(&self.ours.pages);
            let of_kinds = of_kinds.filter(|(case, _)| case.kinds == kinds);
            let of_kinds = Figures::joined(of_kinds.map(|(_, figures)| figures));
            [(50, 6.0), (99, 15.0)].map(|(percent, most)| {
                let figure = of_kinds.percentile(percent, READ).unwrap_or_default();
                (format!("p{percent} of a page {filter}, in RCU"), figure, most)
            })
        });
        let worst = |percent, choose| {
            let of_lines = pages(choose).filter_map(|figures| figures.percentile(percent, READ));
            of_lines.fold(0.0, f64::max)
        };
        let usual_pages = "page without a filter or with a common one, in RCU";
        let joined = [
            (format!("p50 of a {usual_pages}"), all(50, usual), 6.0),
            (format!("p99 of a {usual_pages}"), all(99, usual), 15.0),
        ];
        let rarest = (
            "worst line's p99 of a page with the rarest filter, in RCU".into(),
            worst(99, rare),
            60.0,
        );
        joined.into_iter().chain(by_filter).chain([rarest]).collect()
    }

    /// What each entry costs.
    fn of_entries(&self) -> Vec<Verdict> {
        let ours = &self.ours;
        let most = |figures: &Figures| figures.percentile(100, WRITE).unwrap_or_default();
        vec![
            ("recording an entry, in WCU".into(), most(&ours.recorded), 3.0),
            ("recording an entry out of order, in WCU".into(), most(&ours.late), 4.0),
            (
                "first count of an uncounted log, in RCU an entry".into(),
                per(ours.back_fill.read_units, ours.imported),
                0.02,
            ),
            ("the feed, in RCU an entry".into(), per(ours.feed.sum(READ), ours.followed), 0.12),
        ]
    }

    /// The log while it is written.
    fn of_busy(&self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for one in &self.busy {
            let name = one.publisher.name();
            let page = |percent| one.pages.percentile(percent, READ).unwrap_or_default();
            let most = match one.publisher {
                Publisher::Steady(per_second) if per_second > 50 => 150.0,
                Publisher::Steady(_) => 25.0,
                Publisher::Late(_) => 20.0,
            };
            verdicts.push((format!("{name}: p99 of the first page, in RCU"), page(99), most));
            if most < 150.0 {
                verdicts.push((format!("{name}: the first page, in ms of CPU"), one.cpu_ms, 3.0));
            }
            let writes = one.journal_writes();
            verdicts.push((format!("{name}: journal and counts, in WCU an entry"), writes, 0.15));
        }
        verdicts
    }
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
