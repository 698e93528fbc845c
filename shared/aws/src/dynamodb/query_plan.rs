//! Owns how the entries table is queried: the range of ids, the choice of table or index, and the
//! filter expression.

use super::item::text;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::filter::Filter;
use domain::ports::Stretch;
use domain::span::Span;
use domain::timestamp::Timestamp;

/// How a stretch is read: from the table or an index, with which conditions besides the keys.
#[derive(Debug)]
pub(super) struct QueryPlan {
    index: Option<&'static str>,
    partition_name: &'static str,
    partition: String,
    span: Span,
    conditions: Vec<Condition>,
    /// Only entries that were recorded by this moment.
    recorded_by: Option<Timestamp>,
}

/// A condition of the filter expression: the attribute at `path` has this value.
#[derive(Debug)]
struct Condition {
    path: &'static str,
    placeholder: &'static str,
    value: String,
}

impl QueryPlan {
    /// Chooses the index by target if the filter names a target, else the index by actor if it
    /// names an actor, else the table. What the keys do not cover goes to the filter expression.
    pub(super) fn of(stretch: &Stretch<'_>) -> Self {
        let workspace = &stretch.workspace.id;
        let Filter { action, target_type, actor, target_id, .. } = stretch.filter;
        let mut conditions = Vec::new();
        let mut condition = |path, placeholder, value: Option<&str>| {
            let value = value.map(str::to_owned);
            conditions.extend(value.map(|value| Condition { path, placeholder, value }));
        };
        condition("action", ":action", action.as_deref());
        let (index, partition_name, partition) = match (target_type, target_id, actor) {
            (Some(kind), Some(id), actor) => {
                let actor = actor.as_ref();
                let kind_of_actor = actor.map(|actor| actor.kind.name());
                condition("actor.type", ":actor_type", kind_of_actor);
                condition("actor.id", ":actor_id", actor.map(|actor| actor.id.as_str()));
                (Some("by_target"), "target_key", keys::target(workspace, kind, id))
            }
            (_, _, Some(actor)) => {
                condition("target.type", ":target_type", target_type.as_deref());
                (Some("by_actor"), "actor_key", keys::actor(workspace, actor))
            }
            _ => {
                condition("target.type", ":target_type", target_type.as_deref());
                (None, "workspace_id", keys::entries(workspace))
            }
        };
        let span = stretch.span;
        let recorded_by = stretch.recorded_by;
        Self { index, partition_name, partition, span, conditions, recorded_by }
    }

    /// Whether an index is read rather than the table.
    pub(super) fn is_index(&self) -> bool {
        self.index.is_some()
    }

    /// Whether the filter has conditions that the keys do not cover.
    pub(super) fn is_filtered(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// The query, still without limit, start and order.
    pub(super) fn query(&self, store: &DynamoStore) -> QueryFluentBuilder {
        let mut query = store
            .entries_query(self.partition_name, self.partition.clone(), self.span)
            .set_index_name(self.index.map(str::to_owned));
        // Holds when an entry has all the values that the filter names.
        let mut filters = Vec::new();
        for Condition { path, placeholder, value } in &self.conditions {
            let names: Vec<_> = path.split('.').map(|name| format!("#{name}")).collect();
            for name in path.split('.') {
                query = query.expression_attribute_names(format!("#{name}"), name);
            }
            query = query.expression_attribute_values(*placeholder, text(value));
            filters.push(format!("{} = {placeholder}", names.join(".")));
        }
        if let Some(by) = self.recorded_by {
            // … and was recorded by then.
            filters.push("recorded_at <= :recorded_by".to_owned());
            query = query.expression_attribute_values(":recorded_by", text(by.rfc3339()));
        }
        query.set_filter_expression((!filters.is_empty()).then(|| filters.join(" AND ")))
    }
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
    use domain::entry::{Actor, ActorType};
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
            action: action.map(str::to_owned),
            target_type: target_type.map(str::to_owned),
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
        let (is_action, is_type) = ("#action = :action", "#target.#type = :target_type");
        let (kind, id, by) = (Some("project"), Some("p"), Some("u"));
        for (filter, index, partition, expression) in [
            (filter(None, None, None, None), None, table, None),
            (filter(None, kind, None, None), None, table, some(is_type)),
            (filter(None, kind, id, None), Some("by_target"), target, None),
            (
                filter(None, kind, id, by),
                Some("by_target"),
                target,
                some("#actor.#type = :actor_type AND #actor.#id = :actor_id"),
            ),
            (filter(None, None, None, by), Some("by_actor"), actor, None),
            (filter(None, kind, None, by), Some("by_actor"), actor, some(is_type)),
            (
                filter(Some("a.b"), kind, None, None),
                None,
                table,
                some(&format!("{is_action} AND {is_type}")),
            ),
        ] {
            let expected = (index.map(str::to_owned), partition.to_owned(), expression);
            assert_eq!(planned(&filter), expected, "{filter:?}");
        }
    }
}
