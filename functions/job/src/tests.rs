//! What the unit tests share.

use domain::entry::{Actor, ActorType, Content, Entry, Target};
use domain::filter::Filter;
use domain::identity::Salt;
use domain::job::{Compression, ExportSpec, ExportWork, FileFormat};
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};

/// The moment at which tests begin.
pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

/// A workspace made long before.
pub(crate) fn workspace(plan: Plan) -> Workspace {
    let id = WorkspaceId::parse("ws_a").unwrap();
    Workspace::new(id, plan, Salt::from_bytes([7; 32]), noon().plus_days(-900))
}

/// Who does everything.
pub(crate) fn actor(id: &str) -> Actor {
    Actor { kind: ActorType::User, id: id.to_owned(), name: None, email: None }
}

/// An entry of so many seconds before noon.
pub(crate) fn entry(seconds: i64) -> Entry {
    let at = noon().plus_ms(-seconds * 1_000);
    let target = Target { kind: "project".to_owned(), id: "p_1".to_owned(), name: None };
    let content = Content::by_service(at, actor("u_1"), "project.update", target);
    Entry::new(&workspace(Plan::Basic), content, at)
}

/// An export of everything that has not begun.
pub(crate) fn export_work() -> ExportWork {
    ExportWork::new(ExportSpec {
        format: FileFormat::Ndjson,
        compression: Compression::None,
        filter: Filter::default(),
        as_of: None,
        requested_by: actor("u_1"),
        rows_expected: None,
    })
}
