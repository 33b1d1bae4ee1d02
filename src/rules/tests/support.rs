//! A small organization to try rules on.

use std::sync::{Arc, LazyLock};

use uuid::{Uuid, uuid};

use crate::clock::Clock;
use crate::directory::{Account, AdminRole};
use crate::fault::Result;
use crate::identity::Caller;
use crate::ids::IdSource;
use crate::licensing::{self, Facts, Seats, Slots};
#[cfg(test)] // all of it; said once more for the test of the architecture
use crate::messages;
use crate::model::{AccessRights, Catalogue, ColumnId, Depth, Record, Reference, TableId, Value};
use crate::rules;
use crate::service::access;
use crate::service::registry::{Binding, Datum, Registry, Reply};
use crate::service::{Input, Key, Link, Note, Origin, Precondition, Service};
use crate::settings::Settings;
use crate::world::{Identity, Live, World};

pub(super) const ROOT: Uuid = uuid!("00000000-0000-0000-0000-0000000000b0");
pub(super) const SYSTEM: Uuid = uuid!("00000000-0000-0000-0000-000000000051");
pub(super) const INTEGRATION: Uuid = uuid!("00000000-0000-0000-0000-000000000052");
pub(super) const SUPPORT: Uuid = uuid!("00000000-0000-0000-0000-000000000053");
pub(super) const DELEGATED: Uuid = uuid!("00000000-0000-0000-0000-000000000054");
pub(super) const ADMIN: Uuid = uuid!("00000000-0000-0000-0000-0000000000ad");
pub(super) const ROOT_TEAM: Uuid = uuid!("00000000-0000-0000-0000-00000000007e");
const ADMINISTRATOR: Uuid = rules::administrators::SYSTEM_ADMINISTRATOR;

/// Role templates and names of the roles every test has.
const ROLES: &[(&str, Option<Uuid>)] = &[
    ("System Administrator", Some(ADMINISTRATOR)),
    ("System Customizer", Some(uuid!("119f245c-3cc8-4b62-b31c-d1a046ced15d"))),
    ("Support User", Some(uuid!("2d101bb3-5ced-4122-83f1-94d5efde4e3b"))),
    ("Basic User", Some(uuid!("236750cd-45ae-4939-ab12-b24b920ced93"))),
    ("Salesperson", None),
];

/// Reading the fixtures takes longer than most tests.
static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::embedded()));

/// An organization whose rules are checked against the whole world when it is dropped.
pub(super) struct Organization {
    pub(super) live: Live,
    pub(super) service: Service,
}

impl Drop for Organization {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.verify(), Vec::<String>::new(), "the world a test leaves behind is in order");
        }
    }
}

impl Organization {
    /// Root business unit, built-in users, one administrator, the product's roles; ten licences, one of them used.
    pub(super) fn new() -> Self {
        let identity = Identity {
            unique_name: "contoso".into(),
            friendly_name: "Contoso".into(),
            organization_id: uuid!("00000000-0000-0000-0000-000000000001"),
            root_business_unit: ROOT,
            tenant_id: Uuid::nil(),
            system_user: SYSTEM,
            integration_user: INTEGRATION,
            default_caller: ADMIN,
        };
        let clock = Clock::Manual { now: "2013-06-01T08:00:00Z".parse().unwrap() };
        let world =
            World::new(Arc::clone(&CATALOGUE), identity, Settings::default(), clock, IdSource::seeded(7));
        let registry = Registry::new(rules::all(), messages::all());
        let organization = Self { live: Live::new(world), service: Service::new(registry) };
        organization.lay_the_ground();
        organization
    }

    /// The same with settings given as key and value.
    pub(super) fn with(settings: &[(&str, &str)]) -> Self {
        let organization = Self::new();
        for (key, value) in settings {
            organization.set(key, value);
        }
        organization
    }

