//! Whatever is done in whatever order, what should hold of the world holds, a refusal leaves no trace, and no step
//! takes more than there is (I2, and the same of licences).

use std::sync::{Arc, Barrier};
use std::thread;

use proptest::prelude::*;
use uuid::Uuid;

use super::support::{ADMIN, INTEGRATION, Organization, ROOT, ROOT_TEAM, SUPPORT, SYSTEM, role_in};
use crate::directory::AdminRole;
use crate::fault::Fault;
use crate::identity::Caller;
use crate::model::Value;
use crate::rules;
use crate::rules::wizard::{self, Form, NewUser};
use crate::service::Origin;
use crate::service::registry::{Datum, Reply};

/// One thing somebody does. Numbers choose among the users and units there are at the time.
#[derive(Debug, Clone)]
enum Step {
    Create { mode: i32, disabled: Option<bool>, origin: Origin, application: bool },
    Synchronise { account: usize, mode: i32 },
    Wizard { count: usize },
    Mode { user: usize, mode: i32, disabled: Option<bool> },
    Disabled { user: usize, to: bool },
    Delete { user: usize },
    Move { user: usize, unit: usize },
    Administrator { user: usize, on: bool },
    Unit { parent: usize },
    UnitDisabled { unit: usize, to: bool },
    UnitDelete { unit: usize },
    Team(TeamStep),
    Setting { key: &'static str, value: &'static str },
}

/// One thing somebody does with teams and with what they own or work on.
#[derive(Debug, Clone)]
enum TeamStep {
    Create { kind: i32, administrator: usize },
    Member { team: usize, user: usize, on: bool },
    Role { team: usize, on: bool },
    Move { team: usize, unit: usize, stay: bool },
    Convert { team: usize },
    Delete { team: usize },
    Account { owner: usize },
    Assign { account: usize, team: usize },
    AccountDelete { account: usize },
    Template { code: i32, mask: i32 },
    TemplateMask { template: usize, mask: i32 },
    TemplateDelete { template: usize },
    Record { user: usize, account: usize, template: usize, on: bool },
}

const SETTINGS: &[(&str, &[&str])] = &[
    ("licenses", &["1", "3", "10"]),
    ("non_interactive_limit", &["0", "2", "5"]),
    ("non_interactive_overflow", &["refuse", "create_disabled"]),
    ("crm_managed_users", &["on", "off"]),
    ("api_create_without_seat", &["create_disabled", "refuse"]),
    ("api_create_ni_unsynced", &["enabled", "stub"]),
    ("non_interactive_leave_disables", &["always", "only_if_unlicensed"]),
    ("read_mode", &["supported", "refused"]),
    ("delete_users", &["never", "two_stage"]),
    ("assign_role_to_disabled", &["allow", "refuse"]),
    ("cross_bu_roles", &["true", "false"]),
    ("keep_roles_on_bu_change", &["true", "false"]),
    ("move_records_on_bu_change", &["true", "false"]),
    ("refuse_self_disable", &["true", "false"]),
    ("access_team_tables", &["0", "1", "5"]),
    ("era", &["crm2013", "dataverse"]),
];

