//! Owns what people do: the actions of each role, and how often.

use crate::chance::in_1000;
use fastrand::Rng;

/// An action, the type of its target, and how often it is done: of 100,000 entries.
pub(crate) type Weighted = (&'static str, &'static str, u32);

/// What everybody does.
const COMMON: [Weighted; 14] = [
    ("document.view", "document", 30_000),
    ("document.edit", "document", 15_000),
    ("comment.create", "document", 12_000),
    ("search.run", "workspace", 10_000),
    ("project.update", "project", 8_000),
    ("file.download", "file", 6_000),
    ("user.sign_in", "user", 5_000),
    ("file.upload", "file", 3_000),
    ("file.share", "file", 800),
    ("file.delete", "file", 400),
    ("report.export", "report", 120),
    ("project.create", "project", 60),
    ("user.password.change", "user", 40),
    ("user.mfa.enroll", "user", 20),
];

/// What somebody does in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Engineer,
    Designer,
    Manager,
    Support,
    Sales,
    Finance,
    Admin,
}

impl Role {
    /// The roles that people have and change to, as often as they are in it.
    pub(crate) const OF_MOST: [Self; 10] = [
        Self::Engineer,
        Self::Engineer,
        Self::Engineer,
        Self::Engineer,
        Self::Designer,
        Self::Manager,
        Self::Support,
        Self::Support,
        Self::Sales,
        Self::Finance,
    ];

    /// What those of this role do beside what everybody does.
    fn own(self) -> &'static [Weighted] {
        match self {
            Self::Engineer => &[
                ("deployment.start", "project", 4_000),
                ("api_key.create", "api_key", 60),
                ("api_key.revoke", "api_key", 30),
                ("integration.connect", "integration", 25),
                ("integration.disconnect", "integration", 10),
            ],
            Self::Designer => &[("file.upload", "file", 6_000), ("file.share", "file", 2_000)],
            Self::Manager => &[
                ("report.export", "report", 1_500),
                ("member.invite", "member", 150),
                ("settings.update", "workspace", 40),
                ("member.remove", "member", 20),
            ],
            Self::Support => &[
                ("ticket.update", "ticket", 20_000),
                ("ticket.close", "ticket", 6_000),
                ("customer.view", "customer", 9_000),
            ],
            Self::Sales => &[
                ("customer.view", "customer", 15_000),
                ("quote.create", "quote", 2_000),
                ("quote.send", "quote", 1_500),
            ],
            Self::Finance => &[
                ("invoice.download", "invoice", 8_000),
                ("report.export", "report", 3_000),
                ("workspace.plan.update", "workspace", 15),
            ],
            Self::Admin => &[
                ("member.invite", "member", 2_500),
                ("settings.update", "workspace", 1_500),
                ("member.remove", "member", 800),
                ("api_key.create", "api_key", 300),
                ("api_key.revoke", "api_key", 250),
                ("integration.connect", "integration", 200),
                ("integration.disconnect", "integration", 100),
                ("audit_log.export", "audit_log", 150),
                ("audit_log.viewer_token.create", "audit_log", 100),
                ("workspace.plan.update", "workspace", 50),
            ],
        }
    }

    /// All that anybody does.
    pub(crate) fn all_actions() -> Vec<Weighted> {
        let roles =
            [Self::Engineer, Self::Manager, Self::Support, Self::Sales, Self::Finance, Self::Admin];
        let own = roles.into_iter().flat_map(|role| role.own().iter().copied());
        COMMON.into_iter().chain(own).collect()
    }
}

/// What a person does, and how often.
#[derive(Debug, Clone)]
pub(crate) struct Habits {
    actions: Vec<Weighted>,
    total: u32,
}

impl Habits {
    /// The habits of somebody of a role: some things are done more, some less, some never.
    pub(crate) fn new(role: Role, rng: &mut Rng) -> Self {
        let all = COMMON.iter().chain(role.own()).copied();
        let mut actions = Vec::new();
        for (action, target, weight) in all {
            if weight >= 2_000 || in_1000(rng, 850) {
                actions.push((action, target, weight * rng.u32(1..9) / 4));
            }
        }
        let total = actions.iter().map(|(_, _, weight)| weight).sum();
        Self { actions, total }
    }

    /// What is done next.
    pub(crate) fn next(&self, rng: &mut Rng) -> (&'static str, &'static str) {
        let mut left = rng.u32(0..self.total.max(1));
        for (action, target, weight) in &self.actions {
            if left < *weight {
                return (action, target);
            }
            left -= weight;
        }
        ("document.view", "document")
    }
}
