//! Why somebody may, or may not, do something: every grant, share and person below, with what each comes to.
//!
//! The verdict is not worked out here: it is what [`demand`] and [`authorize`] say to the same question, so it cannot
//! differ from what a request would meet. The trace tells what they looked at.

use serde::Serialize;
use uuid::Uuid;

use super::{authorize, demand, of_principal};
use crate::fault::{Fault, RuleId};
use crate::identity::Caller;
use crate::model::{Depth, PrivilegeId, Reference, Table};
use crate::security::{AccessRights, Belonging, Held, Holder, Share, below};
use crate::world::World;

/// The answer to one question about access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Who asks.
    pub user: Named,
    /// The table's logical name.
    pub table: String,
    /// The row, where the question is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<RowFacts>,
    /// The right, as the wire names it: `ReadAccess`.
    pub right: &'static str,
    /// Whether a request would succeed.
    pub allowed: bool,
    /// Why, in one sentence.
    pub because: String,
    /// The rules that decide.
    pub rules: Vec<&'static str>,
    /// The error, where it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refused>,
    /// The privilege it takes; none where the table knows no such right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privilege: Option<PrivilegeFacts>,
    /// The user's access mode, and whether it leaves the privilege (R20).
    pub access_mode: ModeFacts,
    /// Every role of the user and of its teams, with what it comes to here (R4).
    pub roles: Vec<RoleFacts>,
    /// Every share of the row with the user, its teams or somebody below (S5).
    pub shares: Vec<ShareFacts>,
    /// The owner's place below the user, where the organization uses hierarchy security.
    pub hierarchy: HierarchyFacts,
}

/// A row by its id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its primary key.
    pub id: Uuid,
    /// What people know it by.
    pub name: String,
}

/// Whose the row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowFacts {
    /// The row.
    #[serde(flatten)]
    pub row: Named,
    /// Its owner, of tables whose rows users and teams own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Named>,
    /// The business units from the root to the row's.
    pub business_units: Vec<Named>,
}

/// A privilege.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrivilegeFacts {
    /// Its `privilegeid`.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The greatest depth at which the user holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_at: Option<&'static str>,
}

/// An access mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModeFacts {
    /// `accessmode`.
    pub value: i32,
    /// Whether it leaves the user the privilege.
    pub leaves: bool,
}

/// A role that is held, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleFacts {
    /// The role.
    #[serde(flatten)]
    pub role: Named,
    /// The team that holds it; none where it is the user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through_team: Option<Named>,
    /// The business units from the root to the one from which the role reaches: its holder's (R5).
    pub business_units: Vec<Named>,
    /// How deep it gives the privilege; none where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<&'static str>,
    /// Whether it alone reaches the row, or some rows where the question is about none.
    pub reaches: bool,
    /// Why, in one sentence.
    pub why: String,
}

/// A share of the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShareFacts {
    /// With whom.
    pub with: Named,
    /// What was shared by name.
    pub rights: String,
    /// What came down from a parent row (S8).
    pub inherited: String,
    /// Whether it gives the right.
    pub gives: bool,
    /// Why, in one sentence.
    pub why: String,
}

/// What hierarchy security comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HierarchyFacts {
    /// Whether the organization uses it and somebody is below the user whose rows this right reaches.
    pub applies: bool,
    /// Whether the row belongs to one of them.
    pub reaches: bool,
}

/// The refusal a request would meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The error's code.
    pub code: String,
    /// The service's words.
    pub message: String,
    /// What would make it succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Explains whether a user may do something with rows of a table, or with one of them; `None` where there is no such
