//! Owns the fields of settings, projects and integrations, each with its possible values in
//! canonical JSON.

/// A field's key and its possible values.
pub(super) type Field = (&'static str, &'static [&'static str]);

/// A screen of settings: its id, its name and its fields.
pub(super) type Screen = (&'static str, &'static str, &'static [Field]);

const SWITCH: &[&str] = &["true", "false"];

/// The settings of a workspace.
pub(super) const SETTINGS: [Screen; 5] = [
    ("security", "Security", SECURITY),
    ("billing", "Billing", BILLING),
    ("locale", "Language and region", LOCALE),
    ("notifications", "Notifications", NOTIFICATIONS),
    ("appearance", "Appearance", APPEARANCE),
];

const SECURITY: &[Field] = &[
    ("require_mfa", SWITCH),
    ("session_timeout_minutes", &["15", "30", "60", "480", "1440"]),
    ("password_min_length", &["8", "12", "16"]),
    (
        "allowed_networks",
        &["[]", r#"["192.0.2.0/24"]"#, r#"["192.0.2.0/24","198.51.100.0/25","2001:db8:ac::/48"]"#],
    ),
    ("sign_in_methods", &[r#"["password"]"#, r#"["password","passkey"]"#, r#"["passkey","sso"]"#]),
    (
        "lockout",
        &[
            "null",
            r#"{"after_attempts":5,"minutes":15}"#,
            r#"{"after_attempts":10,"minutes":60.0}"#,
        ],
    ),
];

/// The numbers test that their text is kept: 1.0 and 1.00 are equal but differ in their text, and
/// 2^64 does not fit into 64 bits.
const BILLING: &[Field] = &[
    ("tax_rate", &["0.19", "0.190", "0.2", "0.20", "1.9e-1"]),
    ("usage_multiplier", &["1", "1.0", "1.00", "1e0"]),
    (
        "credit_limit_cents",
        &["250000", "18446744073709551615", "18446744073709551616", "9007199254740993"],
    ),
    ("currency", &[r#""EUR""#, r#""USD""#, r#""TWD""#]),
    (
        "invoice_recipients",
        &[r#"["billing@example.com"]"#, r#"["billing@example.com","ap@example.org"]"#, "[]"],
    ),
    ("purchase_order", &["null", r#""PO-2291""#, r#""00417""#]),
];

const LOCALE: &[Field] = &[
    ("language", &[r#""en""#, r#""de-AT""#, r#""zh-Hant""#, r#""ar""#]),
    ("time_zone", &[r#""Europe/Berlin""#, r#""America/New_York""#, r#""Asia/Taipei""#, r#""UTC""#]),
    ("week_starts_on", &[r#""monday""#, r#""sunday""#, r#""saturday""#]),
    (
        "number_format",
        &[
            r#"{"decimal":",","group":"."}"#,
            r#"{"decimal":".","group":","}"#,
            "{\"decimal\":\",\",\"group\":\"\u{202f}\"}",
        ],
    ),
];

const NOTIFICATIONS: &[Field] = &[
    ("digest", &[r#""daily""#, r#""weekly""#, r#""never""#]),
    (
        "quiet_hours",
        &[
            "null",
            r#"{"from":"22:00","to":"07:00"}"#,
            r#"{"days":["sat","sun"],"from":"00:00","to":"24:00"}"#,
        ],
    ),
    (
        "rules",
        &[
            "[]",
            r#"[{"on":"project.overdue","to":["owner"]}]"#,
            concat!(
                r#"[{"on":"project.overdue","to":["owner","admins"]},{"on":"member.joined","#,
                r#""to":["admins"],"via":{"chat":true,"email":false}}]"#,
            ),
        ],
    ),
    ("sender_name", &[r#""Workspace""#, r#""Équipe produit""#, r#""通知""#]),
];

const APPEARANCE: &[Field] = &[
    ("accent_colour", &[r##""#1f6feb""##, r##""#0a7d33""##, r##""#B3261E""##]),
    (
        "logo_url",
        &[
            "null",
            r#""https://example.com/logo.svg""#,
            r#""https://example.net/brand/2/logo.png?v=3""#,
        ],
    ),
    ("dense_tables", SWITCH),
    (
        "welcome_text",
        &[
            r#""""#,
            r#""Hello!\nRead the handbook first.""#,
            r#""Willkommen – bitte zuerst das Handbuch lesen 📖""#,
        ],
    ),
];

/// The fields of a project.
pub(super) const PROJECT: &[Field] = &[
    ("status", &[r#""planned""#, r#""active""#, r#""on_hold""#, r#""done""#]),
    ("visibility", &[r#""private""#, r#""team""#, r#""workspace""#]),
    ("budget", &["null", "12000", "12000.00", "12000.0", "48500.50", "0.1"]),
    ("risk", &["0.3", "0.30", "1.0", "1.00", "1"]),
    (
        "tags",
        &[
            "[]", r#"["design"]"#, r#"["design","launch"]"#, r#"["launch","design"]"#,
            r#"["ops","q3","überfällig"]"#,
        ],
    ),
    ("archived", SWITCH),
    (
        "description",
        &[
            r#""""#,
            r#""First draft.""#,
            r#""Agreed with finance on the smaller scope.\n\nOpen: who signs?""#,
            LONG_NOTE,
        ],
    ),
    (
        "milestones",
        &[
            "[]",
            concat!(
                r#"[{"done":true,"name":"Kick-off"},{"done":false,"name":"Beta","#,
                r#""needs":["Kick-off"]}]"#,
            ),
            concat!(
                r#"[{"done":true,"name":"Kick-off"},{"done":true,"name":"Beta","#,
                r#""needs":["Kick-off"]},{"done":false,"name":"Launch","needs":["Beta"]}]"#,
            ),
        ],
    ),
];

/// A text of more than 1,024 bytes, so that the values of its entry are stored apart.
const LONG_NOTE: &str = concat!(
    r#""Why we do this: three teams answer the same customer question in three places, and the "#,
    r#"answers differ. The aim is one page that an agent can open during a call, that shows the "#,
    r#"contract, the last invoices and the open tickets, and that says when each of them was "#,
    r#"last checked.\n\nWhat is in: read access to contracts, invoices and tickets; a search by "#,
    r#"name, number and address; a note that stays with the customer; an export for the yearly "#,
    r#"review. What is out: any change to a contract, anything that moves money, and the old "#,
    r#"archive, which stays where it is until the end of next year.\n\nHow we know it works: "#,
    r#"the median call takes two minutes less, nobody opens the archive for a question that is "#,
    r#"younger than a year, and the share of second calls on the same matter falls below one in "#,
    r#"ten. We measure all three for four weeks before the start and for eight weeks after "#,
    r#"it.\n\nRisks: the ticket system answers slowly on Monday mornings; two of the address "#,
    r#"fields mean different things in two countries; the team in Taipei starts six weeks later "#,
    r#"than the others and must not find everything decided.""#,
);

/// The integrations: type, name, endpoint, and how many fields each maps.
pub(super) const INTEGRATIONS: [(&str, &str, &str, usize); 7] = [
    ("webhook", "Webhook", "https://hooks.example.com/in/7", 0),
    ("oidc", "Single sign-on", "https://login.example.org/.well-known/openid-configuration", 4),
    ("scim", "Directory sync", "https://directory.example.org/scim/v2", 9),
    ("chat", "Chat notifications", "https://chat.example.net/api/rooms", 0),
    ("warehouse", "Data warehouse", "https://warehouse.example.com:8443/load", 26),
    ("tracker", "Issue tracker", "https://issues.example.net/rest/3", 14),
    ("siem", "Security monitoring", "https://[2001:db8:51e::1]/ingest", 2),
];
