//! A world under construction: rows go in with what a create by the system would fill in.

use std::sync::Arc;

use uuid::Uuid;

use super::people::People;
use crate::directory::{Account, Directory};
use crate::licensing;
use crate::model::{Catalogue, Column, Ownership, Record, Reference, Table, TableId, Value};
use crate::settings::{Era, Settings};
use crate::world::{Transaction, World};

/// A world under construction.
pub(super) struct Builder {
    pub(super) world: World,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) people: People,
}

impl Builder {
    pub(super) fn new(world: World) -> Result<Self, String> {
        let catalogue = Arc::clone(world.catalogue());
        let people = People::new(&catalogue)?;
        Ok(Self { world, catalogue, people })
    }

    pub(super) fn finish(self) -> World {
        self.world
    }

    pub(super) fn settings(&self) -> &Settings {
        self.world.settings()
    }

    pub(super) fn era(&self) -> Era {
        self.world.settings().era
    }

    /// The table of a name.
    pub(super) fn table(&self, name: &str) -> Result<&Table, String> {
        table(&self.catalogue, name)
    }

    /// A row in the making.
    pub(super) fn draft(&self, table: &str) -> Draft {
        Draft {
            catalogue: Arc::clone(&self.catalogue),
            table: self.table(table).map(|table| table.id),
            record: Record::new(),
        }
    }

    /// How many users outside the directory could still be given a licence (U11, U16).
    pub(super) fn seats_left(&self) -> u32 {
        if self.settings().crm_managed_users { licensing::seats(&self.world).available() } else { 0 }
    }

    /// How many non-interactive users could still be enabled (U12).
    pub(super) fn slots_left(&self) -> u32 {
        licensing::slots(&self.world).available()
    }

    /// A new row id.
    pub(super) fn next_id(&mut self) -> Uuid {
        let mut transaction = self.change();
        let id = transaction.next_id();
        transaction.commit();
        id
    }

    /// Adds a row with what a create fills in.
    pub(super) fn add(&mut self, id: Uuid, draft: Draft) -> Result<(), String> {
        let (table, mut record) = draft.finish()?;
        let catalogue = Arc::clone(&self.catalogue);
        self.complete(catalogue.table(table), &mut record);
        self.insert(table, id, &record);
        Ok(())
    }

    /// Adds a row as it is.
    pub(super) fn insert(&mut self, table: TableId, id: Uuid, record: &Record) {
        let mut transaction = self.change();
        transaction.insert(table, id, record);
        transaction.commit();
    }

    pub(super) fn change(&mut self) -> Transaction<'_> {
        Transaction::begin(&mut self.world)
    }

    pub(super) fn add_account(&mut self, account: Account) {
        self.change_directory(|directory| directory.put(account));
    }

    pub(super) fn change_directory(&mut self, change: impl FnOnce(&mut Directory)) {
        let mut transaction = self.change();
        change(transaction.directory_mut());
        transaction.commit();
    }

    /// Fills in what a create by the system would: owner and author, time, the defaults of the metadata, state.
    pub(super) fn complete(&self, table: &Table, record: &mut Record) {
        let identity = self.world.identity();
        let users = self.world.known().systemuser.id;
        let author = Reference::new(users, identity.system_user);
        let now = self.world.now().as_second();
        let system = &table.system;
        for column in [system.createdon, system.modifiedon].into_iter().flatten() {
            record.set_default(column, Value::DateTime(now));
        }
        for column in [system.createdby, system.modifiedby].into_iter().flatten() {
            record.set_default(column, author);
        }
        if let (Ownership::User, Some(owner)) = (table.ownership, system.ownerid) {
            record.set_default(owner, Reference::new(users, identity.default_caller));
            self.own(table, record);
        }
        self.complete_constants(table, record);
    }

    /// `owninguser`, `owningteam` and `owningbusinessunit` follow `ownerid` (S12).
    fn own(&self, table: &Table, record: &mut Record) {
        let system = &table.system;
        let Some(owner) = system.ownerid.and_then(|column| record.get(column).as_lookup()) else { return };
        let known = self.world.known();
        let column = if owner.table == known.team.id {
            known.team.businessunitid
        } else {
            known.systemuser.businessunitid
        };
        let unit =
            self.world.records().table(owner.table).get(owner.id).and_then(|row| row.get(column).as_id());
        let side = if owner.table == known.team.id { system.owningteam } else { system.owninguser };
        if let Some(column) = side {
            record.set_default(column, owner);
        }
        if let (Some(column), Some(unit)) = (system.owningbusinessunit, unit) {
            record.set_default(column, Reference::new(known.businessunit.id, unit));
        }
    }

    /// Fills in what is the same whenever and by whomever the row is made. A document leaves these values out.
    pub(super) fn complete_constants(&self, table: &Table, record: &mut Record) {
        let values = constants(&self.world, table, |column| record.mentions(column).cloned());
        for (column, value) in values {
            record.set_default(column, value);
        }
    }
}

