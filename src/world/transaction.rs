//! All or nothing: writes to the world in place, with the way back kept until they are committed.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use smallvec::SmallVec;
use uuid::Uuid;

use super::World;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::ids::IdSource;
use crate::model::{ColumnId, Derived, Record, TableId, Value};
use crate::security::Concerns;
use crate::settings::Settings;
use crate::store::{Likeness, Patterns, Undo};

/// One set of changes to a world. Dropped without [`Transaction::commit`] (a refusal, a panic), it leaves the world
/// as it was.
#[derive(Debug)]
pub struct Transaction<'w> {
    world: &'w mut World,
    undo: Vec<Undo>,
    before: Option<Small>,
    /// The users that are new.
    users: SmallVec<[Uuid; 1]>,
    now: Timestamp,
}

/// What is small enough to be kept whole for the way back.
#[derive(Debug)]
struct Small {
    clock: Clock,
    ids: IdSource,
    version: u64,
    /// As they were before the first change, if there was one.
    settings: Option<Arc<Settings>>,
    directory: Option<Arc<Directory>>,
}

impl<'w> Transaction<'w> {
    /// Begins to change a world.
    pub fn begin(world: &'w mut World) -> Self {
        let before = Small {
            clock: world.clock,
            ids: world.ids.clone(),
            version: world.version,
            settings: None,
            directory: None,
        };
        let now = world.now();
        Self { world, undo: Vec::new(), before: Some(before), users: SmallVec::new(), now }
    }

    /// The time of the whole change set.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new row id.
    pub fn next_id(&mut self) -> Uuid {
        self.world.ids.next_id()
    }

    /// Adds a row. The caller has made sure that the table has no row with this id.
    pub fn insert(&mut self, table: TableId, id: Uuid, record: &Record) {
        self.forget();
        self.concern(table);
        let version = self.next_version();
        let undo = self.world.records.insert(table, id, version, record);
        self.undo.push(undo);
    }

    /// Adds a row; columns that the record does not mention take the table's defaults. The caller has made sure that
    /// the table has no row with this id.
    pub fn create(&mut self, table: TableId, id: Uuid, record: &Record) {
        self.concern_by(table, |column| record.get(column).as_id());
        if table == self.world.known().systemuser.id {
            self.users.push(id);
        }
        let version = self.next_version();
        let undo = self.world.records.create(table, id, version, record);
        self.undo.push(undo);
    }

    /// Adds a row like one that was added before (see [`Transaction::keep_pattern`]); `filled` are its values in the
    /// columns in which such rows differ, in column order. `false` where no such row is known. The caller has made
    /// sure that the table has no row with this id.
    pub fn create_like(&mut self, likeness: Likeness, id: Uuid, filled: &[(ColumnId, Value)]) -> bool {
        if self.world.patterns.find(likeness).is_none() {
            return false;
        }
        self.concern_by(likeness.table, |column| {
            filled.iter().find(|(of, _)| *of == column).and_then(|(_, value)| value.as_id())
        });
        // It may have been forgotten just now.
        let Some(pattern) = self.world.patterns.find(likeness) else { return false };
        self.world.version += 1;
        let undo = self.world.records.create_like(pattern, id, self.world.version, filled);
        self.undo.push(undo);
        true
    }

    /// Remembers the row with this id as one that others will be like but for the columns of `open`.
    pub fn keep_pattern(&mut self, likeness: Likeness, id: Uuid, open: &[(ColumnId, Value)]) {
        if let Some(pattern) = self.world.records.pattern(likeness.table, id, open) {
            self.world.patterns.keep(likeness, pattern);
        }
    }

    /// Replaces the row with this id; `false` where there is none.
    pub fn replace(&mut self, table: TableId, id: Uuid, record: &Record) -> bool {
        self.forget();
        self.concern(table);
        let version = self.next_version();
        let undo = self.world.records.replace(table, id, version, record);
        self.keep(undo)
    }

    /// Removes the row with this id; `false` where there is none.
    pub fn remove(&mut self, table: TableId, id: Uuid) -> bool {
        self.forget();
        self.concern(table);
        let version = self.next_version();
        let undo = self.world.records.remove(table, id, version);
        self.keep(undo)
    }

    /// What was found out about rows that are there, and what rows like them are made of, may be wrong from here on.
    fn forget(&mut self) {
        self.world.findings = Derived::default();
        self.world.patterns = Patterns::default();
    }

    /// Who may do what may be wrong once a row of this table is written.
    fn concern(&mut self, table: TableId) {
        if Concerns::of(self.world.known(), table) != Concerns::Nobody && self.world.security.forget() {
            self.forget();
        }
    }

    /// As [`Transaction::concern`], for a new row with these values. One that names a user who is new too, and of whom
    /// nobody could ask before, makes nothing wrong.
    fn concern_by(&mut self, table: TableId, value: impl Fn(ColumnId) -> Option<Uuid>) {
        let known = self.world.known();
        let column = match Concerns::of(known, table) {
            Concerns::Nobody => return,
            Concerns::Everybody => return self.concern(table),
            Concerns::User if table == known.teammembership.id => known.teammembership.systemuserid,
            Concerns::User if table == known.systemuserprofiles.id => known.systemuserprofiles.systemuserid,
            Concerns::User => known.systemuserroles.systemuserid,
        };
        let user = value(column).unwrap_or_default();
        // What belongs to a user follows it closely.
        let is_new = self.users.iter().rev().any(|new| *new == user);
        if !is_new || self.world.security.knows(user) {
            self.concern(table);
        }
    }

    /// The version of the row about to be written.
    fn next_version(&mut self) -> u64 {
        self.world.version += 1;
        self.world.version
    }

    /// Changes the switches.
    pub fn settings_mut(&mut self) -> &mut Settings {
        self.forget();
        self.world.secured_columns = OnceLock::new();
        if let Some(before) = &mut self.before {
            before.settings.get_or_insert_with(|| Arc::clone(&self.world.settings));
        }
        Arc::make_mut(&mut self.world.settings)
    }

    /// Changes the tenant.
    pub fn directory_mut(&mut self) -> &mut Directory {
        if let Some(before) = &mut self.before {
            before.directory.get_or_insert_with(|| Arc::clone(&self.world.directory));
        }
        Arc::make_mut(&mut self.world.directory)
    }

    /// Sets the clock.
    pub fn set_clock(&mut self, clock: Clock) {
        self.world.clock = clock;
        self.now = clock.now();
    }

    /// The change set happens at an instant that has passed: something was due then, and nobody looked until now.
    pub fn happen_at(&mut self, then: Timestamp) {
        self.now = then;
    }

    /// Whether any row was written.
    pub fn has_written(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Keeps all changes.
    pub fn commit(mut self) {
        self.before = None;
        self.undo.clear();
    }

    fn keep(&mut self, undo: Option<Undo>) -> bool {
        let done = undo.is_some();
        self.undo.extend(undo);
        done
    }
}

impl Deref for Transaction<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        let Some(before) = self.before.take() else { return };
        if self.has_written() {
            self.world.security.forget();
        }
        while let Some(undo) = self.undo.pop() {
            self.world.records.undo(undo);
        }
        if let Some(settings) = before.settings {
            self.world.secured_columns = OnceLock::new();
            self.world.settings = settings;
        }
        if let Some(directory) = before.directory {
            self.world.directory = directory;
        }
        self.world.clock = before.clock;
        self.world.ids = before.ids;
        self.world.findings = Derived::default();
        self.world.version = before.version;
    }
}
