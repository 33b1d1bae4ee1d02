//! A handle on one organization of a running emulator.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::EmulatorError;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::hosting::{
    Applied, Coverage, Expected, Host, Ledger, Organization, Pending, SignedIn, Tenant, Verdict, Wanted,
};
use crate::inject::Plan;
use crate::journal::{Exchange, Matcher};
use crate::protocol::http::Front;
use crate::security::SecuredColumns;
use crate::service::registry::Violation;
use crate::settings::Settings;
use crate::world::World;

/// One organization. Cheap to clone; the organization lives in its emulator until it is deleted.
#[derive(Debug, Clone)]
pub struct Org {
    front: Front,
    base: Arc<str>,
    organization: Arc<Organization>,
}

impl Org {
    pub(super) fn new(front: Front, base: Arc<str>, organization: Arc<Organization>) -> Self {
        Self { front, base, organization }
    }

    /// The unique name, as it stands in addresses.
    pub fn name(&self) -> &str {
        self.organization.name()
    }

    /// Where its Web API is, without a slash at the end: `http://127.0.0.1:5050/my_test/api/data/v9.2`.
    pub fn web_api_url(&self) -> String {
        format!("{}/{}/api/data/v9.2", self.base, self.name())
    }

    /// Makes an organization that starts as this one is now and changes on its own. Instant at any size.
    ///
    /// # Errors
    ///
    /// When the name is unfit or taken.
    pub fn fork(&self, name: &str) -> Result<Self, EmulatorError> {
        let organization = self.host().fork(&self.organization, name)?;
        Ok(Self { front: self.front.clone(), base: Arc::clone(&self.base), organization })
    }

    /// Back to the scenario it was created with, or to its fork point.
    pub fn reset(&self) {
        self.organization.reset();
    }

    /// Keeps the state of now under a name; replaces what had the name.
    pub fn save_snapshot(&self, name: &str) {
        self.organization.save(name);
    }

    /// Brings a snapshot back.
    #[must_use = "false says that there is no snapshot of that name"]
    pub fn restore_snapshot(&self, name: &str) -> bool {
        self.organization.restore(name)
    }

    /// The state of now, to read from as long as one likes.
    pub fn read(&self) -> Arc<World> {
        self.host().catch_up(&self.organization);
        self.organization.read()
    }

    /// The switches.
    pub fn settings(&self) -> Settings {
        self.read().settings().clone()
    }

    /// Sets a switch by its key, effective at once.
    ///
    /// # Errors
    ///
    /// When there is no such key or no such value; the sentence lists what there is.
    #[expect(clippy::needless_pass_by_value, reason = "a call reads best as set(\"licenses\", 3)")]
    pub fn set(&self, key: &str, value: impl ToString) -> Result<(), EmulatorError> {
        let set = |world: &World| {
            let mut settings = world.settings().clone();
            settings.set(key, &value.to_string())?;
            SecuredColumns::check(world.catalogue(), &settings)?;
            Ok(settings)
        };
        self.host().change_settings(&self.organization, set).map(drop).map_err(EmulatorError::Setting)
    }

    /// Changes the Office 365 tenant beside it: all of it, or nothing. CRM learns of it after the setting `sync_delay`.
    ///
    /// # Errors
    ///
    /// Whatever `change` returns.
    pub fn change_tenant<T, E>(
        &self,
        change: impl FnOnce(&mut Tenant<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.host().change_tenant(&self.organization, change)
    }

    /// CRM learns at once of everything that waits in the tenant; tells what that was, and what came of it.
    pub fn sync(&self) -> Vec<Applied> {
        self.host().synchronise(&self.organization, None)
    }

    /// What happened in the tenant and CRM has not learned of, in the order it will.
    pub fn pending(&self) -> Vec<Pending> {
        self.host().catch_up(&self.organization);
        self.organization.pending()
    }

    /// Signs somebody in at the web client by a name, as a browser would.
    ///
    /// # Errors
    ///
    /// The refusal that a page would show (W1 to W9).
    pub fn sign_in(&self, name: &str) -> Result<SignedIn, Fault> {
        self.host().sign_in(&self.organization, name)
    }

    /// The licence ledger: purchased, consumed, and the verdict on every user with the rules behind it.
    pub fn licenses(&self) -> Ledger {
        self.host().catch_up(&self.organization);
        self.organization.ledger()
    }

    /// Everything that does not hold of it although some rule should have seen to it: nothing, unless the emulator
    /// itself is at fault or an imported document was.
    pub fn verify(&self) -> Vec<Violation> {
        self.host().service.registry().verify(&self.read())
    }

    /// What it was asked and what it answered, oldest first: the newest 10,000 requests, or as many as the switch
    /// `journal` says.
    pub fn requests(&self) -> Vec<Exchange> {
        // Nothing is asked that could be wrong.
        self.organization.requests(&Wanted::default()).unwrap_or_default()
    }

    /// As [`Org::requests`], but only those that are wanted.
    ///
    /// # Errors
    ///
    /// When the matcher cannot be read or names nobody's sign-in name.
    pub fn requests_like(&self, wanted: &Wanted) -> Result<Vec<Exchange>, EmulatorError> {
        self.organization.requests(wanted).map_err(EmulatorError::Invalid)
    }

    /// Forgets what it was asked.
    pub fn clear_requests(&self) {
        self.organization.clear_requests();
    }

    /// Whether it was asked as often as expected, and if not, by what it was missed.
    ///
    /// # Errors
    ///
    /// When the matcher cannot be read, or nothing is expected.
    pub fn verify_requests(&self, matcher: &Matcher, expected: Expected) -> Result<Verdict, EmulatorError> {
        self.organization.verify_requests(matcher, expected).map_err(EmulatorError::Invalid)
    }

    /// Plans trouble for its callers; answers the number of the injection.
    ///
    /// # Errors
    ///
    /// When the plan cannot be read, or does nothing.
    pub fn inject(&self, plan: Plan) -> Result<u64, EmulatorError> {
        let host = self.host();
        host.inject(&self.organization, plan).map(|made| made.id).map_err(EmulatorError::Invalid)
    }

    /// Takes all planned trouble away.
    pub fn clear_injections(&self) {
        self.organization.injections().clear();
    }

    /// Which rules, routes and operators the requests so far have touched, and which not.
    pub fn coverage(&self) -> Coverage {
        self.host().coverage(&self.organization)
    }

    /// The whole organization as one JSON document, which [`EmulatorBuilder::scenario`](super::EmulatorBuilder::scenario)
    /// reads from a file.
    pub fn export(&self) -> Vec<u8> {
        crate::scenario::export(&self.read())
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        self.read().now()
    }

    /// Moves its clock forward.
    pub fn advance_clock(&self, by: SignedDuration) {
        self.host().advance_clock_of(&self.organization, by);
    }

    /// Stops its clock at an instant.
    pub fn freeze_clock(&self, now: Timestamp) {
        self.host().set_clock_of(&self.organization, Clock::Manual { now });
    }

    fn host(&self) -> &Host {
        self.front.host().expect("an emulator hands out organizations only after it is open")
    }
}
