//! The organizations of one emulator: what each is now, where it started, its snapshots, and what it was asked.

mod coverage;
mod requests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jiff::SignedDuration;
use uuid::Uuid;

use coverage::{Counted, Known};

pub use coverage::{Coverage, Covered, Language, PartCovered, RouteCovered, RuleCovered};
pub use requests::{Expected, Near, Since, Verdict, Wanted};

use crate::clock::Clock;
use crate::fault::Fault;
use crate::identity::{Caller, Credentials, Sessions, authenticate};
use crate::ids::RequestIds;
use crate::inject::{Injections, Listed as Injection, Plan};
use crate::journal::{Journal, Observed};
use crate::model::Catalogue;
use crate::rules;
pub use crate::rules::explain::Explanation;
pub use crate::rules::ledger::Ledger;
use crate::rules::provisioning;
pub use crate::rules::provisioning::{Applied, Pending, Tenant, TenantError};
use crate::rules::sign_in;
pub use crate::rules::sign_in::{Area, Shell, SignedIn};
use crate::rules::wizard;
pub use crate::rules::wizard::{Figures, Form, Made};
pub use crate::rules::{Listed, documented};
use crate::scenario::{Options, Scenario};
pub use crate::security::AccessRights;
use crate::service::access;
pub use crate::service::access::Access;
use crate::service::columns::complete_administrators_profile;
use crate::service::{Note, Service};
use crate::settings::{Era, Settings};
use crate::world::{Live, World, Writer};

/// All organizations of one emulator. Two hosts share nothing.
#[derive(Debug)]
pub struct Host {
    /// Rules and messages.
    pub service: Service,
    /// Ids of requests and boundaries.
    pub request_ids: RequestIds,
    /// Who has signed in at the pages.
    pub sessions: Sessions,
    catalogue: Arc<Catalogue>,
    organizations: DashMap<Box<str>, Arc<Organization>>,
    default: Arc<Organization>,
    start: Mutex<Start>,
}

/// What a new organization starts from.
#[derive(Debug, Clone)]
pub struct Start {
    /// The switches.
    pub settings: Settings,
    /// The clock.
    pub clock: Clock,
    /// Makes ids reproducible.
    pub seed: Option<u64>,
    /// What it holds.
    pub scenario: Scenario,
}

/// A question about access.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Who.
    pub user: Uuid,
    /// Logical name of the table.
    pub table: &'q str,
    /// The row, where it is about one.
    pub row: Option<Uuid>,
    /// The right.
    pub right: AccessRights,
}

/// One organization.
#[derive(Debug)]
pub struct Organization {
    name: Box<str>,
    live: Live,
    /// When the next job of the tenant is due, in microseconds since 1970; `i64::MAX` where there is none.
    due: AtomicI64,
    /// What a reset brings back.
    origin: Mutex<World>,
    snapshots: Mutex<BTreeMap<String, World>>,
    /// What is not part of its state: no reset and no snapshot changes it.
    journal: Journal,
    injections: Injections,
    counted: Mutex<Counted>,
}

