//! The filters of a list, the entries that it must answer by a plain reading of the rules, and the
//! pages that it answers.

use crate::client::{Api, Response};
use domain::entry::Entry;
use domain::timestamp::Timestamp;
use serde_json::Value;
use std::net::IpAddr;

/// The filters of a list.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Only these actions, with commas in between.
    pub action: Option<String>,
    /// Only targets of these types, with commas in between.
    pub target_type: Option<String>,
    /// Only these outcomes, with commas in between.
    pub outcome: Option<String>,
    /// Only this target.
    pub target_id: Option<String>,
    /// Only this actor.
    pub actor_id: Option<String>,
    /// Only actors with this email address.
    pub actor_email: Option<String>,
    /// Only from this IP address, or from this range of them.
    pub ip_address: Option<String>,
    /// Only entries to which the publisher gave this id.
    pub external_id: Option<String>,
    /// Only entries of this request of the publisher.
    pub request_id: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl Ask {
    /// The filters as parameters of a list, or as members of the body of an export.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let parameters = [
            ("action", self.action.clone()),
            ("target_type", self.target_type.clone()),
            ("outcome", self.outcome.clone()),
            ("target_id", self.target_id.clone()),
            ("actor_id", self.actor_id.clone()),
            ("actor_email", self.actor_email.clone()),
            ("ip_address", self.ip_address.clone()),
            ("external_id", self.external_id.clone()),
            ("request_id", self.request_id.clone()),
            ("from", self.from.map(Timestamp::rfc3339)),
            ("to", self.to.map(Timestamp::rfc3339)),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The filters as parameters, each followed by `&`.
    #[must_use]
    pub fn query(&self) -> String {
        self.parameters()
            .fold(String::new(), |query, (name, value)| query + name + "=" + &encoded(&value) + "&")
    }

    /// Whether an entry matches the filters.
    #[must_use]
    pub fn holds(&self, entry: &Entry) -> bool {
        let content = &entry.content;
        let is = |wanted: &Option<String>, text: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == text)
        };
        let has = |wanted: &Option<String>, text: &str| {
            wanted.as_deref().is_none_or(|wanted| {
                let names = wanted.split(',').map(|name| name.trim_start_matches('-'));
                names.into_iter().any(|one| one == text) != wanted.starts_with('-')
            })
        };
        has(&self.action, &content.action)
            && has(&self.target_type, &content.target.kind)
            && has(&self.outcome, content.outcome.name())
            && is(&self.target_id, &content.target.id)
            && is(&self.actor_id, &content.actor.id)
            && is(&self.actor_email, content.actor.email.as_deref().unwrap_or_default())
            && self
                .ip_address
                .as_deref()
                .is_none_or(|range| is_within(content.ip_address.as_deref(), range))
            && is(&self.external_id, content.external_id.as_deref().unwrap_or_default())
            && is(&self.request_id, content.request_id.as_deref().unwrap_or_default())
            && self.from.is_none_or(|from| content.occurred_at >= from)
            && self.to.is_none_or(|to| content.occurred_at < to)
    }

    /// The ids of the matching entries, newest first.
    #[must_use]
    pub fn of(&self, log: &[Entry]) -> Vec<String> {
        let mut ids: Vec<_> = log
            .iter()
            .filter(|entry| self.holds(entry))
            .map(|entry| entry.id.to_string())
            .collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    }
}

/// Whether an address is within a range, compared bit by bit.
#[expect(clippy::unwrap_used, reason = "a test that asks for anything else fails")]
fn is_within(address: Option<&str>, range: &str) -> bool {
    let bits = |text: &str| -> (u8, String) {
        match text.parse::<IpAddr>().unwrap() {
            IpAddr::V4(address) => (32, format!("{:032b}", address.to_bits())),
            IpAddr::V6(address) => (128, format!("{:0128b}", address.to_bits())),
        }
    };
    let (first, prefix) = match range.split_once('/') {
        Some((first, prefix)) => (first, Some(prefix.parse::<usize>().unwrap())),
        None => (range, None),
    };
    let (length, first) = bits(first);
    let prefix = first.get(..prefix.unwrap_or(length.into())).unwrap();
    address.is_some_and(|address| {
        let (of, bits) = bits(address);
        of == length && bits.starts_with(prefix)
    })
}

/// A text as a query may carry it: every byte percent-encoded.
#[must_use]
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The ids of its rows, in order.
    pub ids: Vec<String>,
    /// The rows.
    pub rows: Vec<Value>,
    /// The token of the page of older entries.
    pub next: Option<String>,
    /// The token of the page of newer entries.
    pub previous: Option<String>,
    /// The moment of this browse: it holds only entries that were recorded by then.
    pub as_of: Option<String>,
    /// Its number, if it is known.
    pub number: Option<u64>,
    /// How many entries match.
    pub total: u64,
    /// Whether the total is exact.
    pub is_exact: bool,
    /// The links of the header `Link`: relation and path.
    pub links: Vec<(String, String)>,
}