fn setting() -> impl Strategy<Value = Step> {
    (0..SETTINGS.len(), any::<prop::sample::Index>()).prop_map(|(at, value)| {
        let (key, values) = SETTINGS[at];
        Step::Setting { key, value: values[value.index(values.len())] }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![12 => deed(), 1 => setting()]
}

/// Anything but a change of the settings.
fn deed() -> impl Strategy<Value = Step> {
    let mode =
        || prop_oneof![4 => Just(4), 4 => Just(0), 2 => Just(1), 2 => Just(2), 1 => Just(3), 1 => Just(5)];
    let origin = prop_oneof![6 => Just(Origin::Api), 1 => Just(Origin::Import)];
    let disabled = || prop_oneof![3 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let user = || 0..16_usize;
    prop_oneof![
        4 => (mode(), disabled(), origin, prop::bool::weighted(0.1))
            .prop_map(|(mode, disabled, origin, application)| Step::Create { mode, disabled, origin, application }),
        2 => (0..6_usize, mode()).prop_map(|(account, mode)| Step::Synchronise { account, mode }),
        1 => (0..3_usize).prop_map(|count| Step::Wizard { count }),
        5 => (user(), mode(), disabled()).prop_map(|(user, mode, disabled)| Step::Mode { user, mode, disabled }),
        5 => (user(), any::<bool>()).prop_map(|(user, to)| Step::Disabled { user, to }),
        2 => user().prop_map(|user| Step::Delete { user }),
        2 => (user(), 0..4_usize).prop_map(|(user, unit)| Step::Move { user, unit }),
        2 => (user(), any::<bool>()).prop_map(|(user, on)| Step::Administrator { user, on }),
        1 => (0..4_usize).prop_map(|parent| Step::Unit { parent }),
        1 => (0..4_usize, any::<bool>()).prop_map(|(unit, to)| Step::UnitDisabled { unit, to }),
        1 => (0..4_usize).prop_map(|unit| Step::UnitDelete { unit }),
        14 => team_step(),
    ]
}

fn team_step() -> impl Strategy<Value = Step> {
    let team = || 0..8_usize;
    let user = || 0..16_usize;
    let account = || 0..4_usize;
    let template = || 0..3_usize;
    let mask = || prop_oneof![4 => Just(1), 4 => Just(3), 1 => Just(0), 1 => Just(32)];
    let step = prop_oneof![
        3 => (prop_oneof![3 => Just(0), 2 => Just(1), 1 => Just(2)], prop_oneof![4 => Just(0), 1 => user()])
            .prop_map(|(kind, administrator)| TeamStep::Create { kind, administrator }),
        3 => (team(), user(), any::<bool>()).prop_map(|(team, user, on)| TeamStep::Member { team, user, on }),
        3 => (team(), prop::bool::weighted(0.7)).prop_map(|(team, on)| TeamStep::Role { team, on }),
        1 => (team(), 0..4_usize, any::<bool>())
            .prop_map(|(team, unit, stay)| TeamStep::Move { team, unit, stay }),
        2 => team().prop_map(|team| TeamStep::Convert { team }),
        1 => team().prop_map(|team| TeamStep::Delete { team }),
        3 => user().prop_map(|owner| TeamStep::Account { owner }),
        3 => (account(), team()).prop_map(|(account, team)| TeamStep::Assign { account, team }),
        1 => account().prop_map(|account| TeamStep::AccountDelete { account }),
        2 => (1..4, mask()).prop_map(|(code, mask)| TeamStep::Template { code, mask }),
        1 => (template(), mask()).prop_map(|(template, mask)| TeamStep::TemplateMask { template, mask }),
        1 => template().prop_map(|template| TeamStep::TemplateDelete { template }),
        6 => (user(), account(), template(), prop::bool::weighted(0.7))
            .prop_map(|(user, account, template, on)| TeamStep::Record { user, account, template, on }),
    ];
    step.prop_map(Step::Team)
}

/// The organization with what the steps may choose from.
#[derive(Clone)]
struct Play {
    org: Arc<Organization>,
    users: Vec<Uuid>,
    units: Vec<Uuid>,
    teams: Vec<Uuid>,
    accounts: Vec<Uuid>,
    templates: Vec<Uuid>,
    made: u32,
}

impl Play {
    fn new() -> Self {
        let org = Organization::with(&[("licenses", "5"), ("non_interactive_limit", "3")]);
        let accounts: &[(bool, &[AdminRole])] = &[
            (true, &[]),
            (false, &[]),
            (true, &[AdminRole::Global]),
            (false, &[AdminRole::Service]),
            (true, &[AdminRole::PowerPlatform]),
        ];
        for (at, (licensed, roles)) in accounts.iter().enumerate() {
            org.account(&format!("account{at}"), *licensed, roles);
        }
        let accounts = (0..2).map(|_| org.create("account", &[("name", "A".into())]).unwrap()).collect();
        let values = [
            ("teamtemplatename", "T".into()),
            ("objecttypecode", 1.into()),
            ("defaultaccessrightsmask", 3.into()),
        ];
        let template = org.create("teamtemplate", &values).unwrap();
        Self {
            org: Arc::new(org),
            users: vec![ADMIN, SUPPORT, SYSTEM, INTEGRATION],
            units: vec![ROOT],
            teams: vec![ROOT_TEAM],
            accounts,
            templates: vec![template],
            made: 0,
        }
    }

    fn pick(&self, user: usize) -> Uuid {
        self.users[user % self.users.len()]
    }

    fn pick_unit(&self, unit: usize) -> Uuid {
        self.units[unit % self.units.len()]
    }

    fn act(&mut self, step: &Step) -> Result<(), Fault> {
        let org = &self.org;
        match *step {
            Step::Create { mode, disabled, origin, application } => {
                self.made += 1;
                let mut values = vec![("lastname", Value::from("Test")), ("accessmode", mode.into())];
                values.extend(disabled.map(|flag| ("isdisabled", flag.into())));
                if application {
                    values.push(("applicationid", Uuid::from_u128(u128::from(self.made)).into()));
                }
                let (id, _) = org.create_as(ADMIN, origin, "systemuser", &values)?;
                self.users.push(id);
                Ok(())
            }
            Step::Synchronise { account, mode } => {
                let id = org.synchronised(&format!("account{account}"), &[("accessmode", mode.into())])?;
                self.users.push(id);
                Ok(())
            }
            Step::Wizard { count } => self.wizard(count),
            Step::Mode { user, mode, disabled } => {
                let mut values = vec![("accessmode", mode.into())];
                values.extend(disabled.map(|flag| ("isdisabled", flag.into())));
                org.patch(self.pick(user), &values).map(drop)
            }
            Step::Disabled { user, to } => org.patch(self.pick(user), &[("isdisabled", to.into())]).map(drop),
            Step::Delete { user } => {
                let id = self.pick(user);
                org.delete("systemuser", id)?;
                if !org.exists("systemuser", id) {
                    self.users.retain(|other| *other != id);
                }
                Ok(())
            }
            Step::Move { user, unit } => {
                let to = org.to("businessunit", self.pick_unit(unit));
                org.patch(self.pick(user), &[("businessunitid", to)]).map(drop)
            }
            Step::Administrator { user, on } => {
                let id = self.pick(user);
                let unit = org.value("systemuser", id, "businessunitid").as_id().unwrap();
                let role = org.role("System Administrator", unit);
                if on { org.give(id, role) } else { org.take(id, role) }
            }
            Step::Unit { .. } | Step::UnitDisabled { .. } | Step::UnitDelete { .. } => self.unit(step),
            Step::Team(ref step) => self.team(step),
            Step::Setting { key, value } => {
                org.set(key, value);
                Ok(())
            }
        }
    }

    fn unit(&mut self, step: &Step) -> Result<(), Fault> {
        let org = &self.org;
        match *step {
            Step::Unit { parent } => {
                self.made += 1;
                let parent = org.to("businessunit", self.pick_unit(parent));
                let name = format!("Unit {}", self.made);
                let id =
                    org.create("businessunit", &[("name", name.into()), ("parentbusinessunitid", parent)])?;
                self.units.push(id);
            }
            Step::UnitDisabled { unit, to } => {
                let unit = self.pick_unit(unit);
                org.patch_as(ADMIN, "businessunit", unit, &[("isdisabled", to.into())])?;
            }
            Step::UnitDelete { unit } => {
                let unit = self.pick_unit(unit);
                org.delete("businessunit", unit)?;
                self.units.retain(|other| *other != unit);
            }
            _ => {}
        }
        Ok(())
    }

    /// One of what there is; of nothing, an id that nobody has.
    fn one_of(ids: &[Uuid], at: usize) -> Uuid {
        ids.get(at % ids.len().max(1)).copied().unwrap_or_else(Uuid::nil)
    }

    fn team(&mut self, step: &TeamStep) -> Result<(), Fault> {
        let org = Arc::clone(&self.org);
        let pick = |team| Self::one_of(&self.teams, team);
        let account = |account| Self::one_of(&self.accounts, account);
        let template = |template| Self::one_of(&self.templates, template);
        match *step {
            TeamStep::Create { kind, administrator } => {
                self.made += 1;
                let mut values = vec![
                    ("name", format!("Team {}", self.made).into()),
                    ("teamtype", kind.into()),
                    ("administratorid", org.to("systemuser", self.pick(administrator))),
                ];
                if kind > 1 {
                    let group = Uuid::from_u128(0x6e00_0000 + u128::from(self.made));
                    values.push(("azureactivedirectoryobjectid", group.into()));
                }
                self.teams.push(org.create("team", &values)?);
                Ok(())
            }
            TeamStep::Member { team, user, on } => {
                let name = if on { "AddMembersTeam" } else { "RemoveMembersTeam" };
                let users = Datum::List(vec![org.datum("systemuser", self.pick(user))]);
                self.on_team(pick(team), name, &[("Members", users)])
            }
            TeamStep::Role { team, on } => {
                let team = pick(team);
                // Found in one world: others may move the team meanwhile.
                let world = org.live.read();
                let teams = &world.known().team;
                let row = world.records().table(teams.id).get(team);
                let unit = row.and_then(|row| row.get(teams.businessunitid).as_id());
                let role = unit.and_then(|unit| role_in(&world, "Salesperson", unit));
                let Some(role) = role else { return Ok(()) };
                org.relate(on, ("team", team), "teamroles_association", ("role", role))
            }
            TeamStep::Move { team, unit, stay } => {
                let unit = org.datum("businessunit", self.pick_unit(unit));
                let arguments = [("BusinessUnit", unit), ("DoNotMoveAllRecords", Datum::Boolean(stay))];
                self.on_team(pick(team), "SetParentTeam", &arguments)
            }
            TeamStep::Convert { team } => self.on_team(pick(team), "ConvertOwnerTeamToAccessTeam", &[]),
            TeamStep::Delete { team } => {
                let team = pick(team);
                org.delete("team", team)?;
                self.teams.retain(|other| *other != team);
                Ok(())
            }
            TeamStep::Account { owner } => {
                let owner = org.to("systemuser", self.pick(owner));
                self.accounts.push(org.create("account", &[("name", "A".into()), ("ownerid", owner)])?);
                Ok(())
            }
            TeamStep::Assign { account: at, team } => {
                let owner = org.to("team", pick(team));
                org.patch_as(ADMIN, "account", account(at), &[("ownerid", owner)]).map(drop)
            }
            TeamStep::AccountDelete { account: at } => {
                let account = account(at);
                org.delete("account", account)?;
                self.accounts.retain(|other| *other != account);
                Ok(())
            }
            TeamStep::Template { code, mask } => {
                let values = [
                    ("teamtemplatename", "T".into()),
                    ("objecttypecode", code.into()),
                    ("defaultaccessrightsmask", mask.into()),
                ];
                self.templates.push(org.create("teamtemplate", &values)?);
                Ok(())
            }
            TeamStep::TemplateMask { template: at, mask } => org
                .patch_as(ADMIN, "teamtemplate", template(at), &[("defaultaccessrightsmask", mask.into())])
                .map(drop),
            TeamStep::TemplateDelete { template: at } => {
                let template = template(at);
                org.delete("teamtemplate", template)?;
                self.templates.retain(|other| *other != template);
                Ok(())
            }
            TeamStep::Record { user, account: of, template: by, on } => {
                let name = if on { "AddUserToRecordTeam" } else { "RemoveUserFromRecordTeam" };
                let arguments = [
                    ("Record", org.datum("account", account(of))),
                    ("TeamTemplate", org.datum("teamtemplate", template(by))),
                ];
                let (reply, _) = org.call(("systemuser", self.pick(user)), name, &arguments)?;
                // The teams of records are among those that the other steps try their hands at.
                if let Reply::Complex(answer) = reply
                    && let Some((_, Datum::Guid(team))) = answer.first()
                    && !self.teams.contains(team)
                {
                    self.teams.push(*team);
                }
                Ok(())
            }
        }
    }

    fn on_team(&self, team: Uuid, name: &str, arguments: &[(&'static str, Datum)]) -> Result<(), Fault> {
        self.org.call(("team", team), name, arguments).map(drop)
    }

    fn wizard(&mut self, count: usize) -> Result<(), Fault> {
        let users = (0..count).map(|at| NewUser {
            first_name: "Wizard".to_owned(),
            last_name: at.to_string(),
            email: format!("wizard{at}.{}@contoso.com", self.made),
        });
        let users = users.collect();
        self.made += 1;
        let roles = vec![self.org.role("Salesperson", ROOT)];
        let form = Form { business_unit: None, roles, users, send_invitations: false };
        let caller = Caller::user(ADMIN);
        let (made, _) = self.org.service.write(&self.org.live, |s| wizard::run(s, caller, &form))?;
        self.users.extend(made.iter().map(|made| made.systemuserid));
        Ok(())
    }
}

/// Does one thing after another; looks at the whole world after each.
fn hold_after_each(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut play = Play::new();
    for (at, step) in steps.iter().enumerate() {
        let before = play.org.live.read();
        let outcome = play.act(step);
        let after = play.org.live.read();
        let (had, has) = (rules::ledger(&before), rules::ledger(&after));
        if let Err(fault) = &outcome {
            prop_assert_eq!(before.version(), after.version(), "{} {:?}: {:?}", at, step, fault);
            prop_assert_eq!(&had, &has);
            prop_assert!(fault.hint_text().is_none_or(str::is_ascii));
        }
        if !matches!(step, Step::Setting { .. }) {
            let (limit, purchased) = (has.non_interactive.limit, has.licenses.purchased);
            prop_assert!(has.non_interactive.used <= limit.max(had.non_interactive.used), "I2 {:?}", step);
            prop_assert!(has.licenses.consumed <= purchased.max(had.licenses.consumed), "L1 {:?}", step);
        }
        prop_assert_eq!(play.org.verify(), Vec::<String>::new(), "after {} {:?}", at, step);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_the_rules_hold(steps in prop::collection::vec(step(), 1..60)) {
        hold_after_each(&steps)?;
    }

    #[test]
    fn whatever_is_done_with_teams_the_rules_hold(
        steps in prop::collection::vec(prop_oneof![8 => team_step(), 2 => deed(), 1 => setting()], 1..60),
    ) {
        hold_after_each(&steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_at_once_the_rules_hold(
        sides in prop::collection::vec(prop::collection::vec(deed(), 1..16), 2..=8),
    ) {
        let mut play = Play::new();
        for mode in [0, 4, 1] {
            let mode = Step::Create { mode, disabled: None, origin: Origin::Api, application: false };
            prop_assert!(play.act(&mode).is_ok());
        }
        let barrier = Barrier::new(sides.len());
        let wrong: Vec<String> = thread::scope(|scope| {
            let sides: Vec<_> = (1_u32..)
                .zip(&sides)
                .map(|(side, steps)| {
                    // Names that no other side gives.
                    let (mut play, barrier) = (Play { made: side * 1_000, ..play.clone() }, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        steps.iter().flat_map(|step| play.act_among_others(step)).collect::<Vec<_>>()
                    })
                })
                .collect();
            sides.into_iter().flat_map(|side| side.join().expect("a side panicked")).collect()
        });
        prop_assert_eq!(wrong, Vec::<String>::new());
        prop_assert_eq!(play.org.verify(), Vec::<String>::new());
    }
}

impl Play {
    /// Does something while others do, too; tells what does not hold of the world as it is then, whoever made it so.
    fn act_among_others(&mut self, step: &Step) -> Vec<String> {
        let outcome = self.act(step);
        let world = self.org.live.read();
        let mut wrong: Vec<String> = self
            .org
            .service
            .registry()
            .verify(&world)
            .into_iter()
            .map(|found| format!("{found:?}"))
            .collect();
        let ledger = rules::ledger(&world);
        let (slots, seats) = (&ledger.non_interactive, &ledger.licenses);
        if slots.used > slots.limit || seats.consumed > seats.purchased {
            wrong.push(format!("I2, L1: more than there is after {step:?} ({outcome:?}): {ledger:?}"));
        }
        wrong
    }
}
