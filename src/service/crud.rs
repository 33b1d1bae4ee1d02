//! The main operations on any table: finding rows, and writing them with what the platform fills in itself.

use smallvec::SmallVec;
use uuid::Uuid;

use super::access;
use super::context::{Execution, Origin};
use super::pipeline::Session;
use super::registry::Verb;
use super::request::{Input, Key, Link, Precondition, Written};
use super::validate;
use crate::fault::{Fault, Result, code};
use crate::identity::Caller;
use crate::model::{NavigationKind, Ownership, Record, Reference, Table, TableId, Target, Value, ValueRef};
use crate::security::AccessRights;
use crate::store::Slot;
use crate::world::World;

/// Finds the row that a key names.
///
/// # Errors
///
/// `ObjectDoesNotExist` for an unknown id, `RecordNotFoundByEntityKey` for key values nobody has.
pub fn find(world: &World, table: TableId, key: &Key) -> Result<Slot> {
    let rows = world.records().table(table);
    match key {
        Key::Id(id) => rows.find(*id).ok_or_else(|| does_not_exist(world, table, *id)),
        Key::Alternate(columns) => by_alternate_key(world, table, columns).ok_or_else(|| {
            let name = &world.catalogue().table(table).logical_name;
            Fault::with(
                &code::RecordNotFoundByEntityKey,
                format!("A record with the specified key values does not exist in {name} entity"),
            )
        }),
    }
}

fn by_alternate_key(
    world: &World,
    table: TableId,
    columns: &[(crate::model::ColumnId, Value)],
) -> Option<Slot> {
    let rows = world.records().table(table);
    let ((first, value), rest) = columns.split_first()?;
    rows.rows_with(*first, value.as_ref())
        .find(|row| rest.iter().all(|(column, value)| validate::same(row.get(*column), value.as_ref())))
        .and_then(|row| rows.find(row.id()))
}

/// Finds the row that a key names, for a caller who wants to read it.
///
/// # Errors
///
/// As [`find`], and what [`access::authorize`] refuses.
pub fn retrieve(world: &World, caller: &Caller, table: TableId, key: &Key) -> Result<Slot> {
    let definition = world.catalogue().table(table);
    if access::reaches_all(world, caller, AccessRights::READ, definition)? {
        return find(world, table, key);
    }
    access::authorize(world, caller, AccessRights::READ, definition)?;
    let slot = find(world, table, key)?;
    if let Some(row) = world.records().table(table).row(slot) {
        access::demand_row(world, caller, AccessRights::READ, table, row)?;
    }
    Ok(slot)
}

/// The service's words for a row that is not there.
pub fn does_not_exist(world: &World, table: TableId, id: Uuid) -> Fault {
    let name = &world.catalogue().table(table).logical_name;
    Fault::with(&code::ObjectDoesNotExist, format!("Entity '{name}' With Id = {id} Does Not Exist"))
}

fn id_of(world: &World, link: &Link) -> Result<Reference> {
    let slot = find(world, link.table, &link.key)?;
    let row = world.records().table(link.table).row(slot);
    row.map(|row| Reference::new(link.table, row.id()))
        .ok_or_else(|| Fault::with(&code::UnexpectedError, "A row vanished within its own change set."))
}

/// What a lookup is bound to. Whether a row named by its id exists is metadata's to check, after the rules of
/// stage 10: some refuse a row that does not exist in words of their own (U46).
fn bound(world: &World, link: &Link) -> Result<Reference> {
    match link.key {
        Key::Id(id) => Ok(Reference::new(link.table, id)),
        Key::Alternate(_) => id_of(world, link),
    }
}

