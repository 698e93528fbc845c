//! Owns the content security policy of the files that the viewer serves, and the one setting in it:
//! which sites may show the page in a frame.

use aws::config::{VIEWER_FRAME_ANCESTORS, optional_setting};

/// What the page may load and do: it loads its own files, calls its own API, and makes no markup or
/// script from text. Source: "Content Security Policy Level 3", W3C; "Trusted Types", W3C.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self'; base-uri 'none'; form-action 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The sites that may show the page in a frame, as the sources of a `frame-ancestors` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameAncestors(String);

/// The setting is not a list of sources. A policy made from it could mean something else, or
/// nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{VIEWER_FRAME_ANCESTORS} must be 'none', or 'self' and origins such as \
     https://app.example.com, separated by spaces"
)]
pub struct InvalidFrameAncestors;

impl Default for FrameAncestors {
    /// Allows the page's own site and no other.
    fn default() -> Self {
        Self("'self'".to_owned())
    }
}

impl FrameAncestors {
    /// Reads the setting from the environment. Without one, only the page's own site is allowed.
    ///
    /// # Errors
    /// [`InvalidFrameAncestors`].
    pub fn from_environment() -> Result<Self, InvalidFrameAncestors> {
        optional_setting(VIEWER_FRAME_ANCESTORS)
            .map_or_else(|| Ok(Self::default()), |setting| Self::parse(&setting))
    }

    /// Reads `'none'`, or a list of `'self'` and origins. An origin is a scheme, a host whose first
    /// label may be `*`, and an optional port.
    ///
    /// # Errors
    /// [`InvalidFrameAncestors`] for anything else, so that no setting can add a directive or let
    /// every site show the page.
    pub fn parse(setting: &str) -> Result<Self, InvalidFrameAncestors> {
        let sources: Vec<_> = setting.split(' ').filter(|source| !source.is_empty()).collect();
        let is_valid = match sources.as_slice() {
            [] => false,
            ["'none'"] => true,
            sources => sources.iter().all(|source| *source == "'self'" || is_origin(source)),
        };
        if is_valid { Ok(Self(sources.join(" "))) } else { Err(InvalidFrameAncestors) }
    }

    /// The whole policy of an asset, which may itself show `frames`.
    pub(crate) fn policy(&self, frames: &str) -> String {
        format!("{POLICY}; frame-src {frames}; frame-ancestors {}", self.0)
    }
}

fn is_origin(source: &str) -> bool {
    let Some(authority) =
        source.strip_prefix("https://").or_else(|| source.strip_prefix("http://"))
    else {
        return false;
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let labels = host.strip_prefix("*.").unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    labels.split('.').all(is_label) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken() {
        for setting in [
            "'none'", "'self'", "'self' https://app.example.com", "https://*.example.com",
            "http://localhost:3000 https://a.b:8443", "  'self'  ",
        ] {
            let expected = setting.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(FrameAncestors::parse(setting), Ok(FrameAncestors(expected)), "{setting}");
        }
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for setting in [
            "", " ", "*", "https:", "https://*", "https://", "https://a/b",
            "https://a; script-src *", "https://a,https://b", "https://a.b:x", "https://a.b:99999",
            "https://a..b", "https://a.*", "ftp://a", "app.example.com", "'self';",
            "'none' https://a", "https://a\nb", "https://é.com", "'unsafe-inline'",
        ] {
            assert_eq!(FrameAncestors::parse(setting), Err(InvalidFrameAncestors), "{setting}");
        }
    }

    #[test]
    fn the_policy_lets_nothing_in_from_elsewhere_and_no_inline_script() {
        let policy = FrameAncestors::default().policy("'none'");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "));
        assert!(policy.ends_with("; frame-src 'none'; frame-ancestors 'self'"));
        for word in ["unsafe", "http", "*", "data:", "blob:"] {
            assert!(!policy.contains(word), "{word}");
        }
    }
}
