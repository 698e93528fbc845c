//! Owns where things are: the tables, endpoints and region that the settings name, and how a
//! message names them.

use crate::args::Settings;
use aws::config::{CONTROL_TABLE, ENTRIES_TABLE};
use http::Uri;
use std::fmt;
use std::net::IpAddr;

/// What a table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Entries and their values.
    Entries,
    /// Workspaces, credentials, counts and jobs.
    Control,
}

impl Role {
    /// The role in one word, as the option `--<name>-table` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Control => "control",
        }
    }

    /// The environment variable that names the table.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Entries => ENTRIES_TABLE,
            Self::Control => CONTROL_TABLE,
        }
    }
}

/// Where a command looks, so that a message can say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// What is there, for example `control table prod-control`.
    pub(crate) what: String,
    /// The address given for it; `None` means AWS's own.
    pub(crate) endpoint: Option<String>,
    /// The region; `None` means that no region is configured.
    pub(crate) region: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, endpoint, region } = self;
        match (endpoint, region) {
            (Some(endpoint), Some(region)) => write!(f, "{what} at {endpoint}, region {region}"),
            (Some(endpoint), None) => write!(f, "{what} at {endpoint}"),
            (None, Some(region)) => write!(f, "{what} in {region}"),
            (None, None) => f.write_str(what),
        }
    }
}

/// A setting; an empty one, as from an empty environment variable, counts as not given.
pub(crate) fn given(setting: Option<&String>) -> Option<&str> {
    setting.map(String::as_str).filter(|text| !text.is_empty())
}

/// The names of the tables that a command needs.
///
/// # Errors
/// The first of them that has no name.
pub(crate) fn tables(settings: &Settings, needed: &[Role]) -> Result<Vec<(Role, String)>, Role> {
    let name = |role: &Role| {
        let setting = match role {
            Role::Entries => settings.entries_table.as_ref(),
            Role::Control => settings.control_table.as_ref(),
        };
        let name = given(setting).ok_or(*role)?;
        Ok((*role, name.to_owned()))
    };
    needed.iter().map(name).collect()
}

/// Tables as a message names them: `entries table e and control table c`.
pub(crate) fn in_words<'a>(tables: impl IntoIterator<Item = &'a (Role, String)>) -> String {
    let words = |(role, name): &(Role, String)| format!("{} table {name}", role.name());
    tables.into_iter().map(words).collect::<Vec<_>>().join(" and ")
}

/// The scheme, host and port of an address; `None` means that it is no http or https address.
pub(crate) fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    Some(format!("{scheme}://{}", uri.authority()?))
}

/// Whether an endpoint is on this machine; `None` means that it is no http or https address.
pub(crate) fn is_loopback(endpoint: &str) -> Option<bool> {
    let uri: Uri = endpoint.parse().ok()?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) => {
            let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
            Some(host == "localhost" || address.is_some_and(|address| address.is_loopback()))
        }
        _ => None,
    }
}

/// Whether a text has the form of an AWS region, such as `eu-central-1` or `us-gov-west-1`. Any
/// other text would become part of a host name and end in a failed DNS lookup.
pub(crate) fn is_region(text: &str) -> bool {
    text.contains('-')
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.ends_with(|last: char| last.is_ascii_digit())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_local() {
        for local in [
            "http://127.0.0.1:8000", "http://localhost:8000/", "https://localhost",
            "http://127.9.9.9", "http://[::1]:8000",
        ] {
            assert_eq!(is_loopback(local), Some(true), "{local}");
        }
        for remote in [
            "https://dynamodb.eu-central-1.amazonaws.com",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
        ] {
            assert_eq!(is_loopback(remote), Some(false), "{remote}");
        }
        for neither in
            ["127.0.0.1:8000", "localhost", "ftp://localhost", "/", "http://", "http://a b"]
        {
            assert_eq!(is_loopback(neither), None, "{neither}");
        }
    }

    #[test]
    fn a_command_asks_only_for_the_tables_it_needs() {
        let settings = |entries: &str, control: &str| Settings {
            entries_table: Some(entries.to_owned()),
            control_table: Some(control.to_owned()),
            ..Settings::default()
        };
        let both = [Role::Entries, Role::Control];
        let named = |entries, control, roles: &[Role]| {
            tables(&settings(entries, control), roles).map(|tables| in_words(&tables))
        };
        assert_eq!(named("", "c", &[Role::Control]).unwrap(), "control table c");
        assert_eq!(named("e", "c", &both).unwrap(), "entries table e and control table c");
        assert_eq!(named("", "c", &both), Err(Role::Entries));
        assert_eq!(named("e", "", &[Role::Control]), Err(Role::Control));
    }

    #[test]
    fn a_place_is_named_by_what_is_configured() {
        let place = |endpoint: Option<&str>, region: Option<&str>| {
            let (endpoint, region) = (endpoint.map(str::to_owned), region.map(str::to_owned));
            Place { what: "control table c".to_owned(), endpoint, region }.to_string()
        };
        assert_eq!(place(None, None), "control table c");
        assert_eq!(place(None, Some("eu-central-1")), "control table c in eu-central-1");
        assert_eq!(place(Some("http://[::1]:1"), None), "control table c at http://[::1]:1");
        assert_eq!(
            place(Some("http://[::1]:1"), Some("eu-central-1")),
            "control table c at http://[::1]:1, region eu-central-1"
        );
    }

    #[test]
    fn a_region_has_the_form_of_one() {
        for region in ["eu-central-1", "us-gov-west-1", "ap-southeast-7", "eusc-de-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "local", "frankfurt", "eu-central", "EU-Central-1", "eu central 1", "-1"]
        {
            assert!(!is_region(other), "{other}");
        }
    }
}
