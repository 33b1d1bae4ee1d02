//! Who may read what, worked out in three ways for organizations of any make: by a query, by the rights of a principal
//! on one row, and by reading the rules word by word. All three agree.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT, privilege};
use crate::identity::Caller;
use crate::model::{AccessRights, Reference, Value};
use crate::query::plan::Query;
use crate::query::{self, CallerFacts, Context};
use crate::service::access;
use crate::world::World;

/// An organization: numbers are places in the lists before, taken modulo their lengths.
#[derive(Debug, Clone)]
struct Shape {
    /// Each business unit's parent; 0 is the root.
    units: Vec<usize>,
    /// Each user's unit and access mode.
    users: Vec<(usize, i32)>,
    /// Each user's manager, if any.
    managers: Vec<Option<usize>>,
    /// Each team's unit.
    teams: Vec<usize>,
    /// User and team.
    members: Vec<(usize, usize)>,
    /// Each role's depth of prvReadAccount, if it gives it, and whether it reaches members.
    roles: Vec<(Option<i32>, bool)>,
    /// Holder (users, then teams) and role.
    given: Vec<(usize, usize)>,
    /// Each account's owner (users, then teams).
    accounts: Vec<usize>,
    /// Account, principal (users, then teams), rights and inherited rights.
    shares: Vec<(usize, usize, i32, i32)>,
    /// Whether hierarchy security is used.
    hierarchy: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
    let place = || 0..64_usize;
    let users = prop::collection::vec((place(), prop_oneof![6 => Just(0), 1 => Just(2), 1 => Just(1)]), 1..6);
    let role = (prop::option::weighted(0.8, prop_oneof![Just(1), Just(2), Just(4), Just(8)]), any::<bool>());
    let mask = || prop_oneof![Just(0), Just(1), Just(3), Just(2)];
    (
        (
            prop::collection::vec(place(), 0..4),
            users,
            prop::collection::vec(prop::option::of(place()), 5),
            prop::collection::vec(place(), 0..3),
            prop::collection::vec((place(), place()), 0..6),
        ),
        (
            prop::collection::vec(role, 1..4),
            prop::collection::vec((place(), place()), 0..8),
            prop::collection::vec(place(), 1..12),
            prop::collection::vec((place(), place(), mask(), mask()), 0..8),
            any::<bool>(),
        ),
    )
        .prop_map(
            |((units, users, managers, teams, members), (roles, given, accounts, shares, hierarchy))| Shape {
                units,
                users,
                managers,
                teams,
                members,
                roles,
                given,
                accounts,
                shares,
                hierarchy,
            },
        )
}

const fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128(0xacce_0000 + (kind << 12) + number as u128)
}

impl Shape {
    fn unit(&self, place: usize) -> Uuid {
        match place % (self.units.len() + 1) {
            0 => ROOT,
            n => id(1, n),
        }
    }

    fn user(&self, place: usize) -> Uuid {
        id(2, place % self.users.len())
    }

    /// Users, then teams.
    fn principal(&self, place: usize) -> (&'static str, Uuid) {
        match place % (self.users.len() + self.teams.len()) {
            n if n < self.users.len() => ("systemuser", id(2, n)),
            n => ("team", id(3, n - self.users.len())),
        }
    }

    fn unit_of(&self, principal: Uuid) -> Uuid {
        let user = (0..self.users.len()).find(|n| id(2, *n) == principal);
        let team = (0..self.teams.len()).find(|n| id(3, *n) == principal);
        user.map(|n| self.unit(self.users[n].0)).or_else(|| team.map(|n| self.unit(self.teams[n]))).unwrap()
    }

    fn parent(&self, unit: Uuid) -> Option<Uuid> {
        let place = (1..=self.units.len()).find(|n| id(1, *n) == unit)?;
        // A unit's parent stands before it, so there are no rings.
        Some(match self.units[place - 1] % place {
            0 => ROOT,
            above => id(1, above),
        })
    }

    fn is_at_or_below(&self, unit: Uuid, above: Uuid) -> bool {
        std::iter::successors(Some(unit), |unit| self.parent(*unit)).any(|unit| unit == above)
    }

