//! The stages every write goes through, in one transaction.
//!
//! ```text
//! PreValidation (10) -> access -> metadata -> PreOperation (20) -> main operation (30) -> PostOperation (40)
//! ```
//!
//! A [`Session`] is one change set: a single request, or all requests of an `OData` change set. What it did is kept
//! when it commits and taken back when it is dropped.

use uuid::Uuid;

use super::access;
use super::context::{Execution, Note, Origin};
use super::registry::{Call, Datum, Message, Nature, Registry, Reply, RulesOf, Stage, Verb};
use super::request::Written;
use super::{cascade, crud, validate};
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Record, Reference, TableId};
use crate::world::{Live, Transaction, World, Writer};

/// Consequences of consequences stop here; the platform's own limit. Source: event framework, "infinite loop" limit 8.
const MAX_DEPTH: u8 = 8;

/// The rules and messages of the product, applied to worlds.
#[derive(Debug, Default)]
pub struct Service {
    registry: Registry,
}

impl Service {
    /// A service with these rules and messages.
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }

    /// The rules and messages.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Runs one change set on a live world: kept if `change` returns `Ok`, taken back otherwise.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn write<T, E>(
        &self,
        live: &Live,
        change: impl FnOnce(&mut Session<'_>) -> Result<T, E>,
    ) -> Result<(T, Vec<Note>), E> {
        self.write_as(&mut live.writer(), change)
    }

    /// As [`Service::write`], for a change set that may take long: readers get what is committed so far, and wait for
    /// nobody while it runs.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn write_long<T>(
        &self,
        live: &Live,
        change: impl FnOnce(&mut Session<'_>) -> Result<T>,
    ) -> Result<(T, Vec<Note>)> {
        let mut writer = live.writer();
        writer.publish();
        self.write_as(&mut writer, change)
    }

    /// As [`Service::write`], by somebody who goes on writing: nobody else writes in between.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn write_as<T, E>(
        &self,
        writer: &mut Writer<'_>,
        change: impl FnOnce(&mut Session<'_>) -> Result<T, E>,
    ) -> Result<(T, Vec<Note>), E> {
        let mut session = Session::new(writer.transaction(), &self.registry);
        let result = change(&mut session)?;
        let notes = session.commit();
        Ok((result, notes))
    }

    /// Answers a function from a world.
    ///
    /// # Errors
    ///
    /// Whatever the function refuses.
    pub fn call_function(
        &self,
        world: &World,
        caller: &Caller,
        message: &dyn Message,
        target: Option<Reference>,
        arguments: &[(&'static str, Datum)],
    ) -> Result<Reply> {
        debug_assert_eq!(message.signature().nature, Nature::Function);
        allow(world, caller, message)?;
        let access = super::registry::Access::Read(world);
        message.run(&mut Call { access, caller, target, arguments })
    }
}

/// Whether the caller holds the privileges of a message.
fn allow(world: &World, caller: &Caller, message: &dyn Message) -> Result<()> {
    message.privileges().iter().try_for_each(|name| access::demand_privilege(world, caller, name))
}

/// One change set in progress.
#[derive(Debug)]
pub struct Session<'w> {
    tx: Transaction<'w>,
    registry: &'w Registry,
    notes: Vec<Note>,
    depth: u8,
}

impl<'w> Session<'w> {
    /// Begins a change set.
    pub fn new(tx: Transaction<'w>, registry: &'w Registry) -> Self {
        Self { tx, registry, notes: Vec::new(), depth: 0 }
    }

    /// Keeps what was done; tells which rules decided on the way.
    pub fn commit(self) -> Vec<Note> {
        self.tx.commit();
        self.notes
    }

    /// The world as it is now, this change set included.
    pub fn world(&self) -> &World {
        &self.tx
    }

