//! Owns the trace that a request belongs to, in the form of the header `traceparent`.
//!
//! Source: "Trace Context", W3C Recommendation, section 3.2
//! (<https://www.w3.org/TR/trace-context/#traceparent-header>).

use data_encoding::HEXLOWER;
use std::fmt;

/// The length of version 00: `00-`, 32 digits, `-`, 16 digits, `-`, 2 digits.
const LENGTH: usize = 2 + 1 + TRACE_ID_DIGITS + 1 + PARENT_ID_DIGITS + 1 + 2;
const TRACE_ID_DIGITS: usize = 32;
const PARENT_ID_DIGITS: usize = 16;

/// The trace of a request, such as `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
///
/// The service makes no spans of its own. So it hands on the trace of its caller as it came, which
/// makes what follows a child of the caller's span.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: String,
    parent_id: String,
    flags: String,
}

impl TraceContext {
    /// A new trace, which nobody samples. Without random bits its ids are all zeros: nobody can
    /// follow it then.
    #[must_use]
    pub fn new() -> Self {
        let (mut trace_id, mut parent_id) = ([0; TRACE_ID_DIGITS / 2], [0; PARENT_ID_DIGITS / 2]);
        let _ = getrandom::fill(&mut trace_id).and_then(|()| getrandom::fill(&mut parent_id));
        Self {
            trace_id: HEXLOWER.encode(&trace_id),
            parent_id: HEXLOWER.encode(&parent_id),
            flags: "00".to_owned(),
        }
    }

    /// Reads a `traceparent`. `None` means that it is not valid: a digit is missing or in upper
    /// case, an id is all zeros, the version is `ff`, or something follows a version 00. Of a later
    /// version, the parts of version 00 are read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let version = text.get(..2).filter(|version| is_hex(version) && *version != "ff")?;
        let (known, rest) = text.split_at_checked(LENGTH)?;
        if !rest.is_empty() && (version == "00" || !rest.starts_with('-')) {
            return None;
        }
        let mut parts = known.split('-').skip(1);
        let mut part = |digits: usize| {
            parts.next().filter(|part| part.len() == digits && is_hex(part)).map(str::to_owned)
        };
        let trace = Self {
            trace_id: part(TRACE_ID_DIGITS)?,
            parent_id: part(PARENT_ID_DIGITS)?,
            flags: part(2)?,
        };
        let is_zero = |id: &str| id.bytes().all(|digit| digit == b'0');
        (!is_zero(&trace.trace_id) && !is_zero(&trace.parent_id)).then_some(trace)
    }

    /// The trace of a request with this header. Without a valid one, it is a new trace (section
    /// 3.2.2 demands that).
    #[must_use]
    pub fn of(header: Option<&str>) -> Self {
        header.and_then(Self::parse).unwrap_or_default()
    }

    /// The id of the trace: 32 hexadecimal digits in lower case.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }
}

impl Default for TraceContext {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for TraceContext {
    /// The header's value, of version 00.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, parent_id, flags } = self;
        write!(f, "00-{trace_id}-{parent_id}-{flags}")
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a text has hexadecimal digits in lower case only.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_valid_trace_is_handed_on_as_it_came() {
        let trace = TraceContext::parse(SENT).unwrap();
        assert_eq!(trace.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(trace.to_string(), SENT);
        for later in ["", "-", "-what follows"] {
            let later = format!("cc{}{later}", &SENT[2..]);
            assert_eq!(TraceContext::parse(&later), Some(trace.clone()), "{later}");
        }
    }

    #[test]
    fn what_is_not_valid_is_no_trace() {
        let zeros = |digits: usize| "0".repeat(digits);
        for wrong in [
            String::new(),
            "00".to_owned(),
            SENT[..54].to_owned(),
            format!("{SENT}-00"),
            format!("{SENT},{SENT}"),
            format!("ff{}", &SENT[2..]),
            format!("cc{}x", &SENT[2..]),
            format!("0x{}", &SENT[2..]),
            SENT.to_uppercase(),
            SENT.replace('-', "_"),
            SENT.replace("0af7651916cd43dd8448eb211c80319c", &zeros(32)),
            SENT.replace("b7ad6b7169203331", &zeros(16)),
            format!("{}é", &SENT[..54]),
        ] {
            assert_eq!(TraceContext::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_new_trace_is_valid_and_unlike_any_other() {
        let (one, other) = (TraceContext::of(None), TraceContext::of(Some("no trace")));
        assert_eq!(TraceContext::parse(&one.to_string()), Some(one.clone()));
        assert_ne!(one.trace_id(), other.trace_id());
    }
}
