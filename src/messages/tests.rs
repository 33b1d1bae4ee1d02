//! What each message answers, in a world without rules.

use std::sync::{Arc, LazyLock};

use uuid::Uuid;

use crate::clock::Clock;
use crate::directory::Account;
use crate::fault::Result;
use crate::identity::Caller;
use crate::ids::IdSource;
use crate::model::{Catalogue, Record, Reference, Value};
use crate::security::SYSTEM_ADMINISTRATOR;
use crate::service::Service;
use crate::service::registry::{Binding, Datum, Nature, Registry, Reply, Type};
use crate::settings::Settings;
use crate::world::{Identity, Live, World};

const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

const ROOT: Uuid = id(0xb0);
const SALES: Uuid = id(0xb1);
const ADMIN: Uuid = id(0xad);
const NI: Uuid = id(0x41);
const SYNCHRONISED: Uuid = id(0x5c);
const SETTINGS: Uuid = id(0x5e);

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::embedded()));

struct Organization {
    live: Live,
    service: Service,
}

impl Organization {
    fn new() -> Self {
        let identity = Identity {
            unique_name: "contoso".into(),
            friendly_name: "Contoso Ltd".into(),
            organization_id: id(1),
            root_business_unit: ROOT,
            tenant_id: id(2),
            system_user: id(3),
            integration_user: id(4),
            default_caller: ADMIN,
        };
        let world = World::new(
            Arc::clone(&CATALOGUE),
            identity,
            Settings::default(),
            Clock::default(),
            IdSource::seeded(1),
        );
        let organization =
            Self { live: Live::new(world), service: Service::new(Registry::new(&[], super::all())) };
        organization.insert("businessunit", ROOT, &[("name", "Contoso".into())]);
        organization.insert("businessunit", SALES, &[("name", "Sales".into())]);
        for (user, mode, licensed, synchronised) in [
            (ADMIN, 0, true, false),
            (NI, 4, false, false),
            (SYNCHRONISED, 0, true, true),
            (SETTINGS, 1, false, false),
        ] {
            let values = [
                ("accessmode", mode.into()),
                ("islicensed", licensed.into()),
                ("issyncwithdirectory", synchronised.into()),
                ("businessunitid", organization.to("businessunit", ROOT)),
                ("azureactivedirectoryobjectid", user.into()),
            ];
            organization.insert("systemuser", user, &values);
        }
        let template = organization.to("roletemplate", SYSTEM_ADMINISTRATOR);
        organization.insert(
            "role",
            id(0x10),
            &[("name", "System Administrator".into()), ("roletemplateid", template)],
        );
        organization.insert(
            "systemuserroles",
            id(0x11),
            &[("systemuserid", ADMIN.into()), ("roleid", id(0x10).into())],
        );
        organization
    }

    fn to(&self, table: &str, id: Uuid) -> Value {
        Reference::new(self.live.read().catalogue().table_named(table).unwrap().id, id).into()
    }

    fn row(&self, table: &str, id: Uuid) -> Datum {
        Datum::Row(self.to(table, id).as_lookup().unwrap())
    }

    fn insert(&self, table: &str, id: Uuid, values: &[(&str, Value)]) {
        let world = self.live.read();
        let table = world.catalogue().table_named(table).unwrap();
        let record: Record =
            values.iter().map(|(name, value)| (table.column_id(name).unwrap(), value.clone())).collect();
        let done: Result<()> = self.live.write(|tx| {
            tx.insert(table.id, id, &record);
            Ok(())
        });
        done.unwrap();
    }

    fn value(&self, table: &str, id: Uuid, column: &str) -> Value {
        let world = self.live.read();
        let table = world.catalogue().table_named(table).unwrap();
        let row = world.records().table(table.id).get(id).unwrap();
        row.get(table.column_id(column).unwrap()).to_value()
    }

