//! Users with what comes with each of them: a queue of its own (U50), settings (U52), membership of its business
//! unit's default team (T1), as `rules/users/side_effects.rs` makes them for a user who is created. Everything that has to be looked up is looked up once, for a scenario may make a
//! million of them.

use std::collections::HashMap;

use uuid::Uuid;

use super::builder::{Builder, table};
use crate::model::{Catalogue, ColumnId, Known, Record, Reference, Table, Value};
use crate::world::Transaction;

/// What is looked up once.
pub(super) struct People {
    known: Known,
    queue: QueueColumns,
    odb_folder: ColumnId,
    /// The default team of each business unit.
    pub(super) default_teams: HashMap<Uuid, Uuid>,
}

struct QueueColumns {
    modes: Vec<(ColumnId, Value)>,
    owninguser: ColumnId,
    owningteam: ColumnId,
    owningbusinessunit: ColumnId,
}

/// What a queue's choices are at first: no e-mail comes in or goes out of it.
const QUEUE: &[&str] =
    &["incomingemaildeliverymethod", "incomingemailfilteringmethod", "outgoingemaildeliverymethod"];

/// What a queue's name takes.
const LONGEST_NAME: usize = 200;

/// What a user gets beside its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    /// As every user does: with queue, settings and membership.
    Whole,
    /// As SYSTEM and INTEGRATION do: with nothing.
    Bare,
}

impl People {
    pub(super) fn new(catalogue: &Catalogue) -> Result<Self, String> {
        let queue = table(catalogue, "queue")?;
        Ok(Self {
            known: catalogue.known().clone(),
            queue: QueueColumns {
                modes: QUEUE
                    .iter()
                    .map(|name| Ok((column(queue, name)?, Value::Int(0))))
                    .collect::<Result<_, String>>()?,
                owninguser: column(queue, "owninguser")?,
                owningteam: column(queue, "owningteam")?,
                owningbusinessunit: column(queue, "owningbusinessunit")?,
            },
            odb_folder: column(table(catalogue, "systemuser")?, "defaultodbfoldername")?,
            default_teams: HashMap::new(),
        })
    }
}

fn column(table: &Table, name: &str) -> Result<ColumnId, String> {
    table.column_id(name).ok_or_else(|| format!("the table {} has no column '{name}'", table.logical_name))
}

impl People {
    /// Adds a completed user with what comes with it. The records here leave defaults out.
    pub(super) fn add(
        &self,
        transaction: &mut Transaction<'_>,
        companions: &mut Companions,
        id: Uuid,
        user: &mut Record,
        comes: Comes,
    ) {
        let known = &self.known;
        if comes == Comes::Bare {
            transaction.create(known.systemuser.id, id, user);
            return;
        }
        companions.move_to(self, user.get(known.systemuser.businessunitid).as_id());
        let person = Reference::new(known.systemuser.id, id);
        let given = user.get(known.systemuser.queueid).as_id();
        let queue = given.unwrap_or_else(|| transaction.next_id());
        user.set(known.systemuser.queueid, Reference::new(known.queue.id, queue));
        transaction.create(known.systemuser.id, id, user);
        if given.is_none() {
            let name = user.get(known.systemuser.fullname).as_str().unwrap_or_default();
            let end = name.char_indices().nth(LONGEST_NAME - 2).map_or(name.len(), |(end, _)| end);
            companions.queue.set(known.queue.name, ["<", &name[..end], ">"].concat());
            companions.queue.set(known.queue.ownerid, person);
            companions.queue.set(known.queue.primaryuserid, person);
            companions.queue.set(self.queue.owninguser, person);
            transaction.create(known.queue.id, queue, &companions.queue);
        }
        transaction.create(known.usersettings.id, id, &companions.settings);
        if let Some(team) = companions.team {
            companions.membership.set(known.teammembership.teamid, team);
            companions.membership.set(known.teammembership.systemuserid, id);
            let membership = transaction.next_id();
            transaction.create(known.teammembership.id, membership, &companions.membership);
        }
    }
}

/// The rows beside a user's row, ready to be filled with what differs from user to user.
pub(super) struct Companions {
    queue: Record,
    settings: Record,
    membership: Record,
    unit: Option<Uuid>,
    team: Option<Uuid>,
}

impl Builder {
    /// Rows beside users, with everything that is the same for all of them.
    pub(super) fn companions(&self) -> Companions {
        let known = &self.people.known;
        let mut queue: Record = self.people.queue.modes.iter().cloned().collect();
        queue.set(known.queue.queueviewtype, 1);
        let owner = Reference::new(known.systemuser.id, self.world.identity().default_caller);
        queue.set(known.queue.ownerid, owner);
        queue.set(self.people.queue.owninguser, owner);
        self.complete(self.catalogue.table(known.queue.id), &mut queue);
        let mut settings = Record::new();
        self.complete(self.catalogue.table(known.usersettings.id), &mut settings);
        queue.drop_defaults(&self.catalogue.table(known.queue.id).defaults);
        settings.drop_defaults(&self.catalogue.table(known.usersettings.id).defaults);
        Companions { queue, settings, membership: Record::new(), unit: None, team: None }
    }

    /// Columns of users that no metadata fills in.
    pub(super) fn complete_user(&self, user: &mut Record) {
        let known = &self.people.known.systemuser;
        user.set_default(known.userlicensetype, -1);
        user.set_default(self.people.odb_folder, "CRM");
        self.complete(self.catalogue.table(known.id), user);
    }

    /// Adds a completed user with what comes with it.
    pub(super) fn add_person(
        &mut self,
        companions: &mut Companions,
        id: Uuid,
        user: &mut Record,
        comes: Comes,
    ) {
        let Self { world, people, .. } = self;
        let mut transaction = Transaction::begin(world);
        people.add(&mut transaction, companions, id, user, comes);
        transaction.commit();
    }

    /// Adds a queue of a team (T3); the team's row then names it.
    pub(super) fn add_team_queue(&mut self, id: Uuid, name: &str, team: Uuid, unit: Uuid) {
        let known = &self.people.known;
        let (queues, teams) = (known.queue.id, known.team.id);
        let mut record = self.companions().queue;
        let owner = Reference::new(teams, team);
        let unit = Reference::new(known.businessunit.id, unit);
        record.set(known.queue.name, format!("<{name}>"));
        record.set(known.queue.ownerid, owner);
        record.remove(self.people.queue.owninguser);
        record.set(self.people.queue.owningteam, owner);
        record.set(self.people.queue.owningbusinessunit, unit);
        let mut transaction = self.change();
        transaction.create(queues, id, &record);
        transaction.commit();
    }
}

impl Companions {
    /// From here on, users of this business unit.
    fn move_to(&mut self, people: &People, unit: Option<Uuid>) {
        if self.unit == unit && unit.is_some() {
            return;
        }
        self.unit = unit;
        self.team = unit.and_then(|unit| people.default_teams.get(&unit).copied());
        let Some(id) = unit else { return };
        let reference = Reference::new(people.known.businessunit.id, id);
        self.queue.set(people.queue.owningbusinessunit, reference);
        self.settings.set(people.known.usersettings.businessunitid, id);
    }
}