    fn is_member(&self, user: Uuid, team: Uuid) -> bool {
        !self.teams.is_empty()
            && self
                .members
                .iter()
                .any(|(of, to)| self.user(*of) == user && id(3, to % self.teams.len()) == team)
    }

    /// The managers above a user, nearest first; a ring ends where it began.
    fn managers(&self, user: Uuid) -> Vec<Uuid> {
        let mut above = Vec::new();
        let mut at = user;
        while above.len() < 3 {
            let place = (0..self.users.len()).find(|n| id(2, *n) == at).unwrap();
            let Some(manager) = self.managers[place] else { break };
            at = self.user(manager);
            above.push(at);
        }
        above
    }

    fn build(&self) -> Arc<World> {
        let org = Organization::new();
        let flag = [("ishierarchicalsecuritymodelenabled", self.hierarchy.into())];
        org.insert("organization", id(9, 0), &flag);
        for n in 1..=self.units.len() {
            let parent = self.parent(id(1, n)).unwrap();
            org.insert("businessunit", id(1, n), &[("parentbusinessunitid", org.to("businessunit", parent))]);
        }
        for (n, (unit, mode)) in self.users.iter().enumerate() {
            let manager =
                self.managers[n].map_or(Value::Null, |place| org.to("systemuser", self.user(place)));
            let values = [
                ("businessunitid", org.to("businessunit", self.unit(*unit))),
                ("accessmode", (*mode).into()),
                ("isdisabled", false.into()),
                ("parentsystemuserid", manager),
            ];
            org.insert("systemuser", id(2, n), &values);
        }
        for (n, unit) in self.teams.iter().enumerate() {
            let values =
                [("businessunitid", org.to("businessunit", self.unit(*unit))), ("teamtype", 0.into())];
            org.insert("team", id(3, n), &values);
        }
        for (n, (user, team)) in self.members.iter().enumerate().filter(|_| !self.teams.is_empty()) {
            let values = [
                ("systemuserid", self.user(*user).into()),
                ("teamid", id(3, team % self.teams.len()).into()),
            ];
            org.insert("teammembership", id(4, n), &values);
        }
        let privilege = privilege("prvReadAccount");
        for (n, (depth, reaches_members)) in self.roles.iter().enumerate() {
            let values =
                [("name", format!("Role {n}").into()), ("isinherited", i32::from(*reaches_members).into())];
            org.insert("role", id(5, n), &values);
            if let Some(depth) = depth {
                let grant = [
                    ("roleid", id(5, n).into()),
                    ("privilegeid", privilege.into()),
                    ("privilegedepthmask", (*depth).into()),
                ];
                org.insert("roleprivileges", id(6, n), &grant);
            }
        }
        for (n, (holder, role)) in self.given.iter().enumerate() {
            let (kind, holder) = self.principal(*holder);
            let role = ("roleid", Value::Guid(id(5, role % self.roles.len())));
            if kind == "team" {
                org.insert("teamroles", id(7, n), &[("teamid", holder.into()), role]);
            } else {
                org.insert("systemuserroles", id(7, n), &[("systemuserid", holder.into()), role]);
            }
        }
        for (n, owner) in self.accounts.iter().enumerate() {
            let (kind, owner) = self.principal(*owner);
            let values = [
                ("ownerid", org.to(kind, owner)),
                ("owningbusinessunit", org.to("businessunit", self.unit_of(owner))),
            ];
            org.insert("account", id(8, n), &values);
        }
        for (n, (account, principal, rights, inherited)) in self.shares.iter().enumerate() {
            let values = [
                ("objectid", id(8, account % self.accounts.len()).into()),
                ("objecttypecode", "account".into()),
                ("principalid", self.principal(*principal).1.into()),
                ("principaltypecode", self.principal(*principal).0.into()),
                ("accessrightsmask", (*rights).into()),
                ("inheritedaccessrightsmask", (*inherited).into()),
            ];
            org.insert("principalobjectaccess", id(10, n), &values);
        }
        org.into_unruly_world()
    }

