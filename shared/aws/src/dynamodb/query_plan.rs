//! Owns how the entries table is queried: the range of ids, the choice of table or index, and the
//! filter expression.

use super::item::{Item, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::entry::ActorKey;
use domain::filter::{AddressRange, Filter, Selection};
use domain::ports::Stretch;
use domain::span::Span;
use domain::timestamp::Timestamp;
use std::fmt::Display;

/// How a stretch is read: from the table or an index, with which conditions besides the keys.
#[derive(Debug)]
pub(super) struct QueryPlan {
    index: Option<&'static str>,
    partition_name: &'static str,
    partition: String,
    span: Span,
    conditions: Vec<Condition>,
    /// A range of addresses that the query finds among others. An expression compares texts, and
    /// addresses outside the range may begin as those in it.
    range: Option<AddressRange>,
    /// Only entries that were recorded by this moment.
    recorded_by: Option<Timestamp>,
}

/// A condition of the filter expression on the attribute at `path`.
#[derive(Debug)]
struct Condition {
    path: &'static str,
    placeholder: &'static str,
    test: Test,
}

/// What a condition asks of an attribute.
#[derive(Debug)]
enum Test {
    /// That it is one of these values or, if they are excluded, another.
    Among { values: Vec<String>, excludes: bool },
    /// That it begins with this.
    BeginsWith(String),
}

impl Test {
    fn is(value: &str) -> Self {
        Self::Among { values: vec![value.to_owned()], excludes: false }
    }
}

impl Condition {
    fn is(path: &'static str, placeholder: &'static str, value: &str) -> Self {
        Self { path, placeholder, test: Test::is(value) }
    }

    fn is_selected<T: Ord + Display>(
        path: &'static str,
        placeholder: &'static str,
        selection: &Selection<T>,
    ) -> Self {
        let values = selection.named().map(T::to_string).collect();
        let test = Test::Among { values, excludes: selection.excludes() };
        Self { path, placeholder, test }
    }

    /// The condition on an address. It lets through all of a range, and may let through others.
    fn on_address(range: AddressRange) -> Self {
        let test = match range.only() {
            Some(address) => Test::is(&address.to_string()),
            None => Test::BeginsWith(range.common_text()),
        };
        Self { path: "ip_address", placeholder: ":ip_address", test }
    }
}

impl QueryPlan {
    /// Chooses the index by target if the filter names a target, else the index by actor if it
    /// names an actor, else the table. What the keys do not cover goes to the filter expression.
    pub(super) fn of(stretch: &Stretch<'_>) -> Self {
        let workspace = &stretch.workspace.id;
        let filter = stretch.filter;
        let mut conditions = conditions_on_any(filter);
        let of_target_type = filter
            .target_type
            .as_ref()
            .map(|types| Condition::is_selected("target.type", ":target_type", types));
        let (index, partition_name, partition) = match (filter.target(), &filter.actor) {
            (Some((kind, id)), actor) => {
                conditions.extend(actor.iter().flat_map(conditions_on_actor));
                (Some("by_target"), "target_key", keys::target(workspace, kind, id))
            }
            (None, Some(actor)) => {
                conditions.extend(of_target_type);
                (Some("by_actor"), "actor_key", keys::actor(workspace, actor))
            }
            (None, None) => {
                conditions.extend(of_target_type);
                (None, "workspace_id", keys::entries(workspace))
            }
        };
        let (span, recorded_by) = (stretch.span, stretch.recorded_by);
        let range = filter.ip_address.filter(|range| range.only().is_none());
        Self { index, partition_name, partition, span, conditions, range, recorded_by }
    }

    /// Whether an index is read rather than the table.
    pub(super) fn is_index(&self) -> bool {
        self.index.is_some()
    }

    /// Whether the filter has conditions that the keys do not cover.
    pub(super) fn is_filtered(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether the query finds other entries than those that the filter asks for, so that each item
    /// must be [tested](Self::asks_for).
    pub(super) fn is_wider(&self) -> bool {
        self.range.is_some()
    }

    /// Whether an item that the query found, from the table or an index, is of an entry that the
    /// filter asks for.
    pub(super) fn asks_for(&self, item: &Item) -> bool {
        self.range.is_none_or(|range| {
            let address = item.get("ip_address").and_then(|address| address.as_s().ok());
            address.is_some_and(|address| range.has(address))
        })
    }

    /// The query, still without limit, start and order.
    pub(super) fn query(&self, store: &DynamoStore) -> QueryFluentBuilder {
        let mut query = store
            .entries_query(self.partition_name, self.partition.clone(), self.span)
            .set_index_name(self.index.map(str::to_owned));
        // Holds when an entry has one of the values that each condition of the filter names.
        let mut filters = Vec::new();
        for Condition { path, placeholder, test } in &self.conditions {
            let names: Vec<_> = path.split('.').map(|name| format!("#{name}")).collect();
            for name in path.split('.') {
                query = query.expression_attribute_names(format!("#{name}"), name);
            }
            let name = names.join(".");
            match test {
                Test::Among { values, excludes } => {
                    let mut placeholders = Vec::with_capacity(values.len());
                    for (place, value) in values.iter().enumerate() {
                        let placeholder = format!("{placeholder}{place}");
                        query = query.expression_attribute_values(&placeholder, text(value));
                        placeholders.push(placeholder);
                    }
                    let not = if *excludes { "NOT " } else { "" };
                    filters.push(format!("{not}{name} IN ({})", placeholders.join(", ")));
                }
                Test::BeginsWith(beginning) => {
                    query = query.expression_attribute_values(*placeholder, text(beginning));
                    filters.push(format!("begins_with({name}, {placeholder})"));
                }
            }
        }
        if let Some(by) = self.recorded_by {
            // … and was recorded by then.
            filters.push("recorded_at <= :recorded_by".to_owned());
            query = query.expression_attribute_values(":recorded_by", text(by.rfc3339()));
        }
        query.set_filter_expression((!filters.is_empty()).then(|| filters.join(" AND ")))
    }
}

/// The conditions that no key covers.
fn conditions_on_any(filter: &Filter) -> Vec<Condition> {
    let one_of = [
        filter.action.as_ref().map(|names| Condition::is_selected("action", ":action", names)),
        filter.outcome.as_ref().map(|names| Condition::is_selected("outcome", ":outcome", names)),
    ];
    let ids = [
        ("actor.email", ":actor_email", filter.actor_email.as_deref()),
        ("external_id", ":external_id", filter.external_id.as_deref()),
        ("request_id", ":request_id", filter.request_id.as_deref()),
    ];
    let ids = ids.into_iter().filter_map(|(path, placeholder, id)| {
        let id = id?;
        Some(Condition::is(path, placeholder, id))
    });
    let address = filter.ip_address.map(Condition::on_address);
    one_of.into_iter().flatten().chain(ids).chain(address).collect()
}

fn conditions_on_actor(actor: &ActorKey) -> [Condition; 2] {
    [
        Condition::is("actor.type", ":actor_type", actor.kind.name()),
        Condition::is("actor.id", ":actor_id", &actor.id),
    ]
}

impl DynamoStore {
    /// A query of one partition of the entries table or of an index, for the ids of a span.
    pub(super) fn entries_query(
        &self,
        partition_name: &str,
        partition: String,
        span: Span,
    ) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.entries)
            // Holds for the ids of the span, both ends included.
            .key_condition_expression(format!(
                "{partition_name} = :partition AND id BETWEEN :low AND :high"
            ))
            .expression_attribute_values(":partition", text(partition))
            .expression_attribute_values(":low", text(span.low.to_string()))
            .expression_attribute_values(":high", text(span.high.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;
    use domain::entry::{Actor, ActorType, Outcome};
    use domain::identity::Salt;
    use domain::plan::Plan;
    use domain::workspace::{Workspace, WorkspaceId};

    /// The index, the partition and the filter expression that a filter leads to.
    fn planned(filter: &Filter) -> (Option<String>, String, Option<String>) {
        let now = Timestamp::clamped(1_700_000_000_999);
        let id = WorkspaceId::parse("ws_a").unwrap();
        let workspace = Workspace::new(id, Plan::Free, Salt::from_bytes([0; 32]), now);
        let span = Span::everything();
        let stretch = Stretch { workspace: &workspace, filter, span, recorded_by: None, now };
        let query = QueryPlan::of(&stretch).query(&unconnected());
        let query = query.as_input();
        let key = query.get_key_condition_expression().clone().unwrap();
        let values = query.get_expression_attribute_values().clone().unwrap();
        let name = key.strip_suffix(" = :partition AND id BETWEEN :low AND :high").unwrap();
        let partition = format!("{name}={}", values[":partition"].as_s().unwrap());
        (query.get_index_name().clone(), partition, query.get_filter_expression().clone())
    }

    fn filter(
        action: Option<&str>,
        target_type: Option<&str>,
        target_id: Option<&str>,
        actor_id: Option<&str>,
    ) -> Filter {
        Filter {
            action: action.map(Into::into),
            target_type: target_type.map(Into::into),
            target_id: target_id.map(str::to_owned),
            actor: actor_id.map(|id| Actor::new(ActorType::User, id).key()),
            ..Filter::default()
        }
    }

    #[test]
    fn the_filter_chooses_table_or_index() {
        let some = |text: &str| Some(text.to_owned());
        let (target, actor) = ("target_key=ws_a#project#p", "actor_key=ws_a#user#u");
        let table = "workspace_id=ws_a";
        let is_type = "#target.#type IN (:target_type0)";
        let (kind, id, by) = (Some("project"), Some("p"), Some("u"));
        for (filter, index, partition, expression) in [
            (filter(None, None, None, None), None, table, None),
            (filter(None, kind, None, None), None, table, some(is_type)),
            (filter(None, kind, id, None), Some("by_target"), target, None),
            (
                filter(None, kind, id, by),
                Some("by_target"),
                target,
                some("#actor.#type IN (:actor_type0) AND #actor.#id IN (:actor_id0)"),
            ),
            (filter(None, None, None, by), Some("by_actor"), actor, None),
            (filter(None, kind, None, by), Some("by_actor"), actor, some(is_type)),
            (
                filter(Some("a.b"), kind, None, None),
                None,
                table,
                some(&format!("#action IN (:action0) AND {is_type}")),
            ),
        ] {
            let expected = (index.map(str::to_owned), partition.to_owned(), expression);
            assert_eq!(planned(&filter), expected, "{filter:?}");
        }
    }

    #[test]
    fn conditions_that_no_key_covers_go_to_the_filter_expression() {
        let filter = Filter {
            action: Selection::new(["c.d", "a.b"].map(str::to_owned)),
            outcome: Selection::new([Outcome::Denied, Outcome::Failure]),
            external_id: Some("e".into()),
            request_id: Some("r".into()),
            ..filter(None, None, None, Some("u"))
        };
        let expression = "#action IN (:action0, :action1) AND #outcome IN (:outcome0, :outcome1) \
                          AND #external_id IN (:external_id0) AND #request_id IN (:request_id0)";
        let actor = "actor_key=ws_a#user#u".to_owned();
        let expected = (Some("by_actor".to_owned()), actor, Some(expression.to_owned()));
        assert_eq!(planned(&filter), expected);
    }

    #[test]
    fn what_is_excluded_is_negated() {
        let filter = Filter {
            action: Selection::all_but(["c.d", "a.b"].map(str::to_owned)),
            outcome: Selection::all_but([Outcome::Success]),
            ..filter(None, None, None, Some("u"))
        };
        let expression = "NOT #action IN (:action0, :action1) AND NOT #outcome IN (:outcome0)";
        let actor = "actor_key=ws_a#user#u".to_owned();
        let expected = (Some("by_actor".to_owned()), actor, Some(expression.to_owned()));
        assert_eq!(planned(&filter), expected);
    }
}
