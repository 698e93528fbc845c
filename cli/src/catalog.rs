//! Shows the catalogue, compares a file with it, and stores the file as its next version.

use crate::args::{CatalogCommand, Format};
use crate::confirm::confirmed;
use crate::failure::Failure;
use crate::output::{Answer, columns, fields, quoted};
use domain::catalog::{
    Catalog, Difference, MAX_CATALOG_BYTES, Names, UnknownActions, default_catalog,
};
use domain::catalog_change::{CatalogChange, compare_with_current};
use domain::ports::{ReadCatalog, WriteCatalog};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// A change of the catalogue as programs get it.
#[derive(Debug, Serialize)]
struct ChangeView<'a> {
    /// The version that is current after the command.
    version: u64,
    previous_version: u64,
    /// Whether the command stored a version.
    is_stored: bool,
    difference: &'a Difference,
}

/// `audit catalog …`
pub(crate) async fn run(
    store: &(impl ReadCatalog + WriteCatalog),
    command: CatalogCommand,
    format: Format,
) -> Result<Answer, Failure> {
    match command {
        CatalogCommand::Set { file, yes } => set(store, &file, yes, format).await,
        CatalogCommand::Show { version } => show(store, version).await,
        CatalogCommand::Diff { file } => diff(store, &file).await,
    }
}

/// The catalogue that holds now.
pub(crate) async fn current(store: &impl ReadCatalog) -> Result<Arc<Catalog>, Failure> {
    let stored = store.catalog().await?;
    Ok(stored.unwrap_or_else(|| Arc::new(default_catalog().clone())))
}

/// `audit catalog set`
///
/// 1. The file is read and compared with the current version.
/// 2. What changes is shown, and the operator is asked, unless `--yes` answers.
/// 3. The file is stored over the version that it was compared with.
async fn set(
    store: &(impl ReadCatalog + WriteCatalog),
    file: &Path,
    yes: bool,
    format: Format,
) -> Result<Answer, Failure> {
    let change = compare_with_current(store, &read(file)?).await?;
    change.check()?;
    if !change.is_new() {
        return answer(&change, false);
    }
    let question = || {
        let (changes, version) = (difference(&change.difference), change.catalog.version);
        format!("{changes}\nStore this as version {version}?")
    };
    if !(yes || confirmed(&question(), format)) {
        let note = "Nothing is stored. Give --yes to store it without a question.";
        return Ok(answer(&change, false)?.with_note(note.to_owned()).holding(false));
    }
    store.put_catalog(&change.catalog).await.map_err(Failure::of_catalog_write)?;
    let note = format!(
        "Version {} is stored. Functions know it within 60 seconds.",
        change.catalog.version
    );
    Ok(answer(&change, true)?.with_note(note))
}

/// `audit catalog diff`
async fn diff(store: &impl ReadCatalog, file: &Path) -> Result<Answer, Failure> {
    let change = compare_with_current(store, &read(file)?).await?;
    let answer = answer(&change, false)?;
    Ok(match change.check() {
        Ok(()) => answer,
        Err(_dropped) => answer.with_warning(
            "what is removed here cannot be dropped: set \"retired\": true for it instead",
        ),
    })
}

/// `audit catalog show`
async fn show(store: &impl ReadCatalog, version: Option<u64>) -> Result<Answer, Failure> {
    let catalog = match version {
        None => current(store).await?,
        Some(0) => Arc::new(default_catalog().clone()),
        Some(version) => {
            let absent = || Failure::Absent("version", version.to_string());
            Arc::new(store.catalog_version(version).await?.ok_or_else(absent)?)
        }
    };
    Answer::new(text(&catalog), &*catalog)
}

/// Reads a file. Of a file that is too large for a catalogue, it reads one byte more than a
/// catalogue can have.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::File(file.display().to_string(), error.into());
    let limit = u64::try_from(MAX_CATALOG_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

fn answer(change: &CatalogChange, is_stored: bool) -> Result<Answer, Failure> {
    let CatalogChange { catalog, previous_version, difference: found } = change;
    let version = if is_stored { catalog.version } else { *previous_version };
    let view =
        ChangeView { version, previous_version: *previous_version, is_stored, difference: found };
    Answer::new(difference(found), &view)
}

/// What differs, one line for each name.
fn difference(found: &Difference) -> String {
    let Difference { actions, target_types, unknown_actions, is_reordered } = found;
    let mut rows = Vec::new();
    rows_of("action", actions, &mut rows);
    rows_of("target type", target_types, &mut rows);
    let row = |change: &str, what: &str| {
        [change.to_owned(), "catalogue".to_owned(), what.to_owned(), String::new()]
    };
    rows.extend(unknown_actions.map(|now| row("changed", unknown(now))));
    rows.extend(is_reordered.then(|| row("changed", "another order")));
    if rows.is_empty() { "nothing changes".to_owned() } else { columns(&rows) }
}

fn rows_of(kind: &str, names: &Names, rows: &mut Vec<[String; 4]>) {
    let row = |change: &str, name: &str, what: String| {
        [change.to_owned(), kind.to_owned(), name.to_owned(), what]
    };
    let Names { added, changed, retired, removed } = names;
    rows.extend(added.iter().map(|name| row("added", name, String::new())));
    rows.extend(changed.iter().map(|one| row("changed", &one.name, one.fields.join(", "))));
    rows.extend(retired.iter().map(|name| row("retired", name, String::new())));
    rows.extend(removed.iter().map(|name| row("removed", name, String::new())));
}

fn unknown(rule: UnknownActions) -> &'static str {
    match rule {
        UnknownActions::Refuse => "unknown actions are refused",
        UnknownActions::Accept => "unknown actions are accepted",
    }
}

/// The catalogue for people: its names, as menus have them.
fn text(catalog: &Catalog) -> String {
    let version = match catalog.version {
        0 => "0, the default of this release: no catalogue was set".to_owned(),
        version => version.to_string(),
    };
    let head = fields(&[
        ("version", version),
        ("actions", catalog.actions.len().to_string()),
        ("target types", catalog.target_types.len().to_string()),
        ("unknown", unknown(catalog.unknown_actions).to_owned()),
    ]);
    let marks = |marks: &[(bool, &'static str)]| {
        let said: Vec<_> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
        said.join(", ")
    };
    let mut actions = vec![["ACTION", "LABEL", "GROUP", ""].map(str::to_owned)];
    actions.extend(catalog.actions.iter().map(|action| {
        let marks = marks(&[
            (action.sensitive, "sensitive"),
            (action.metadata_schema.is_some(), "schema"),
            (action.retired, "retired"),
            (action.service, "service"),
        ]);
        [action.name.clone(), quoted(&action.label), quoted(&action.group), marks]
    }));
    let mut types = vec![["TARGET TYPE", "LABEL", ""].map(str::to_owned)];
    types.extend(
        catalog
            .target_types
            .iter()
            .map(|one| [one.name.clone(), quoted(&one.label), marks(&[(one.retired, "retired")])]),
    );
    format!("{head}\n\n{}\n\n{}", columns(&actions), columns(&types))
}
