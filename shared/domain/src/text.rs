//! Owns the rules for short texts: ids, names, email addresses, IP addresses and user agents.

use std::net::IpAddr;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The most characters of an id: of an actor, a target, a request or an external id.
pub const MAX_ID_CHARS: usize = 128;
/// The most characters of a name.
pub const MAX_NAME_CHARS: usize = 256;
/// The most characters of an email address (RFC 3696, erratum 1690).
pub const MAX_EMAIL_CHARS: usize = 254;
/// The number of characters that are kept of a user agent.
pub const MAX_USER_AGENT_CHARS: usize = 512;

/// Checks an id: an opaque text of 1 to 128 characters. Spaces are allowed except at the ends.
/// Invisible characters are refused, because they would make two ids look the same.
///
/// # Errors
/// The rule that the text breaks.
pub fn id(text: String) -> Result<String, String> {
    let length_fits = (1..=MAX_ID_CHARS).contains(&text.chars().count());
    if length_fits && !text.chars().any(is_invisible) && text.trim() == text {
        return Ok(text);
    }
    Err(format!(
        "must have 1 to {MAX_ID_CHARS} characters, none of them a control or invisible character, \
         no white space at either end"
    ))
}

/// Checks a name as people see it: any 1 to 256 characters.
///
/// # Errors
/// The rule that the text breaks.
pub fn name(text: String) -> Result<String, String> {
    if (1..=MAX_NAME_CHARS).contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(format!("must have 1 to {MAX_NAME_CHARS} characters; leave it out if there is none"))
}

/// Checks an email address: one `@` with text on both sides, at most 254 characters, no white space
/// or invisible characters. International addresses are accepted.
///
/// # Errors
/// The rule that the text breaks.
pub fn email(text: String) -> Result<String, String> {
    let has_two_sides = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    let is_plain = !text.chars().any(|c| c.is_whitespace() || is_invisible(c));
    if has_two_sides && is_plain && text.chars().count() <= MAX_EMAIL_CHARS {
        return Ok(text);
    }
    Err(format!("must be an email address of at most {MAX_EMAIL_CHARS} characters"))
}

/// Reads an IP address and returns its canonical text (RFC 5952). An IPv4 address that is mapped
/// into IPv6 becomes IPv4.
///
/// # Errors
/// The rule that the text breaks: no port, no brackets, no zone, no octal digits.
pub fn ip_address(text: &str) -> Result<String, String> {
    let address: Option<IpAddr> = text.parse().ok();
    address
        .map(|address| address.to_canonical().to_string())
        .ok_or_else(|| "must be an IPv4 or IPv6 address".to_owned())
}

/// Returns the first 512 characters of a user agent, and whether there were more.
///
/// A long user agent is truncated and not refused, because the end user controls it: otherwise a
/// long one would keep an entry out of the log.
#[must_use]
pub fn user_agent(text: String) -> (String, bool) {
    match text.char_indices().nth(MAX_USER_AGENT_CHARS) {
        Some((end, _)) => (text.get(..end).unwrap_or_default().to_owned(), true),
        None => (text, false),
    }
}

/// Whether a character is a control character, a format character (zero width, bidirectional), or a
/// line or paragraph separator.
fn is_invisible(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    matches!(c.general_category(), Control | Format | LineSeparator | ParagraphSeparator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_opaque_but_visible() {
        for good in ["u_1", "a#b/c d\"e", "用户", "=1+1", &"é".repeat(128)] {
            assert!(id(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            " u",
            "u ",
            "\u{200b}",
            "u\0",
            "u\r\n",
            "u\u{202e}",
            "u\u{2028}",
            "\u{feff}u",
            &"é".repeat(129),
        ] {
            assert!(id(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_anything_within_the_limit() {
        for good in ["\t=1+1", "\r", "<img>", "\u{202e}", "\0", &"é".repeat(256)] {
            assert!(name(good.to_owned()).is_ok(), "{good:?}");
        }
        assert!(name(String::new()).is_err());
        assert!(name("é".repeat(257)).is_err());
    }

    #[test]
    fn email_addresses_are_not_over_validated() {
        for good in
            ["a@b", "ada@example.com", "用户@例子.广告", &format!("{}@b.example", "a".repeat(244))]
        {
            assert!(email(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "nope",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b.c\r\nBcc: x@y.z",
            "a\u{200b}@b",
            &format!("{}@b.example", "a".repeat(245)),
        ] {
            assert!(email(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ip_addresses_become_canonical() {
        for (sent, kept) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::", "::"),
        ] {
            assert_eq!(ip_address(sent).as_deref(), Ok(kept));
        }
        for bad in [
            "", "0177.0.0.1", "1.2.3", "1.2.3.4:443", "[::1]", "fe80::1%eth0", "1.2.3.4 ",
            "１.2.3.4", "localhost",
        ] {
            assert!(ip_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_user_agent_is_cut_between_characters() {
        assert_eq!(user_agent("é".repeat(512)), ("é".repeat(512), false));
        assert_eq!(user_agent("é".repeat(513)), ("é".repeat(512), true));
        assert_eq!(user_agent(String::new()), (String::new(), false));
    }
}
