//! A world that is read and written at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::{Transaction, World};

/// One organization's current world: many readers, one writer.
///
/// The writer owns its copy alone and changes it in place. What readers see is published when the first of them
/// asks after a write: a run of writes costs no copying, and a reader pays the few reference counts of one clone.
/// Whoever writes long (see [`Writer::publish`]) publishes first, so that readers have the last finished world to go
/// on with and wait for nobody.
#[derive(Debug)]
pub struct Live {
    writer: Mutex<World>,
    published: ArcSwap<World>,
    /// Whether the writer's world is ahead of the published one.
    ahead: AtomicBool,
}

impl Live {
    /// Starts from a world.
    pub fn new(world: World) -> Self {
        let published = ArcSwap::from_pointee(world.clone());
        Self { writer: Mutex::new(world), published, ahead: AtomicBool::new(false) }
    }

    /// The newest committed world, to read from as long as one likes.
    pub fn read(&self) -> Arc<World> {
        if self.ahead.load(Ordering::Acquire) {
            self.publish();
        }
        self.published.load_full()
    }

    /// Shows readers the newest committed world now.
    pub fn publish(&self) {
        let writer = self.lock();
        self.publish_locked(&writer);
    }

    /// Runs `change` in a transaction: its changes are kept if it returns `Ok`, and none of them otherwise.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn write<T, E>(&self, change: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut writer = self.writer();
        let mut transaction = writer.transaction();
        let result = change(&mut transaction)?;
        transaction.commit();
        Ok(result)
    }

    /// Becomes the one writer; waits while another is.
    pub fn writer(&self) -> Writer<'_> {
        Writer { live: self, world: self.lock(), has_begun: false }
    }

    /// Puts another world in the place of this one.
    pub fn replace(&self, world: World) {
        let mut writer = self.lock();
        *writer = world;
        self.publish_locked(&writer);
    }

    fn publish_locked(&self, writer: &World) {
        self.published.store(Arc::new(writer.clone()));
        self.ahead.store(false, Ordering::Release);
    }

    /// A panic in a change has already been undone by the transaction's drop, so a poisoned lock is sound.
    fn lock(&self) -> MutexGuard<'_, World> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub struct Writer<'l> {
    live: &'l Live,
    world: MutexGuard<'l, World>,
    has_begun: bool,
}

impl Writer<'_> {
    /// Begins a change set.
    pub fn transaction(&mut self) -> Transaction<'_> {
        self.has_begun = true;
        Transaction::begin(&mut self.world)
    }

    /// The world as it is, whether readers see it already or not.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Shows readers what is committed so far, so that they need not wait for a long write that follows.
    pub fn publish(&mut self) {
        self.live.publish_locked(&self.world);
    }
}

impl Drop for Writer<'_> {
    /// Before the lock is let go: from here on a reader asks for what was written. Until here it has the world
    /// published last to go on with.
    fn drop(&mut self) {
        if self.has_begun {
            self.live.ahead.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clock;
    use crate::ids::IdSource;
    use crate::model::{Catalogue, Record};
    use crate::settings::Settings;
    use crate::world::Identity;

    fn world() -> World {
        let identity = Identity {
            unique_name: "test".into(),
            friendly_name: "Test".into(),
            organization_id: Uuid::nil(),
            root_business_unit: Uuid::nil(),
            tenant_id: Uuid::nil(),
            system_user: Uuid::nil(),
            integration_user: Uuid::nil(),
            default_caller: Uuid::nil(),
        };
        World::new(
            Arc::new(Catalogue::embedded()),
            identity,
            Settings::default(),
            Clock::default(),
            IdSource::seeded(1),
        )
    }

    fn named(world: &World, name: &str) -> Record {
        [(world.known().businessunit.name, name.into())].into_iter().collect()
    }

    #[test]
    fn a_reader_keeps_its_world_and_the_next_one_sees_the_write() {
        let live = Live::new(world());
        let before = live.read();
        let unit = before.known().businessunit.id;
        let id = live
            .write(|tx| {
                let id = tx.next_id();
                let record = named(tx, "Sales");
                tx.insert(unit, id, &record);
                Ok::<_, ()>(id)
            })
            .unwrap();
        assert!(before.records().table(unit).get(id).is_none());
        assert!(live.read().records().table(unit).get(id).is_some());
    }

    #[test]
    fn a_refused_change_leaves_nothing_behind() {
        let live = Live::new(world());
        let (unit, id) = live
            .write(|tx| {
                let unit = tx.known().businessunit.id;
                let id = tx.next_id();
                let record = named(tx, "Sales");
                tx.insert(unit, id, &record);
                Ok::<_, ()>((unit, id))
            })
            .unwrap();
        let before = live.read();
        let refused = live.write(|tx| {
            let record = named(tx, "Renamed");
            assert!(tx.replace(unit, id, &record));
            let other = tx.next_id();
            tx.insert(unit, other, &record);
            assert!(tx.remove(unit, id));
            tx.settings_mut().licenses = 0;
            Err::<(), _>("no")
        });
        assert_eq!(refused, Err("no"));
        let after = live.read();
        assert_eq!(after.version(), before.version());
        assert_eq!(after.settings(), before.settings());
        let table = after.records().table(unit);
        assert_eq!(table.len(), 1);
        assert_eq!(table.get(id).unwrap().get(after.known().businessunit.name).as_str(), Some("Sales"));
        assert_eq!(table.get(id).unwrap().version(), before.version());
    }

    #[test]
    fn a_reader_does_not_wait_for_a_write_that_published_first() {
        let live = Live::new(world());
        let unit = live.read().known().businessunit.id;
        let add = |tx: &mut Transaction<'_>| {
            let (id, record) = (tx.next_id(), named(tx, "Sales"));
            tx.insert(unit, id, &record);
        };
        let mut first = live.writer();
        let mut tx = first.transaction();
        add(&mut tx);
        tx.commit();
        drop(first);
        let mut long = live.writer();
        long.publish();
        let mut tx = long.transaction();
        add(&mut tx);
        // The writer still holds the lock: had this reader to wait, the test would never end.
        assert_eq!(live.read().records().table(unit).len(), 1);
        tx.commit();
        drop(long);
        assert_eq!(live.read().records().table(unit).len(), 2);
    }
}
