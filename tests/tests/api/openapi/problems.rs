//! The problems: in the code, in the contract, in the guide.

use crate::openapi::document::Document;
use domain::validation::FieldError;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use web::problem::ApiError;

const GUIDE: &str = include_str!("../../../../docs/api.md");

/// One error of each kind. The exhaustive match stops compiling when a variant is added.
fn all() -> Vec<ApiError> {
    let errors =
        vec![FieldError { pointer: "/action".to_owned(), detail: "is required".to_owned() }];
    let all = vec![
        ApiError::Unauthenticated,
        ApiError::InsufficientScope("entries:read"),
        ApiError::NotFound,
        ApiError::MethodNotAllowed(vec![Method::GET]),
        ApiError::UnsupportedMediaType,
        ApiError::PayloadTooLarge(domain::entry::MAX_ENTRY_BYTES),
        ApiError::MalformedJson,
        ApiError::DuplicateKey,
        ApiError::MalformedQuery,
        ApiError::UnknownParameter("verbose".to_owned()),
        ApiError::DuplicateParameter("page_size".to_owned()),
        ApiError::InvalidPageToken,
        ApiError::ValidationFailed(errors),
        ApiError::Conflict,
        ApiError::RateLimited,
        ApiError::StoreUnavailable,
        ApiError::Internal,
        ApiError::ClockAhead(8),
        ApiError::EntryAltered,
        ApiError::TooFast(2),
        ApiError::TooManyExports,
        ApiError::NoRoute,
        ApiError::EventTooLarge(6_500_000),
    ];
    let place = |error: &ApiError| match error {
        ApiError::Unauthenticated => 0,
        ApiError::InsufficientScope(_) => 1,
        ApiError::NotFound => 2,
        ApiError::MethodNotAllowed(_) => 3,
        ApiError::UnsupportedMediaType => 4,
        ApiError::PayloadTooLarge(_) => 5,
        ApiError::MalformedJson => 6,
        ApiError::DuplicateKey => 7,
        ApiError::MalformedQuery => 8,
        ApiError::UnknownParameter(_) => 9,
        ApiError::DuplicateParameter(_) => 10,
        ApiError::InvalidPageToken => 11,
        ApiError::ValidationFailed(_) => 12,
        ApiError::Conflict => 13,
        ApiError::RateLimited => 14,
        ApiError::StoreUnavailable => 15,
        ApiError::Internal => 16,
        ApiError::ClockAhead(_) => 17,
        ApiError::EntryAltered => 18,
        ApiError::TooFast(_) => 19,
        ApiError::TooManyExports => 20,
        ApiError::NoRoute => 21,
        ApiError::EventTooLarge(_) => 22,
    };
    assert!(all.iter().enumerate().all(|(index, error)| place(error) == index));
    all
}

fn texts(values: &Value) -> BTreeSet<String> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_published_problem_types_and_statuses_are_those_of_the_code() {
    let document = Document::load();
    let problem = document.schema("Problem");
    assert_eq!(
        texts(&problem["properties"]["type"]["enum"]),
        all().iter().map(|error| error.kind().1.to_owned()).collect()
    );
    let published: BTreeSet<_> = problem["properties"]["status"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_u64().unwrap())
        .collect();
    assert_eq!(published, all().iter().map(|error| u64::from(error.kind().0.as_u16())).collect());
}

#[test]
fn every_problem_in_the_wire_form_of_the_code_is_one_of_the_contract() {
    let document = Document::load();
    for error in all() {
        let problem = serde_json::to_value(error.problem("r-1")).unwrap();
        assert_eq!(document.errors(document.schema("Problem"), &problem), [""; 0], "{problem}");
    }
}

#[test]
fn the_guide_has_every_problem_type_with_its_status() {
    let table = GUIDE
        .split_once("| type | status | when | what to do |")
        .unwrap()
        .1
        .trim_start()
        .lines()
        .skip(1);
    let listed: BTreeSet<_> = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            (
                cells.next().unwrap().trim_matches('`').to_owned(),
                cells.next().unwrap().parse().unwrap(),
            )
        })
        .collect();
    let kinds =
        all().iter().map(|error| (error.kind().1.to_owned(), error.kind().0.as_u16())).collect();
    assert_eq!(listed, kinds);
}

/// Whether an example says what the code says of this error. A parameter's name, a scope and a
/// limit differ from request to request: such a text agrees when it begins and ends as the code's
/// does.
fn reads_as(error: &ApiError, example: &Value) -> bool {
    let expected = serde_json::to_value(error.problem("r-1")).unwrap();
    let (detail, expected_detail) =
        (example["detail"].as_str().unwrap(), expected["detail"].as_str().unwrap());
    let (start, end) = match error {
        ApiError::UnknownParameter(_) => ("The parameter ", " is not known here."),
        ApiError::DuplicateParameter(_) => ("The parameter ", " may be given once."),
        ApiError::InsufficientScope(_) => ("The credential lacks the scope ", "."),
        _ => (expected_detail, ""),
    };
    let agrees = |text: &str| text.starts_with(start) && text.ends_with(end);
    (&example["title"], &example["status"]) == (&expected["title"], &expected["status"])
        && agrees(detail)
        && agrees(expected_detail)
}

#[test]
fn every_problem_type_has_an_example_that_reads_as_the_code_says_it() {
    let document = Document::load();
    let mut shown = BTreeSet::new();
    let responses = document.at("/components/responses").as_object().unwrap();
    for (name, response) in
        responses.iter().filter(|(_, response)| response.get("content").is_some())
    {
        for (key, example) in
            response["content"]["application/problem+json"]["examples"].as_object().unwrap()
        {
            let example = &example["value"];
            // Errors of one type may differ in their detail.
            let of_type = all()
                .into_iter()
                .filter(|error| error.kind().1 == example["type"])
                .collect::<Vec<_>>();
            let error = of_type.iter().find(|error| reads_as(error, example));
            let error = error.unwrap_or_else(|| panic!("{name}, {key}: {example}"));
            shown.insert(error.kind().1);
        }
    }
    assert_eq!(shown, all().iter().map(|error| error.kind().1).collect());
}
