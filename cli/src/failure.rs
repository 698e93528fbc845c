//! Owns what an operator is told when a command fails: one line with what is wrong, where, why and
//! what to do about it, and the exit code. Clap reports mistakes in the command line itself.

mod cause;

use crate::args::WrongFilter;
use crate::place::{Place, Role};
use domain::job::MAX_OPEN_EXPORTS;
use domain::ports::{Cause, StoreError};
use domain::validation::FieldError;
use std::error::Error;

/// The command line or the settings are wrong or incomplete; clap exits with the same code.
const EXIT_USAGE: u8 = 2;
/// The command was not carried out.
const EXIT_FAILURE: u8 = 1;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A table that the command needs has no name.
    #[error("the {} table has no name", .0.name())]
    TableNotNamed(Role),
    /// The endpoint of DynamoDB is not an address.
    #[error("the endpoint is not an http or https address")]
    Endpoint,
    /// The endpoint of S3 is not an address.
    #[error("the endpoint of S3 is not an http or https address")]
    FilesEndpoint,
    /// The URL of the queue is not an address.
    #[error("the URL of the queue of jobs is not an http or https address")]
    QueueUrl,
    /// A time window ends before it starts.
    #[error("--from is after --to")]
    Window,
    /// A byte order mark is asked for in a file that cannot have one.
    #[error("--bom is for --format csv only")]
    BomInNdjson,
    /// A filter that no entry can match: the option, and what is wrong with its value.
    #[error("{0} {1}")]
    Filter(&'static str, String),
    /// A file could not be read.
    #[error("the file {0} could not be read")]
    File(String, #[source] Cause),
    /// The state file of a feed could not be read or written.
    #[error("the state file {0} cannot be used")]
    State(String, #[source] Cause),
    /// The feed is to begin after a number that no entry has.
    #[error("the feed does not reach the number to begin after")]
    Beyond,
    /// A file is no catalogue, or drops what the current one has.
    #[error("the catalogue is refused: {}", in_one_line(.0))]
    Catalog(Vec<FieldError>),
    /// The current catalogue is not the one from which the file was made, or another operator
    /// stored one at the same time.
    #[error("the catalogue changed meanwhile, and nothing is stored")]
    CatalogChanged,
    /// No region is configured. The profile, if one was named, has none either.
    #[error("there is no AWS region{}", .0.as_ref().map(in_profile).unwrap_or_default())]
    NoRegion(Option<String>),
    /// What is configured as the region cannot be one.
    #[error("{0:?} is not an AWS region")]
    Region(String),
    /// No credentials are configured, or they could not be fetched.
    #[error("there are no AWS credentials")]
    NoCredentials(#[source] Cause),
    /// The profile named on the command line has no credentials, or they could not be fetched.
    #[error("the profile {0} gives no AWS credentials")]
    ProfileWithoutCredentials(String, #[source] Cause),
    /// These tables do not exist where the command looked.
    #[error("there is no such table")]
    NoTable(Vec<Role>, #[source] Cause),
    /// The table to restore from is the one to restore.
    #[error("{0} is the entries table itself")]
    OwnTable(String),
    /// The table to restore from does not exist where the command looked.
    #[error("there is no table {0}")]
    NoRestoredTable(String, #[source] Cause),
    /// Nothing has this id: the kind of thing, and the id.
    #[error("there is no {0} {1}")]
    Absent(&'static str, String),
    /// Only a failed job can be retried: the job, and its state.
    #[error("the job {0} has not failed, it is {1}")]
    NotFailed(String, &'static str),
    /// Somebody else changed the same workspace at each try.
    #[error("the workspace is being changed by others")]
    Contended,
    /// The workspace has as many open exports as it may.
    #[error("the workspace has {MAX_OPEN_EXPORTS} open exports already")]
    TooManyExports,
    /// The store did not confirm a change, which may be stored all the same.
    #[error("the change is not confirmed")]
    NotConfirmed(#[source] StoreError),
    /// A fault of this program.
    #[error("this is a fault of audit")]
    Fault(#[source] Cause),
    /// The store did not do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store did not confirm a new key, which has this id.
    #[error("the key {0} may or may not be stored")]
    Unconfirmed(String, #[source] StoreError),
    /// The operating system has no random bits.
    #[error("the operating system gives no random bits")]
    Random(#[source] Cause),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Output(#[source] Cause),
}

impl From<WrongFilter> for Failure {
    fn from(wrong: WrongFilter) -> Self {
        match wrong {
            WrongFilter::Window => Self::Window,
            WrongFilter::Option(option, error) => Self::Filter(option, error.to_string()),
        }
    }
}

fn in_profile(name: &String) -> String {
    format!(" in the profile {name}")
}

fn in_one_line(errors: &[FieldError]) -> String {
    let one = |error: &FieldError| match error.pointer.as_str() {
        "" => format!("it {}", error.detail),
        pointer => format!("{pointer} {}", error.detail),
    };
    errors.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A failure, and where the command looked.
#[derive(Debug)]
pub(crate) struct Report {
    failure: Failure,
    /// `None` means that it is not known yet, or does not matter.
    place: Option<Box<Place>>,
}

impl From<Failure> for Report {
    fn from(failure: Failure) -> Self {
        Self { failure, place: None }
    }
}

impl Report {
    /// A failure of a command that looked at `place`.
    pub(crate) fn at(failure: Failure, place: Place) -> Self {
        Self { failure, place: Some(Box::new(place)) }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        self.failure.exit_code()
    }

    /// What is wrong, where, why, and what to do, on one line.
    pub(crate) fn line(&self) -> String {
        let place = self.place.as_deref().filter(|_| self.failure.is_of_a_place());
        let what = match place {
            Some(place) => format!("{} ({place})", self.failure),
            None => self.failure.to_string(),
        };
        let has_endpoint = place.is_some_and(|place| place.endpoint.is_some());
        let advice = self.failure.advice(has_endpoint);
        let line = format!("error: {}; {advice}", with_causes(what, &self.failure));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::TableNotNamed(_)
            | Self::Endpoint
            | Self::FilesEndpoint
            | Self::QueueUrl
            | Self::Window
            | Self::BomInNdjson
            | Self::Filter(..)
            | Self::OwnTable(_)
            | Self::NoRegion(_)
            | Self::Region(_) => EXIT_USAGE,
            _ => EXIT_FAILURE,
        }
    }

    /// Whether it could be otherwise in other tables, or elsewhere.
    fn is_of_a_place(&self) -> bool {
        !matches!(
            self,
            Self::Window
                | Self::QueueUrl
                | Self::BomInNdjson
                | Self::Filter(..)
                | Self::File(..)
                | Self::State(..)
                | Self::Catalog(_)
                | Self::NotFailed(..)
                | Self::Contended
                | Self::TooManyExports
                | Self::Fault(_)
                | Self::Random(_)
                | Self::Output(_)
        )
    }

    /// The failure of a command that writes nothing, where a write would not be confirmed.
    pub(crate) fn of_reading(self) -> Self {
        match self {
            Self::NotConfirmed(error) => Self::Store(error),
            other => other,
        }
    }

    fn advice(&self, has_endpoint: bool) -> String {
        let text = match self {
            Self::TableNotNamed(role) => {
                return format!("give --{}-table or set {}", role.name(), role.variable());
            }
            Self::Endpoint => {
                "give one such as http://127.0.0.1:8000 to --endpoint-url or AWS_ENDPOINT_URL"
            }
            Self::FilesEndpoint => {
                "give one such as http://127.0.0.1:9001 to --s3-endpoint-url or AWS_ENDPOINT_URL_S3"
            }
            Self::QueueUrl => {
                "give the stack's output JobsQueueUrl to --jobs-queue-url or JOBS_QUEUE_URL"
            }
            Self::Window => "--from is included and --to is not",
            Self::BomInNdjson => "JSON texts must not have a byte order mark",
            Self::Filter(..) => "see audit catalog show",
            Self::File(..) => "check its name",
            Self::State(..) => "it must hold one number, and its directory must be writable",
            Self::Beyond => {
                "check --after, or the state file: it is of another log, or this log was restored"
            }
            Self::Catalog(_) => "nothing is stored",
            Self::CatalogChanged => {
                "compare with audit catalog diff FILE, and give the file the current version"
            }
            Self::NoRegion(_) => "give --region, set AWS_REGION, or choose a profile that has one",
            Self::Region(_) => "give one such as eu-central-1 to --region or AWS_REGION",
            Self::NoCredentials(_) => {
                "sign in (aws sso login), or choose a profile with --profile or AWS_PROFILE"
            }
            Self::ProfileWithoutCredentials(name, _) => {
                return format!(
                    "check its name in your AWS configuration, \
                     or sign in (aws sso login --profile {name})"
                );
            }
            Self::OwnTable(_) => "give the name of the restored table to --from-table",
            Self::NoRestoredTable(..) => {
                "check --from-table: the table must be in the same account and region"
            }
            Self::NoTable(roles, _) => return of_missing_tables(roles, has_endpoint),
            Self::Absent(..) => "check the id, and that these are the right table and place",
            Self::NotFailed(..) => "see audit job list",
            Self::TooManyExports => "wait until one of them ends: see audit export list",
            Self::NotConfirmed(_) => "it may be stored: look (show, list) before you try again",
            Self::Fault(_) => "please report it",
            Self::Store(error) => of_store(error, has_endpoint),
            Self::Unconfirmed(key_id, _) => {
                return format!(
                    "its token is lost: run audit key revoke {key_id}, then make another"
                );
            }
            Self::Contended | Self::Random(_) => "try again",
            Self::Output(_) => {
                "if it made a key, its token is lost: find it with audit key list and revoke it"
            }
        };
        text.to_owned()
    }
}

/// Whether DynamoDB says that a table does not exist.
pub(crate) fn is_missing_table(cause: &(dyn Error + 'static)) -> bool {
    with_causes(cause.to_string(), cause).contains("ResourceNotFound")
}

fn of_missing_tables(roles: &[Role], has_endpoint: bool) -> String {
    let option = |role: &Role| format!("--{}-table ({})", role.name(), role.variable());
    let options: Vec<_> = roles.iter().map(option).collect();
    let place = if has_endpoint { "the endpoint" } else { "the region and the profile" };
    format!("check {}, and {place}", options.join(" and "))
}

/// What to do about an error of the store. The error codes of DynamoDB tell refusals apart.
/// Source: "Error handling with DynamoDB", DynamoDB developer guide.
fn of_store(error: &StoreError, has_endpoint: bool) -> &'static str {
    let text = with_causes(String::new(), error);
    let is = |codes: &[&str]| codes.iter().any(|code| text.contains(code));
    match error {
        StoreError::Throttled(_) => "try again in a moment",
        StoreError::Changed => "try again",
        StoreError::Altered { .. } => "look at the entry with audit entry verify",
        StoreError::Unavailable(_) if has_endpoint => {
            "check that DynamoDB runs at this endpoint (--endpoint-url or AWS_ENDPOINT_URL)"
        }
        StoreError::Unavailable(_) => "check the region and the network, then try again",
        StoreError::Malformed(_) => {
            "it was altered, or another version of the service wrote it: \
             look at the item in DynamoDB"
        }
        StoreError::Refused(_) if is(&["AccessDenied"]) => {
            "use a profile that may read and write this table"
        }
        StoreError::Refused(_) if is(&["Token", "Signature", "UnrecognizedClient"]) => {
            "sign in again (aws sso login), and check the region"
        }
        StoreError::Refused(_) if has_endpoint => {
            "check the tables' names and keys, and that this endpoint is a DynamoDB"
        }
        StoreError::Refused(_) => "check the tables' names and keys, the region and the profile",
    }
}

/// A text, and all that is behind an error. A cause that only repeats what is already said is left
/// out.
fn with_causes(mut text: String, error: &(dyn Error + 'static)) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