/// user or no such row.
pub fn explain(
    world: &World,
    user: Uuid,
    table: &Table,
    row: Option<Uuid>,
    right: AccessRights,
) -> Option<Access> {
    let principal = Reference::new(world.known().systemuser.id, user);
    let holder = of_principal(world, principal)?;
    let caller = Caller::user(user);
    let (verdict, belonging) = match row {
        Some(id) => {
            let stored = world.records().table(table.id).get(id)?;
            let verdict = demand(world, &caller, right, Reference::new(table.id, id));
            (verdict, Some((id, Belonging::of(table, stored))))
        }
        None => (authorize(world, &caller, right, table), None),
    };
    let privilege = world.catalogue().privilege_to(table.id, right);
    let roles: Vec<RoleFacts> =
        holder.roles.iter().map(|held| role(world, &holder, held, table, privilege, belonging)).collect();
    let is_held = privilege.is_none_or(|privilege| holder.holds(privilege));
    let shares = belonging
        .map(|(row, _)| shares(world, &holder, Reference::new(table.id, row), right, is_held))
        .unwrap_or_default();
    let hierarchy = hierarchy(world, &holder, right, belonging);
    let (because, rules) = match &verdict {
        Ok(()) => because(privilege.is_none(), &roles, &shares, &hierarchy),
        Err(fault) => (fault.message().to_owned(), fault.rules().iter().map(|RuleId(id)| *id).collect()),
    };
    let mode = holder.mode.unwrap_or_default();
    let is_given = |privilege| holder.roles.iter().any(|held| held.role.depth(privilege).is_some());
    Some(Access {
        user: named(world, principal),
        table: table.logical_name.to_string(),
        row: belonging
            .map(|(id, belonging)| row_facts(world, Reference::new(table.id, id), table, belonging)),
        right: AccessRights::named().find(|(named, _)| *named == right).map_or("None", |(_, name)| name),
        allowed: verdict.is_ok(),
        because,
        rules,
        refusal: verdict.err().map(|fault| refused(&fault)),
        privilege: privilege.map(|id| {
            let privilege = world.catalogue().privilege(id);
            let held_at = holder.depth(id).map(Depth::name);
            PrivilegeFacts { id: privilege.id, name: privilege.name.to_string(), held_at }
        }),
        access_mode: ModeFacts { value: mode, leaves: is_held || !privilege.is_some_and(is_given) },
        roles,
        shares,
        hierarchy,
    })
}

/// What decided in the caller's favour.
fn because(
    is_free: bool,
    roles: &[RoleFacts],
    shares: &[ShareFacts],
    hierarchy: &HierarchyFacts,
) -> (String, Vec<&'static str>) {
    if is_free {
        return ("The table has no privilege for this, so nobody is kept from it.".to_owned(), vec!["R1"]);
    }
    if let Some(role) = roles.iter().find(|role| role.reaches) {
        return (format!("{}: {}", role.role.name, role.why), vec!["R4", "R7"]);
    }
    if let Some(share) = shares.iter().find(|share| share.gives) {
        return (format!("{}: {}", share.with.name, share.why), vec!["S5"]);
    }
    if hierarchy.reaches {
        return ("The row belongs to somebody below the user.".to_owned(), vec!["R7"]);
    }
    ("The user may do anything.".to_owned(), Vec::new())
}

fn role(
    world: &World,
    holder: &Holder,
    held: &Held,
    table: &Table,
    privilege: Option<PrivilegeId>,
    belonging: Option<(Uuid, Belonging)>,
) -> RoleFacts {
    let known = world.known();
    let team = held.through.map(|team| named(world, Reference::new(known.team.id, team)));
    let depth = privilege.and_then(|privilege| held.role.depth(privilege));
    let (reaches, why) = match (privilege, depth, belonging) {
        (None, ..) => (true, "the table has no privilege for this".to_owned()),
        (Some(_), None, _) => (false, "the role does not give the privilege".to_owned()),
        (Some(privilege), Some(depth), belonging) => {
            let reach = holder.reach_of(world.security(), world.security_rows(), held, privilege);
            let reaches = match belonging {
                Some((_, belonging)) => reach.covers(table.ownership, belonging, |owner| holder.is(owner)),
                None => !reach.is_nothing(),
            };
            (reaches, words(depth, held, reaches, belonging.is_some()))
        }
    };
    RoleFacts {
        role: named(world, Reference::new(known.role.id, held.id)),
        through_team: team,
        business_units: path(world, held.unit),
        depth: depth.map(Depth::name),
        reaches,
        why,
    }
}

