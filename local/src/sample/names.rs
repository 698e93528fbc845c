//! Owns the names of members, projects and keys in the sample. They are invented.

use fastrand::Rng;

const GIVEN: [&str; 24] = [
    "Aylin", "Bram", "Chiara", "Desta", "Eero", "Farida", "Goran", "Hana", "Ivo", "Jola", "Kaspar",
    "Lucía", "Mattias", "Noor", "Oumar", "Petra", "Quynh", "Renske", "Sanna", "Tiago", "Ulrike",
    "Viktor", "Wanjiru", "Zoé",
];
const FAMILY: [&str; 24] = [
    "Abendroot", "Bellavento", "Castellón", "Dragomirsen", "Esterhuis", "Fjellstad", "Gorecka",
    "Hartmanis", "Ibekwesi", "Jokinenmaa", "Kowalewicz", "Laurentin", "Mbekiani", "Nakasone",
    "Oyelaren", "Petrosyanov", "Quintanar", "Rasmusvig", "Silvestro", "Thorvalden", "Uzunoglu",
    "Vandermere", "Weissbrod", "Zielonka",
];
/// Names in other scripts and shapes, each with the part of its email address before the `@`.
const WHOLE: [(&str, &str); 10] = [
    ("Анастасія Вербова", "anastasiia.verbova"),
    ("陳 柏宇", "boyu.chen"),
    ("山根 つばさ", "つばさ"),
    ("이서율", "seoyul"),
    ("रीना जोशीकर", "reena"),
    ("منى الحدادي", "mona"),
    ("Յանա Սարյանց", "yana"),
    ("Ángel Ñuñoz de la O", "angel"),
    ("X Æ", "x.ae"),
    ("👩🏽‍🚀 Nova", "nova"),
];
const DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

const PROJECTS: [&str; 28] = [
    "Website relaunch", "Mobile app", "Customer portal", "Billing migration", "Data warehouse",
    "Onboarding flow", "Release 12", "Q3 campaign", "Partner API", "Accessibility audit",
    "Incident review", "Office move", "Hiring plan", "Brand refresh", "Warehouse robots",
    "Churn analysis", "Umzug nach Köln", "Présentation d’été", "Проект «Маяк»", "新倉庫の立ち上げ",
    "品牌升级", "مشروع النخيل", "Größe & Gewicht", "100% renewable", "Localisation: ja, ko, zh",
    "R&D / Prototype <3>", "Contract \"North\"", "Back\\slash cleanup",
];
const KEYS: [&str; 12] = [
    "Nightly backup", "CI", "Reporting", "Mobile app", "Load test", "Partner access", "Import 2",
    "Terraforming", "Monitoring", "Zeiterfassung", "テスト用", "Do not use",
];

/// One of `all`, chosen at random.
pub(super) fn any(rng: &mut Rng, all: &[&'static str]) -> &'static str {
    rng.choice(all).copied().unwrap_or_default()
}

/// A random name of a member, with an email address.
pub(super) fn member(rng: &mut Rng) -> (String, String) {
    let domain = any(rng, &DOMAINS);
    if let Some((name, local)) = rng.choice(WHOLE).filter(|_| rng.u8(0..5) == 0) {
        return (name.to_owned(), format!("{local}@{domain}"));
    }
    let (given, family) = (any(rng, &GIVEN), any(rng, &FAMILY));
    (
        format!("{given} {family}"),
        format!("{}.{}@{domain}", given.to_lowercase(), family.to_lowercase()),
    )
}

/// A random name of a project.
pub(super) fn project(rng: &mut Rng) -> String {
    any(rng, &PROJECTS).to_owned()
}

/// A random name of an API key.
pub(super) fn key(rng: &mut Rng) -> String {
    any(rng, &KEYS).to_owned()
}

/// A random id of 48 bits, for example `prj_0f1e2d3c4b5a`.
pub(super) fn id(rng: &mut Rng, prefix: &str) -> String {
    format!("{prefix}_{:012x}", rng.u64(..1 << 48))
}
