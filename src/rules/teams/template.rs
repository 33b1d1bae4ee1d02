//! Templates of the teams that the system makes for single records: T10.
//!
//! `Source:` PA:use-access-teams; PP:manage-teams.md; SDK errors 0x80048332 to 0x80048335.
//! `Assumed:` a template may hold what a share may (all but Create); tables cannot be changed, so the limit of enabled
//! tables is kept where a table gets its first template; a template that has teams may be given another table, which
//! is then that of new teams.

use std::collections::HashMap;

use super::super::support::{documented, is_consequence, violation};
use crate::fault::{Code, Fault, Result, RuleId, code};
use crate::model::{Reference, ValueRef};
use crate::security::AccessRights;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::world::World;

/// How many templates a table may have.
const PER_TABLE: usize = 2;

/// What a template may say.
#[derive(Debug)]
pub(in crate::rules) struct Template;

impl Rule for Template {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T10",
            "Templates are for tables with AutoCreateAccessTeams, two a table, and change new teams only.",
            "PA:use-access-teams; PP:manage-teams.md; switch access_team_tables",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("teamtemplate", Verb::Create, Stage::PreOperation),
            on("teamtemplate", Verb::Update, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let template = &execution.known().teamtemplate;
        if is_consequence(execution) {
            return Ok(());
        }
        let news = |column| execution.verb == Verb::Create || execution.changed(column).is_some();
        if news(template.objecttypecode) {
            may_have_template(execution)?;
        }
        if news(template.defaultaccessrightsmask)
            && !is_mask(execution.value(template.defaultaccessrightsmask).as_ref())
        {
            return refused(
                &code::InvalidAccessMaskForTeamTemplate,
                "Add up Read 1, Write 2, Append 4, AppendTo 16, Delete 65536, Share 262144 and Assign 524288.",
            );
        }
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let template = &world.known().teamtemplate;
        let mut of_table: HashMap<Option<i32>, usize> = HashMap::new();
        let mut found = Vec::new();
        for (_, row) in world.records().table(template.id).iter() {
            let code = row.get(template.objecttypecode).as_int();
            let count = of_table.entry(code).or_default();
            *count += 1;
            let mut wrong = |what| found.push(violation("T10", Reference::new(template.id, row.id()), what));
            if *count > PER_TABLE {
                wrong("A table has more than two templates.");
            }
            if !code.is_some_and(|code| is_enabled(world, code)) {
                wrong("A template is for a table whose rows get no teams.");
            }
            if !is_mask(row.get(template.defaultaccessrightsmask)) {
                wrong("A template gives rights that nobody can share.");
            }
        }
        found
    }
}

fn refused(code: &'static Code, hint: &'static str) -> Result<()> {
    Err(Fault::new(code).rule(RuleId("T10")).hint(hint))
}

/// Whether a mask is of rights that can be shared.
fn is_mask(mask: ValueRef<'_>) -> bool {
    let rights = mask.as_int().and_then(AccessRights::from_bits);
    rights.is_some_and(|rights| !rights.is_empty() && !rights.contains(AccessRights::CREATE))
}

/// Whether rows of the table with this object type code may have teams.
fn is_enabled(world: &World, code: i32) -> bool {
    let mut tables = world.catalogue().tables().iter();
    tables.any(|table| table.object_type_code == code && table.auto_create_access_teams)
}

fn may_have_template(execution: &Execution<'_, '_>) -> Result<()> {
    let (world, template) = (execution.world(), &execution.known().teamtemplate);
    let Some(code) = execution.value(template.objecttypecode).as_int() else {
        return refused(&code::RequiredFieldMissing, "Give objecttypecode the table's object type code.");
    };
    if !is_enabled(world, code) {
        return refused(
            &code::EntityNotEnabledForAutoCreatedAccessTeams,
            "Choose a table whose EntityMetadata says AutoCreateAccessTeams.",
        );
    }
    let others = world.records().table(template.id).iter().map(|(_, row)| row);
    let mut tables: Vec<i32> = others
        .filter(|row| row.id() != execution.id)
        .filter_map(|row| row.get(template.objecttypecode).as_int())
        .collect();
    let of_table = tables.iter().filter(|of| **of == code).count();
    if of_table >= PER_TABLE {
        let message = format!(
            "Current number of teams: {} is greater than teams limit: {PER_TABLE} for entity with ObjectTypeCode {code}",
            of_table + 1
        );
        return Err(Fault::with(&code::TooManyTeamTemplatesForEntityAccessTeams, message)
            .rule(RuleId("T10"))
            .hint("Delete one of the templates of the table, or change it."));
    }
    tables.sort_unstable();
    tables.dedup();
    if of_table == 0 && tables.len() >= execution.settings().access_team_tables as usize {
        return refused(
            &code::TooManyEntitiesEnabledForAutoCreatedAccessTeams,
            "Delete the templates of another table, or raise the setting access_team_tables.",
        );
    }
    Ok(())
}

/// A template takes the teams that were made by it with it.
#[derive(Debug)]
pub(in crate::rules) struct TemplateGone;

impl Rule for TemplateGone {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("teamtemplate", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let world = execution.world();
        let team = &world.known().team;
        let made =
            world.records().table(team.id).rows_with(team.teamtemplateid, ValueRef::Guid(execution.id));
        let made = made.filter(|row| row.get(team.systemmanaged) == ValueRef::Bool(true));
        let (table, made): (_, Vec<_>) = (team.id, made.map(|row| row.id()).collect());
        made.into_iter().try_for_each(|id| execution.delete(table, id))
    }
}
