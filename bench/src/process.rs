//! Owns what processes have used: CPU time and memory, as Linux counts them.

use crate::Fault;
use std::process::Child;

/// A process, which is killed when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Milliseconds that its threads have run, of those that run still.
    pub(crate) fn cpu_ms(&self) -> Result<f64, Fault> {
        threads_ms(&self.0.id().to_string(), "")
    }

    /// The most memory that it has held, in KiB.
    pub(crate) fn peak_kib(&self) -> Result<u64, Fault> {
        peak_kib(&self.0.id().to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Milliseconds that those threads of a process have run whose name begins so, of those that run
/// still. Source: `schedstat`, Linux kernel, "Scheduler Statistics".
pub(crate) fn threads_ms(process: &str, name: &str) -> Result<f64, Fault> {
    let mut sum = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        // A thread may end at any moment.
        let Ok(its_name) = std::fs::read_to_string(thread.join("comm")) else { continue };
        let Ok(text) = std::fs::read_to_string(thread.join("schedstat")) else { continue };
        if its_name.starts_with(name) {
            let used = text.split(' ').next().ok_or("an empty schedstat")?;
            sum += used.parse::<f64>()? / 1e6;
        }
    }
    Ok(sum)
}

/// The most memory that a process has held, in KiB. Source: `VmHWM`, proc(5).
pub(crate) fn peak_kib(process: &str) -> Result<u64, Fault> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
    Ok(kib.parse()?)
}
