//! Columns that field security covers, and what profiles let users do with them.

use smallvec::SmallVec;
use uuid::Uuid;

use super::cache::Rows;
use crate::model::{Catalogue, Column, ColumnId, Securable, Table, TableId, ValueRef};
use crate::settings::Settings;

/// The built-in profile System Administrator, which allows everything and which nobody changes.
/// Source: "Column-level security with code".
pub const SYSTEM_ADMINISTRATOR_PROFILE: Uuid = uuid::uuid!("572329c1-a042-4e22-be47-367c6374ea45");

/// `teamtype`: Access.
const ACCESS_TEAM: i32 = 1;

/// A column that field security covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecuredColumn {
    /// Its table.
    pub table: TableId,
    /// The column.
    pub column: ColumnId,
    /// From which operations it is kept.
    pub against: Securable,
}

impl SecuredColumn {
    fn new(table: &Table, column: &Column) -> Self {
        Self { table: table.id, column: column.id, against: table.securable(column) }
    }
}

/// The columns that the tables themselves say are secured.
#[derive(Debug)]
struct ByTables(Box<[SecuredColumn]>);

impl ByTables {
    fn of(catalogue: &Catalogue) -> Self {
        let mut found = Vec::new();
        for table in catalogue.tables() {
            let secured = table.columns.iter().filter(|column| column.is_secured);
            found.extend(secured.map(|column| SecuredColumn::new(table, column)));
        }
        Self(found.into())
    }
}

/// The columns of an organization that field security covers, by table and column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecuredColumns(Box<[SecuredColumn]>);

impl SecuredColumns {
    /// What the tables say, and the setting `secured_columns`. Names that are none are passed over: [`Self::check`]
    /// refused them where the setting was changed.
    pub fn of(catalogue: &Catalogue, settings: &Settings) -> Self {
        let ByTables(by_tables) = catalogue.derive(ByTables::of);
        let by_setting = settings.secured_columns.iter().filter_map(|(table, column)| {
            let table = catalogue.table_named(table)?;
            Some(SecuredColumn::new(table, table.column_named(column)?))
        });
        let mut found: Vec<SecuredColumn> = by_tables.iter().copied().chain(by_setting).collect();
        found.sort_unstable_by_key(|secured| (secured.table, secured.column));
        found.dedup();
        Self(found.into())
    }

