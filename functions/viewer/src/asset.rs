//! Owns the files of `viewer/`, which are compiled in: their names, media types, tags and
//! encodings.

use crate::source::{joined, without_comments};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::LazyLock;

/// A file as it is served, plain and compressed.
#[derive(Debug)]
pub(crate) struct Asset {
    name: &'static str,
    pub(crate) media_type: &'static str,
    /// The `frame-src` of its policy: the sites that it may show in frames.
    pub(crate) frames: &'static str,
    /// Its `Cross-Origin-Resource-Policy`: the sites whose pages may load it.
    pub(crate) sharing: &'static str,
    plain: Vec<u8>,
    zipped: Vec<u8>,
    digest: String,
}

/// The modules of the page, each after those that it imports.
pub(crate) const MODULES: [&str; 63] = [
    include_str!("../../../viewer/json.js"),
    include_str!("../../../viewer/language.js"),
    include_str!("../../../viewer/remembered.js"),
    include_str!("../../../viewer/text.js"),
    include_str!("../../../viewer/texts.js"),
    include_str!("../../../viewer/time.js"),
    include_str!("../../../viewer/period.js"),
    include_str!("../../../viewer/dialog.js"),
    include_str!("../../../viewer/dom.js"),
    include_str!("../../../viewer/written.js"),
    include_str!("../../../viewer/outcome.js"),
    include_str!("../../../viewer/actors.js"),
    include_str!("../../../viewer/ranges.js"),
    include_str!("../../../viewer/chosen.js"),
    include_str!("../../../viewer/address.js"),
    include_str!("../../../viewer/unusual.js"),
    include_str!("../../../viewer/state.js"),
    include_str!("../../../viewer/zone.js"),
    include_str!("../../../viewer/access.js"),
    include_str!("../../../viewer/wanted.js"),
    include_str!("../../../viewer/host.js"),
    include_str!("../../../viewer/api.js"),
    include_str!("../../../viewer/catalog.js"),
    include_str!("../../../viewer/checked.js"),
    include_str!("../../../viewer/compare.js"),
    include_str!("../../../viewer/diff.js"),
    include_str!("../../../viewer/only.js"),
    include_str!("../../../viewer/summary.js"),
    include_str!("../../../viewer/list.js"),
    include_str!("../../../viewer/choices.js"),
    include_str!("../../../viewer/wording.js"),
    include_str!("../../../viewer/messages.js"),
    include_str!("../../../viewer/found.js"),
    include_str!("../../../viewer/lookup.js"),
    include_str!("../../../viewer/people.js"),
    include_str!("../../../viewer/addresses.js"),
    include_str!("../../../viewer/filters.js"),
    include_str!("../../../viewer/pager.js"),
    include_str!("../../../viewer/pages.js"),
    include_str!("../../../viewer/help.js"),
    include_str!("../../../viewer/keys.js"),
    include_str!("../../../viewer/retention.js"),
    include_str!("../../../viewer/asking.js"),
    include_str!("../../../viewer/arrivals.js"),
    include_str!("../../../viewer/judging.js"),
    include_str!("../../../viewer/timeline.js"),
    include_str!("../../../viewer/facets.js"),
    include_str!("../../../viewer/polling.js"),
    include_str!("../../../viewer/values.js"),
    include_str!("../../../viewer/copy.js"),
    include_str!("../../../viewer/told.js"),
    include_str!("../../../viewer/about.js"),
    include_str!("../../../viewer/adjusted.js"),
    include_str!("../../../viewer/facts.js"),
    include_str!("../../../viewer/metadata.js"),
    include_str!("../../../viewer/evidence.js"),
    include_str!("../../../viewer/entry.js"),
    include_str!("../../../viewer/opening.js"),
    include_str!("../../../viewer/exported.js"),
    include_str!("../../../viewer/trouble.js"),
    include_str!("../../../viewer/exports.js"),
    include_str!("../../../viewer/showing.js"),
    include_str!("../../../viewer/main.js"),
];

/// The page.
pub(crate) static PAGE: LazyLock<Asset> =
    LazyLock::new(|| html("", include_str!("../../../viewer/index.html")));

/// What the page loads, and what other pages load to show it.
static ASSETS: LazyLock<[Asset; 7]> = LazyLock::new(|| {
    [
        script("viewer.js", &joined(&MODULES)),
        style("viewer.css", include_str!("../../../viewer/viewer.css")),
        Asset::new("icon.svg", "image/svg+xml", include_str!("../../../viewer/icon.svg")),
        // The only file that pages of other sites load.
        Asset {
            sharing: "cross-origin",
            ..script("embed.js", &joined(&[include_str!("../../../viewer/embed.js")]))
        },
        Asset {
            frames: "'self'",
            ..html("example.html", include_str!("../../../viewer/example.html"))
        },
        script("example.js", &joined(&[include_str!("../../../viewer/example.js")])),
        style("example.css", include_str!("../../../viewer/example.css")),
    ]
});