/// The values that a row gets in columns it does not mention, whenever and by whomever it is made: defaults of the
/// metadata, state and status, the organization. `mentioned` tells what the row mentions.
pub(super) fn constants(
    world: &World,
    table: &Table,
    mentioned: impl Fn(crate::model::ColumnId) -> Option<Value>,
) -> Vec<(crate::model::ColumnId, Value)> {
    let mut values = Vec::with_capacity(table.defaults.len() + 3);
    let state = table.system.statecode;
    let status = table.system.statuscode;
    values.extend(
        table
            .defaults
            .iter()
            .filter(|(column, _)| Some(*column) != state && Some(*column) != status)
            .cloned(),
    );
    if let Some(state) = state {
        let states = table.column(state);
        let first = states.options().first().map_or(0, |option| option.value);
        let now = mentioned(state).map_or(Some(first), |value| value.as_int());
        values.push((state, Value::Int(first)));
        if let (Some(status), Some(now)) = (status, now)
            && let Some(value) = default_status(states, table.column(status), now)
        {
            values.push((status, Value::Int(value)));
        }
    }
    if let Some(column) = table.system.organizationid {
        values.push((column, organization(world, table.column(column))));
    }
    values
}

/// The status that a row gets which enters a state without naming one.
fn default_status(states: &Column, statuses: &Column, state: i32) -> Option<i32> {
    let default = states.option(state).and_then(|option| option.default_status);
    default.or_else(|| {
        statuses.options().iter().find(|option| option.state == Some(state)).map(|option| option.value)
    })
}

fn organization(world: &World, column: &Column) -> Value {
    let id = world.identity().organization_id;
    if column.is_lookup() { Reference::new(world.known().organization.id, id).into() } else { id.into() }
}

pub(super) fn table<'c>(catalogue: &'c Catalogue, name: &str) -> Result<&'c Table, String> {
    catalogue.table_named(name).ok_or_else(|| format!("there is no table '{name}'"))
}

/// A row in the making, by column names. The first wrong name is kept until [`Builder::add`].
pub(super) struct Draft {
    catalogue: Arc<Catalogue>,
    table: Result<TableId, String>,
    record: Record,
}

impl Draft {
    /// A row that is already a record.
    pub(super) fn of(catalogue: &Arc<Catalogue>, table: &Table, record: Record) -> Self {
        Self { catalogue: Arc::clone(catalogue), table: Ok(table.id), record }
    }

    pub(super) fn set_default(self, column: &str, value: impl Into<Value>) -> Self {
        let mentioned = self
            .table
            .as_ref()
            .ok()
            .and_then(|id| self.catalogue.table(*id).column_id(column))
            .is_some_and(|column| self.record.mentions(column).is_some());
        if mentioned { self } else { self.set(column, value) }
    }

    pub(super) fn set(mut self, column: &str, value: impl Into<Value>) -> Self {
        if let Ok(id) = self.table.clone() {
            if let Some(column) = self.catalogue.table(id).column_id(column) {
                self.record.set(column, value);
            } else {
                let table = &self.catalogue.table(id).logical_name;
                self.table = Err(format!("the table {table} has no column '{column}'"));
            }
        }
        self
    }

    pub(super) fn set_some(self, column: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }

    pub(super) fn finish(self) -> Result<(TableId, Record), String> {
        Ok((self.table?, self.record))
    }
}