/// What a depth comes to, in words.
fn words(depth: Depth, held: &Held, reaches: bool, of_row: bool) -> String {
    let of = match (depth, held.through) {
        (Depth::Basic, Some(_)) if !held.role.reaches_members => "rows that the team owns",
        (Depth::Basic, _) => "rows that the user or one of its teams owns",
        (Depth::Local, _) => "these, and rows of the business unit from which it reaches",
        (Depth::Deep, _) => "these, and rows of that business unit and those below it",
        (Depth::Global, _) => "all rows",
    };
    let verdict = match (of_row, reaches) {
        (false, _) => "",
        (true, true) => "; this is one",
        (true, false) => "; this is none",
    };
    format!("{} reaches {of}{verdict}", depth.name())
}

fn shares(
    world: &World,
    holder: &Holder,
    row: Reference,
    right: AccessRights,
    is_held: bool,
) -> Vec<ShareFacts> {
    let below = below(world.security(), world.security_rows(), holder, right);
    let concerns = |principal: Uuid| holder.is(principal) || below.binary_search(&principal).is_ok();
    let of = |share: Share| {
        let gives = share.rights().contains(right) && is_held;
        let why = match (share.rights().contains(right), is_held) {
            (false, _) => "the share does not give this right",
            (true, false) => "a share gives nothing without the privilege at some depth (S3)",
            (true, true) => "the share gives this right",
        };
        ShareFacts {
            with: named(world, share.principal),
            rights: share.own.to_string(),
            inherited: share.inherited.to_string(),
            gives,
            why: why.to_owned(),
        }
    };
    Share::of(world.security_rows(), row).filter(|share| concerns(share.principal.id)).map(of).collect()
}

fn hierarchy(
    world: &World,
    holder: &Holder,
    right: AccessRights,
    belonging: Option<(Uuid, Belonging)>,
) -> HierarchyFacts {
    let below = below(world.security(), world.security_rows(), holder, right);
    let owner = belonging.and_then(|(_, belonging)| belonging.owner);
    HierarchyFacts {
        applies: !below.is_empty(),
        reaches: owner.is_some_and(|owner| below.binary_search(&owner).is_ok()),
    }
}

fn row_facts(world: &World, row: Reference, table: &Table, belonging: Belonging) -> RowFacts {
    let stored = world.records().table(row.table).get(row.id);
    let owner = table.system.ownerid.and_then(|column| stored?.get(column).as_lookup());
    RowFacts {
        row: named(world, row),
        owner: owner.map(|owner| named(world, owner)),
        business_units: belonging.unit.map(|unit| path(world, unit)).unwrap_or_default(),
    }
}

/// The business units from the root to one.
fn path(world: &World, unit: Uuid) -> Vec<Named> {
    let units = &world.known().businessunit;
    let rows = world.records().table(units.id);
    let mut path: Vec<Named> = Vec::new();
    let mut at = Some(unit);
    while let Some(unit) = at.filter(|unit| path.iter().all(|seen| seen.id != *unit)) {
        path.push(named(world, Reference::new(units.id, unit)));
        at = rows.get(unit).and_then(|row| row.get(units.parentbusinessunitid).as_id());
    }
    path.reverse();
    path
}

fn named(world: &World, row: Reference) -> Named {
    let table = world.catalogue().table(row.table);
    let stored = world.records().table(row.table).get(row.id);
    let name = table.primary_name.and_then(|column| stored?.get(column).as_str()).unwrap_or_default();
    Named { id: row.id, name: name.to_owned() }
}

fn refused(fault: &Fault) -> Refused {
    Refused {
        code: fault.code_text(),
        message: fault.message().to_owned(),
        remedy: fault.hint_text().map(str::to_owned),
    }
}