impl Page {
    /// The path that `Link` has for this relation.
    #[must_use]
    pub fn link(&self, relation: &str) -> Option<&str> {
        self.links.iter().find(|(name, _)| name == relation).map(|(_, path)| path.as_str())
    }

    /// Reads an answer, and checks what is true of every page.
    #[expect(clippy::unwrap_used, reason = "an answer that is no page fails the test")]
    fn of(path: &str, response: &Response) -> Self {
        assert_eq!(response.status, 200, "{path}: {response:?}");
        let rows = response.json.pointer("/entries").and_then(Value::as_array).unwrap().clone();
        let ids: Vec<_> = rows
            .iter()
            .map(|row| row.get("id").and_then(Value::as_str).unwrap().to_owned())
            .collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "newest first: {ids:?}");
        assert!(
            rows.iter().all(|row| row.get("old_value").is_none() && row.get("new_value").is_none()),
            "{rows:?}"
        );
        let text = |name: &str| {
            response.json.pointer("/page").unwrap().get(name).unwrap().as_str().map(str::to_owned)
        };
        let links = response.header("link").split(", ").map(|link| {
            let (target, relation) = link.split_once("; ").unwrap();
            let relation = relation.strip_prefix("rel=\"").unwrap().strip_suffix('"').unwrap();
            (
                relation.to_owned(),
                target.strip_prefix('<').unwrap().strip_suffix('>').unwrap().to_owned(),
            )
        });
        let (next, previous, as_of) =
            (text("next_page_token"), text("previous_page_token"), text("as_of"));
        let of_page = |name: &str| response.json.pointer("/page").unwrap().get(name).unwrap();
        let (number, total, size) = (
            of_page("number").as_u64(),
            of_page("total_entries").as_u64().unwrap(),
            of_page("size").as_u64().unwrap(),
        );
        assert_eq!(of_page("total_pages").as_u64().unwrap(), total.div_ceil(size), "{response:?}");
        let is_exact = of_page("total_is_exact").as_bool().unwrap();
        let page = Self {
            ids,
            rows,
            next,
            previous,
            as_of,
            number,
            total,
            is_exact,
            links: links.collect(),
        };
        assert_eq!(page.link("last").is_some(), is_exact && total > 0, "{page:?}");
        assert!(!is_exact || u64::try_from(page.ids.len()).unwrap() <= total, "{page:?}");
        let token_of = |relation| {
            page.link(relation)
                .map(|path| path.split_once("page_token=").map_or("", |(_, token)| token))
        };
        assert_eq!(token_of("first"), Some(""), "{:?}", page.links);
        assert_eq!(token_of("next"), page.next.as_deref(), "{:?}", page.links);
        assert_eq!(token_of("prev"), page.previous.as_deref(), "{:?}", page.links);
        assert!([&page.next, &page.previous].into_iter().flatten().all(|token| token.len() <= 512));
        let recorded = page.rows.iter().map(|row| row["recorded_at"].as_str().unwrap());
        let mut recorded = recorded.filter(|at| page.as_of.as_deref().is_some_and(|by| *at > by));
        assert_eq!(recorded.next(), None, "{page:?}");
        page
    }
}

/// Requests the page at a path.
///
/// # Panics
/// When the answer is not a page.
pub async fn page(api: &Api, path: &str) -> Page {
    Page::of(path, &api.get(path).await)
}

/// Walks a list by token from its first page to its last, and back by `Link`. Returns the pages of
/// the way there.
///
/// # Panics
/// When an answer is not a page, or if the way back shows other entries than the way there.
pub async fn walk(api: &Api, workspace: &str, query: &str) -> Vec<Page> {
    let path = format!("/v1/workspaces/{workspace}/entries?");
    let first = page(api, &format!("{path}{query}")).await;
    assert_eq!(first.previous, None, "nothing is newer than the first page");
    let as_of = first.as_of.clone();
    let (mut pages, mut next) = (Vec::new(), Some(first));
    while let Some(one) = next {
        next = match &one.next {
            Some(token) => Some(page(api, &format!("{path}page_token={token}")).await),
            None => None,
        };
        pages.push(one);
    }
    assert!(pages.iter().all(|page| page.as_of == as_of), "as_of is fixed by the first page");
    let there: Vec<_> = pages.iter().flat_map(|page| page.ids.clone()).collect();
    let mut back: Vec<String> = pages.last().map(|page| page.ids.clone()).unwrap_or_default();
    let mut link = pages.last().and_then(|page| page.link("prev").map(str::to_owned));
    while let Some(path) = link {
        let newer = page(api, &path).await;
        back.splice(0..0, newer.ids.clone());
        link = newer.link("prev").map(str::to_owned);
    }
    assert_eq!(back, there, "the way back of {query}");
    pages
}