    fn lay_the_ground(&self) {
        self.insert("businessunit", ROOT, &[("name", "Contoso".into()), ("isdisabled", false.into())]);
        let root = self.to("businessunit", ROOT);
        self.insert(
            "team",
            ROOT_TEAM,
            &[
                ("name", "Contoso".into()),
                ("businessunitid", root.clone()),
                ("isdefault", true.into()),
                ("teamtype", 0.into()),
                ("administratorid", self.to("systemuser", ADMIN)),
            ],
        );
        for (at, (name, template)) in ROLES.iter().enumerate() {
            let id = Uuid::from_u128(0x0100 + at as u128);
            let template = template.map_or(Value::Null, |id| self.to("roletemplate", id));
            let values = [
                ("name", (*name).into()),
                ("businessunitid", root.clone()),
                ("roletemplateid", template),
                ("parentrootroleid", self.to("role", id)),
            ];
            self.insert("role", id, &values);
        }
        let salesperson = self.role("Salesperson", ROOT);
        for (right, _) in AccessRights::named() {
            for table in ["Account", "Contact"] {
                self.let_role(salesperson, &format!("prv{}{table}", right.verb()), Depth::Basic);
            }
        }
        let users = [
            (SYSTEM, "SYSTEM", 4, false),
            (INTEGRATION, "INTEGRATION", 4, false),
            (SUPPORT, "crmoln@microsoft.com", 3, false),
            (DELEGATED, "crmoln2@microsoft.com", 5, false),
            (ADMIN, "admin@contoso.onmicrosoft.com", 0, true),
        ];
        for (id, name, mode, licensed) in users {
            let values = [
                ("domainname", name.into()),
                ("fullname", name.into()),
                ("accessmode", mode.into()),
                ("isdisabled", false.into()),
                ("islicensed", licensed.into()),
                ("businessunitid", root.clone()),
            ];
            self.insert("systemuser", id, &values);
            if id != SYSTEM && id != INTEGRATION {
                let row = [("teamid", Value::Guid(ROOT_TEAM)), ("systemuserid", Value::Guid(id))];
                self.insert("teammembership", Uuid::from_u128(id.as_u128() + 0x1000), &row);
            }
        }
        let role = self.role("System Administrator", ROOT);
        let row = [("systemuserid", Value::Guid(ADMIN)), ("roleid", Value::Guid(role))];
        self.insert("systemuserroles", Uuid::from_u128(0x2000), &row);
    }

    /// A row as it is, past all rules.
    pub(super) fn insert(&self, table: &str, id: Uuid, values: &[(&str, Value)]) {
        let (table, record) = (self.table(table), self.record(table, values));
        let done: Result<(), ()> = self.live.write(|tx| {
            tx.insert(table, id, &record);
            Ok(())
        });
        done.unwrap();
    }

    /// The end of a row, past all rules.
    pub(super) fn erase(&self, table: &str, id: Uuid) {
        let table = self.table(table);
        let done: Result<(), ()> = self.live.write(|tx| {
            tx.remove(table, id);
            Ok(())
        });
        done.unwrap();
    }

    pub(super) fn table(&self, name: &str) -> TableId {
        self.live.read().catalogue().table_named(name).unwrap().id
    }

    fn column(&self, table: &str, column: &str) -> ColumnId {
        self.live.read().catalogue().table_named(table).unwrap().column_id(column).unwrap()
    }

    pub(super) fn to(&self, table: &str, id: Uuid) -> Value {
        Reference::new(self.table(table), id).into()
    }

    pub(super) fn record(&self, table: &str, values: &[(&str, Value)]) -> Record {
        values.iter().map(|(name, value)| (self.column(table, name), value.clone())).collect()
    }

    fn input(&self, table: &str, values: &[(&str, Value)]) -> Input {
        Input { record: self.record(table, values), ..Input::default() }
    }

    pub(super) fn create_as(
        &self,
        caller: Uuid,
        origin: Origin,
        table: &str,
        values: &[(&str, Value)],
    ) -> Result<(Uuid, Vec<Note>)> {
        let (id, input) = (self.table(table), self.input(table, values));
        let made = self.service.write(&self.live, |s| s.create(Caller::user(caller), origin, id, input))?;
        Ok((made.0.id, made.1))
    }

    pub(super) fn create(&self, table: &str, values: &[(&str, Value)]) -> Result<Uuid> {
        self.create_as(ADMIN, Origin::Api, table, values).map(|(id, _)| id)
    }

    /// A user with names and more; the first name is its e-mail address's too.
    pub(super) fn user(&self, name: &str, more: &[(&str, Value)]) -> Result<Uuid> {
        self.user_noted(name, more).map(|(id, _)| id)
    }

    pub(super) fn user_noted(&self, name: &str, more: &[(&str, Value)]) -> Result<(Uuid, Vec<Note>)> {
        let mut values = vec![("firstname", name.into()), ("lastname", "Test".into())];
        values.extend_from_slice(more);
        self.create_as(ADMIN, Origin::Api, "systemuser", &values)
    }

    pub(super) fn patch_as(
        &self,
        caller: Uuid,
        table: &str,
        id: Uuid,
        values: &[(&str, Value)],
    ) -> Result<Vec<Note>> {
        let (of, input, key) = (self.table(table), self.input(table, values), Key::Id(id));
        let caller = Caller::user(caller);
        let done = self
            .service
            .write(&self.live, |s| s.update(caller, Origin::Api, of, &key, input, Precondition::Exists));
        done.map(|(_, notes)| notes)
    }

    pub(super) fn patch(&self, id: Uuid, values: &[(&str, Value)]) -> Result<Vec<Note>> {
        self.patch_as(ADMIN, "systemuser", id, values)
    }

