//! Owns the rules for short texts: ids, email addresses and IP addresses.

use std::net::IpAddr;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The most characters of an id: of an actor, a target, a session, a request or an external id. An
/// id of `OpenID` Connect has up to 255, the ARN of an assumed role more than 139.
pub const MAX_ID_CHARS: usize = 512;
/// The most characters that are kept of a name.
pub const MAX_NAME_CHARS: usize = 256;
/// The most characters that are kept of an email address (RFC 3696, erratum 1690).
pub const MAX_EMAIL_CHARS: usize = 254;
/// The most characters that are kept of a user agent.
pub const MAX_USER_AGENT_CHARS: usize = 512;

/// Checks an id: an opaque text of 1 to 512 characters. Spaces are allowed except at the ends.
/// Invisible characters are refused, because they would make two ids look the same.
///
/// # Errors
/// The rule that the text breaks.
pub fn id(text: String) -> Result<String, String> {
    if is_visible(&text, MAX_ID_CHARS) && text.trim() == text {
        return Ok(text);
    }
    Err(format!(
        "must have 1 to {MAX_ID_CHARS} characters, none of them a control or invisible character, \
         no white space at either end"
    ))
}

/// Whether a text has 1 to `max_chars` characters, none of them a control or invisible character.
#[must_use]
pub fn is_visible(text: &str, max_chars: usize) -> bool {
    (1..=max_chars).contains(&text.chars().count()) && !text.chars().any(is_invisible)
}

/// The text with U+FFFD in the place of every control or invisible character.
#[must_use]
pub fn with_invisible_replaced(text: &str) -> String {
    let visible = |c| if is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(visible).collect()
}

/// Checks an email address by which entries are looked for.
///
/// # Errors
/// The rule that the text breaks.
pub fn email(text: String) -> Result<String, String> {
    if is_email(&text) && is_visible(&text, MAX_EMAIL_CHARS) {
        return Ok(text);
    }
    Err(format!("must be an email address of at most {MAX_EMAIL_CHARS} characters"))
}

/// Whether a text looks like an email address: one `@` with text on both sides, no white space. An
/// international address does.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let has_two_sides = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    has_two_sides && !text.chars().any(char::is_whitespace)
}

/// Reads an IP address and returns its canonical text (RFC 5952). An IPv4 address that is mapped
/// into IPv6 becomes IPv4. `None` means that the text is anything but an address, for example one
/// with a port, brackets, a zone or octal digits.
#[must_use]
pub fn ip_address(text: &str) -> Option<String> {
    let address: IpAddr = text.parse().ok()?;
    Some(address.to_canonical().to_string())
}

/// The part of a text that is the address, if the text is an address with white space around it,
/// brackets, a port (RFC 3986, section 3.2) or a zone (RFC 6874); else anything.
#[must_use]
pub fn bare_address(text: &str) -> &str {
    let text = text.trim();
    let is_port = |port: &str| {
        port.len() <= 5 && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    let address = if let Some(bracketed) = text.strip_prefix('[') {
        match bracketed.split_once(']') {
            Some((address, "")) => address,
            Some((address, rest)) if rest.strip_prefix(':').is_some_and(is_port) => address,
            _ => text,
        }
    } else {
        match text.split_once(':') {
            // Only an IPv4 address has one colon, and then a port.
            Some((address, port)) if is_port(port) => address,
            _ => text,
        }
    };
    match address.split_once('%') {
        Some((address, zone)) if address.contains(':') && !zone.is_empty() => address,
        _ => address,
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
        for good in ["u_1", "a#b/c d\"e", "用户", "=1+1", &"é".repeat(512)] {
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
            &"é".repeat(513),
        ] {
            assert!(id(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn email_addresses_are_not_over_validated() {
        for good in ["a@b", "ada@example.com", "用户@例子.广告"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "nope", "@b", "a@", "a@b@c", "a b@c", "a@b\u{2028}c"] {
            assert!(!is_email(bad), "{bad:?}");
        }
        assert_eq!(with_invisible_replaced("a@b\r\nc\u{200b}é "), "a@b\u{fffd}\u{fffd}c\u{fffd}é ");
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
            assert_eq!(ip_address(sent).as_deref(), Some(kept));
        }
        for bad in [
            "", "0177.0.0.1", "1.2.3", "1.2.3.4:443", "[::1]", "fe80::1%eth0", "1.2.3.4 ",
            "１.2.3.4", "localhost",
        ] {
            assert!(ip_address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_found_among_its_trimmings_and_never_among_others() {
        for (sent, kept) in [
            ("1.2.3.4:443", "1.2.3.4"),
            (" 1.2.3.4\t", "1.2.3.4"),
            ("[::1]", "::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25en0]:1", "fe80::1"),
        ] {
            assert_eq!(ip_address(bare_address(sent)).as_deref(), Some(kept), "{sent}");
        }
        for none in [
            "1.2.3.4, 10.0.0.1", "1.2.3.4 10.0.0.1", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456",
            "[::1", "[::1]x", "[::1]:", "1.2.3.4%eth0", "::1%", "unknown", "host:80", "_hidden",
            "0177.0.0.1:80", "1.2.3.4:80:90", "",
        ] {
            assert_eq!(ip_address(bare_address(none)), None, "{none}");
        }
    }
}