    /// The writes below the rules: for loading and restoring, which bring finished rows.
    pub fn transaction(&mut self) -> &mut Transaction<'w> {
        &mut self.tx
    }

    /// What was noted so far.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Notes the rule that decided and how.
    pub fn note(&mut self, rule: RuleId, what: impl Into<std::borrow::Cow<'static, str>>) {
        self.notes.push(Note { rule, what: what.into() });
    }

    /// Runs an action in this change set.
    ///
    /// # Errors
    ///
    /// Whatever the action refuses.
    pub fn call_action(
        &mut self,
        caller: &Caller,
        message: &dyn Message,
        target: Option<Reference>,
        arguments: &[(&'static str, Datum)],
    ) -> Result<Reply> {
        debug_assert_eq!(message.signature().nature, Nature::Action);
        allow(self.world(), caller, message)?;
        let access = super::registry::Access::Write(self);
        message.run(&mut Call { access, caller, target, arguments })
    }

    /// Creates one row through all stages. `id` is the primary key where the request chooses it.
    ///
    /// # Errors
    ///
    /// The refusal of metadata or of a rule; the change set must then be dropped.
    pub fn create_row(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        id: Option<Uuid>,
        record: Record,
    ) -> Result<Written> {
        let id = match id {
            Some(id) if self.tx.records().table(table).find(id).is_some() => {
                return Err(Fault::with(&code::DuplicateRecord, "Cannot insert duplicate key.")
                    .hint("A row with this primary key exists; leave the key out or choose another."));
            }
            Some(id) => id,
            None => self.tx.next_id(),
        };
        self.run(caller, origin, Verb::Create, table, id, record, Record::new())?;
        Ok(Written { table, id, created: true })
    }

    /// Changes one row through all stages.
    ///
    /// # Errors
    ///
    /// The refusal of metadata or of a rule; the change set must then be dropped.
    pub fn update_row(
        &mut self,
        caller: Caller,
        origin: Origin,
        table: TableId,
        id: Uuid,
        record: Record,
    ) -> Result<()> {
        let before = self.existing(table, id)?;
        self.run(caller, origin, Verb::Update, table, id, record, before)
    }

    /// Deletes one row through all stages.
    ///
    /// # Errors
    ///
    /// The refusal of metadata or of a rule; the change set must then be dropped.
    pub fn delete_row(&mut self, caller: Caller, origin: Origin, table: TableId, id: Uuid) -> Result<()> {
        let before = self.existing(table, id)?;
        self.run(caller, origin, Verb::Delete, table, id, Record::new(), before)
    }

    fn existing(&self, table: TableId, id: Uuid) -> Result<Record> {
        let row = self.tx.records().table(table).get(id);
        row.map(|row| row.to_record()).ok_or_else(|| crud::does_not_exist(self.world(), table, id))
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of an execution")]
    fn run(
        &mut self,
        caller: Caller,
        origin: Origin,
        verb: Verb,
        table: TableId,
        id: Uuid,
        input: Record,
        before: Record,
    ) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::with(
                &code::InvalidOperation,
                "This workflow job was canceled because the workflow that started it included an infinite loop.",
            ));
        }
        self.depth += 1;
        let result = self.stages(caller, origin, verb, table, id, input, before);
        self.depth -= 1;
        result
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of an execution")]
    fn stages(
        &mut self,
        caller: Caller,
        origin: Origin,
        verb: Verb,
        table: TableId,
        id: Uuid,
        input: Record,
        before: Record,
    ) -> Result<()> {
        let catalogue = std::sync::Arc::clone(self.tx.catalogue());
        let definition = catalogue.table(table);
        let rules = self.registry.of(&definition.logical_name);
        let asked = input.clone();
        let mut execution = Execution {
            session: self,
            catalogue: &catalogue,
            caller,
            origin,
            verb,
            table,
            id,
            input,
            asked,
            before,
            settled: false,
        };
        validate::supported(&execution, definition)?;
        run_stage(rules, &mut execution, Stage::PreValidation)?;
        access::authorize_operation(&execution, definition)?;
        match verb {
            Verb::Create | Verb::Update => validate::input(&mut execution, definition)?,
            Verb::Delete => {}
        }
        run_stage(rules, &mut execution, Stage::PreOperation)?;
        if execution.settled || crud::is_associated(&execution, definition) {
            return Ok(());
        }
        match verb {
            Verb::Create => crud::insert(&mut execution, definition)?,
            Verb::Update => crud::replace(&mut execution, definition)?,
            Verb::Delete => cascade::remove(&mut execution, definition)?,
        }
        run_stage(rules, &mut execution, Stage::PostOperation)
    }
}

fn run_stage(rules: RulesOf<'_>, execution: &mut Execution<'_, '_>, stage: Stage) -> Result<()> {
    for rule in rules.at(execution.verb, stage) {
        rule.run(execution)?;
    }
    Ok(())
}