impl Session<'_> {
    /// Creates a row with its links and its new related rows.
    ///
    /// # Errors
    ///
    /// The first refusal; the change set must then be dropped.
    pub fn create(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        input: Input,
    ) -> Result<Written> {
        let id = self.chosen_id(table, &input.record)?;
        self.create_with(caller, origin, table, id, input)
    }

    fn chosen_id(&self, table: TableId, record: &Record) -> Result<Option<Uuid>> {
        match record.get(self.world().catalogue().table(table).primary_id) {
            Value::Null => Ok(None),
            Value::Guid(id) if id.is_nil() => Ok(None),
            Value::Guid(id) => Ok(Some(*id)),
            _ => Err(Fault::new(&code::InvalidArgument)),
        }
    }

    fn create_with(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        id: Option<Uuid>,
        input: Input,
    ) -> Result<Written> {
        let catalogue = std::sync::Arc::clone(self.world().catalogue());
        let definition = catalogue.table(table);
        let Input { mut record, links, children } = input;
        record.remove(definition.primary_id);
        let mut later_links = Vec::new();
        let mut later_children = Vec::new();
        for (navigation, link) in links {
            if let NavigationKind::Lookup { column, .. } = definition.navigations[navigation].kind {
                let target = link.map(|link| bound(self.world(), &link)).transpose()?;
                record.set(column, target.map_or(Value::Null, Value::Lookup));
            } else if let Some(link) = link {
                later_links.push((navigation, link));
            }
        }
        for (navigation, child) in children {
            if let NavigationKind::Lookup { column, target } = definition.navigations[navigation].kind {
                let Target::Table(target) = target else { return Err(Fault::new(&code::InvalidArgument)) };
                let written = self.create(caller, origin, target, child)?;
                record.set(column, Reference::new(target, written.id));
            } else {
                later_children.push((navigation, child));
            }
        }
        let written = self.create_row(caller, origin, table, id, record)?;
        let from = Link { table, key: Key::Id(written.id) };
        for (navigation, link) in later_links {
            self.associate(caller, origin, &from, navigation, &link)?;
        }
        for (navigation, mut child) in later_children {
            match definition.navigations[navigation].kind {
                NavigationKind::Collection { table: to, column } => {
                    child.record.set(column, Reference::new(table, written.id));
                    self.create(caller, origin, to, child)?;
                }
                NavigationKind::ManyToMany { table: to, .. } => {
                    let other = self.create(caller, origin, to, child)?;
                    self.associate(
                        caller,
                        origin,
                        &from,
                        navigation,
                        &Link { table: to, key: Key::Id(other.id) },
                    )?;
                }
                NavigationKind::Lookup { .. } => {}
            }
        }
        Ok(written)
    }

    /// Changes a row; creates it where it does not exist and the precondition allows it (upsert).
    ///
    /// # Errors
    ///
    /// The first refusal; the change set must then be dropped.
    pub fn update(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        key: &Key,
        input: Input,
        condition: Precondition,
    ) -> Result<Written> {
        let slot = match find(self.world(), table, key) {
            Ok(slot) => slot,
            Err(missing) if matches!(condition, Precondition::Exists | Precondition::Version(_)) => {
                return Err(missing);
            }
            Err(_) => return self.create_by_key(caller, origin, table, key, input),
        };
        if condition == Precondition::Absent {
            return Err(Fault::with(
                &code::DuplicateRecord,
                "A record with matching key values already exists.",
            )
            .hint("If-None-Match: * forbids the update of an existing row; leave the header out."));
        }
        let id = self.check_version(&caller, table, slot, condition)?;
        let record = self.changes(table, input)?;
        self.update_row(caller, origin, table, id, record)?;
        Ok(Written { table, id, created: false })
    }

    /// The create of an upsert: the key's values become the row's.
    fn create_by_key(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        key: &Key,
        mut input: Input,
    ) -> Result<Written> {
        match key {
            Key::Id(id) => self.create_with(caller, origin, table, Some(*id), input),
            Key::Alternate(columns) => {
                for (column, value) in columns {
                    input.record.set(*column, value.clone());
                }
                self.create(caller, origin, table, input)
            }
        }
    }

    /// An update's input as one record: lookups bound, nothing nested.
    fn changes(&self, table: TableId, input: Input) -> Result<Record> {
        let definition = self.world().catalogue().table(table);
        if !input.children.is_empty() {
            return Err(Fault::with(
                &code::InvalidArgument,
                "Deep update of related entities is not supported. Update the related entity by itself.",
            ));
        }
        let mut record = input.record;
        record.remove(definition.primary_id);
        for (navigation, link) in input.links {
            let navigation = &definition.navigations[navigation];
            let NavigationKind::Lookup { column, .. } = navigation.kind else {
                return Err(Fault::with(
                    &code::InvalidArgument,
                    format!(
                        "The collection-valued navigation property '{}' can be bound on create only.",
                        navigation.name
                    ),
                ));
            };
            let target = link.map(|link| bound(self.world(), &link)).transpose()?;
            record.set(column, target.map_or(Value::Null, Value::Lookup));
        }
        Ok(record)
    }

    /// Deletes a row.
    ///
    /// # Errors
    ///
    /// The first refusal; the change set must then be dropped.
    pub fn delete(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        key: &Key,
        condition: Precondition,
    ) -> Result<Written> {
        let slot = find(self.world(), table, key)?;
        let id = self.check_version(&caller, table, slot, condition)?;
        self.delete_row(caller, origin, table, id)?;
        Ok(Written { table, id, created: false })
    }

    fn check_version(
        &self,
        caller: &Caller,
        table: TableId,
        slot: Slot,
        condition: Precondition,
    ) -> Result<Uuid> {
        let row = self.world().records().table(table).row(slot).ok_or_else(|| {
            Fault::with(&code::UnexpectedError, "A row vanished within its own change set.")
        })?;
        match condition {
            Precondition::Version(version) if version != row.version() => {
                // Whoever may not read the row does not learn its version.
                let definition = self.world().catalogue().table(table);
                access::authorize(self.world(), caller, AccessRights::READ, definition)?;
                access::demand_row(self.world(), caller, AccessRights::READ, table, row)?;
                Err(Fault::new(&code::ConcurrencyVersionMismatch)
                    .hint("The row changed since it was read; read it again and send its new ETag."))
            }
            _ => Ok(row.id()),
        }
    }

    /// Relates two rows through a navigation property of the first one's table.
    ///
    /// # Errors
    ///
    /// The first refusal, `DuplicateRecord` where they are related already; the change set must then be dropped.
    pub fn associate(
        &mut self,
        caller: Caller,
        origin: Origin,
        from: &Link,
        navigation: usize,
        to: &Link,
    ) -> Result<()> {
        let (near, far) = (id_of(self.world(), from)?, id_of(self.world(), to)?);
        match self.world().catalogue().table(from.table).navigations[navigation].kind {
            NavigationKind::Lookup { column, .. } => {
                let record = [(column, far.into())].into_iter().collect();
                self.update_row(caller, origin, from.table, near.id, record)
            }
            NavigationKind::Collection { table, column } => {
                let record = [(column, near.into())].into_iter().collect();
                self.update_row(caller, origin, table, far.id, record)
            }
            NavigationKind::ManyToMany { intersect, near: near_key, far: far_key, .. } => {
                let again_is_no_error = idempotent(self.world().catalogue().table(intersect)).is_some();
                let pair = ((near_key, near.id), (far_key, far.id));
                if !again_is_no_error && joining(self.world(), intersect, pair.0, pair.1).is_some() {
                    return Err(Fault::with(&code::DuplicateRecord, "Cannot insert duplicate key.")
                        .hint("The two rows are associated already."));
                }
                let record = [(near_key, near.id.into()), (far_key, far.id.into())].into_iter().collect();
                self.create_row(caller, origin, intersect, None, record).map(drop)
            }
        }
    }

    /// Ends the relation of two rows; of a lookup, whatever it points to.
    ///
    /// # Errors
    ///
    /// The first refusal, `ObjectDoesNotExist` where they are not related; the change set must then be dropped.
    pub fn disassociate(
        &mut self,
        caller: Caller,
        origin: Origin,
        from: &Link,
        navigation: usize,
        to: Option<&Link>,
    ) -> Result<()> {
        let near = id_of(self.world(), from)?;
        let far = to.map(|to| id_of(self.world(), to)).transpose()?;
        match (self.world().catalogue().table(from.table).navigations[navigation].kind, far) {
            (NavigationKind::Lookup { column, .. }, _) => {
                let record = [(column, Value::Null)].into_iter().collect();
                self.update_row(caller, origin, from.table, near.id, record)
            }
            (NavigationKind::Collection { table, column }, Some(far)) => {
                let points =
                    self.world().records().table(table).get(far.id).map(|row| row.get(column).as_id());
                if points != Some(Some(near.id)) {
                    return Err(does_not_exist(self.world(), table, far.id));
                }
                let record = [(column, Value::Null)].into_iter().collect();
                self.update_row(caller, origin, table, far.id, record)
            }
            (NavigationKind::ManyToMany { intersect, near: near_key, far: far_key, .. }, Some(far)) => {
                let joined = joining(self.world(), intersect, (near_key, near.id), (far_key, far.id))
                    .ok_or_else(|| does_not_exist(self.world(), far.table, far.id))?;
                self.delete_row(caller, origin, intersect, joined)
            }
            (_, None) => {
                Err(Fault::new(&code::InvalidArgument).hint("Name the related row to disassociate."))
            }
        }
    }
}

