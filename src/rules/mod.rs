//! The documented rules that metadata cannot express, in execution order.
//!
//! One folder a family; a rule's file says what the documents say, cites them, and says what is assumed. The order
//! within a stage is the order of the list below. What rules cannot see to alone (`U2`, `R18`, ...) the service does;
//! [`documented`] lists those too.

mod administrators;
mod business_units;
mod columns;
mod full_name;
mod licences;
mod owners;
pub mod provisioning;
mod roles;
mod sharing;
pub mod sign_in;
mod support;
mod teams;
mod users;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use licences::explain::{self, explain};
pub use licences::ledger::{self, ledger};
pub use licences::wizard;

use crate::service::Rule;

/// All rules, in the order they run within a stage.
pub fn all() -> &'static [&'static dyn Rule] {
    const ALL: &[&dyn Rule] = &[
        // Who may own comes before anything is made of the row.
        &owners::Owners,
        &sharing::Shares,
        // Users. Columns nobody may set go first (U26, step 1): what follows need not look at them.
        &users::Hierarchy,
        &users::ProtectedColumns,
        // Names and the directory's profile before uniqueness, which looks at the final names.
        &users::Defaults,
        &users::Duplicates,
        // U26, step 2; on create after the default business unit is filled in.
        &users::BusinessUnit,
        // Whether a new user is enabled: last of the checks, so that a refused create is refused for its first fault.
        &users::Entitlement,
        // U26, steps 3 and 4: the access mode may disable the user, and an explicit isdisabled has the last word.
        &users::AccessMode,
        &users::Enable,
        &users::Disable,
        &users::Delete,
        // The name before what is called after it.
        &full_name::FullName,
        &users::ChosenQueue,
        // After the row is written.
        &users::SideEffects,
        &users::Move,
        &users::UserSettings,
        &users::DefaultQueue,
        // Business units: the default team first, so that a new unit can take users at once.
        &business_units::UnitTree,
        &business_units::UnitDelete,
        &business_units::DisabledUnits,
        &teams::DefaultTeamOfUnit,
        // Teams: guards before defaults.
        &teams::NewTeamName,
        &teams::DefaultTeam,
        &teams::DefaultTeamMembers,
        &teams::TeamMembers,
        &teams::NewTeam,
        &teams::NewTeamType,
        &teams::Administrator,
        &teams::Conversion,
        &teams::NewTeamQueue,
        &teams::Moved,
        &teams::TeamDelete,
        // Teams of single records: templates, then the team with its share, then its end.
        &teams::Template,
        &teams::RecordTeam,
        &teams::LastMember,
        &teams::TemplateGone,
        &teams::RecordGone,
        // Roles: guards before copies.
        &roles::RoleLife,
        &roles::RolesOfUsers,
        &roles::RolesOfTeams,
        &roles::CopiesOfRole,
        &roles::CopiesOfUnit,
        &roles::NewRole,
        &roles::PrivilegesOfRoles,
        &roles::CopiesOfMovedUnit,
        // Column-level security.
        &columns::Permissions,
        &columns::Profiles,
        &columns::ProfilesOfUsers,
        &columns::ProfilesOfTeams,
        &columns::AdministratorsProfile,
        // When everything else has followed: who inherits what, from whom.
        &owners::Followers,
        // No stage of their own: what must hold of the whole world.
        &teams::AccessTeams,
        &administrators::Administrators,
        &licences::Invariants,
        &provisioning::Synchronisation,
        &sign_in::SignIn,
    ];
    ALL
}

/// One rule as `GET rules` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub id: &'static str,
    /// What it says.
    pub title: &'static str,
    /// Where it is documented.
    pub source: &'static str,
}