    /// R4 to R9, R20, S3, S5 and hierarchy security, word by word.
    fn reads(&self, user: Uuid, account: usize) -> bool {
        let place = (0..self.users.len()).find(|n| id(2, *n) == user).unwrap();
        if self.users[place].1 == 1 {
            return false;
        }
        let owner = self.principal(self.accounts[account]).1;
        let unit = self.unit_of(owner);
        let is_own = |principal: Uuid| principal == user || self.is_member(user, principal);
        let mut held = false;
        for (holder, role) in &self.given {
            let holder = self.principal(*holder).1;
            let (depth, reaches_members) = self.roles[role % self.roles.len()];
            let Some(depth) = depth.filter(|_| is_own(holder)) else { continue };
            held = true;
            let team_only = depth == 1 && holder != user && !reaches_members;
            let reaches = if team_only { owner == holder } else { is_own(owner) }
                || match depth {
                    2 => unit == self.unit_of(holder),
                    4 => self.is_at_or_below(unit, self.unit_of(holder)),
                    8 => true,
                    _ => false,
                };
            if reaches {
                return true;
            }
        }
        let shared_with = |is: &dyn Fn(Uuid) -> bool| {
            self.shares.iter().any(|(of, principal, rights, inherited)| {
                of % self.accounts.len() == account
                    && (rights | inherited) & 1 != 0
                    && is(self.principal(*principal).1)
            })
        };
        if held && shared_with(&is_own) {
            return true;
        }
        held && self.hierarchy
            && (0..self.users.len()).map(|n| id(2, n)).any(|report| {
                let is_theirs = |principal: Uuid| principal == report || self.is_member(report, principal);
                self.managers(report).contains(&user)
                    && self.is_at_or_below(self.unit_of(report), self.unit_of(user))
                    && (is_theirs(owner) || shared_with(&is_theirs))
            })
    }
}

/// The accounts that a query of a caller finds.
fn found(world: &World, caller: Caller) -> BTreeSet<Uuid> {
    let table = world.catalogue().table_named("account").unwrap();
    let mut query = Query::all(table.id);
    if access::restrict(world, &caller, &mut query).is_err() {
        return BTreeSet::new();
    }
    let caller = CallerFacts { user_id: caller.user, business_unit_id: ROOT };
    let context =
        Context { catalogue: world.catalogue(), records: world.records(), now: world.now(), caller };
    let rows = world.records().table(table.id);
    let result = query::run(&context, &query).unwrap();
    result.rows().iter().filter_map(|slot| rows.row(*slot)).map(|row| row.id()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn a_query_finds_what_principal_access_says_and_the_rules_say_the_same(shape in shape()) {
        let world = shape.build();
        let table = world.catalogue().table_named("account").unwrap();
        let users = world.known().systemuser.id;
        let accounts: Vec<Uuid> = (0..shape.accounts.len()).map(|n| id(8, n)).collect();
        let mut seen = Vec::new();
        for user in (0..shape.users.len()).map(|n| id(2, n)) {
            let by_rules: BTreeSet<Uuid> =
                (0..accounts.len()).filter(|n| shape.reads(user, *n)).map(|n| accounts[n]).collect();
            let by_rights: BTreeSet<Uuid> = accounts
                .iter()
                .copied()
                .filter(|account| {
                    let of = Reference::new(table.id, *account);
                    access::rights_of(&world, Reference::new(users, user), of).contains(AccessRights::READ)
                })
                .collect();
            let by_query = found(&world, Caller::user(user));
            prop_assert_eq!(&by_rights, &by_rules, "rights of {}", user);
            prop_assert_eq!(&by_query, &by_rules, "query of {}", user);
            seen.push((user, by_query));
        }
        // M4: whoever acts for another sees what both see.
        for (sender, first) in &seen {
            for (user, second) in &seen {
                let caller = Caller { impersonator: Some(*sender), ..Caller::user(*user) };
                let both: BTreeSet<Uuid> = first.intersection(second).copied().collect();
                prop_assert_eq!(found(&world, caller), both, "{} for {}", sender, user);
            }
        }
        prop_assert_eq!(found(&world, Caller::user(ADMIN)).len(), accounts.len(), "R15");
    }
}
