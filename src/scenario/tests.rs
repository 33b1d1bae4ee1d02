//! Every embedded scenario builds, every organization comes back from its own document, and a wrong document says
//! what is wrong and where.

use std::fmt::Write as _;
use std::sync::LazyLock;

use uuid::Uuid;

use super::*;
use crate::licensing;
use crate::model::{Reference, Value};
use crate::settings::Era;

const ERAS: [Era; 2] = [Era::Crm2013, Era::Dataverse];

fn catalogue() -> Arc<Catalogue> {
    static SHARED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::embedded()));
    Arc::clone(&SHARED)
}

fn options(era: Era) -> Options {
    Options {
        unique_name: "contoso".to_owned(),
        settings: Settings::of_era(era),
        clock: Clock::Manual { now: "2026-01-01T08:00:00Z".parse().unwrap() },
        seed: Some(7),
    }
}

fn read(text: &str) -> Result<World, String> {
    Scenario::Document(text.into()).build(&catalogue(), &options(Era::Crm2013))
}

fn build_with(scenario: &str, options: &Options) -> World {
    let built = scenario.parse::<Scenario>().unwrap().build(&catalogue(), options);
    built.unwrap_or_else(|why| panic!("{scenario}: {why}"))
}

fn build(scenario: &str, era: Era) -> World {
    build_with(scenario, &options(era))
}

fn names() -> impl Iterator<Item = &'static str> {
    Scenario::embedded().map(|(name, _)| name).chain(["large:100"])
}

fn document(world: &World) -> String {
    String::from_utf8(export(world)).unwrap()
}

#[test]
fn every_scenario_comes_back_from_its_own_document() {
    for (name, era) in names().flat_map(|name| ERAS.map(|era| (name, era))) {
        let world = build(name, era);
        let first = document(&world);
        let nothing_set = Options { clock: Clock::default(), ..options(Era::Crm2013) };
        let again = Scenario::Document(first.as_str().into())
            .build(world.catalogue(), &nothing_set)
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(first == document(&again), "{name}, {era:?}");
        assert_eq!((world.clock(), world.last_id()), (again.clock(), again.last_id()), "{name}");
        for table in world.catalogue().tables() {
            let [before, after] = [&world, &again].map(|world| world.records().table(table.id));
            assert_eq!(before.len(), after.len(), "{name}: {}", table.logical_name);
            for ((_, before), (_, after)) in before.iter().zip(after.iter()) {
                let pair = [before, after].map(|row| (row.id(), row.to_record()));
                assert_eq!(pair[0], pair[1], "{name}: {}", table.logical_name);
            }
        }
    }
}