    /// Whether the setting names columns that are there and can be secured (C7).
    ///
    /// # Errors
    ///
    /// A sentence that names the one that is not.
    pub fn check(catalogue: &Catalogue, settings: &Settings) -> Result<(), String> {
        for (table_name, column_name) in settings.secured_columns.iter() {
            let table = catalogue
                .table_named(table_name)
                .ok_or_else(|| format!("secured_columns: there is no table '{table_name}'"))?;
            let column = table.column_named(column_name).ok_or_else(|| {
                format!("secured_columns: the table '{table_name}' has no column '{column_name}'")
            })?;
            if !table.securable(column).at_all() {
                return Err(format!(
                    "secured_columns: the column '{table_name}.{column_name}' cannot be secured"
                ));
            }
        }
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &SecuredColumn> {
        self.0.iter()
    }

    /// A column, where it is secured.
    pub fn get(&self, table: TableId, column: ColumnId) -> Option<&SecuredColumn> {
        let place = self.0.binary_search_by_key(&(table, column), |secured| (secured.table, secured.column));
        place.ok().map(|place| &self.0[place])
    }
}

/// What profiles together let somebody do with columns (C4), by table and column.
#[derive(Debug, Default)]
pub(super) struct Permissions {
    /// Whether the profile System Administrator is among them.
    everything: bool,
    columns: Box<[SecuredColumn]>,
}

impl Permissions {
    /// Those of a user with its teams, or of a team.
    pub(super) fn read(rows: Rows<'_>, user: Option<Uuid>, teams: impl Iterator<Item = Uuid>) -> Self {
        let known = rows.catalogue.known();
        let permissions = &known.fieldpermission;
        let (of_user, of_team) = (&known.systemuserprofiles, &known.teamprofiles);
        let mut profiles: SmallVec<[Uuid; 4]> = SmallVec::new();
        if let Some(user) = user {
            let given = rows.records.table(of_user.id).rows_with(of_user.systemuserid, ValueRef::Guid(user));
            profiles.extend(given.filter_map(|row| row.get(of_user.fieldsecurityprofileid).as_id()));
        }
        for team in teams {
            let row = rows.records.table(known.team.id).get(team);
            // An access team has no profiles (T6), whatever a document brought.
            if row.is_none_or(|row| row.get(known.team.teamtype).as_int() == Some(ACCESS_TEAM)) {
                continue;
            }
            let given = rows.records.table(of_team.id).rows_with(of_team.teamid, ValueRef::Guid(team));
            profiles.extend(given.filter_map(|row| row.get(of_team.fieldsecurityprofileid).as_id()));
        }
        profiles.sort_unstable();
        profiles.dedup();
        let everything = profiles.contains(&SYSTEM_ADMINISTRATOR_PROFILE);
        let mut found: Vec<SecuredColumn> = Vec::new();
        for profile in profiles {
            let given = rows.records.table(permissions.id);
            for row in given.rows_with(permissions.fieldsecurityprofileid, ValueRef::Guid(profile)) {
                let named = |column| row.get(column).as_str();
                let table = named(permissions.entityname).and_then(|name| rows.catalogue.table_named(name));
                let Some(table) = table else { continue };
                let column = named(permissions.attributelogicalname).and_then(|name| table.column_id(name));
                let Some(column) = column else { continue };
                let allows = |column| row.get(column).as_int().is_some_and(|choice| choice != 0);
                let against = Securable {
                    create: allows(permissions.cancreate),
                    read: allows(permissions.canread),
                    update: allows(permissions.canupdate),
                };
                found.push(SecuredColumn { table: table.id, column, against });
            }
        }
        found.sort_unstable_by_key(|permission| (permission.table, permission.column));
        found.dedup_by(|next, kept| {
            let is_same = (next.table, next.column) == (kept.table, kept.column);
            if is_same {
                kept.against.create |= next.against.create;
                kept.against.read |= next.against.read;
                kept.against.update |= next.against.update;
            }
            is_same
        });
        Self { everything, columns: found.into() }
    }

    /// What is allowed with a column.
    pub(super) fn of(&self, table: TableId, column: ColumnId) -> Securable {
        if self.everything {
            return Securable::everything();
        }
        let place = self.columns.binary_search_by_key(&(table, column), |given| (given.table, given.column));
        place.map_or(Securable::default(), |place| self.columns[place].against)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_a_table_says_what_is_secured_in_every_organization_and_the_setting_adds_to_it() {
        let column = r#""logical_name": "creditlimit","#;
        let catalogue =
            Catalogue::edited(|file| file.replace(column, &format!(r#"{column} "is_secured": true,"#)));
        let account = catalogue.table_named("account").unwrap();
        let names = |settings: &Settings| -> Vec<Box<str>> {
            let secured = SecuredColumns::of(&catalogue, settings);
            let of_account = secured.iter().filter(|secured| secured.table == account.id);
            of_account.map(|secured| account.column(secured.column).logical_name.clone()).collect()
        };
        let mut settings = Settings::default();
        assert_eq!(names(&settings), ["creditlimit".into()]);
        settings.set("secured_columns", "account.telephone1,account.creditlimit").unwrap();
        assert_eq!(names(&settings), ["creditlimit".into(), "telephone1".into()]);
        let embedded = Catalogue::embedded();
        assert!(SecuredColumns::of(&embedded, &Settings::default()).is_empty(), "none is by itself");
        assert!(SecuredColumns::check(&embedded, &settings).is_ok());
    }
}
