use super::cause::of_write;
use super::*;
use domain::plan_change::PlanChangeError;

fn place(endpoint: Option<&str>) -> Place {
    Place {
        what: "control table c".to_owned(),
        endpoint: endpoint.map(str::to_owned),
        region: Some("eu-central-1".to_owned()),
    }
}

#[test]
fn a_failure_is_one_line_with_its_causes_and_what_to_do() {
    let cause = || Cause::from("ResourceNotFoundException:\n  no such table");
    assert!(is_missing_table(&*cause()));
    let missing = || Failure::NoTable(vec![Role::Control], cause());
    assert_eq!(
        Report::at(missing(), place(None)).line(),
        "error: there is no such table (control table c in eu-central-1): \
         ResourceNotFoundException: no such table; \
         check --control-table (CONTROL_TABLE), and the region and the profile"
    );
    assert_eq!(
        Report::at(missing(), place(Some("http://[::1]:8000"))).line(),
        "error: there is no such table \
         (control table c at http://[::1]:8000, region eu-central-1): \
         ResourceNotFoundException: no such table; \
         check --control-table (CONTROL_TABLE), and the endpoint"
    );
    assert_eq!(
        Report::from(Failure::TableNotNamed(Role::Control)).line(),
        "error: the control table has no name; give --control-table or set CONTROL_TABLE"
    );
    assert_eq!(
        Report::at(Failure::Window, place(None)).line(),
        "error: --from is after --to; --from is included and --to is not"
    );
}

#[test]
fn a_refusal_is_told_by_its_code() {
    let advice = |cause: &str| {
        Report::at(StoreError::Refused(cause.into()).into(), place(None))
            .line()
            .split("; ")
            .nth(1)
            .unwrap()
            .to_owned()
    };
    let no_permission = "AccessDeniedException: not authorized to perform: dynamodb:Scan";
    assert_eq!(advice(no_permission), "use a profile that may read and write this table");
    for code in ["ExpiredTokenException", "InvalidSignatureException", "UnrecognizedClient"] {
        assert_eq!(advice(code), "sign in again (aws sso login), and check the region");
    }
    assert_eq!(
        advice("ValidationException"),
        "check the tables' names and keys, the region and the profile"
    );
}

#[test]
fn nothing_is_unconfirmed_by_a_command_that_writes_nothing() {
    let unavailable = || of_write(StoreError::Unavailable("timeout".into()));
    assert!(matches!(unavailable(), Failure::NotConfirmed(_)));
    assert!(matches!(unavailable().of_reading(), Failure::Store(StoreError::Unavailable(_))));
}

#[test]
fn what_the_operator_left_out_is_told_from_what_did_not_work() {
    assert_eq!(Failure::Endpoint.exit_code(), 2);
    assert_eq!(Failure::Window.exit_code(), 2);
    assert_eq!(Failure::NotFailed("retention".into(), "done").exit_code(), 1);
    assert_eq!(Failure::from(PlanChangeError::Contended).exit_code(), 1);
    assert_eq!(Failure::NoRegion(None).exit_code(), 2);
    assert_eq!(Failure::Region("mars".into()).exit_code(), 2);
    assert_eq!(Failure::Absent("key", "0".into()).exit_code(), 1);
    assert_eq!(Failure::from(StoreError::Changed).exit_code(), 1);
}
