//! A document's rows, put into a world.

use serde_json::value::RawValue;
use uuid::Uuid;

use super::people::Instructions;
use super::{Document, Pairs, read};
use crate::directory::Change;
use crate::model::{Catalogue, NavigationKind, Record, Reference, Table, TableId, ValueRef};
use crate::scenario::builder::{Builder, Draft, table};
use crate::scenario::{organization, roles};
use crate::world::World;

/// Tables whose rows others rely on while they are completed, in that order; all others follow in the document's.
const FIRST: &[&str] = &["role", "businessunit", "team", "systemuser"];

impl Document<'_> {
    /// Puts what the directory has into the world.
    pub(in crate::scenario) fn load_directory(
        &self,
        builder: &mut Builder,
        completes: bool,
    ) -> Result<(), String> {
        for group in &self.directory.groups {
            if builder.world.directory().group(group.id).is_some() {
                return Err(format!("directory.groups: there is a group {} already", group.id));
            }
            builder.change_directory(|directory| directory.put_group(group.clone()));
        }
        self.load_accounts(builder, completes)?;
        for account in &self.directory.deleted {
            let directory = builder.world.directory();
            if directory.account(account.id).is_some() || directory.deleted(account.id).is_some() {
                return Err(format!("directory.deleted: there is an account {} already", account.id));
            }
            if account.deleted_date_time.is_none() {
                return Err(format!("directory.deleted: the account {} has no deletedDateTime", account.id));
            }
            builder.change_directory(|directory| directory.put_deleted(account.clone()));
        }
        for change in &self.directory.waiting {
            let directory = builder.world.directory();
            if directory.waiting().any(|other| other.number == change.number) {
                return Err(format!("directory.waiting: the number {} stands twice", change.number));
            }
            let is_late = |other: &Change| {
                (other.number < change.number) != (other.due <= change.due) && other.due != change.due
            };
            if directory.waiting_of(change.account.id).any(is_late) {
                return Err(format!(
                    "directory.waiting: {} is not due in the order of the account's numbers",
                    change.number
                ));
            }
            builder.change_directory(|directory| directory.put_change(change.clone()));
        }
        Ok(())
    }

    /// Puts the directory's accounts into the world.
    fn load_accounts(&self, builder: &mut Builder, completes: bool) -> Result<(), String> {
        let domain = organization::domain(&builder.world.identity().unique_name);
        for account in &self.directory.accounts {
            let mut account = account.clone();
            if completes && !account.user_principal_name.contains('@') {
                account.user_principal_name = format!("{}@{domain}", account.user_principal_name);
                account.mail.get_or_insert_with(|| account.user_principal_name.clone());
            }
            let directory = builder.world.directory();
            if let Some(group) = account.groups.iter().find(|group| directory.group(**group).is_none()) {
                return Err(format!(
                    "directory.accounts: {} is in a group {group}, which there is not",
                    account.id
                ));
            }
            if directory.account(account.id).is_some() {
                return Err(format!("directory.accounts: there is an account {} already", account.id));
            }
            if directory.account_named(&account.user_principal_name).is_some() {
                return Err(format!(
                    "directory.accounts: '{}' names two accounts",
                    account.user_principal_name
                ));
            }
            builder.add_account(account);
        }
        Ok(())
    }

    /// Puts the rows into the world; completes them where the document has a base.
    pub(in crate::scenario) fn load_rows(
        &self,
        builder: &mut Builder,
        completes: bool,
    ) -> Result<(), String> {
        let mut tables = Vec::with_capacity(self.tables.0.len());
        for (name, rows) in &self.tables.0 {
            let id = table(&builder.catalogue, name).map_err(|why| format!("tables: {why}"))?.id;
            let rows: Vec<&RawValue> = serde_json::from_str(rows.get())
                .map_err(|_| format!("tables.{name}: expected a list of rows"))?;
            tables.push((id, &**name, rows));
        }
        if completes {
            tables.sort_by_key(|(_, name, _)| {
                FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len())
            });
        }
        for (id, name, rows) in &tables {
            for (number, row) in rows.iter().enumerate() {
                load_row(builder, *id, row, completes)
                    .map_err(|why| format!("tables.{name}[{number}]{why}"))?;
            }
        }
        Ok(())
    }
}

/// Reads one row and puts it in. The sentence of an error goes on after the row's place.
fn load_row(builder: &mut Builder, table: TableId, text: &RawValue, completes: bool) -> Result<(), String> {
    let catalogue = std::sync::Arc::clone(&builder.catalogue);
    let definition = catalogue.table(table);
    let members: Pairs<'_> = serde_json::from_str(text.get()).map_err(|why| format!(": {why}"))?;
    let (id, mut record, instructions) = record(&catalogue, definition, &members, completes)?;
    let id = match id {
        Some(id) if builder.world.records().table(table).find(id).is_some() => {
            return Err(format!(": there is a row {id} already"));
        }
        Some(id) => id,
        None => builder.next_id(),
    };
    if completes {
        add(builder, definition, id, record, &instructions).map_err(|why| format!(": {why}"))
    } else {
        builder.complete_constants(definition, &mut record);
        builder.insert(table, id, &record);
        Ok(())
    }
}

type RowParts = (Option<Uuid>, Record, Instructions);

