//! The whole state of one organization as one value.
//!
//! A [`World`] is read through shared references and never changes under its reader. A write goes through a
//! [`Transaction`], which changes the writer's own copy in place and takes everything back unless it commits.
//! [`Live`] holds the writer's copy and the one readers see. A clone costs a few reference counts whatever the
//! world holds; snapshot, fork, restore, reset and what-if are clones.

mod live;
mod transaction;

use std::any::Any;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use uuid::Uuid;

pub use live::{Live, Writer};
pub use transaction::Transaction;

use crate::clock::Clock;
use crate::directory::Directory;
use crate::ids::IdSource;
use crate::model::{Catalogue, Derived, Known};
use crate::security::{self, SecuredColumns};
use crate::settings::Settings;
use crate::store::{Patterns, Records};

/// The state of one organization.
#[derive(Debug, Clone)]
pub struct World {
    catalogue: Arc<Catalogue>,
    records: Records,
    settings: Arc<Settings>,
    clock: Clock,
    ids: IdSource,
    directory: Arc<Directory>,
    identity: Arc<Identity>,
    version: u64,
    findings: Derived,
    patterns: Patterns,
    security: security::Cache,
    secured_columns: OnceLock<Arc<SecuredColumns>>,
}

/// Who the organization is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The unique name, as it stands in addresses.
    pub unique_name: String,
    /// The name people read.
    pub friendly_name: String,
    /// Primary key of the one row of `organization`.
    pub organization_id: Uuid,
    /// The business unit without a parent.
    pub root_business_unit: Uuid,
    /// The Office 365 tenant.
    pub tenant_id: Uuid,
    /// The user SYSTEM, on whose behalf the system acts.
    pub system_user: Uuid,
    /// The user INTEGRATION.
    pub integration_user: Uuid,
    /// Who calls when nobody says who calls.
    pub default_caller: Uuid,
}

/// Row versions start here, as those of a new organization do not start at one either.
const FIRST_VERSION: u64 = 1_000_000;

impl World {
    /// An organization without rows.
    pub fn new(
        catalogue: Arc<Catalogue>,
        identity: Identity,
        settings: Settings,
        clock: Clock,
        ids: IdSource,
    ) -> Self {
        let records = Records::new(&catalogue);
        Self {
            catalogue,
            records,
            settings: Arc::new(settings),
            clock,
            ids,
            directory: Arc::default(),
            identity: Arc::new(identity),
            version: FIRST_VERSION,
            findings: Derived::default(),
            patterns: Patterns::default(),
            security: security::Cache::default(),
            secured_columns: OnceLock::new(),
        }
    }

    /// What somebody found out about rows that are there, if it was kept.
    pub fn found<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.findings.peek()
    }

    /// Keeps what was found out about rows that are there, until one of them is changed or goes; that another is
    /// created must not make it wrong. Of each type the first is kept. A copy of the world finds out anew.
    pub fn keep<T: Any + Clone + Send + Sync>(&self, finding: T) {
        self.findings.get(|| finding.clone());
    }

    /// The tables.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// The tables and columns that rules name.
    pub fn known(&self) -> &Known {
        self.catalogue.known()
    }

    /// Who may do what.
    pub fn security(&self) -> &security::Cache {
        &self.security
    }

    /// What the security model reads.
    pub fn security_rows(&self) -> security::Rows<'_> {
        security::Rows { catalogue: &self.catalogue, records: &self.records }
    }

    /// The columns that field security covers.
    pub fn secured_columns(&self) -> &SecuredColumns {
        self.secured_columns.get_or_init(|| Arc::new(SecuredColumns::of(&self.catalogue, &self.settings)))
    }

    /// The rows.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The switches.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The tenant.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Who the organization is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The id made last, after which the next ones go on.
    pub fn last_id(&self) -> Uuid {
        self.ids.last()
    }

    /// The version of the newest row; grows with every write.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A copy that goes its own way, beside this one: what either finds out about its users is not the other's.
    #[must_use]
    pub fn branch(&self) -> Self {
        Self { security: security::Cache::default(), ..self.clone() }
    }

    /// The same world with another unique name, as a fork has.
    pub fn rename(&mut self, unique_name: &str) {
        unique_name.clone_into(&mut Arc::make_mut(&mut self.identity).unique_name);
    }
}
