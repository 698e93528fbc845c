//! Owns what an operator is told when a command fails: one line, what is wrong and what to do, and
//! the exit code. What is wrong with the command line itself is clap's to tell.

use domain::plan_change::PlanChangeError;
use domain::ports::{Cause, StoreError};
use domain::start_export::StartExportError;
use std::error::Error;

/// The command line or the settings are not complete; also clap's code.
const EXIT_USAGE: u8 = 2;
/// It was not done.
const EXIT_FAILURE: u8 = 1;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A table has no name: which table, and the environment variable that could name it.
    #[error("the {0} table has no name")]
    TableNotNamed(&'static str, &'static str),
    /// The endpoint is not an address.
    #[error("the endpoint is not an http or https address")]
    Endpoint,
    /// The endpoint of S3 is not an address.
    #[error("the endpoint of S3 is not an http or https address")]
    FilesEndpoint,
    /// A time window ends before it starts.
    #[error("--from is after --to")]
    Window,
    /// No region is configured.
    #[error("there is no AWS region")]
    NoRegion,
    /// No credentials are configured, or they could not be had.
    #[error("there are no AWS credentials")]
    NoCredentials(#[source] Cause),
    /// The profile named on the command line has no credentials, or they could not be had.
    #[error("the profile {0} gives no AWS credentials")]
    ProfileWithoutCredentials(String, #[source] Cause),
    /// Nothing has this id: what was looked for, and the id.
    #[error("there is no {0} {1}")]
    Absent(&'static str, String),
    /// Only a failed job is started again: which job, and what it is.
    #[error("the job {0} has not failed, it is {1}")]
    NotFailed(String, &'static str),
    /// Others changed the same workspace at each try.
    #[error("the workspace is being changed by others")]
    Contended,
    /// The store did not confirm a change: it may be stored all the same.
    #[error("the change is not confirmed")]
    NotConfirmed(#[source] StoreError),
    /// A fault of this program.
    #[error("this is a fault of audit")]
    Fault(#[source] Cause),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store did not confirm a new credential, whose id this is.
    #[error("the key {0} may or may not be stored")]
    Unconfirmed(String, #[source] StoreError),
    /// The operating system has no random bits.
    #[error("the operating system gives no random bits")]
    Random(#[source] Cause),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Output(#[source] Cause),
}

impl Failure {
    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::TableNotNamed(..)
            | Self::Endpoint
            | Self::FilesEndpoint
            | Self::Window
            | Self::NoRegion => EXIT_USAGE,
            _ => EXIT_FAILURE,
        }
    }

    /// What is wrong, what is behind it, and what to do, on one line.
    pub(crate) fn line(&self) -> String {
        let line = format!("error: {}; {}", causes(self), self.advice());
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn advice(&self) -> String {
        match self {
            Self::TableNotNamed(table, variable) => {
                format!("give --{table}-table or set {variable}")
            }
            Self::Endpoint => {
                "give one such as http://127.0.0.1:8000 to --endpoint-url or AWS_ENDPOINT_URL"
                    .to_owned()
            }
            Self::FilesEndpoint => {
                "give one such as http://127.0.0.1:9001 to --s3-endpoint-url or AWS_ENDPOINT_URL_S3"
                    .to_owned()
            }
            Self::Window => "--from is included and --to is not".to_owned(),
            Self::NoRegion => {
                "give --region, set AWS_REGION, or choose a profile that has one".to_owned()
            }
            Self::NoCredentials(_) => {
                "sign in (aws sso login), or choose a profile with --profile or AWS_PROFILE"
                    .to_owned()
            }
            Self::ProfileWithoutCredentials(name, _) => {
                format!(
                    "check its name in your AWS configuration, or sign in (aws sso login --profile {name})"
                )
            }
            Self::Absent(..) => {
                "check the id, and that table, region and profile are the ones meant".to_owned()
            }
            Self::NotFailed(..) => "see audit job list".to_owned(),
            // Neither is "not written": an earlier try may have been.
            Self::NotConfirmed(_) => {
                "it may be stored: look (show, list) before you try again".to_owned()
            }
            Self::Fault(_) => "please report it".to_owned(),
            Self::Store(error) => of_store(error).to_owned(),
            Self::Unconfirmed(key_id, _) => {
                format!("its token is lost: run audit key revoke {key_id}, then make another")
            }
            Self::Contended | Self::Random(_) => "try again".to_owned(),
            Self::Output(_) => {
                "if it made a key, its token is lost: find it with audit key list and revoke it"
                    .to_owned()
            }
        }
    }
}

impl From<PlanChangeError> for Failure {
    fn from(error: PlanChangeError) -> Self {
        match error {
            PlanChangeError::Contended => Self::Contended,
            PlanChangeError::Random(error) => Self::Random(error.into()),
            PlanChangeError::Json(error) => Self::Fault(error.into()),
            PlanChangeError::Store(error) => of_write(error),
        }
    }
}

impl From<StartExportError> for Failure {
    fn from(error: StartExportError) -> Self {
        match error {
            StartExportError::Json(error) => Self::Fault(error.into()),
            StartExportError::Store(error) => of_write(error),
        }
    }
}

/// An error of the store while something was written.
fn of_write(error: StoreError) -> Failure {
    match error {
        StoreError::Throttled(_) | StoreError::Unavailable(_) => Failure::NotConfirmed(error),
        _ => Failure::Store(error),
    }
}

/// What to do about an error of the store. DynamoDB's own words tell refusals apart.
/// Source: "Error handling with DynamoDB", DynamoDB developer guide.
fn of_store(error: &StoreError) -> &'static str {
    let refused_for = |code: &str| causes(error).contains(code);
    match error {
        StoreError::Throttled(_) => "try again in a moment",
        StoreError::AlreadyExists | StoreError::Changed => "try again",
        StoreError::Unavailable(_) => {
            "check the endpoint, the region and the network, then try again"
        }
        StoreError::Malformed(_) => {
            "it was altered, or another version of the service wrote it: look at the item in DynamoDB"
        }
        StoreError::Refused(_) if refused_for("ResourceNotFound") => {
            "check the table's name, the region and the profile"
        }
        StoreError::Refused(_) if refused_for("AccessDenied") => {
            "use a profile that may read and write this table"
        }
        StoreError::Refused(_) if refused_for("Token") || refused_for("Signature") => {
            "sign in again (aws sso login)"
        }
        StoreError::Refused(_) => "check the table's name and keys, the region and the profile",
    }
}

/// An error and all that is behind it. A cause that only repeats what is already said is left out.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
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
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_its_causes_and_what_to_do() {
        let refused = Failure::from(StoreError::Refused(
            "ResourceNotFoundException:\n  no such table".into(),
        ));
        assert_eq!(
            refused.line(),
            "error: the store refused: ResourceNotFoundException: no such table; check the table's name, the region and the profile"
        );
        let not_named = Failure::TableNotNamed("control", "CONTROL_TABLE");
        assert_eq!(
            not_named.line(),
            "error: the control table has no name; give --control-table or set CONTROL_TABLE"
        );
    }

    #[test]
    fn what_the_operator_left_out_is_told_from_what_did_not_work() {
        assert_eq!(Failure::Endpoint.exit_code(), 2);
        assert_eq!(Failure::Window.exit_code(), 2);
        assert_eq!(Failure::NotFailed("retention".into(), "done").exit_code(), 1);
        assert_eq!(Failure::from(PlanChangeError::Contended).exit_code(), 1);
        assert_eq!(Failure::NoRegion.exit_code(), 2);
        assert_eq!(Failure::Absent("key", "0".into()).exit_code(), 1);
        assert_eq!(Failure::from(StoreError::Changed).exit_code(), 1);
    }
}