fn record(
    catalogue: &Catalogue,
    table: &Table,
    members: &Pairs<'_>,
    completes: bool,
) -> Result<RowParts, String> {
    let mut id = None;
    let mut record = Record::new();
    let mut instructions = Instructions::default();
    for (name, raw) in &members.0 {
        if name.starts_with('$') && completes && instructions.read(table, name, raw)? {
            continue;
        }
        let column =
            table.column_named(name).ok_or_else(|| format!(".{name}: the table has no such column"))?;
        if let Some(of) = &column.attribute_of {
            return Err(format!(".{name}: the column only shows what {of} holds"));
        }
        if &**name == "versionnumber" {
            return Err(format!(".{name}: the organization numbers its rows itself"));
        }
        let value = read::value(catalogue, column, raw).map_err(|why| format!(".{name}: {why}"))?;
        if column.id == table.primary_id {
            id = value.as_id();
            if id.is_none() {
                return Err(format!(".{name}: a row's id cannot be null"));
            }
        } else {
            record.set(column.id, value);
        }
    }
    Ok((id, record, instructions))
}

/// Adds a row as a create by the system would.
fn add(
    builder: &mut Builder,
    table: &Table,
    id: Uuid,
    mut record: Record,
    instructions: &Instructions,
) -> Result<(), String> {
    let known = builder.world.known().clone();
    let root = builder.world.identity().root_business_unit;
    let text = |record: &Record, column| record.get(column).as_str().map(str::to_owned);
    if table.id == known.systemuser.id {
        return builder.add_user(id, record, instructions);
    }
    if table.id == known.businessunit.id {
        let name = text(&record, known.businessunit.name).ok_or("a business unit needs a name")?;
        let parent = record.get(known.businessunit.parentbusinessunitid).as_id().unwrap_or(root);
        organization::add_business_unit(
            builder,
            id,
            Some(parent),
            &name,
            Draft::of(&builder.catalogue, table, record),
        )?;
        roles::add_copies(builder, id, parent);
        return Ok(());
    }
    if table.id == known.team.id {
        record.set_default(known.team.businessunitid, Reference::new(known.businessunit.id, root));
        let unit = record.get(known.team.businessunitid).as_id().unwrap_or(root);
        let name = text(&record, known.team.name).ok_or("a team needs a name")?;
        organization::add_team(builder, id, unit, &name, Draft::of(&builder.catalogue, table, record))?;
        for role in instructions.roles(builder.era()) {
            roles::assign_to_team(builder, id, unit, role)?;
        }
        return Ok(());
    }
    if table.id == known.role.id {
        record.set_default(known.role.businessunitid, Reference::new(known.businessunit.id, root));
        record.set_default(known.role.parentrootroleid, Reference::new(known.role.id, id));
        builder.add(id, Draft::of(&builder.catalogue, table, record))?;
        return roles::copy_down(builder, id);
    }
    if table.id == known.contact.id {
        let names = [known.contact.firstname, known.contact.lastname].map(|column| text(&record, column));
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if !name.is_empty() {
            record.set_default(known.contact.fullname, name);
        }
    }
    builder.add(id, Draft::of(&builder.catalogue, table, record))
}

/// Whether every lookup and every row of an intersect table points to a row, and the organization's own rows are
/// there.
pub(in crate::scenario) fn check(world: &World) -> Result<(), String> {
    let known = world.known();
    let identity = world.identity();
    for (table, id, what) in [
        (known.organization.id, identity.organization_id, "organization_id"),
        (known.businessunit.id, identity.root_business_unit, "root_business_unit"),
        (known.systemuser.id, identity.system_user, "system_user"),
        (known.systemuser.id, identity.integration_user, "integration_user"),
        (known.systemuser.id, identity.default_caller, "default_caller"),
    ] {
        if world.records().table(table).find(id).is_none() {
            let name = &world.catalogue().table(table).logical_name;
            return Err(format!(
                "organization.{what}: there is no {name} {id}; a document without a base has all rows"
            ));
        }
    }
    let intersects = intersects(world.catalogue());
    for table in world.catalogue().tables() {
        let ends: Vec<_> = intersects.iter().filter(|(of, ..)| *of == table.id).collect();
        for (_, row) in world.records().table(table.id).iter() {
            for (column, value) in row.iter() {
                let points = match value {
                    ValueRef::Lookup(reference) => Some(reference),
                    ValueRef::Guid(id) => ends
                        .iter()
                        .find(|(_, of, _)| *of == column)
                        .map(|(_, _, target)| Reference::new(*target, id)),
                    _ => None,
                };
                if let Some(to) = points
                    && world.records().table(to.table).find(to.id).is_none()
                {
                    return Err(format!(
                        "tables.{}, row {}: {} points to {} {}, which there is not",
                        table.logical_name,
                        row.id(),
                        table.column(column).logical_name,
                        world.catalogue().table(to.table).logical_name,
                        to.id
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The columns of intersect tables with the tables they point to.
fn intersects(catalogue: &Catalogue) -> Vec<(TableId, crate::model::ColumnId, TableId)> {
    let mut ends = Vec::new();
    for table in catalogue.tables() {
        for navigation in &table.navigations {
            if let NavigationKind::ManyToMany { intersect, near, .. } = navigation.kind {
                ends.push((intersect, near, table.id));
            }
        }
    }
    ends
}

impl Instructions {
    /// Reads a member that is no column; `false` where there is no such instruction for the table.
    fn read(&mut self, table: &Table, name: &str, raw: &RawValue) -> Result<bool, String> {
        match (name, &*table.logical_name) {
            ("$roles", "systemuser" | "team") => {
                self.read_roles(raw.get()).map_err(|why| format!(".{name}: {why}"))?;
            }
            ("$account", "systemuser") => {
                self.account = Some(read::guid(raw.get()).map_err(|why| format!(".{name}: {why}"))?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