    /// Calls a message; `on` is the user it is bound to.
    fn call(&self, name: &str, on: Option<Uuid>, arguments: &[(&'static str, Datum)]) -> Result<Reply> {
        self.call_as(ADMIN, name, on, arguments)
    }

    fn call_as(
        &self,
        caller: Uuid,
        name: &str,
        on: Option<Uuid>,
        arguments: &[(&'static str, Datum)],
    ) -> Result<Reply> {
        let binding = on.map_or(Binding::Unbound, |_| Binding::Row("systemuser"));
        let message = self.service.registry().message(name, binding).unwrap();
        let target = on.map(|id| self.to("systemuser", id).as_lookup().unwrap());
        let caller = Caller::user(caller);
        match message.signature().nature {
            Nature::Function => {
                self.service.call_function(&self.live.read(), &caller, message, target, arguments)
            }
            Nature::Action => self
                .service
                .write(&self.live, |s| s.call_action(&caller, message, target, arguments))
                .map(|(reply, _)| reply),
        }
    }

    /// One property of a complex answer.
    fn property(&self, name: &str, arguments: &[(&'static str, Datum)], property: &str) -> Datum {
        let reply = self.call(name, None, arguments).unwrap();
        let Reply::Complex(properties) = reply else { panic!("{reply:?}") };
        pick(&properties, property)
    }
}

fn pick(properties: &[(&'static str, Datum)], name: &str) -> Datum {
    properties.iter().find(|(of, _)| *of == name).unwrap().1.clone()
}

#[test]
fn an_answer_has_the_properties_its_signature_says() {
    let org = Organization::new();
    org.insert("systemuserroles", id(0x77), &[("systemuserid", ADMIN.into()), ("roleid", id(5).into())]);
    for message in super::all() {
        let signature = message.signature();
        let on = match signature.binding {
            _ if signature.nature == Nature::Action => continue,
            Binding::Unbound => None,
            Binding::Row("systemuser") => Some(ADMIN),
            Binding::Row(_) | Binding::Set(_) => continue,
        };
        let arguments: Vec<_> = signature
            .parameters
            .iter()
            .map(|parameter| {
                let privilege = CATALOGUE.privilege(CATALOGUE.privilege_named("prvReadUser").unwrap());
                let value = match (parameter.name, parameter.kind) {
                    ("DirectoryObjectId", _) => Datum::Guid(ADMIN),
                    ("RoleId", _) => Datum::Guid(id(0x10)),
                    ("LogicalName", _) => Datum::String("systemuser".to_owned()),
                    (_, Type::Boolean) => Datum::Boolean(false),
                    (_, Type::Int32) => Datum::Int32(0),
                    (_, Type::Guid) => Datum::Guid(privilege.id),
                    (_, Type::String) => Datum::String(privilege.name.to_string()),
                    (_, Type::Collection(_)) => Datum::List(Vec::new()),
                    (_, Type::AnyRow) => org.row("systemuser", ADMIN),
                    _ => Datum::Enum(0),
                };
                (parameter.name, value)
            })
            .collect();
        match (org.call(signature.name, on, &arguments).unwrap(), signature.returns) {
            (Reply::Complex(given), Some(Type::Complex(kind))) => same(&given, kind),
            (Reply::Rows { .. }, Some(Type::Collection(Type::Row(_)))) => {}
            (reply, returns) => panic!("{}: {reply:?} for {returns:?}", signature.name),
        }
    }
}

fn same(given: &[(&'static str, Datum)], kind: &'static crate::service::registry::ComplexType) {
    let names: Vec<_> = given.iter().map(|(name, _)| *name).collect();
    let declared: Vec<_> = kind.properties.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, declared, "{}", kind.name);
    for ((_, value), (_, of, _)) in given.iter().zip(kind.properties) {
        if let (Datum::Complex(value), Type::Complex(kind)) = (value, of) {
            same(value, kind);
        }
    }
}

#[test]
fn m10_who_am_i_wants_a_role_of_ones_own_or_of_a_team() {
    let org = Organization::new();
    let fault = org.call_as(NI, "WhoAmI", None, &[]).unwrap_err();
    assert_eq!((fault.code_text(), fault.rules()[0].0), ("0x80042f09".to_owned(), "M10"));
    org.insert("teammembership", id(0x70), &[("teamid", id(0x7e).into()), ("systemuserid", NI.into())]);
    assert!(org.call_as(NI, "WhoAmI", None, &[]).is_err());
    org.insert("teamroles", id(0x71), &[("teamid", id(0x7e).into()), ("roleid", id(0x6).into())]);
    assert!(org.call_as(NI, "WhoAmI", None, &[]).is_ok());
    assert_eq!(org.property("WhoAmI", &[], "UserId"), Datum::Guid(ADMIN));
    assert_eq!(org.property("WhoAmI", &[], "BusinessUnitId"), Datum::Guid(ROOT));
    assert_eq!(org.property("WhoAmI", &[], "OrganizationId"), Datum::Guid(id(1)));
    assert!(org.call_as(SYNCHRONISED, "WhoAmI", None, &[]).is_err());
    org.insert(
        "systemuserroles",
        id(0x72),
        &[("systemuserid", SYNCHRONISED.into()), ("roleid", id(0x6).into())],
    );
    assert!(org.call_as(SYNCHRONISED, "WhoAmI", None, &[]).is_ok());
}

#[test]
fn retrieve_license_info_counts_by_access_mode() {
    let org = Organization::new();
    let table = [(0, 8, 2), (2, 8, 2), (1, 8, 1), (4, 4, 1), (3, 0, 0), (5, 0, 0)];
    for (mode, available, granted) in table {
        let arguments = [("AccessMode", Datum::Int32(mode))];
        let count = |name| org.property("RetrieveLicenseInfo", &arguments, name);
        assert_eq!(count("AvailableCount"), Datum::Int32(available), "mode {mode}");
        assert_eq!(count("GrantedLicenseCount"), Datum::Int32(granted), "mode {mode}");
    }
    assert_eq!(org.property("RetrieveLicenseInfo", &[], "GrantedLicenseCount"), Datum::Int32(2));
    let fault = org.call("RetrieveLicenseInfo", None, &[("AccessMode", Datum::Int32(6))]).unwrap_err();
    assert_eq!(fault.code_text(), "0x8004431a");
}

#[test]
fn retrieve_organization_resources_tells_licences_and_slots() {
    let org = Organization::new();
    let Datum::Complex(resources) =
        org.property("RetrieveOrganizationResources", &[], "OrganizationResources")
    else {
        panic!("a structure")
    };
    for (name, count) in [
        ("CurrentNumberOfActiveUsers", 2),
        ("MaxNumberOfActiveUsers", 10),
        ("CurrentNumberOfNonInteractiveUsers", 1),
        ("MaxNumberOfNonInteractiveUsers", 5),
    ] {
        assert_eq!(pick(&resources, name), Datum::Int32(count), "{name}");
    }
}

#[test]
fn retrieve_user_license_info_lists_the_accounts_plans() {
    let org = Organization::new();
    let account = Account {
        licenses: vec!["CRMPLAN2".into(), "SOMETHING ELSE".into()],
        ..Account::new(SYNCHRONISED, "s@contoso.com")
    };
    let done: Result<()> = org.live.write(|tx| {
        tx.directory_mut().put(account);
        Ok(())
    });
    done.unwrap();
    for (user, plans) in [(SYNCHRONISED, &["CRMPLAN2"][..]), (ADMIN, &["CRMSTANDARD"]), (NI, &[])] {
        let reply = org.call("RetrieveUserLicenseInfo", Some(user), &[]).unwrap();
        let Reply::Complex(answer) = reply else { panic!("{reply:?}") };
        let Datum::Complex(info) = pick(&answer, "licenseInfo") else { panic!("{answer:?}") };
        let Datum::List(given) = pick(&info, "ServicePlans") else { panic!("{info:?}") };
        let names: Vec<_> = given
            .iter()
            .map(|plan| match plan {
                Datum::Complex(plan) => pick(plan, "Name"),
                other => other.clone(),
            })
            .collect();
        let expected: Vec<_> = plans.iter().map(|name| Datum::String((*name).to_owned())).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn what_the_organization_says_of_itself() {
    let org = Organization::new();
    assert_eq!(
        org.property("RetrieveDeploymentLicenseType", &[], "licenseType"),
        Datum::String("Live".into())
    );
    assert_eq!(
        org.property("RetrieveVersion", &[], "Version"),
        Datum::String(super::ORGANIZATION_VERSION.into())
    );
    let access = [("AccessType", Datum::Enum(0))];
    let Datum::Complex(detail) = org.property("RetrieveCurrentOrganization", &access, "Detail") else {
        panic!("a structure")
    };
    assert_eq!(pick(&detail, "UniqueName"), Datum::String("contoso".into()));
    let Datum::Complex(endpoints) = pick(&detail, "Endpoints") else { panic!("{detail:?}") };
    let Datum::List(addresses) = pick(&endpoints, "Values") else { panic!("{endpoints:?}") };
    assert_eq!(addresses[0], Datum::Address("/"));
    assert_eq!(pick(&endpoints, "Count"), Datum::Int32(addresses.len() as i32));
}

#[test]
fn managers_are_set_kept_and_removed() {
    let org = Organization::new();
    let manager = |user| org.value("systemuser", user, "parentsystemuserid").as_id();
    let set = |user, parent, keep| {
        let arguments = [("Parent", org.row("systemuser", parent)), ("KeepChildUsers", Datum::Boolean(keep))];
        org.call("SetParentSystemUser", Some(user), &arguments)
    };
    let below = |user| match org.call("RetrieveAllChildUsersSystemUser", Some(user), &[]).unwrap() {
        Reply::Rows { ids, .. } => ids,
        reply => panic!("{reply:?}"),
    };
    set(NI, ADMIN, true).unwrap();
    set(SETTINGS, NI, true).unwrap();
    assert_eq!(below(ADMIN), [NI, SETTINGS]);
    set(NI, SYNCHRONISED, false).unwrap();
    assert_eq!((manager(NI), manager(SETTINGS)), (Some(SYNCHRONISED), Some(ADMIN)));
    assert_eq!(below(ADMIN), [SETTINGS]);
    assert_eq!(org.call("RemoveParent", Some(NI), &[]).unwrap(), Reply::Nothing);
    assert_eq!(manager(NI), None);
    assert_eq!(set(NI, id(99), true).unwrap_err().code_text(), "0x80041d27");
    assert_eq!(org.call("SetParentSystemUser", Some(NI), &[]).unwrap_err().code_text(), "0x80040203");
}

#[test]
fn retrieve_user_queues_finds_private_queues_by_every_way_and_public_ones_on_request() {
    let org = Organization::new();
    let (team, other_team) = (id(0x7e), id(0x7f));
    let users = |user| org.to("systemuser", user);
    for (queue, kind, owner) in [
        (id(0x101), 1, users(NI)),
        (id(0x102), 1, users(NI)),
        (id(0x103), 1, users(ADMIN)),
        (id(0x104), 1, org.to("team", team)),
        (id(0x105), 1, users(ADMIN)),
        (id(0x106), 1, org.to("team", other_team)),
        (id(0x107), 1, users(ADMIN)),
        (id(0x108), 0, users(ADMIN)),
        (id(0x109), 0, users(NI)),
    ] {
        org.insert("queue", queue, &[("queueviewtype", kind.into()), ("ownerid", owner)]);
    }
    for (of, queue) in [(team, id(0x105)), (other_team, id(0x106))] {
        org.insert("team", of, &[("queueid", org.to("queue", queue))]);
    }
    let joined = |table, joint, row: (&str, Uuid)| {
        org.insert(table, joint, &[("systemuserid", NI.into()), (row.0, row.1.into())]);
    };
    joined("teammembership", id(0x201), ("teamid", team));
    joined("queuemembership", id(0x202), ("queueid", id(0x103)));
    joined("queuemembership", id(0x203), ("queueid", id(0x101)));
    joined("queuemembership", id(0x204), ("queueid", id(0x108)));
    let fresh = [("queueid", org.to("queue", id(0x102))), ("accessmode", 4.into())];
    org.insert("systemuser", id(0x42), &fresh);
    joined("queuemembership", id(0x205), ("queueid", id(0x10a)));
    let queues = |user, public| {
        let arguments = [("IncludePublic", Datum::Boolean(public))];
        match org.call("RetrieveUserQueues", Some(user), &arguments).unwrap() {
            Reply::Rows { ids, .. } => ids.iter().map(Uuid::as_u128).collect::<Vec<_>>(),
            reply => panic!("{reply:?}"),
        }
    };
    assert_eq!(queues(NI, false), [0x101, 0x102, 0x103, 0x105, 0x104]);
    assert_eq!(queues(NI, true), [0x101, 0x102, 0x103, 0x105, 0x104, 0x108, 0x109]);
    assert_eq!(queues(id(0x42), false), [0x102], "the default queue of another owner");
    assert_eq!(queues(SYNCHRONISED, false), [0; 0]);
    assert_eq!(queues(SYNCHRONISED, true), [0x108, 0x109]);
    let fault = org.call("RetrieveUserQueues", Some(NI), &[]).unwrap_err();
    assert_eq!(fault.code_text(), "0x80040203");
}

#[test]
fn r32_a_move_may_hand_the_records_over() {
    let org = Organization::new();
    let (user, sales) = (org.row("systemuser", NI), org.row("businessunit", SALES));
    org.insert("account", id(0xac), &[("name", "A".into()), ("ownerid", org.to("systemuser", NI))]);
    let go = |to: Datum| {
        let arguments = [
            ("BusinessUnit", sales.clone()),
            ("ReassignPrincipal", to),
            ("DoNotMoveAllRecords", Datum::Boolean(true)),
        ];
        org.call("SetBusinessSystemUser", Some(NI), &arguments)
    };
    assert_eq!(go(org.row("systemuser", id(99))).unwrap_err().code_text(), "0x80040217");
    go(user).unwrap();
    assert_eq!(org.value("account", id(0xac), "ownerid").as_id(), Some(NI));
    assert_eq!(org.value("systemuser", NI, "businessunitid").as_id(), Some(SALES));
    assert!(org.live.read().settings().move_records_on_bu_change, "the switch is as it was");
    go(org.row("systemuser", ADMIN)).unwrap();
    assert_eq!(org.value("account", id(0xac), "ownerid").as_id(), Some(ADMIN));
}

#[test]
fn t12_a_record_is_not_shared_by_hand_with_a_team_of_the_system() {
    let org = Organization::new();
    let (kept, plain) = (id(0x7e), id(0x7f));
    org.insert("account", id(0xac), &[("name", "A".into()), ("ownerid", org.to("systemuser", NI))]);
    org.insert("team", kept, &[("name", "K".into()), ("teamtype", 1.into()), ("systemmanaged", true.into())]);
    org.insert("team", plain, &[("name", "P".into()), ("teamtype", 1.into())]);
    let target = || ("Target", org.row("account", id(0xac)));
    for (name, team, refused) in [
        ("GrantAccess", kept, true),
        ("ModifyAccess", kept, true),
        ("RevokeAccess", kept, true),
        ("GrantAccess", plain, false),
        ("RevokeAccess", plain, false),
    ] {
        let principal = org.row("team", team);
        let share = if name == "RevokeAccess" {
            ("Revokee", principal)
        } else {
            let parts = vec![("AccessMask", Datum::Enum(1)), ("Principal", principal)];
            ("PrincipalAccess", Datum::Complex(parts))
        };
        let answer = org.call(name, None, &[target(), share]);
        if refused {
            let fault = answer.unwrap_err();
            assert_eq!((fault.code_text(), fault.rules()[0].0), ("0x80048339".to_owned(), "T12"), "{name}");
        } else {
            assert_eq!(answer.unwrap(), Reply::Nothing, "{name}");
        }
    }
}

/// `RolePrivilege` entries as depth, privilege and business unit.
fn listed(reply: Reply) -> Vec<(i64, String, Uuid)> {
    let Reply::Complex(answer) = reply else { panic!("{reply:?}") };
    let Datum::List(list) = pick(&answer, "RolePrivileges") else { panic!("{answer:?}") };
    list.into_iter()
        .map(|entry| {
            let Datum::Complex(entry) = entry else { panic!("{entry:?}") };
            match (pick(&entry, "Depth"), pick(&entry, "PrivilegeName"), pick(&entry, "BusinessUnitId")) {
                (Datum::Enum(depth), Datum::String(name), Datum::Guid(unit)) => (depth, name, unit),
                other => panic!("{other:?}"),
            }
        })
        .collect()
}

/// A role of a team in Sales that gives two privileges, and one of a user's own that gives one of them and another;
/// the user is the administrator's colleague.
fn with_roles() -> Organization {
    let org = Organization::new();
    let (team, of_team, own) = (id(0x7e), id(0x20), id(0x21));
    org.insert("team", team, &[("name", "T".into()), ("businessunitid", org.to("businessunit", SALES))]);
    org.insert("teammembership", id(0x70), &[("teamid", team.into()), ("systemuserid", SYNCHRONISED.into())]);
    for role in [of_team, own] {
        org.insert("role", role, &[("name", "R".into()), ("parentrootroleid", org.to("role", role))]);
    }
    org.insert("teamroles", id(0x71), &[("teamid", team.into()), ("roleid", of_team.into())]);
    org.insert("systemuserroles", id(0x72), &[("systemuserid", SYNCHRONISED.into()), ("roleid", own.into())]);
    let grants = [
        (of_team, "prvReadAccount", 4),
        (of_team, "prvReadContact", 1),
        (of_team, "prvReadUser", 2),
        (own, "prvReadAccount", 1),
        (own, "prvWriteAccount", 8),
    ];
    for (at, (role, name, mask)) in grants.into_iter().enumerate() {
        let privilege = CATALOGUE.privilege(CATALOGUE.privilege_named(name).unwrap()).id;
        let values =
            [("roleid", role.into()), ("privilegeid", privilege.into()), ("privilegedepthmask", mask.into())];
        org.insert("roleprivileges", id(0x8000 + at as u128), &values);
    }
    org
}

#[test]
fn privileges_of_a_user_by_its_own_roles_and_its_teams() {
    let org = with_roles();
    let ask = |name, arguments: &[_]| listed(org.call(name, Some(SYNCHRONISED), arguments).unwrap());
    let entry = |depth, name: &str, unit| (depth, name.to_owned(), unit);
    let (read, contact) = (entry(0, "prvReadAccount", ROOT), entry(0, "prvReadContact", SALES));
    assert_eq!(
        ask("RetrieveUserPrivileges", &[]),
        [
            read.clone(),
            entry(0, "prvReadContact", ROOT),
            entry(0, "prvReadUser", ROOT),
            entry(3, "prvWriteAccount", ROOT)
        ],
        "what comes from a team is Basic"
    );
    assert_eq!(
        ask("RetrieveUsersPrivilegesThroughTeams", &[]),
        [entry(2, "prvReadAccount", SALES), contact.clone(), entry(1, "prvReadUser", SALES)]
    );
    let names = ["prvReadContact", "prvReadAccount", "prvReadContact", "prvDeleteAccount"];
    let names = Datum::List(names.iter().map(|name| Datum::String((*name).to_owned())).collect());
    let both = [read, entry(2, "prvReadAccount", SALES)];
    assert_eq!(
        ask("RetrieveUserSetOfPrivilegesByNames", &[("PrivilegeNames", names.clone())]),
        [&[contact], &both[..]].concat(),
        "in the order asked, one for each business unit it reaches from"
    );
    let arguments = [("PrivilegeNames", names.clone()), ("ExcludeTeamBasic", Datum::Boolean(true))];
    assert_eq!(ask("RetrieveUserSetOfPrivilegesByNames", &arguments), both);
    let account = ("DirectoryObjectId", Datum::Guid(SYNCHRONISED));
    let reply = org.call("RetrieveAadUserPrivileges", None, std::slice::from_ref(&account)).unwrap();
    assert_eq!(listed(reply).len(), 5);
    let arguments = [account.clone(), ("PrivilegeNames", names)];
    let reply = org.call("RetrieveAadUserSetOfPrivilegesByNames", None, &arguments).unwrap();
    assert_eq!(listed(reply).len(), 3);
    let reply = org.call("RetrieveAadUserRoles", None, &[account]).unwrap();
    assert!(matches!(&reply, Reply::Rows { ids, .. } if *ids == [id(0x21), id(0x20)]), "{reply:?}");
    let team = org.to("team", id(0x7e)).as_lookup().unwrap();
    let message = org.service.registry().message("RetrieveTeamPrivileges", Binding::Row("team")).unwrap();
    let reply = org.service.call_function(&org.live.read(), &Caller::user(ADMIN), message, Some(team), &[]);
    assert_eq!(listed(reply.unwrap()).len(), 3);
}

#[test]
fn r20_what_the_access_mode_withholds_is_not_held_but_comes_through_teams() {
    let org = with_roles();
    let values = [
        ("accessmode", 1.into()),
        ("businessunitid", org.to("businessunit", ROOT)),
        ("azureactivedirectoryobjectid", SYNCHRONISED.into()),
    ];
    let done: Result<()> = org.live.write(|tx| {
        let table = CATALOGUE.table_named("systemuser").unwrap();
        let record: Record =
            values.iter().map(|(name, value)| (table.column_id(name).unwrap(), value.clone())).collect();
        tx.replace(table.id, SYNCHRONISED, &record);
        Ok(())
    });
    done.unwrap();
    let ask = |name, arguments: &[_]| {
        let listed = listed(org.call(name, Some(SYNCHRONISED), arguments).unwrap());
        listed.into_iter().map(|(_, name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(ask("RetrieveUserPrivileges", &[]), ["prvReadUser"]);
    let through = "RetrieveUsersPrivilegesThroughTeams";
    assert_eq!(ask(through, &[]).len(), 3);
    assert_eq!(ask(through, &[("IncludeSetupUserFiltering", Datum::Boolean(true))]), ["prvReadUser"]);
}

#[test]
fn r19_what_a_request_gives_is_looked_at_closely() {
    let org = with_roles();
    let message = org.service.registry().message("AddPrivilegesRole", Binding::Row("role")).unwrap();
    let role = org.to("role", id(0x21)).as_lookup();
    let add = |privileges: Datum| {
        let arguments = [("Privileges", privileges)];
        let done =
            org.service.write(&org.live, |s| s.call_action(&Caller::user(ADMIN), message, role, &arguments));
        done.map(drop).map_err(|fault| fault.code_text())
    };
    let privilege = CATALOGUE.privilege(CATALOGUE.privilege_named("prvReadContact").unwrap()).id;
    let one = |more: Vec<(&'static str, Datum)>| {
        let mut grant = vec![("PrivilegeId", Datum::Guid(privilege))];
        grant.extend(more);
        Datum::List(vec![Datum::Complex(grant)])
    };
    let text = |text: &str| Datum::String(text.to_owned());
    assert_eq!(add(Datum::Null), Err("0x80040203".to_owned()));
    assert_eq!(add(one(vec![("PrivilegeName", text("prvReadAccount"))])), Err("0x800404ce".to_owned()));
    assert_eq!(add(Datum::List(vec![Datum::Complex(Vec::new())])), Err("0x800404ce".to_owned()));
    assert_eq!(add(one(vec![("BusinessUnitId", Datum::Guid(id(99)))])), Err("0x80040217".to_owned()));
    assert_eq!(add(one(vec![("Depth", Datum::Enum(9))])), Err("0x8004140b".to_owned()));
    for filtered in [
        ("Depth", Datum::Enum(4)),
        ("RecordFilterId", Datum::Guid(id(1))),
        ("RecordFilterUniqueName", text("mine")),
    ] {
        let fault = add(one(vec![filtered])).unwrap_err();
        assert_eq!(fault, crate::fault::Fault::not_emulated("").code_text());
    }
    let nothing = vec![("RecordFilterId", Datum::Guid(Uuid::nil())), ("RecordFilterUniqueName", text(""))];
    assert_eq!(add(one(nothing)), Ok(()));
    let reply = org.call("RetrieveRolePrivilegesRole", None, &[("RoleId", Datum::Guid(id(0x21)))]).unwrap();
    assert!(listed(reply).iter().any(|(depth, name, _)| *depth == 0 && name == "prvReadContact"));
}