#[test]
fn the_directory_comes_back_as_it_was() {
    use crate::directory::{Account, AdminRole, Group, Moment, What};
    let mut world = build("sync-lag", Era::Crm2013);
    let mut transaction = crate::world::Transaction::begin(&mut world);
    let at = |minute: i64| Moment {
        now: "2026-01-05T08:00:00.123456789Z".parse::<jiff::Timestamp>().unwrap()
            + jiff::SignedDuration::from_mins(minute),
        delay: jiff::SignedDuration::from_mins(5),
    };
    let group = Uuid::from_u128(9);
    let directory = transaction.directory_mut();
    directory.put_group(Group {
        id: group,
        display_name: "Guards".to_owned(),
        description: Some("Who may come in".to_owned()),
        mail_nickname: None,
        mail_enabled: false,
        security_enabled: true,
    });
    for (number, roles) in [(1_u8, vec![AdminRole::Global]), (2, Vec::new())] {
        let account = Account {
            groups: vec![group],
            admin_roles: roles,
            licenses: vec!["CRMSTANDARD".to_owned()],
            ..Account::new(Uuid::from_u128(number.into()), format!("new{number}@contoso.com"))
        };
        directory.change(account, &[What::Added, What::LicenseAdded, What::GroupsChanged], at(number.into()));
    }
    directory.delete(Uuid::from_u128(2), at(3));
    transaction.settings_mut().set("security_group", &group.to_string()).unwrap();
    transaction.commit();
    let text = document(&world);
    let again = read(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert_eq!(text, document(&again));
    let all = |world: &World| world.directory().waiting().cloned().collect::<Vec<_>>();
    assert_eq!((all(&world).len(), all(&world)), (7, all(&again)));
    assert_eq!(world.directory().next_due(), again.directory().next_due());
    let id = Uuid::from_u128(2);
    assert_eq!(world.directory().deleted(id), again.directory().deleted(id));
}

#[test]
fn a_value_of_every_type_comes_back_as_it_was() {
    let mut world = build("empty", Era::Crm2013);
    let account = world.catalogue().table_named("account").unwrap().clone();
    let contact = world.catalogue().table_named("contact").unwrap().clone();
    let column = |name: &str| account.column_id(name).unwrap();
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut record = crate::model::Record::new();
    for (name, value) in [
        ("name", Value::from("Ümlaut \"quoted\" \\ \u{1F600}\u{7}\n")),
        ("revenue", Value::Decimal("12.50".parse().unwrap())),
        ("exchangerate", Value::Decimal("0.0000000001".parse().unwrap())),
        ("address1_latitude", Value::Double(0.1 + 0.2)),
        ("address1_longitude", Value::Double(-1.5e-7)),
        ("numberofemployees", Value::Int(3)),
        ("lastonholdtime", Value::DateTime(-1)),
        ("entityimage", Value::Binary((0..=255).collect())),
        ("parentaccountid", Reference::new(account.id, second).into()),
        ("creditonhold", Value::Null),
        ("followemail", Value::Bool(false)),
    ] {
        record.set(column(name), value);
    }
    let mut person = crate::model::Record::new();
    person.set(contact.column_id("birthdate").unwrap(), Value::Date(-20_000));
    person.set(contact.column_id("parentcustomerid").unwrap(), Reference::new(account.id, first));
    let mut transaction = crate::world::Transaction::begin(&mut world);
    transaction.insert(account.id, first, &record);
    transaction.insert(account.id, second, &crate::model::Record::new());
    transaction.insert(contact.id, Uuid::from_u128(3), &person);
    transaction.commit();
    let text = document(&world);
    let again = read(&text).unwrap();
    assert_eq!(text, document(&again));
    for (table, id) in [(account.id, first), (account.id, second), (contact.id, Uuid::from_u128(3))] {
        let [before, after] =
            [&world, &again].map(|world| world.records().table(table).get(id).unwrap().to_record());
        assert_eq!(before, after);
    }
}

#[test]
fn a_wrong_document_says_what_is_wrong_and_where() {
    let mut sentences = String::new();
    for (members, expected) in [
        ("", "format: this emulator reads format 1, the document has 2"),
        (r#","tabels":{}"#, "unknown field `tabels`"),
        (r#","base":"large""#, "base: there is no embedded scenario 'large' to build upon"),
        (r#","settings":{"licences":3}"#, "settings: 'licences' is not a setting"),
        (r#","settings":{"licenses":-3}"#, "settings: licenses: '-3' is not a whole number"),
        (r#","settings":{"licenses":[3]}"#, "settings.licenses: expected a string, a number, true or false"),
        (r#","settings":{"licenses":3,"licenses":4}"#, "'licenses' stands twice"),
        (r#","clock":{"mode":"manual"}"#, "clock: write"),
        (r#","clock":{"mode":"manual","now":"soon"}"#, "clock.now: 'soon' is not an instant"),
        (r#","organization":{"nick_name":"C"}"#, "unknown field `nick_name`"),
        (r#","directory":{"accounts":[{"id":"x"}]}"#, "the document does not read"),
        (
            r#","directory":{"accounts":[{"id":"00000000-0000-0000-0000-000000000001","userPrincipalName":"a@b.c","groups":["00000000-0000-0000-0000-000000000009"]}]}"#,
            "which there is not",
        ),
        (
            r#","directory":{"deleted":[{"id":"00000000-0000-0000-0000-000000000001","userPrincipalName":"a@b.c"}]}"#,
            "has no deletedDateTime",
        ),
        (r#","directory":{"waiting":[{"number":1}]}"#, "the document does not read"),
        (r#","tables":{"acount":[]}"#, "tables: there is no table 'acount'"),
        (r#","tables":{"account":{}}"#, "tables.account: expected a list of rows"),
        (r#","tables":{"account":[3]}"#, "tables.account[0]: "),
        (
            r#","tables":{"account":[{"name":"A"},{"nam":"B"}]}"#,
            "tables.account[1].nam: the table has no such column",
        ),
        (r#","tables":{"account":[{"name":"A","name":"B"}]}"#, "tables.account[0]: 'name' stands twice"),
        (r#","tables":{"account":[{"name":1}]}"#, "tables.account[0].name: expected a string, found 1"),
        (
            r#","tables":{"account":[{"creditonhold":0}]}"#,
            "tables.account[0].creditonhold: expected true or false",
        ),
        (r#","tables":{"account":[{"numberofemployees":1.5}]}"#, "expected a whole number, found 1.5"),
        (
            r#","tables":{"account":[{"numberofemployees":-1}]}"#,
            "numberofemployees: -1 is not from 0 to 1000000000",
        ),
        (r#","tables":{"account":[{"revenue":"many"}]}"#, "revenue: expected a decimal number"),
        (r#","tables":{"account":[{"statecode":7}]}"#, "statecode: 7 is none of the options 0, 1"),
        (r#","tables":{"account":[{"accountid":"1"}]}"#, "accountid: expected an id"),
        (r#","tables":{"account":[{"accountid":null}]}"#, "accountid: a row's id cannot be null"),
        (
            r#","tables":{"account":[{"versionnumber":1}]}"#,
            "versionnumber: the organization numbers its rows itself",
        ),
        (r#","tables":{"account":[{"createdbyname":"A"}]}"#, "the column only shows what createdby holds"),
        (r#","tables":{"account":[{"createdon":"yesterday"}]}"#, "createdon: expected an instant"),
        (r#","tables":{"account":[{"entityimage":"?"}]}"#, "entityimage: the text is not base64"),
        (
            r#","tables":{"account":[{"ownerid":"00000008-0000-4000-8000-000000000005"}]}"#,
            "ownerid: the column can point to several tables",
        ),
        (
            r#","tables":{"account":[{"ownerid":{"table":"role","id":"00000008-0000-4000-8000-000000000005"}}]}"#,
            "ownerid: the column cannot point to the table role, only to systemuser, team",
        ),
        (
            r#","tables":{"account":[{"parentaccountid":"00000008-0000-4000-8000-000000000005"}]}"#,
            "parentaccountid points to account 00000008-0000-4000-8000-000000000005, which there is not",
        ),
        (
            r#","tables":{"teammembership":[{"teamid":"00000009-0000-4000-8000-000000000009"}]}"#,
            "teamid points to team 00000009-0000-4000-8000-000000000009, which there is not",
        ),
        (
            r#","tables":{"systemuser":[{"systemuserid":"00000008-0000-4000-8000-000000000005","lastname":"A"}]}"#,
            "tables.systemuser[0]: there is a row 00000008-0000-4000-8000-000000000005 already",
        ),
        (r#","tables":{"systemuser":[{}]}"#, "tables.systemuser[0]: a user needs a firstname or a lastname"),
        (
            r#","tables":{"systemuser":[{"lastname":"A","$roles":["Boss"]}]}"#,
            "tables.systemuser[0]: there is no role 'Boss' in business unit",
        ),
        (
            r#","tables":{"systemuser":[{"lastname":"A","$roles":3}]}"#,
            "$roles: expected a list of role names",
        ),
        (
            r#","tables":{"account":[{"$roles":[]}]}"#,
            "tables.account[0].$roles: the table has no such column",
        ),
        (r#","tables":{"businessunit":[{}]}"#, "tables.businessunit[0]: a business unit needs a name"),
    ] {
        let format = if members.is_empty() { 2 } else { 1 };
        let base = if members.contains("\"base\"") { "" } else { r#","base":"empty""# };
        let text = format!(r#"{{"format":{format}{base}{members}}}"#);
        match read(&text) {
            Err(why) if why.contains(expected) => {}
            Err(why) => writeln!(sentences, "{members}\n  {why}\n  {expected}").unwrap(),
            Ok(_) => writeln!(sentences, "{members} is taken").unwrap(),
        }
    }
    assert!(sentences.is_empty(), "{sentences}");
    assert!(read("{").unwrap_err().contains("line 1"));
    let why = read(r#"{"format":1}"#).unwrap_err();
    assert!(why.contains("organization.organization_id: there is no organization"), "{why}");
}

#[test]
fn every_lookup_of_an_embedded_scenario_has_a_row() {
    // What a document says is checked when it is read; what is generated goes through a document here.
    for (name, era) in names().flat_map(|name| ERAS.map(|era| (name, era))) {
        read(&document(&build(name, era))).unwrap_or_else(|why| panic!("{name}, {era:?}: {why}"));
    }
}

#[test]
fn the_ledger_says_what_the_scenario_promises() {
    let figures = |world: &World| {
        let counted = (licensing::seats(world).consumed, licensing::slots(world).used);
        assert_eq!(counted, licensing::by_scan(world), "counters and rows");
        counted
    };
    for era in ERAS {
        let limit = Settings::of_era(era).non_interactive_limit;
        for (name, expected) in [
            ("empty", (1, 0)),
            ("default", (4, 1)),
            ("out-of-licenses", (10, 0)),
            ("non-interactive-full", (1, limit)),
            ("support-user", (10, limit)),
            ("sync-lag", (5, 1)),
            ("admin-without-license", (4, 1)),
            ("licence-kept-by-non-interactive", (5, 2)),
            ("large:100", (104, 1)),
        ] {
            assert_eq!(figures(&build(name, era)), expected, "{name}, {era:?}");
        }
    }
    assert_eq!(licensing::seats(&build("large:100", Era::Crm2013)).purchased, 110);
    assert_eq!(licensing::seats(&build("licence-kept-by-non-interactive", Era::Crm2013)).available(), 0);
    for (key, value) in
        [("licenses", "3"), ("licenses", "0"), ("crm_managed_users", "off"), ("non_interactive_limit", "0")]
    {
        for name in names() {
            let mut options = options(Era::Crm2013);
            options.settings.set(key, value).unwrap();
            let world = build_with(name, &options);
            let (seats, slots) = figures(&world);
            assert!(slots <= world.settings().non_interactive_limit, "{name} with {key} {value}");
            // Licences of the directory are assigned there: the administrator's, and those a scenario is about.
            let directory = world.directory().licensed() as u32;
            assert!(seats <= world.settings().licenses.max(directory), "{name} with {key} {value}: {seats}");
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_organization() {
    let text = document(&build("large:50", Era::Crm2013));
    assert_eq!(text, document(&build("large:50", Era::Crm2013)));
    let other = Options { seed: Some(8), ..options(Era::Crm2013) };
    assert_ne!(text, document(&build_with("large:50", &other)));
}

#[test]
fn ids_go_on_after_those_of_the_document() {
    let world = build("default", Era::Crm2013);
    let mut again = read(&document(&world)).unwrap();
    let next = crate::world::Transaction::begin(&mut again).next_id();
    for table in world.catalogue().tables() {
        assert!(world.records().table(table.id).find(next).is_none(), "{}", table.logical_name);
    }
}

#[test]
fn what_was_set_outweighs_the_scenario() {
    let mut set = options(Era::Crm2013);
    set.settings.set("sync_delay", "1s").unwrap();
    let world = build_with("sync-lag", &set);
    assert_eq!(world.settings().sync_delay.as_secs(), 1);
    assert_eq!(world.settings().non_interactive_settle_delay.as_hours(), 24);
    assert_eq!(world.clock(), set.clock);
    let unset = Options { clock: Clock::default(), ..options(Era::Crm2013) };
    assert_eq!(build_with("sync-lag", &unset).now().to_string(), "2026-01-05T08:00:00Z");
    let era = document(&build("empty", Era::Dataverse));
    assert_eq!(
        read(&era).unwrap().settings().era,
        Era::Dataverse,
        "an era that nobody set is the document's"
    );
    let mut old = options(Era::Dataverse);
    old.settings.set("era", "crm2013").unwrap();
    let world = Scenario::Document(era.into()).build(&catalogue(), &old).unwrap();
    assert_eq!(world.settings().era, Era::Crm2013, "one that was set is not");
}

#[test]
fn a_scenario_is_named_or_written_out() {
    for (text, expected) in [
        ("default", Ok(Scenario::Embedded("default".to_owned()))),
        ("large", Ok(Scenario::Large(10_000))),
        ("large:7", Ok(Scenario::Large(7))),
        (" {}", Ok(Scenario::Document(" {}".into()))),
        ("large:many", Err("'many' is not a number of users")),
        ("small", Err("there is no scenario 'small'; there are default, empty")),
    ] {
        match (text.parse::<Scenario>(), expected) {
            (Ok(scenario), Ok(expected)) => assert_eq!(scenario, expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (got, expected) => panic!("{text}: {got:?}, not {expected:?}"),
        }
    }
}

#[test]
fn rows_stand_in_the_order_of_their_ids() {
    for name in names() {
        let world = build(name, Era::Dataverse);
        for table in [
            "systemuser",
            "usersettings",
            "queue",
            "team",
            "teammembership",
            "businessunit",
            "role",
            "account",
        ] {
            let id = world.catalogue().table_named(table).unwrap().id;
            assert!(world.records().table(id).is_in_id_order(), "{name}: {table}");
        }
    }
}

#[test]
fn a_document_upon_another_has_its_rows_completed() {
    let text = r#"{"format":1,"base":"default","settings":{"licenses":5},"tables":{
        "systemuser":[
            {"systemuserid":"00000008-0000-4000-8000-000000000031","firstname":"Ann","lastname":"Of Sales",
             "businessunitid":"00000010-0000-4000-8000-000000000003","$roles":["Auditor","Salesperson"]},
            {"systemuserid":"00000008-0000-4000-8000-000000000032","lastname":"Late"}],
        "role":[{"name":"Auditor"}],
        "businessunit":[{"businessunitid":"00000010-0000-4000-8000-000000000003","name":"Inside Sales",
            "parentbusinessunitid":"00000010-0000-4000-8000-000000000002"}]}}"#;
    let world = read(text).unwrap();
    let known = world.known();
    let users = world.records().table(known.systemuser.id);
    let ann = users.get(well_known::user(0x31)).unwrap();
    assert_eq!(ann.get(known.systemuser.fullname).as_str(), Some("Ann Of Sales"));
    assert_eq!(ann.get(known.systemuser.domainname).as_str(), Some("ann.ofsales@contoso.onmicrosoft.com"));
    assert_eq!(ann.get(known.systemuser.islicensed).as_bool(), Some(true));
    let late = users.get(well_known::user(0x32)).unwrap();
    assert_eq!(late.get(known.systemuser.isdisabled).as_bool(), Some(true), "the fifth licence was the last");
    let queue = ann.get(known.systemuser.queueid).as_id().unwrap();
    let queue = world.records().table(known.queue.id).get(queue).unwrap();
    assert_eq!(queue.get(known.queue.name).as_str(), Some("<Ann Of Sales>"));
    assert!(world.records().table(known.usersettings.id).get(well_known::user(0x31)).is_some());
    let roles = world.records().table(known.systemuserroles.id);
    let user = Value::Guid(well_known::user(0x31));
    let given = roles.rows_where(known.systemuserroles.systemuserid, &user).count();
    assert_eq!(given, 2);
    let auditors = Value::from("Auditor");
    let copies = world.records().table(known.role.id).rows_where(known.role.name, &auditors).count();
    assert_eq!(copies, 3, "one a business unit");
}