/// Rules that other parts of the emulator see to.
const ELSEWHERE: &[Listed] = &[
    Listed {
        id: "U20",
        title: "Without a free license the New User wizard refuses, even for a user that is to become non-interactive.",
        source: "SEED0; CRM Online help \"Managing users\"; code by inference",
    },
    Listed {
        id: "U21",
        title: "The New User wizard wants at least one security role.",
        source: "SDK error 0x8004B012; SEED3",
    },
    Listed {
        id: "U22",
        title: "More new users than free licenses: the New User wizard refuses all of them.",
        source: "decision",
    },
    Listed {
        id: "U23",
        title: "Users of the New User wizard are Read-Write, enabled and licensed, and hold the roles that were chosen.",
        source: "CRM Online 2011, New User wizard",
    },
    Listed {
        id: "U24",
        title: "The New User wizard tells how many licenses there are, how many are used and how many are free.",
        source: "CRM Online help \"Managing users\"",
    },
    Listed {
        id: "U25",
        title: "The way round: disable somebody, add the user, make it non-interactive, enable the first one again.",
        source: "SEED0",
    },
    Listed {
        id: "C1",
        title: "A secured column that the caller may not read is null to it: shown, compared, ordered, grouped.",
        source: "CE:use-field-security-control-access-field-values.md",
    },
    Listed {
        id: "C2",
        title: "A create that gives a secured column a value needs the permission to create it.",
        source: "SDK error 0x8004F502",
    },
    Listed {
        id: "C3",
        title: "An update that names a secured column needs the permission to update it.",
        source: "SDK error 0x8004F507",
    },
    Listed {
        id: "C4",
        title: "The profiles of a user and its teams add up; System Administrators may everything; who impersonates needs it too.",
        source: "CE:use-field-security-control-access-field-values.md",
    },
    Listed {
        id: "C7",
        title: "Keys, names, states, what the platform fills in and choices with a default cannot be secured; two options not against reading.",
        source: "PA:field-security-entities.md; SDK error 0x8004F501; list decided",
    },
    Listed { id: "U2", title: "accessmode takes the values of its choice.", source: "SDK error 0x8004431A" },
    Listed {
        id: "S2",
        title: "Sharing needs the right to share the record, and each right that is given.",
        source: "PA:security-sharing-assigning.md",
    },
    Listed {
        id: "S4",
        title: "A record is shared with an existing user or team that does not own it.",
        source: "SDK errors 0x8004020C, 0x80040214",
    },
    Listed {
        id: "S6",
        title: "RetrievePrincipalAccess tells what a principal may do with a record, by whatever way.",
        source: "PowerApps-Samples",
    },
    Listed {
        id: "S7",
        title: "RetrieveSharedPrincipalsAndAccess lists shares, not owners and roles.",
        source: "SDK",
    },
    Listed {
        id: "S21",
        title: "Everything that a user or team owns can be given to another at once.",
        source: "SEED2, SEED3; Dataverse reference",
    },
    Listed {
        id: "T12",
        title: "A record is not shared by hand with a system-managed team.",
        source: "SDK error 0x80048339",
    },
    Listed {
        id: "M1",
        title: "A caller may act for another user by MSCRMCallerID or CallerObjectId.",
        source: "PA:webapi/impersonate-another-user-web-api.md",
    },
    Listed {
        id: "M2",
        title: "A malformed or unknown impersonated user is refused.",
        source: "SDK errors; decision",
    },
    Listed { id: "M7", title: "Acting for oneself is nothing special.", source: "decision" },
    Listed { id: "M10", title: "WhoAmI needs no privilege, but a role.", source: "decision" },
    Listed { id: "R20", title: "The access mode limits what a user may do.", source: "SEED3; list decided" },
    Listed {
        id: "X1",
        title: "Without credentials an organization with auth=token answers 401.",
        source: "MSDN",
    },
    Listed {
        id: "X2",
        title: "An identity without a user is no member of the organization.",
        source: "SDK error 0x80072560",
    },
    Listed { id: "X3", title: "A disabled user is turned away.", source: "SDK error 0x80040225" },
    Listed {
        id: "X4",
        title: "A user of a disabled business unit is turned away.",
        source: "SDK error 0x8004032C",
    },
    Listed {
        id: "R1",
        title: "Every table has a privilege for each right, named after verb and table.",
        source: "SDK13 privilege tables",
    },
    Listed {
        id: "R2",
        title: "Some tasks have privileges of their own: prvDisableUser and its like.",
        source: "SDK13",
    },
    Listed {
        id: "R4",
        title: "What a user may do is what all roles of the user and its teams give together.",
        source: "SEED2, SEED3",
    },
    Listed {
        id: "R5",
        title: "A role reaches from the business unit of its holder, the user or the team.",
        source: "PP:how-record-access-determined.md",
    },
    Listed {
        id: "R6",
        title: "What a team's role gives at Basic is for what the team owns, unless the role says that members have it too.",
        source: "PP:security-roles-privileges.md",
    },
    Listed {
        id: "R7",
        title: "First the privilege, then the row: a row out of reach is refused by its key and left out of queries.",
        source: "PP:how-record-access-determined.md",
    },
    Listed {
        id: "R8",
        title: "What the user or one of its teams owns any depth reaches.",
        source: "PP:how-record-access-determined.md",
    },
    Listed {
        id: "R9",
        title: "Local reaches the business unit, Deep those below it too, Global everything.",
        source: "SDK13 how-role-based-security",
    },
    Listed {
        id: "R10",
        title: "A user without any role may do nothing.",
        source: "SEED2, SEED3; PP:create-users.md",
    },
    Listed {
        id: "S3",
        title: "A share gives nothing without the privilege at some depth.",
        source: "PA:security-sharing-assigning.md",
    },
    Listed {
        id: "S5",
        title: "Ownership, roles, teams and shares add up.",
        source: "PA:security-sharing-assigning.md",
    },
    Listed {
        id: "M3",
        title: "Acting for another needs prvActOnBehalfOfAnotherUser from a role of one's own.",
        source: "PA:impersonate-another-user.md",
    },
    Listed {
        id: "M4",
        title: "Who acts for another may do what both may.",
        source: "PA:impersonate-another-user.md; SDK15",
    },
    Listed {
        id: "M5",
        title: "Rows name the impersonated user as their maker, and beside it who acted.",
        source: "PA:impersonate-another-user.md",
    },
    Listed {
        id: "M6",
        title: "Nobody acts for a disabled, unlicensed or built-in user.",
        source: "SDK15; decision",
    },
    Listed {
        id: "M9",
        title: "Non-interactive and application users may act for others; only the Web API lets anybody.",
        source: "magnetismsolutions 2013-07-18",
    },
    Listed {
        id: "T14",
        title: "A team's administrator sees what the team owns.",
        source: "PP:manage-teams.md",
    },
    Listed { id: "X5", title: "Without a role there is no access.", source: "SDK error 0x80042F09" },
    Listed { id: "X8", title: "A missing privilege is refused by its name.", source: "SDK error 0x80040220" },
    Listed { id: "X9", title: "A row out of reach is refused.", source: "SDK error 0x80048306" },
    Listed { id: "X7", title: "The access mode filters what interactive users may do.", source: "SEED3" },
];

/// Every rule the emulator knows, by number.
pub fn documented() -> Vec<Listed> {
    let own = all().iter().flat_map(|rule| rule.documented());
    let own = own.map(|rule| Listed { id: rule.id.0, title: rule.title, source: rule.source });
    let mut found: Vec<Listed> = own.chain(ELSEWHERE.iter().copied()).collect();
    found.sort_by_key(|rule| number(rule.id));
    found.dedup_by_key(|rule| rule.id);
    found
}

/// Sorts `U9` before `U12` and `U29a` after `U29`.
fn number(id: &'static str) -> (&'static str, u32, &'static str) {
    let letters = id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len());
    let rest = &id[letters..];
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (&id[..letters], rest[..digits].parse().unwrap_or(0), &rest[digits..])
}
