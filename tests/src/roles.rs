//! Enforces the roles of `template.yaml` on what the functions do in tests, as IAM does in a
//! deployment, and remembers which permissions were used.
//!
//! It knows only the condition operators that the template uses. A template with another one, or
//! with a `ForAllValues` that no `Null` guards, is refused, because this could not judge it.

mod access;

pub use access::{Access, accesses};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use local::gateway::FUNCTION;
use local::template;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A statement of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub sid: String,
    /// Such as `dynamodb:GetItem`.
    pub actions: Vec<String>,
    /// Such as `entries`, `entries/index/by_actor`, `JobsQueue` or `ExportsBucket/exports/*`.
    pub resources: Vec<String>,
    /// The partitions to which it is limited; empty means all.
    pub partitions: Vec<String>,
    /// The attributes to which it is limited; empty means all.
    pub attributes: Vec<String>,
}

/// A permission that was used: the function, the name of the statement, the action.
pub type Use = (String, String, String);

/// The roles of all functions, and which permissions were used. Clones share both.
#[derive(Debug, Clone)]
pub struct Roles {
    statements: Arc<BTreeMap<String, Vec<Statement>>>,
    used: Arc<Mutex<BTreeSet<Use>>>,
    denied: Arc<Mutex<BTreeSet<String>>>,
}

/// The name of a resource as the docs name it: `entries` for `EntriesTable.Arn`.
fn resource(text: &str) -> String {
    let text = text.replace("${", "").replace(".Arn}", "").replace(".Arn", "");
    text.replace("EntriesTable", "entries").replace("ControlTable", "control")
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Reads a statement.
#[expect(clippy::panic, reason = "a template that cannot be judged fails every test")]
fn statement(json: &Value) -> Statement {
    let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let sid = text("Sid");
    assert_eq!(text("Effect"), "Allow", "{sid}");
    let list = |name: &str| json.get(name).map(texts).unwrap_or_default();
    let (mut partitions, mut attributes, mut guarded) = (vec![], vec![], BTreeSet::new());
    let conditions = json.get("Condition").and_then(Value::as_object);
    for (operator, keys) in conditions.into_iter().flatten() {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            match (operator.as_str(), key.as_str()) {
                ("ForAllValues:StringLike", "dynamodb:LeadingKeys") => partitions = texts(wanted),
                ("ForAllValues:StringEquals", "dynamodb:Attributes") => attributes = texts(wanted),
                ("Null", key) if wanted == "false" => drop(guarded.insert(key.to_owned())),
                ("StringEqualsIfExists", "dynamodb:ReturnValues") if wanted == "NONE" => {}
                _ => panic!("{sid}: {operator} of {key} is not known here"),
            }
        }
    }
    for (limit, key) in
        [(&partitions, "dynamodb:LeadingKeys"), (&attributes, "dynamodb:Attributes")]
    {
        assert_eq!(!limit.is_empty(), guarded.contains(key), "{sid}: Null of {key}");
    }
    let resources = list("Resource").iter().map(|text| resource(text)).collect();
    Statement { sid, actions: list("Action"), resources, partitions, attributes }
}

/// Whether a text matches a pattern in which `*` stands for any text.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices()
                .map(|(place, _)| place)
                .chain([text.len()])
                .any(|place| text.get(place..).is_some_and(|text| is_like(rest, text)))
        }),
    }
}

impl Statement {
    /// Whether it allows an access. A statement with a limit does not allow an access that lacks
    /// what is limited: the template guards each limit with `Null`.
    #[must_use]
    pub fn allows(&self, access: &Access) -> bool {
        let partitions = |found: &Vec<String>| {
            found.iter().all(|one| self.partitions.iter().any(|pattern| is_like(pattern, one)))
        };
        let attributes =
            |found: &Vec<String>| found.iter().all(|one| self.attributes.contains(one));
        self.actions.contains(&access.action)
            && self.resources.contains(&access.resource)
            && (self.partitions.is_empty() || access.partitions.as_ref().is_some_and(partitions))
            && (self.attributes.is_empty()
                || (access.attributes.as_ref().is_some_and(attributes) && access.returns_nothing))
    }
}

impl Roles {
    /// Reads the roles of the template.
    ///
    /// # Panics
    /// When the template has a condition that is not known here.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "without its template no test can run")]
    pub fn load() -> Self {
        let document = template::document().unwrap();
        let resources = document.get("Resources").and_then(Value::as_object).unwrap();
        let functions = resources.iter().filter_map(|(id, resource)| {
            let name = id.strip_suffix("Function")?.to_lowercase();
            let policies = resource.pointer("/Properties/Policies").and_then(Value::as_array);
            let statements = policies.into_iter().flatten().flat_map(|policy| {
                policy.get("Statement").and_then(Value::as_array).into_iter().flatten()
            });
            Some((name, statements.map(statement).collect()))
        });
        Self {
            statements: Arc::new(functions.collect()),
            used: Arc::default(),
            denied: Arc::default(),
        }
    }

    /// The statements of each function, by its name.
    #[must_use]
    pub fn statements(&self) -> &BTreeMap<String, Vec<Statement>> {
        &self.statements
    }

    /// Which permissions were used.
    #[must_use]
    pub fn used(&self) -> BTreeSet<Use> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was denied, in words.
    #[must_use]
    pub fn denied(&self) -> BTreeSet<String> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Judges an operation of a function: every access must be allowed by a statement of its role.
    ///
    /// # Errors
    /// What is not allowed, in words.
    pub fn judge(&self, function: &str, accesses: &[Access]) -> Result<(), String> {
        let statements = self.statements.get(function).map(Vec::as_slice).unwrap_or_default();
        for access in accesses {
            let Some(statement) = statements.iter().find(|statement| statement.allows(access))
            else {
                let denial = format!("AccessDenied: {function} may not {access:?}");
                self.denied.lock().unwrap_or_else(PoisonError::into_inner).insert(denial.clone());
                return Err(denial);
            };
            let used = (function.to_owned(), statement.sid.clone(), access.action.clone());
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(used);
        }
        Ok(())
    }
}

impl Intercept for Roles {
    fn name(&self) -> &'static str {
        "Roles"
    }

    /// Refuses what the role of the running function does not allow. Outside of a function, a test
    /// itself is at work and may do anything.
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(function) = FUNCTION.try_with(String::clone) else { return Ok(()) };
        let request = context.request();
        let accesses = match request.headers().get("x-amz-target") {
            Some(target) => {
                let operation = target.rsplit('.').next().unwrap_or_default();
                let body = request.body().bytes().unwrap_or_default();
                accesses(operation, &serde_json::from_slice(body)?)
            }
            None => access::of_object(request.method(), request.uri()),
        };
        self.judge(&function, &accesses).map_err(BoxError::from)
    }
}
