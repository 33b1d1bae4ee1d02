//! What is emulated, partly, or not: the one list behind `GET /_emulator/v1/capabilities` and the README's table.

use serde::Serialize;

/// How much of a feature there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As documented.
    Emulated,
    /// The note says what is missing.
    Partly,
    /// Refused by name, with 501.
    Not,
}

/// One feature of the service or of the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// What part of the service it belongs to.
    pub area: &'static str,
    /// The feature.
    pub feature: &'static str,
    /// How much of it there is.
    pub status: Status,
    /// What to know about it.
    pub note: &'static str,
}

const fn row(area: &'static str, feature: &'static str, status: Status, note: &'static str) -> Capability {
    Capability { area, feature, status, note }
}

use Status::{Emulated, Not, Partly};

/// Every feature, by area.
pub const ALL: &[Capability] = &[
    row(
        "Web API",
        "Versions v8.0 to v9.9, addressed by path or by host name",
        Emulated,
        "every version answers alike",
    ),
    row("Web API", "HEAD and OPTIONS", Emulated, "HEAD answers as GET without a body"),
    row("Web API", "Create, retrieve, update, upsert, delete; single properties, $value", Emulated, ""),
    row("Web API", "Alternate keys, ETags, If-Match and If-None-Match, return=representation", Emulated, ""),
    row("Web API", "Lookups, $ref, deep insert, @odata.bind", Emulated, ""),
    row(
        "Web API",
        "Formatted values, lookup and error annotations",
        Emulated,
        "dates, numbers and amounts by the time zone and the formats of the caller's settings",
    ),
    row("Web API", "$batch with change sets; CreateMultiple, UpdateMultiple, UpsertMultiple", Emulated, ""),
    row("Web API", "$metadata and the service document", Emulated, "of the tables in fixtures/tables"),
    row(
        "Web API",
        "EntityDefinitions, RelationshipDefinitions and what they hold",
        Partly,
        "reading, as clients need it; tables cannot be changed",
    ),
    row("Web API", "Change tracking, duplicate detection, file columns", Not, ""),
    row(
        "Queries",
        "$select, $filter, $orderby, $top, $count, paging",
        Emulated,
        "lambdas and paths included; the service's own words for what it refuses",
    ),
    row(
        "Queries",
        "$expand, nested",
        Emulated,
        "as deep as there may be properties; many-to-many on one level only",
    ),
    row("Queries", "$apply", Emulated, "filter, groupby and aggregate, as the service has them"),
    row(
        "Queries",
        "Microsoft.Dynamics.CRM query functions",
        Emulated,
        "but the full-text Contains; days in the caller's time zone, by the organization's clock",
    ),
    row("Queries", "FetchXML, savedQuery, userQuery", Emulated, "joins, groups and paging cookies included"),
    row("Queries", "sql", Not, ""),
    row("Messages", "WhoAmI, licence, organization, manager and queue messages", Emulated, "twelve"),
    row(
        "Messages",
        "Privileges: what roles give, what users and teams have by them",
        Emulated,
        "sixteen; no record filters",
    ),
    row(
        "Messages",
        "Team messages",
        Emulated,
        "members, conversion, moves, and teams of single records with their templates",
    ),
    row(
        "Messages",
        "Sharing: GrantAccess, ModifyAccess, RevokeAccess, RetrievePrincipalAccess, RetrieveSharedPrincipalsAndAccess, RetrieveAccessOrigin",
        Emulated,
        "",
    ),
    row(
        "Messages",
        "ReassignObjectsOwner, ReassignObjectsSystemUser, RetrieveBusinessHierarchyBusinessUnit",
        Emulated,
        "",
    ),
    row("Rules", "Users and licences (L, U)", Emulated, "but L8, and U95, which needs workflows"),
    row(
        "Rules",
        "Privileges, roles and business units (R)",
        Emulated,
        "depths, team privileges, access modes, no elevation; asked before every operation, kept in every query",
    ),
    row("Rules", "Hierarchy security", Emulated, "of managers and of positions; no tables excluded"),
    row("Rules", "Teams (T)", Emulated, "but nobody joins a group team by signing in"),
    row("Rules", "State of the caller (X), impersonation (M)", Emulated, "with the rights that both have"),
    row(
        "Rules",
        "Shares, owners, and what cascades from a row to its children (S)",
        Emulated,
        "cascades as the entity reference prints them; referential elsewhere",
    ),
    row(
        "Rules",
        "Column-level security (C)",
        Emulated,
        "profiles and permissions; the setting secured_columns secures; no sharing of single columns, no masking rules",
    ),
    row(
        "Sign-in",
        "Callers by bearer token, basic credentials or nobody (auth=open)",
        Emulated,
        "tokens are not verified",
    ),
    row(
        "Sign-in",
        "Tokens that the emulator issues (auth=token)",
        Partly,
        "refuses everybody else; there is no token endpoint yet",
    ),
    row(
        "Sign-in",
        "Who may sign in at the web client, and what it opens (W)",
        Emulated,
        "as a call of the process, and at `/main.aspx` as a page and as JSON; the pages below are for people only",
    ),
    row("Sign-in", "OAuth 2 and OpenID Connect endpoints", Not, ""),
    row(
        "Directory",
        "Microsoft Graph v1.0: users, deleted items, groups, directory roles, organization",
        Emulated,
        "$select, $filter, $orderby, $top, $count, pages, $batch; no $search, no $expand, security groups only",
    ),
    row(
        "Directory",
        "Microsoft Graph v1.0: assignLicense, licenseDetails, subscribedSkus",
        Emulated,
        "one pool of licences for both products; service plans cannot be disabled",
    ),
    row("Directory", "Microsoft Graph: beta, $metadata, everything that is not the directory", Not, ""),
    row(
        "Directory",
        "Synchronisation with its delays (D)",
        Emulated,
        "every rule but D15; by the organization's clock, on demand, and of an account that signs in",
    ),
    row(
        "Pages",
        "CRM web client (`/main.aspx`)",
        Emulated,
        "users, roles, teams, business units, the New User wizard; accounts, contacts and tasks with simple forms",
    ),
    row(
        "Pages",
        "Office 365 admin centre",
        Emulated,
        "users, licences, roles, groups, deleted users, and what waits for CRM; no passwords, no billing",
    ),
    row("Organization Service", "SOAP", Not, ""),
    row(
        "Control API",
        "Organizations: create, fork, reset, delete",
        Emulated,
        "a fork costs the same at any size",
    ),
    row("Control API", "Settings, effective at once", Emulated, "all or nothing"),
    row("Control API", "Snapshots", Emulated, "take and restore cost the same at any size"),
    row("Control API", "Clocks, of one organization and of all", Emulated, ""),
    row("Control API", "Export and import", Emulated, "an export is a scenario file"),
    row("Control API", "Licence ledger, explanations, what-if, New User wizard, rules", Emulated, ""),
    row("Control API", "Synchronisation: what waits, and all or one account at once", Emulated, ""),
    row(
        "Control API",
        "Explanations of access",
        Emulated,
        "who may do what with which row, and through which role",
    ),
    row("Control API", "Plans of queries", Emulated, "what a query becomes, and the way to its rows"),
    row(
        "Control API",
        "Journal of requests, verification, coverage",
        Emulated,
        "the requests of a $batch too; 64 KiB of a body, of all 16 MiB of requests and refusals and 256 KiB of other answers; the newest 10,000, or as the setting journal says",
    ),
    row(
        "Control API",
        "Injections: delay, error, dropped connection, cut and slow bodies",
        Emulated,
        "struck by method, path, caller and body, the n-th, by chance with a seed",
    ),
    row(
        "Pages",
        "The emulator's console",
        Emulated,
        "organizations, ledger, explanations, journal, injections, clock, settings, rules, and stories to play",
    ),
    row("Command line", "Durable state (--data-dir)", Not, "state is in memory; use export and import"),
    row("Command line", "TLS with a generated CA", Emulated, "localhost, *.localhost, 127.0.0.1, ::1"),
];
