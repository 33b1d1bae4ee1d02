//! What rules see of the operation they are part of, and what they may do.

use uuid::Uuid;

use super::pipeline::Session;
use super::registry::Verb;
use super::request::Written;
use crate::fault::{Result, RuleId};
use crate::identity::Caller;
use crate::model::{Catalogue, ColumnId, Known, Record, TableId, Value};
use crate::settings::Settings;
use crate::store::Likeness;
use crate::world::World;

/// From where an operation came into the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client's own request.
    Api,
    /// The New User wizard (U20 to U24).
    Wizard,
    /// A data import (U17).
    Import,
    /// A rule, as the consequence of another operation.
    Consequence,
    /// The directory's synchronisation.
    Directory,
}

/// Something worth telling about an operation that succeeded: the rule that decided, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The rule.
    pub rule: RuleId,
    /// One ASCII sentence.
    pub what: std::borrow::Cow<'static, str>,
}

/// One create, update or delete of one row on its way through the stages.
#[derive(Debug)]
pub struct Execution<'s, 'w> {
    /// The change set it belongs to.
    pub session: &'s mut Session<'w>,
    /// The tables, to name columns by while the execution is changed.
    pub catalogue: &'s Catalogue,
    /// Who asks for it.
    pub caller: Caller,
    /// From where it came.
    pub origin: Origin,
    /// What is done.
    pub verb: Verb,
    /// To a row of which table.
    pub table: TableId,
    /// To which row; of a create, the row to be.
    pub id: Uuid,
    /// What the request brought and rules added: the new values. Of a delete, nothing.
    pub input: Record,
    /// The columns the request itself brought; what rules add is not among them.
    pub asked: Record,
    /// The row before an update or a delete; empty for a create.
    pub before: Record,
    /// Whether a rule has done all there is to do, so that the main operation and what follows it is left out.
    pub settled: bool,
}

impl<'s> Execution<'s, '_> {
    /// The world as it is now, this change set included.
    pub fn world(&self) -> &World {
        self.session.world()
    }

    /// The tables and columns by name.
    pub fn known(&self) -> &'s Known {
        self.catalogue.known()
    }

    /// The switches.
    pub fn settings(&self) -> &Settings {
        self.world().settings()
    }

    /// The value a column will have after the operation.
    pub fn value(&self, column: ColumnId) -> &Value {
        self.input.mentions(column).unwrap_or_else(|| self.before.get(column))
    }

    /// The value the request itself gives a column; `None` where it does not mention it.
    pub fn requested(&self, column: ColumnId) -> Option<&Value> {
        self.asked.mentions(column)
    }

    /// The requested value of a column if it differs from what the row has.
    pub fn changed(&self, column: ColumnId) -> Option<&Value> {
        self.requested(column).filter(|value| **value != *self.before.get(column))
    }

    /// Gives a column a value.
    pub fn set(&mut self, column: ColumnId, value: impl Into<Value>) {
        self.input.set(column, value);
    }

    /// Gives a column a value unless something did already.
    pub fn set_default(&mut self, column: ColumnId, value: impl Into<Value>) {
        self.input.set_default(column, value);
    }

    /// Leaves the main operation out: a rule did what is to be done instead of it.
    pub fn settle(&mut self) {
        self.settled = true;
    }

    /// Notes the rule that decided and how, for the answer's headers.
    pub fn note(&mut self, rule: RuleId, what: impl Into<std::borrow::Cow<'static, str>>) {
        self.session.note(rule, what);
    }

    /// Creates a row as a consequence of this operation, on behalf of the system.
    ///
    /// # Errors
    ///
    /// Whatever the rules of that table say.
    pub fn create(&mut self, table: TableId, record: Record) -> Result<Written> {
        self.session.create_row(
            Caller::system(self.session.world()),
            Origin::Consequence,
            table,
            None,
            record,
        )
    }

    /// Creates a row as a consequence of this operation, as [`Execution::create`] does. Rows of one kind (`of`: what
    /// they belong to) that are made in the same second differ in `open` only, given in column order; what the stages
    /// made of the first of them is not worked out again for the others.
    ///
    /// Only for tables whose rules do not look at consequences: the rules are not asked about the others either.
    ///
    /// # Errors
    ///
    /// Whatever the rules of that table say.
    pub fn create_like(
        &mut self,
        (table, of): (TableId, Uuid),
        id: Option<Uuid>,
        open: &[(ColumnId, Value)],
        common: impl FnOnce(&World) -> Record,
    ) -> Result<()> {
        let transaction = self.session.transaction();
        let likeness = Likeness { table, of, second: transaction.now().as_second() };
        let id = id.unwrap_or_else(|| transaction.next_id());
        if transaction.create_like(likeness, id, open) {
            return Ok(());
        }
        let mut record = common(self.world());
        for (column, value) in open {
            record.set(*column, value.clone());
        }
        let system = Caller::system(self.world());
        self.session.create_row(system, Origin::Consequence, table, Some(id), record)?;
        self.session.transaction().keep_pattern(likeness, id, open);
        Ok(())
    }

    /// Changes a row as a consequence of this operation, on behalf of the system.
    ///
    /// # Errors
    ///
    /// Whatever the rules of that table say.
    pub fn update(&mut self, table: TableId, id: Uuid, record: Record) -> Result<()> {
        self.session.update_row(Caller::system(self.session.world()), Origin::Consequence, table, id, record)
    }

    /// Deletes a row as a consequence of this operation, on behalf of the system.
    ///
    /// # Errors
    ///
    /// Whatever the rules of that table say.
    pub fn delete(&mut self, table: TableId, id: Uuid) -> Result<()> {
        self.session.delete_row(Caller::system(self.session.world()), Origin::Consequence, table, id)
    }
}