/// Why an organization could not be made or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// There is no organization of that name.
    Unknown(String),
    /// There is one already.
    Taken(String),
    /// The name cannot stand in an address.
    BadName(String),
    /// The default organization cannot be deleted.
    IsDefault(String),
    /// The scenario cannot be built: the sentence says why.
    BadScenario(String),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "there is no organization '{name}'"),
            Self::Taken(name) => write!(f, "there is an organization '{name}' already"),
            Self::BadName(name) => write!(
                f,
                "'{name}' cannot name an organization; a name has 1 to 63 lower-case letters, digits, '-' and '_', \
                 begins with a letter or digit, and is no first part of another address (api, graph, main, ...)"
            ),
            Self::IsDefault(name) => {
                write!(f, "'{name}' is the default organization, which cannot be deleted")
            }
            Self::BadScenario(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for HostError {}

impl Host {
    /// A host with its default organization.
    ///
    /// # Errors
    ///
    /// When the name is unfit or the scenario cannot be built.
    pub fn new(service: Service, default: &str, start: Start) -> Result<Self, HostError> {
        let catalogue = Arc::new(Catalogue::embedded());
        check_name(default)?;
        let organization = Arc::new(Organization::new(default, build(&catalogue, default, &start)?));
        let organizations = DashMap::new();
        organizations.insert(default.into(), Arc::clone(&organization));
        let request_ids = start.seed.map_or_else(RequestIds::random, RequestIds::seeded);
        Ok(Self {
            service,
            request_ids,
            sessions: Sessions::new(),
            catalogue,
            organizations,
            default: organization,
            start: Mutex::new(start),
        })
    }

    /// The tables of all organizations.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The organization of addresses that name none.
    pub fn default_organization(&self) -> &Arc<Organization> {
        &self.default
    }

    /// The organization of a name, without regard to case.
    pub fn organization(&self, name: &str) -> Option<Arc<Organization>> {
        let found = self.organizations.get(name).map(|entry| Arc::clone(&entry));
        found.or_else(|| {
            let lower = name.to_ascii_lowercase();
            self.organizations.get(lower.as_str()).map(|entry| Arc::clone(&entry))
        })
    }

    /// All organizations, by name.
    pub fn organizations(&self) -> Vec<Arc<Organization>> {
        let mut all: Vec<_> = self.organizations.iter().map(|entry| Arc::clone(&entry)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// What new organizations start from.
    pub fn start(&self) -> Start {
        self.start.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the clock that new organizations start with.
    pub fn set_start_clock(&self, clock: Clock) {
        self.start.lock().unwrap_or_else(PoisonError::into_inner).clock = clock;
    }

    /// Makes an organization from a scenario.
    ///
    /// # Errors
    ///
    /// When the name is unfit or taken, or the scenario cannot be built.
    pub fn create(&self, name: &str, start: &Start) -> Result<Arc<Organization>, HostError> {
        check_name(name)?;
        if self.organizations.contains_key(name) {
            return Err(HostError::Taken(name.to_owned()));
        }
        self.add(name, self.build(name, start)?)
    }

    /// Builds what an organization of this name would start from, without making it.
    ///
    /// # Errors
    ///
    /// When the scenario cannot be built.
    pub fn build(&self, name: &str, start: &Start) -> Result<World, HostError> {
        build(&self.catalogue, name, start)
    }

    /// Makes an organization that starts as another one is now. Costs the same at ten rows and at a million.
    ///
    /// # Errors
    ///
    /// When the name is unfit or taken.
    pub fn fork(&self, from: &Organization, name: &str) -> Result<Arc<Organization>, HostError> {
        check_name(name)?;
        let mut world = from.live.read().branch();
        world.rename(name);
        self.add(name, world)
    }

    /// A throw-away copy of an organization: nobody can address it, and it is gone when it is dropped. Costs the
    /// same at ten rows and at a million.
    pub fn detached(&self, from: &Organization) -> Organization {
        Organization::new(&from.name, from.live.read().branch())
    }

    /// Sets the clock of every organization, and the one that new organizations start with.
    pub fn set_clock(&self, clock: Clock) {
        self.set_start_clock(clock);
        for organization in self.organizations() {
            self.set_clock_of(&organization, clock);
        }
    }

    /// Moves the clock of every organization forward, and the one that new organizations start with.
    pub fn advance(&self, by: SignedDuration) {
        self.set_start_clock(self.start().clock.advanced(by));
        for organization in self.organizations() {
            self.advance_clock_of(&organization, by);
        }
    }

    /// Sets the clock of an organization, and does what falls due by it.
    pub fn set_clock_of(&self, organization: &Organization, clock: Clock) {
        self.change_clock(organization, |_| clock);
    }

    /// Moves the clock of an organization forward, and does what falls due on the way, each at its instant.
    pub fn advance_clock_of(&self, organization: &Organization, by: SignedDuration) {
        self.change_clock(organization, |clock| clock.advanced(by));
    }

    fn change_clock(&self, organization: &Organization, change: impl FnOnce(Clock) -> Clock) {
        let mut writer = organization.live.writer();
        let mut transaction = writer.transaction();
        let clock = change(transaction.clock());
        transaction.set_clock(clock);
        transaction.commit();
        self.run_due(organization, &mut writer);
    }

    /// Why a user is as it is and what could become of it, as the default caller may ask for it; `None` where there is
    /// no such user.
    pub fn explain(&self, organization: &Organization, user: Uuid) -> Option<Explanation> {
        let world = organization.read();
        let caller = Caller::user(world.identity().default_caller);
        rules::explain(&world, self.service.registry(), caller, user)
    }

    /// Whether a user may use a right on rows of a table, or on one of them, and why; `None` where there is no such user
    /// or row.
    pub fn explain_access(&self, organization: &Organization, question: &Question<'_>) -> Option<Access> {
        let world = organization.read();
        let table = world.catalogue().table_named(question.table)?;
        access::explain(&world, question.user, table, question.row, question.right)
    }

    /// Runs the New User wizard: all users of the form, or none. Where nobody says who asks, it is the default caller.
    ///
    /// # Errors
    ///
    /// What the wizard refuses (U20 to U25), and what is refused to whoever asks.
    pub fn run_wizard(
        &self,
        organization: &Organization,
        credentials: Option<&Credentials<'_>>,
        form: &Form,
    ) -> Result<(Vec<Made>, Vec<Note>), Fault> {
        self.service.write(&organization.live, |session| {
            let world = session.world();
            let caller = match credentials {
                Some(credentials) => authenticate(world, credentials)?,
                None => Caller::user(world.identity().default_caller),
            };
            access::admit(world, &caller)?;
            wizard::run(session, caller, form)
        })
    }

    /// Changes the tenant of an organization: all of it, or nothing. What CRM learns of at once, it has learned of when
    /// this returns.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn change_tenant<T, E>(
        &self,
        organization: &Organization,
        change: impl FnOnce(&mut Tenant<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = organization.live.writer();
        // What can still be restored, say, depends on what was due before.
        self.run_due(organization, &mut writer);
        let (done, _) = self.service.write_as(&mut writer, |session| change(&mut Tenant::new(session)))?;
        self.run_due(organization, &mut writer);
        Ok(done)
    }

    /// CRM learns at once of what waits in the tenant: of all of it, or of what happened to one account (D11). Tells what
    /// it has learned.
    pub fn synchronise(&self, organization: &Organization, account: Option<Uuid>) -> Vec<Applied> {
        self.hasten(organization, account, &mut organization.live.writer())
    }

    fn hasten(
        &self,
        organization: &Organization,
        account: Option<Uuid>,
        writer: &mut Writer<'_>,
    ) -> Vec<Applied> {
        let mut transaction = writer.transaction();
        let now = transaction.now();
        transaction.directory_mut().hasten(account, now);
        transaction.commit();
        self.run_due(organization, writer)
    }

    /// Somebody is about to act for the user of an account: in Dataverse CRM learns of what waits of it first (D11).
    pub fn meet(&self, organization: &Organization, account: Uuid) {
        let world = organization.live.read();
        let waits = || world.directory().waiting_of(account).next().is_some();
        if world.settings().era == Era::Dataverse && waits() {
            self.synchronise(organization, Some(account));
        }
    }

    /// Signs somebody in at the web client by a name. CRM learns of what waits of the account first (D11).
    ///
    /// # Errors
    ///
    /// W1 to W9.
    pub fn sign_in(&self, organization: &Organization, name: &str) -> Result<SignedIn, Fault> {
        let mut writer = organization.live.writer();
        if let Some(account) = provisioning::account_of(writer.world(), name.trim()) {
            self.hasten(organization, Some(account), &mut writer);
            let done =
                self.service.write_as(&mut writer, |session| provisioning::just_in_time(session, account));
            if let Err(fault) = done {
                tracing::warn!(%fault, %account, "an account that signs in could not be brought up to date");
            }
        }
        sign_in::sign_in(writer.world(), name)
    }

    /// Changes the switches of an organization: all of `change`, or nothing. What follows in users whom another security
    /// group lets in or keeps out (D8) is done when this returns, if it is due.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn change_settings<E>(
        &self,
        organization: &Organization,
        change: impl FnOnce(&World) -> Result<Settings, E>,
    ) -> Result<Settings, E> {
        let mut writer = organization.live.writer();
        self.run_due(organization, &mut writer);
        let mut transaction = writer.transaction();
        let settings = change(&transaction)?;
        provisioning::change_settings(&mut transaction, settings.clone());
        complete_administrators_profile(&mut transaction);
        transaction.commit();
        self.run_due(organization, &mut writer);
        Ok(settings)
    }

    /// Does what has fallen due since somebody looked at the organization last. Costs next to nothing where nothing
    /// waits.
    pub fn catch_up(&self, organization: &Organization) {
        let due = organization.due.load(Ordering::Acquire);
        if due != i64::MAX && organization.live.read().now().as_microsecond() >= due {
            self.run_due(organization, &mut organization.live.writer());
        }
    }

    fn run_due(&self, organization: &Organization, writer: &mut Writer<'_>) -> Vec<Applied> {
        let applied = provisioning::run_due(&self.service, writer);
        organization.due.store(due_of(writer.world()), Ordering::Release);
        applied
    }

    /// Records a request to an organization and its answer, and counts what it touched. `keep` is the organization's
    /// switch `journal`. Answers the number of the entry.
    pub fn record(&self, organization: &Organization, observed: &Observed<'_>, keep: usize) -> u64 {
        let rules = observed.head.rules();
        if !rules.is_empty() {
            lock(&organization.counted).rules(rules);
        }
        let recorded = organization.journal.record(observed, keep);
        if recorded.has_many_shapes {
            let world = organization.read();
            let shapes = organization.journal.take_shapes();
            lock(&organization.counted).shapes(&shapes, self.known(organization, &world));
        }
        recorded.id
    }

    /// What the requests to an organization have touched so far, and what they have not.
    pub fn coverage(&self, organization: &Organization) -> Coverage {
        let world = organization.read();
        let known = self.known(organization, &world);
        let mut counted = lock(&organization.counted);
        counted.shapes(&organization.journal.take_shapes(), known);
        counted.told(known)
    }

    fn known<'k>(&'k self, organization: &'k Organization, world: &'k World) -> Known<'k> {
        Known {
            catalogue: world.catalogue(),
            registry: self.service.registry(),
            organization: &organization.name,
        }
    }

    /// Plans trouble for an organization.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the plan.
    pub fn inject(&self, organization: &Organization, plan: Plan) -> Result<Injection, String> {
        let criteria = organization.criteria(&plan.matcher)?;
        // As many bits as every reader of JSON takes for a whole number.
        let seed = self.request_ids.next_id().as_u64_pair().0 & ((1 << 53) - 1);
        organization.injections.add(plan, criteria, seed)
    }

    /// Forgets an organization.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it is the default one.
    pub fn delete(&self, name: &str) -> Result<(), HostError> {
        if *self.default.name == *name {
            return Err(HostError::IsDefault(name.to_owned()));
        }
        self.organizations.remove(name).map(drop).ok_or_else(|| HostError::Unknown(name.to_owned()))
    }

    fn add(&self, name: &str, world: World) -> Result<Arc<Organization>, HostError> {
        match self.organizations.entry(name.into()) {
            Entry::Occupied(_) => Err(HostError::Taken(name.to_owned())),
            Entry::Vacant(place) => {
                let organization = Arc::new(Organization::new(name, world));
                place.insert(Arc::clone(&organization));
                Ok(organization)
            }
        }
    }
}

fn build(catalogue: &Arc<Catalogue>, name: &str, start: &Start) -> Result<World, HostError> {
    let options = Options {
        unique_name: name.to_owned(),
        settings: start.settings.clone(),
        clock: start.clock,
        seed: start.seed,
    };
    start.scenario.build(catalogue, &options).map_err(HostError::BadScenario)
}

/// A name stands in paths and in host names: lower-case letters, digits, `-` and `_`, a letter or digit first, at
/// most 63 of them, and none that an address of the emulator begins with.
fn check_name(name: &str) -> Result<(), HostError> {
    const RESERVED: &[&str] =
        &["api", "graph", "main", "adminportal", "signin", "signout", "localhost", "common", "organizations"];
    let fits = (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        && name.as_bytes()[0].is_ascii_alphanumeric()
        && !RESERVED.contains(&name);
    if fits { Ok(()) } else { Err(HostError::BadName(name.to_owned())) }
}

impl Organization {
    fn new(name: &str, world: World) -> Self {
        let due = due_of(&world).into();
        Self {
            name: name.into(),
            origin: Mutex::new(world.branch()),
            live: Live::new(world),
            due,
            snapshots: Mutex::default(),
            journal: Journal::default(),
            injections: Injections::default(),
            counted: Mutex::default(),
        }
    }

    /// The unique name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether something waits in its tenant for its time to come. Costs next to nothing.
    pub fn has_jobs(&self) -> bool {
        self.due.load(Ordering::Acquire) != i64::MAX
    }

    /// The organization as it is now, to read and to write.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Planned trouble.
    pub fn injections(&self) -> &Injections {
        &self.injections
    }

    /// Begins the counts of coverage anew.
    pub fn clear_coverage(&self) {
        let mut counted = lock(&self.counted);
        *counted = Counted::default();
        drop(self.journal.take_shapes());
    }

    /// The newest committed world.
    pub fn read(&self) -> Arc<World> {
        self.live.read()
    }

    /// How many users there are; costs the same at any size.
    pub fn users(&self) -> usize {
        let world = self.live.read();
        world.records().table(world.known().systemuser.id).len()
    }

    /// The licences: purchased, used, and the verdict on every user.
    pub fn ledger(&self) -> Ledger {
        rules::ledger(&self.live.read())
    }

    /// What happened in the tenant and CRM has not learned of, in the order it will.
    pub fn pending(&self) -> Vec<Pending> {
        provisioning::pending(&self.live.read())
    }

    /// The account that an object id or a sign-in name means, be it deleted.
    pub fn account_of(&self, name: &str) -> Option<Uuid> {
        provisioning::account_of(&self.live.read(), name.trim())
    }

    /// The user with a sign-in name.
    pub fn user_named(&self, name: &str) -> Option<Uuid> {
        crate::identity::user_named(&self.read(), name)
    }

    /// What the New User wizard shows before it is filled in (U24).
    pub fn wizard_figures(&self) -> Figures {
        wizard::figures(&self.live.read())
    }

    /// Back to the scenario it was created with, or to its fork point.
    pub fn reset(&self) {
        self.replace(lock(&self.origin).branch());
    }

    /// Puts another world in place, which a later reset brings back.
    pub fn import(&self, world: World) {
        *lock(&self.origin) = world.branch();
        self.replace(world);
    }

    fn replace(&self, world: World) {
        self.due.store(due_of(&world), Ordering::Release);
        self.live.replace(world);
    }

    /// Keeps the world of now under a name; replaces what had the name.
    pub fn save(&self, snapshot: &str) {
        let world = self.live.read().branch();
        lock(&self.snapshots).insert(snapshot.to_owned(), world);
    }

    /// Brings a snapshot back; `false` where there is none of that name.
    pub fn restore(&self, snapshot: &str) -> bool {
        let world = lock(&self.snapshots).get(snapshot).map(World::branch);
        world.map(|world| self.replace(world)).is_some()
    }

    /// Forgets a snapshot; `false` where there is none of that name.
    pub fn forget(&self, snapshot: &str) -> bool {
        lock(&self.snapshots).remove(snapshot).is_some()
    }

    /// The names of the snapshots with the version each was taken at.
    pub fn snapshots(&self) -> Vec<(String, u64)> {
        lock(&self.snapshots).iter().map(|(name, world)| (name.clone(), world.version())).collect()
    }
}

/// When the next job of a tenant is due, in microseconds since 1970; `i64::MAX` where there is none.
fn due_of(world: &World) -> i64 {
    world.directory().next_due().map_or(i64::MAX, jiff::Timestamp::as_microsecond)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