/// Relations whose second associate is no error but changes nothing: roles (R18) and team members (T4). Beside each
/// intersect table its column with the fewer rows to one value.
const IDEMPOTENT: &[(&str, &str)] =
    &[("systemuserroles", "systemuserid"), ("teammembership", "systemuserid"), ("teamroles", "teamid")];

fn idempotent(intersect: &Table) -> Option<&'static str> {
    IDEMPOTENT.iter().find(|(name, _)| *name == &*intersect.logical_name).map(|(_, near)| *near)
}

/// Whether an associate asks for what is there already, in a relation where that is no error. Asked after the
/// rules, so that an associate that would be refused is refused the second time too.
pub(super) fn is_associated(execution: &Execution<'_, '_>, table: &Table) -> bool {
    if execution.verb != Verb::Create || !table.is_intersect {
        return false;
    }
    let Some(near) = idempotent(table).and_then(|name| table.column_id(name)) else { return false };
    let mut keys: SmallVec<[_; 2]> =
        execution.asked.iter().filter_map(|(column, value)| Some((column, value.as_id()?))).collect();
    keys.sort_by_key(|(column, _)| *column != near);
    matches!(*keys, [near, far, ..] if joining(execution.world(), table.id, near, far).is_some())
}

/// The row of an intersect table that joins two rows.
pub fn joining(
    world: &World,
    intersect: TableId,
    near: (crate::model::ColumnId, Uuid),
    far: (crate::model::ColumnId, Uuid),
) -> Option<Uuid> {
    world
        .records()
        .table(intersect)
        .rows_with(near.0, ValueRef::Guid(near.1))
        .find(|row| row.get(far.0).as_id() == Some(far.1))
        .map(|row| row.id())
}

