//! Who the caller is: its teams, its reports, its language. Source: queries.md A.9.

use std::collections::HashSet;

use uuid::Uuid;

use super::Context;
use super::assumed::{ALL_LANGUAGES, LANGUAGE};
use crate::hierarchy::Model;
use crate::model::ValueRef;
use crate::query::plan::Operator;

/// The ids a caller-relative operator tests for: those that pass it, or that fail it where it is negative. `None` of
/// other operators.
pub(super) fn ids(context: &Context<'_>, operator: Operator) -> Option<HashSet<Uuid>> {
    use Operator as O;
    let user = context.caller.user_id;
    Some(match operator {
        O::EqualUserId | O::NotEqualUserId => HashSet::from([user]),
        O::EqualBusinessId | O::NotEqualBusinessId => HashSet::from([context.caller.business_unit_id]),
        O::EqualRoleBusinessId => units_of_roles(context, user),
        O::EqualUserTeams => teams(context, [user]),
        O::EqualUserOrUserTeams => with(teams(context, [user]), [user]),
        O::EqualUserOrUserHierarchy => with(reports(context, user), [user]),
        O::EqualUserOrUserHierarchyAndTeams => {
            let people = with(reports(context, user), [user]);
            with(teams(context, people.iter().copied()), people)
        }
        _ => return None,
    })
}

fn with(mut ids: HashSet<Uuid>, more: impl IntoIterator<Item = Uuid>) -> HashSet<Uuid> {
    ids.extend(more);
    ids
}

/// The teams some users are members of, of whatever type.
fn teams(context: &Context<'_>, users: impl IntoIterator<Item = Uuid>) -> HashSet<Uuid> {
    let known = &context.catalogue.known().teammembership;
    let memberships = context.records.table(known.id);
    users
        .into_iter()
        .flat_map(|user| memberships.rows_with(known.systemuserid, ValueRef::Guid(user)).collect::<Vec<_>>())
        .filter_map(|membership| membership.get(known.teamid).as_id())
        .collect()
}

/// The business units of the roles given to a user. Assumed: roles of its teams do not count.
fn units_of_roles(context: &Context<'_>, user: Uuid) -> HashSet<Uuid> {
    let known = context.catalogue.known();
    let (given, roles) =
        (context.records.table(known.systemuserroles.id), context.records.table(known.role.id));
    given
        .rows_with(known.systemuserroles.systemuserid, ValueRef::Guid(user))
        .filter_map(|given| roles.get(given.get(known.systemuserroles.roleid).as_id()?))
        .filter_map(|role| role.get(known.role.businessunitid).as_id())
        .collect()
}

/// Those below a user in the hierarchy that the organization's security model uses, as deep as it goes.
fn reports(context: &Context<'_>, user: Uuid) -> HashSet<Uuid> {
    let (catalogue, records) = (context.catalogue, context.records);
    Model::of(catalogue, records)
        .map(|model| model.below(catalogue, records, user, model.levels))
        .unwrap_or_default()
}

/// The numbers of the caller's language: that of its settings, else the organization's, and the one for all.
pub(super) fn languages(context: &Context<'_>) -> Vec<i64> {
    let known = context.catalogue.known();
    let settings = context.records.table(known.usersettings.id).get(context.caller.user_id);
    let organization = context.records.table(known.organization.id).iter().next().map(|(_, row)| row);
    let own = settings.and_then(|row| row.get(known.usersettings.uilanguageid).as_int());
    let language = own
        .filter(|language| *language > 0)
        .or_else(|| organization.and_then(|row| row.get(known.organization.languagecode).as_int()))
        .unwrap_or(LANGUAGE);
    vec![ALL_LANGUAGES, i64::from(language)]
}