    pub(super) fn delete(&self, table: &str, id: Uuid) -> Result<Vec<Note>> {
        let (of, key) = (self.table(table), Key::Id(id));
        let done = self
            .service
            .write(&self.live, |s| s.delete(Caller::user(ADMIN), Origin::Api, of, &key, Precondition::None));
        done.map(|(_, notes)| notes)
    }

    /// Associates or disassociates through a navigation property of the first row's table, as SYSTEM, which may do
    /// anything.
    pub(super) fn relate(&self, on: bool, from: (&str, Uuid), name: &str, to: (&str, Uuid)) -> Result<()> {
        let world = self.live.read();
        let table = world.catalogue().table_named(from.0).unwrap();
        let navigation = table.navigations.iter().position(|navigation| &*navigation.name == name).unwrap();
        let link = |(table, id)| Link { table: self.table(table), key: Key::Id(id) };
        let (from, to, caller) = (link(from), link(to), Caller::user(SYSTEM));
        let done = self.service.write(&self.live, |s| {
            if on {
                s.associate(caller, Origin::Api, &from, navigation, &to)
            } else {
                s.disassociate(caller, Origin::Api, &from, navigation, Some(&to))
            }
        });
        done.map(drop)
    }

    /// Calls an action on a row.
    pub(super) fn call(
        &self,
        on: (&'static str, Uuid),
        name: &str,
        arguments: &[(&'static str, Datum)],
    ) -> Result<(Reply, Vec<Note>)> {
        self.call_as(ADMIN, on, name, arguments)
    }

    pub(super) fn call_as(
        &self,
        caller: Uuid,
        (table, id): (&'static str, Uuid),
        name: &str,
        arguments: &[(&'static str, Datum)],
    ) -> Result<(Reply, Vec<Note>)> {
        let message = self.service.registry().message(name, Binding::Row(table)).unwrap();
        let target = Some(Reference::new(self.table(table), id));
        let caller = Caller::user(caller);
        self.service.write(&self.live, |s| s.call_action(&caller, message, target, arguments))
    }

    /// A row as an argument.
    pub(super) fn datum(&self, table: &str, id: Uuid) -> Datum {
        Datum::Row(Reference::new(self.table(table), id))
    }

    /// A team that may own rows.
    pub(super) fn owner_team(&self, name: &str) -> Uuid {
        let team = self.create("team", &[("name", name.into())]).unwrap();
        let role = self.role("Salesperson", ROOT);
        self.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
        team
    }

    pub(super) fn give(&self, user: Uuid, role: Uuid) -> Result<()> {
        self.relate(true, ("systemuser", user), "systemuserroles_association", ("role", role))
    }

    /// A user who may do everything with accounts and contacts of its own.
    pub(super) fn salesperson(&self, name: &str) -> Uuid {
        let user = self.user(name, &[]).unwrap();
        self.give(user, self.role("Salesperson", ROOT)).unwrap();
        user
    }

    pub(super) fn take(&self, user: Uuid, role: Uuid) -> Result<()> {
        self.relate(false, ("systemuser", user), "systemuserroles_association", ("role", role))
    }

    pub(super) fn role(&self, name: &str, unit: Uuid) -> Uuid {
        role_in(&self.live.read(), name, unit).unwrap()
    }

    /// Lets a role give a privilege.
    pub(super) fn let_role(&self, role: Uuid, name: &str, depth: Depth) {
        let values = [
            ("roleid", role.into()),
            ("privilegeid", privilege(name).into()),
            ("privilegedepthmask", depth.mask().into()),
        ];
        let id = Uuid::from_u128(role.as_u128() ^ privilege(name).as_u128());
        self.insert("roleprivileges", id, &values);
    }

    /// What a principal may do with a row.
    pub(super) fn rights(&self, principal: (&str, Uuid), of: (&str, Uuid)) -> AccessRights {
        let to = |(table, id)| self.to(table, id).as_lookup().unwrap();
        access::rights_of(&self.live.read(), to(principal), to(of))
    }

    /// The world as it is, which need not keep the rules: rows were put there past them.
    pub(super) fn into_unruly_world(self) -> Arc<World> {
        std::mem::ManuallyDrop::new(self).live.read()
    }

    pub(super) fn roles_of(&self, user: Uuid) -> usize {
        self.count("systemuserroles", "systemuserid", user)
    }

    /// How many rows of a table have an id in a column.
    pub(super) fn count(&self, table: &str, column: &str, id: Uuid) -> usize {
        let (of, column) = (self.table(table), self.column(table, column));
        self.live.read().records().table(of).rows_with(column, crate::model::ValueRef::Guid(id)).count()
    }

    pub(super) fn value(&self, table: &str, id: Uuid, column: &str) -> Value {
        let (of, column) = (self.table(table), self.column(table, column));
        self.live.read().records().table(of).get(id).unwrap().get(column).to_value()
    }

    pub(super) fn exists(&self, table: &str, id: Uuid) -> bool {
        let of = self.table(table);
        self.live.read().records().table(of).get(id).is_some()
    }

    pub(super) fn facts(&self, user: Uuid) -> Facts {
        Facts::of(&self.live.read(), user).unwrap()
    }

    /// (accessmode, isdisabled, islicensed)
    pub(super) fn state(&self, user: Uuid) -> (i32, bool, bool) {
        let facts = self.facts(user);
        (facts.mode, facts.disabled, facts.licensed)
    }

    pub(super) fn seats(&self) -> Seats {
        licensing::seats(&self.live.read())
    }

    pub(super) fn slots(&self) -> Slots {
        licensing::slots(&self.live.read())
    }

    pub(super) fn set(&self, key: &str, value: &str) {
        self.live.write(|tx| tx.settings_mut().set(key, value)).unwrap();
    }

    /// Leaves no licence free.
    pub(super) fn use_up_seats(&self) {
        let used = self.seats().consumed;
        self.set("licenses", &used.to_string());
    }

    /// Makes non-interactive users until no slot is free.
    pub(super) fn use_up_slots(&self) -> Vec<Uuid> {
        let free = self.slots().available();
        (0..free).map(|at| self.user(&format!("ni{at}"), &[("accessmode", 4.into())]).unwrap()).collect()
    }

    pub(super) fn account(&self, name: &str, licensed: bool, roles: &[AdminRole]) -> Uuid {
        let id = Uuid::from_u128(0xd1 << 64 | u128::from(crate::model::collation::hash(name)));
        let account = Account {
            given_name: Some(name.to_owned()),
            surname: Some("Account".to_owned()),
            licenses: if licensed { vec!["CRMSTANDARD".to_owned()] } else { Vec::new() },
            admin_roles: roles.to_vec(),
            ..Account::new(id, format!("{name}@contoso.onmicrosoft.com"))
        };
        self.put_account(account);
        id
    }

    pub(super) fn put_account(&self, account: Account) {
        let done: Result<(), ()> = self.live.write(|tx| {
            tx.directory_mut().put(account);
            Ok(())
        });
        done.unwrap();
    }

    /// A user synchronised with an account.
    pub(super) fn synchronised(&self, name: &str, more: &[(&str, Value)]) -> Result<Uuid> {
        let name = format!("{name}@contoso.onmicrosoft.com");
        let mut values = vec![("domainname", name.into()), ("issyncwithdirectory", true.into())];
        values.extend_from_slice(more);
        self.create("systemuser", &values)
    }

    pub(super) fn unit(&self, name: &str, parent: Uuid) -> Uuid {
        let parent = self.to("businessunit", parent);
        self.create("businessunit", &[("name", name.into()), ("parentbusinessunitid", parent)]).unwrap()
    }

    pub(super) fn verify(&self) -> Vec<String> {
        let world = self.live.read();
        let found = self.service.registry().verify(&world);
        found.into_iter().map(|violation| format!("{violation:?}")).collect()
    }

    /// Runs what must be refused with a code by a rule, and leave no trace.
    #[track_caller]
    pub(super) fn refuses<T: std::fmt::Debug>(
        &self,
        code: &str,
        rule: &str,
        act: impl FnOnce() -> Result<T>,
    ) {
        let before = self.live.read();
        let fault = act().expect_err("this is refused");
        let named: Vec<_> = fault.rules().iter().map(|rule| rule.0).collect();
        assert_eq!(fault.code_text(), code.to_lowercase(), "{fault:?}");
        assert!(named.contains(&rule), "{rule} is among {named:?}");
        let hint = fault.hint_text().expect("a refusal says what would have made it succeed");
        assert!(hint.is_ascii() && !hint.is_empty(), "{hint}");
        let after = self.live.read();
        assert_eq!(before.version(), after.version(), "a refusal changes nothing");
        assert_eq!(rules::ledger(&before), rules::ledger(&after), "a refusal changes nothing");
    }
}

/// The role of a name that a business unit has.
pub(super) fn role_in(world: &World, name: &str, unit: Uuid) -> Option<Uuid> {
    let role = &world.known().role;
    let mut rows = world.records().table(role.id).iter().map(|(_, row)| row);
    let found = rows.find(|row| {
        row.get(role.name).as_str() == Some(name) && row.get(role.businessunitid).as_id() == Some(unit)
    });
    found.map(|row| row.id())
}

/// The rules of notes.
pub(super) fn rules_of(notes: &[Note]) -> Vec<&'static str> {
    notes.iter().map(|note| note.rule.0).collect()
}

/// The `privilegeid` of a privilege.
pub(super) fn privilege(name: &str) -> Uuid {
    CATALOGUE.privilege(CATALOGUE.privilege_named(name).unwrap()).id
}