/// The main operation of a create: what the platform fills in, then the row.
pub(super) fn insert(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    stamp(execution, table, Verb::Create);
    own(execution, table)?;
    set_state(execution, table)?;
    if let Some(column) = table.system.organizationid {
        let id = execution.world().identity().organization_id;
        let organization = execution.known().organization.id;
        let value = if table.column(column).is_lookup() {
            Value::Lookup(Reference::new(organization, id))
        } else {
            Value::Guid(id)
        };
        execution.input.set_default(column, value);
    }
    validate::complete(execution, table)?;
    validate::keys(execution, table)?;
    let (id, record) = (execution.id, std::mem::take(&mut execution.input));
    execution.session.transaction().create(table.id, id, &record);
    execution.input = record;
    Ok(())
}

/// The main operation of an update: the changes laid over the row.
pub(super) fn replace(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    stamp(execution, table, Verb::Update);
    own(execution, table)?;
    set_state(execution, table)?;
    validate::keys(execution, table)?;
    let mut record = execution.before.clone();
    for (column, value) in execution.input.iter() {
        record.set(column, value.clone());
    }
    let id = execution.id;
    execution.session.transaction().replace(table.id, id, &record);
    Ok(())
}

fn stamp(execution: &mut Execution<'_, '_>, table: &Table, verb: Verb) {
    let now = execution.session.transaction().now().as_second();
    let users = execution.known().systemuser.id;
    let by = Value::Lookup(Reference::new(users, execution.caller.user));
    let behalf =
        execution.caller.impersonator.map_or(Value::Null, |user| Value::Lookup(Reference::new(users, user)));
    let system = &table.system;
    let mut set = |column: Option<crate::model::ColumnId>, value: Value| match column {
        // What a create does not mention is empty.
        Some(column) if verb == Verb::Create && value.is_null() => drop(execution.input.remove(column)),
        Some(column) => execution.input.set(column, value),
        None => {}
    };
    if verb == Verb::Create {
        set(system.createdon, Value::DateTime(now));
        set(system.createdby, by.clone());
        set(system.createdonbehalfby, behalf.clone());
    }
    set(system.modifiedon, Value::DateTime(now));
    set(system.modifiedby, by);
    set(system.modifiedonbehalfby, behalf);
    if verb == Verb::Create
        && let (Some(created), Some(overridden)) = (system.createdon, system.overriddencreatedon)
        && let Value::DateTime(given) = *execution.input.get(overridden)
    {
        // The platform swaps the two: `overriddencreatedon` then tells when the row was really made.
        execution.input.set(created, Value::DateTime(given));
        execution.input.set(overridden, Value::DateTime(now));
    }
}