/// The asset of that name.
pub(crate) fn named(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

fn html(name: &'static str, text: &str) -> Asset {
    Asset::new(name, "text/html; charset=utf-8", text)
}

fn script(name: &'static str, text: &str) -> Asset {
    Asset::new(name, "text/javascript; charset=utf-8", text)
}

fn style(name: &'static str, text: &str) -> Asset {
    Asset::new(name, "text/css; charset=utf-8", &without_comments(text))
}

impl Asset {
    fn new(name: &'static str, media_type: &'static str, text: &str) -> Self {
        let plain = text.as_bytes().to_vec();
        let digest = HEXLOWER.encode(&Sha256::digest(&plain)).chars().take(32).collect();
        Self {
            name,
            media_type,
            frames: "'none'",
            sharing: "same-origin",
            zipped: zipped(&plain),
            plain,
            digest,
        }
    }

    /// The strong entity tag of one of its encodings (RFC 9110, section 8.8.3).
    pub(crate) fn tag(&self, is_zipped: bool) -> String {
        format!("\"{}{}\"", self.digest, if is_zipped { "-gzip" } else { "" })
    }

    /// Its bytes in one of its encodings.
    pub(crate) fn body(&self, is_zipped: bool) -> &[u8] {
        if is_zipped { &self.zipped } else { &self.plain }
    }
}

fn zipped(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail. If it did, every visitor would see an empty page at once.
    encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../viewer");

    #[test]
    fn every_module_in_the_folder_is_in_the_script_after_those_it_imports() {
        let name = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        let apart = ["embed.js", "example.js"];
        let files = fs::read_dir(FOLDER)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<_> = files
            .filter(|file| file.strip_suffix(".js").is_some() && !apart.contains(&file.as_str()))
            .collect();
        let text_of = |file: &str| fs::read_to_string(format!("{FOLDER}/{file}")).unwrap();
        let place =
            |file: &str| MODULES.iter().position(|module| name(module) == name(&text_of(file)));
        assert_eq!(files.len(), MODULES.len());
        for file in &files {
            let text = text_of(file);
            let imports = text.lines().filter_map(|line| {
                line.split_once(" from \"./").and_then(|(_, rest)| rest.strip_suffix("\";"))
            });
            for imported in imports {
                assert!(
                    place(imported).unwrap() < place(file).unwrap(),
                    "{file} comes before {imported}, which it imports"
                );
            }
        }
    }

    #[test]
    fn the_script_is_one_module_without_imports_or_exports() {
        let script = joined(&[
            "import { a } from \"./a.js\";\nexport function b() {\n  return a;\n}\n",
            "import {\n  b,\n} from \"./b.js\";\nexport const c = 1;",
        ]);
        assert_eq!(script, "function b() {\nreturn a;\n}\nconst c = 1;\n");
        let whole = joined(&MODULES);
        assert!(
            !whole.lines().any(|line| line.starts_with("import ") || line.starts_with("export "))
        );
        let name = |line: &'static str| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let line = line.strip_prefix("async ").unwrap_or(line);
            let declared = ["function ", "const ", "let ", "class "]
                .iter()
                .find_map(|kind| line.strip_prefix(kind))?;
            declared
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .filter(|name| !name.is_empty())
        };
        let mut names: Vec<_> =
            MODULES.iter().flat_map(|module| module.lines()).filter_map(name).collect();
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(names.len() > 100 && twice.is_empty(), "{twice:?} at the top level of two modules");
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for asset in ASSETS.iter().chain([&*PAGE]) {
            let text = String::from_utf8(asset.plain.clone()).unwrap();
            for (at, _) in text.match_indices("://") {
                let around =
                    text.get(at.saturating_sub(12)..text.len().min(at + 24)).unwrap_or_default();
                assert!(
                    around.contains("www.w3.org") || around.contains("example.com"),
                    "{}: {around}",
                    asset.name
                );
            }
        }
    }

    #[test]
    fn all_that_a_first_visit_loads_stays_under_its_weight() {
        let page = [&*PAGE]
            .into_iter()
            .chain(["viewer.js", "viewer.css", "icon.svg"].into_iter().filter_map(named));
        let bytes: usize = page.map(|asset| asset.zipped.len()).sum();
        assert!(bytes < 75 * 1_000, "{bytes} bytes");
    }
}
