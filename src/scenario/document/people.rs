//! Users of a document with a base: what a row leaves out, the rules fill in.

use std::borrow::Cow;

use serde::Deserialize;
use uuid::Uuid;

use crate::licensing::{ADMINISTRATIVE, NON_INTERACTIVE, READ, READ_WRITE};
use crate::model::{Record, Reference};
use crate::scenario::builder::Builder;
use crate::scenario::organization::domain;
use crate::scenario::people::Comes;
use crate::scenario::roles;
use crate::settings::Era;

/// What a row asks for beside its columns.
#[derive(Debug, Default)]
pub(super) struct Instructions {
    roles: RoleNames,
    /// The directory account that the user is.
    pub(super) account: Option<Uuid>,
}

/// Names of roles, the same in every era or not.
#[derive(Debug, Default)]
struct RoleNames {
    crm2013: Vec<String>,
    dataverse: Vec<String>,
}

impl Instructions {
    pub(super) fn read_roles(&mut self, text: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ByEra {
            #[serde(default)]
            crm2013: Vec<String>,
            #[serde(default)]
            dataverse: Vec<String>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Names {
            Same(Vec<String>),
            ByEra(ByEra),
        }
        let names = serde_json::from_str(text)
            .map_err(|_| "expected a list of role names, or such lists by era".to_owned())?;
        self.roles = match names {
            Names::Same(names) => RoleNames { crm2013: names.clone(), dataverse: names },
            Names::ByEra(ByEra { crm2013, dataverse }) => RoleNames { crm2013, dataverse },
        };
        Ok(())
    }

    pub(super) fn roles(&self, era: Era) -> impl Iterator<Item = &str> {
        let names = match era {
            Era::Crm2013 => &self.roles.crm2013,
            Era::Dataverse => &self.roles.dataverse,
        };
        names.iter().map(String::as_str)
    }
}

impl Builder {
    /// Adds a user with what comes with it, its access decided by the rules where the row does not say.
    pub(super) fn add_user(
        &mut self,
        id: Uuid,
        mut user: Record,
        instructions: &Instructions,
    ) -> Result<(), String> {
        let known = self.world.known().clone();
        let columns = &known.systemuser;
        if let Some(account) = instructions.account {
            self.be_account(&mut user, account)?;
        }
        let root = self.world.identity().root_business_unit;
        user.set_default(columns.businessunitid, Reference::new(known.businessunit.id, root));
        let unit = user.get(columns.businessunitid).as_id().unwrap_or(root);
        if self.world.records().table(known.businessunit.id).find(unit).is_none() {
            return Err(format!("there is no business unit {unit}"));
        }
        let names: Vec<Cow<'_, str>> = [columns.firstname, columns.lastname]
            .into_iter()
            .filter_map(|column| user.get(column).as_str().map(|name| Cow::Owned(name.to_owned())))
            .collect();
        if names.is_empty() {
            return Err("a user needs a firstname or a lastname".to_owned());
        }
        let sign_in = format!(
            "{}@{}",
            names.join(".").to_lowercase().replace(' ', ""),
            domain(&self.world.identity().unique_name)
        );
        let full_name = names.join(" ");
        user.set_default(columns.fullname, full_name);
        user.set_default(columns.domainname, sign_in);
        let mail = user.get(columns.domainname).clone();
        user.set_default(columns.internalemailaddress, mail);
        self.decide_access(&mut user);
        self.complete_user(&mut user);
        let mut companions = self.companions();
        self.add_person(&mut companions, id, &mut user, Comes::Whole);
        for role in instructions.roles(self.era()) {
            roles::assign(self, id, unit, role)?;
        }
        Ok(())
    }

    /// What a directory account makes of its user: D3 (licence), D4 (administrator without one), else disabled.
    fn be_account(&self, user: &mut Record, account: Uuid) -> Result<(), String> {
        let columns = &self.world.known().systemuser;
        let account =
            self.world.directory().known(account).ok_or_else(|| {
                format!("there is no directory account {account}, or CRM does not know it yet")
            })?;
        let licensed = account.is_licensed();
        let administers = account.is_admin() && !licensed;
        let is_admitted = account.is_admitted(self.settings().security_group.0);
        let enabled = is_admitted && (licensed || administers);
        user.set_default(columns.azureactivedirectoryobjectid, account.id);
        user.set_default(columns.issyncwithdirectory, true);
        user.set_default(columns.islicensed, licensed);
        user.set_default(columns.accessmode, if administers { ADMINISTRATIVE } else { READ_WRITE });
        user.set_default(columns.setupuser, administers);
        let without_slot =
            user.get(columns.accessmode).as_int() == Some(NON_INTERACTIVE) && self.slots_left() == 0;
        user.set_default(columns.isdisabled, !enabled || without_slot);
        user.set_default(columns.domainname, account.user_principal_name.as_str());
        user.set_default(columns.windowsliveid, account.user_principal_name.as_str());
        let last = account.surname.as_deref().or(account.display_name.as_deref());
        for (column, text) in [(columns.firstname, account.given_name.as_deref()), (columns.lastname, last)] {
            user.set_default(column, text.unwrap_or("#"));
        }
        if let Some(mail) = &account.mail {
            user.set_default(columns.internalemailaddress, mail.as_str());
        }
        Ok(())
    }

    /// What a create makes of a user outside the directory: U11 and U16 (licences), U12 (slots).
    fn decide_access(&self, user: &mut Record) {
        let columns = &self.world.known().systemuser;
        user.set_default(columns.accessmode, READ_WRITE);
        let flag = |column| user.get(column).as_bool();
        if flag(columns.issyncwithdirectory) == Some(true) || !user.get(columns.applicationid).is_null() {
            return;
        }
        let disabled = flag(columns.isdisabled);
        let wanted = disabled != Some(true);
        let (enabled, licensed) = match user.get(columns.accessmode).as_int() {
            Some(READ_WRITE | READ) => {
                let seat = wanted && (disabled.is_some() || self.seats_left() > 0);
                (seat, seat)
            }
            Some(NON_INTERACTIVE) => (wanted && (disabled.is_some() || self.slots_left() > 0), false),
            _ => (wanted, false),
        };
        user.set_default(columns.isdisabled, !enabled);
        user.set_default(columns.islicensed, licensed);
    }
}