/// Keeps `owninguser`, `owningteam` and `owningbusinessunit` true to `ownerid` (S12).
fn own(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    if table.ownership != Ownership::User {
        return Ok(());
    }
    let Some(column) = table.system.ownerid else { return Ok(()) };
    let known = execution.known();
    let (users, teams, units) = (known.systemuser.id, known.team.id, known.businessunit.id);
    let (user_unit, team_unit) = (known.systemuser.businessunitid, known.team.businessunitid);
    if execution.verb == Verb::Create {
        let caller = Reference::new(users, execution.caller.user);
        execution.input.set_default(column, caller);
    }
    let Some(value) = execution.input.mentions(column) else { return Ok(()) };
    let Some(owner) = value.as_lookup() else {
        return Err(Fault::new(&code::InvalidOwnerID).hint("ownerid cannot be null; bind a user or a team."));
    };
    let unit_column = if owner.table == teams { team_unit } else { user_unit };
    let unit = execution
        .world()
        .records()
        .table(owner.table)
        .get(owner.id)
        .and_then(|row| row.get(unit_column).as_id());
    let mut set = |column: Option<crate::model::ColumnId>, value: Value| {
        if let Some(column) = column {
            execution.input.set(column, value);
        }
    };
    let when = |table| if owner.table == table { Value::Lookup(owner) } else { Value::Null };
    set(table.system.owninguser, when(users));
    set(table.system.owningteam, when(teams));
    set(
        table.system.owningbusinessunit,
        unit.map_or(Value::Null, |id| Value::Lookup(Reference::new(units, id))),
    );
    Ok(())
}

/// Keeps `statuscode` a status of `statecode`.
fn set_state(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    let (Some(state_column), Some(status_column)) = (table.system.statecode, table.system.statuscode) else {
        return Ok(());
    };
    let (states, statuses) = (table.column(state_column), table.column(status_column));
    let asked_state = execution.input.mentions(state_column).and_then(Value::as_int);
    let asked_status = execution.input.mentions(status_column).and_then(Value::as_int);
    let invalid = || {
        Fault::with(
            &code::InvalidStateCodeStatusCode,
            format!(
                "{} is not a valid status code for state code {} on {} with Id {}.",
                asked_status.unwrap_or_default(),
                asked_state.unwrap_or_default(),
                table.logical_name,
                execution.id
            ),
        )
    };
    let default_status = |state: i32| {
        let default = states.option(state).and_then(|option| option.default_status);
        default.or_else(|| statuses.options().iter().find(|o| o.state == Some(state)).map(|o| o.value))
    };
    let (state, status) = match (asked_state, asked_status) {
        (None, None) if execution.verb == Verb::Update => return Ok(()),
        (None, None) => {
            let first = states.options().first().map_or(0, |option| option.value);
            let state = table.default_of(state_column).as_int().unwrap_or(first);
            let status = table.default_of(status_column).as_int();
            let is_of_state =
                |status: &i32| statuses.option(*status).and_then(|option| option.state) == Some(state);
            (state, status.filter(is_of_state).or_else(|| default_status(state)))
        }
        (Some(state), None) => (state, default_status(state)),
        (None, Some(status)) => {
            let of = statuses.option(status).and_then(|option| option.state).ok_or_else(invalid)?;
            let current = execution.before.get(state_column).as_int();
            if execution.verb == Verb::Update && current.is_some_and(|current| current != of) {
                return Err(invalid());
            }
            (of, Some(status))
        }
        (Some(state), Some(status)) => {
            if statuses.option(status).and_then(|option| option.state) != Some(state) {
                return Err(invalid());
            }
            (state, Some(status))
        }
    };
    execution.input.set(state_column, state);
    execution.input.set(status_column, status.map_or(Value::Null, Value::Int));
    Ok(())
}
