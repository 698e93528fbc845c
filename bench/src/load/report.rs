//! Prints the figures: the machine, and a line for each case.

use super::Plan;
use super::cases::Case;
use super::world::Cpu;
use crate::figures::{Figures, per};
use std::fmt::{self, Display, Formatter};

/// The figures of all cases.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
    plan: Plan,
    machine: String,
}

/// The figures of one case.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) case: Case,
    pub(crate) seconds: f64,
    pub(crate) figures: Figures,
    pub(crate) cpu: Cpu,
}

impl Line {
    /// Requests a second.
    pub(crate) fn per_second(&self) -> f64 {
        1.0 / per(self.seconds, self.figures.len())
    }

    /// Entries a second.
    fn entries_per_second(&self) -> f64 {
        let entries = self.figures.len() * self.case.entries();
        1.0 / per(self.seconds, entries)
    }

    /// Milliseconds of the service's CPU for a request.
    fn service_ms(&self) -> f64 {
        per(self.cpu.service, self.figures.len())
    }

    /// The service's part of its own CPU time and that of its store.
    fn share(&self) -> f64 {
        self.cpu.service / (self.cpu.service + self.cpu.store)
    }
}

impl Report {
    /// A report without figures.
    pub(crate) fn new(plan: Plan) -> Self {
        let read = |file| std::fs::read_to_string(file).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let machine = machine(&read("/proc/cpuinfo"), &read("/proc/loadavg"), cores);
        Self { lines: Vec::new(), plan, machine }
    }

    fn line(&self, f: &mut Formatter<'_>, line: &Line) -> fmt::Result {
        let ms = |percent| line.figures.percentile(percent, |one| one.ms).unwrap_or_default();
        // Ratios compare machines; figures do not.
        let least = self.lines.first().unwrap_or(line);
        writeln!(
            f,
            "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.2} | {:.3} | {:.1} | {:.3} | {:.0} % |",
            line.case.name(),
            line.per_second(),
            line.per_second() / least.per_second(),
            line.entries_per_second(),
            ms(50),
            ms(99),
            line.service_ms(),
            line.service_ms() / least.service_ms(),
            per(line.cpu.store, line.figures.len()),
            line.share() * 100.0,
        )
    }
}

/// What the figures depend on.
fn machine(cpuinfo: &str, loadavg: &str, cores: usize) -> String {
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a CPU without a name", |(_, name)| name);
    let load = loadavg.split(' ').next().unwrap_or_default();
    format!("{model}, {cores} cores, load {load} before the start")
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Plan { entries, clients, time } = self.plan;
        writeln!(
            f,
            "\n{}; {entries} entries, {clients} clients, {} s a case\n",
            self.machine,
            time.as_secs_f64()
        )?;
        writeln!(
            f,
            "| case | requests/s | to get | entries/s | p50 ms | p99 ms \
             | service: CPU ms a request | to get | store: CPU ms a request \
             | service's part of both |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        self.lines.iter().try_for_each(|line| self.line(f, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Measured;
    use std::time::Duration;

    fn line(case: Case, requests: u32, cpu: Cpu) -> Line {
        let mut figures = Figures::of(0);
        for number in 1..=requests {
            figures.add(Measured { ms: number.into(), ..Measured::default() });
        }
        Line { case, seconds: 2.0, figures, cpu }
    }

    #[test]
    fn a_line_has_rates_quantiles_and_ratios_to_the_first() {
        let get = line(Case::Get, 200, Cpu { service: 20.0, store: 60.0 });
        let batch = line(Case::Batch, 20, Cpu { service: 100.0, store: 100.0 });
        let plan = Plan { entries: 9, clients: 2, time: Duration::from_secs(2) };
        let report = Report { lines: vec![get, batch], plan, machine: "a machine".to_owned() };
        let text = report.to_string();
        let lines: Vec<_> = text.lines().rev().take(2).collect();
        let (batch, get) = (lines[0], lines[1]);
        let expected = "| get an entry | 100 | 1.00 | 100 | 100.00 | 198.00 | 0.100 | 1.0 | 0.300 ";
        assert_eq!(get, format!("{expected}| 25 % |"));
        let expected =
            "| record a batch of 100 | 10 | 0.10 | 1000 | 10.00 | 20.00 | 5.000 | 50.0 | 5.000 ";
        assert_eq!(batch, format!("{expected}| 50 % |"));
        assert!(text.contains("a machine; 9 entries, 2 clients, 2 s a case"), "{text}");
    }

    #[test]
    fn the_machine_is_named_as_far_as_it_names_itself() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU\nmodel\t\t: 1\n";
        let named = machine(cpuinfo, "0.50 0.40 0.30 1/2 3", 2);
        assert_eq!(named, "Some CPU, 2 cores, load 0.50 before the start");
        assert_eq!(machine("", "", 1), "a CPU without a name, 1 cores, load  before the start");
    }

    #[test]
    fn cpu_time_counts_from_the_moment_before() {
        let (before, after) = (Cpu { service: 1.0, store: 2.0 }, Cpu { service: 4.0, store: 8.0 });
        assert_eq!(after.since(before), Cpu { service: 3.0, store: 6.0 });
    }
}
