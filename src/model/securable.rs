//! Which columns field security can cover.

use super::{Column, ColumnId, ColumnType, LookupKind, Table, Value};

/// For which operations a column can be secured; for none of them where it cannot be secured at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Securable {
    /// Giving it a value in a new row.
    pub create: bool,
    /// Reading it.
    pub read: bool,
    /// Changing it.
    pub update: bool,
}

impl Securable {
    /// For every operation.
    pub const fn everything() -> Self {
        Self { create: true, read: true, update: true }
    }

    /// Whether it can be secured for anything.
    pub fn at_all(self) -> bool {
        self.create || self.read || self.update
    }
}

impl Table {
    /// For which operations a column can be secured (C7).
    ///
    /// `Source:` "Field security entities": two-option columns not for reading, choices only without a default; the
    /// error texts `CannotSecureAttribute` and `CannotSecureEntityKeyAttribute`. `Assumed:` the fixtures do not print
    /// what the service says of each column, so it follows from what the column is: nothing that the platform fills in
    /// itself, no key, no name by which people know the row, no state.
    pub fn securable(&self, column: &Column) -> Securable {
        let is_the_platforms = Some(column.id) == self.primary_name
            || column.id == self.primary_id
            || self.alternate_keys.iter().any(|key| key.columns.contains(&column.id))
            || self.system.all().any(|system| system == column.id)
            || self.is_intersect;
        let has_default = !matches!(column.default, Value::Null | Value::Int(-1));
        let is_open = match &column.kind {
            ColumnType::State { .. }
            | ColumnType::Status { .. }
            | ColumnType::BigInt
            | ColumnType::Uniqueidentifier
            | ColumnType::EntityName
            | ColumnType::ManagedProperty
            | ColumnType::Virtual
            | ColumnType::Lookup { kind: LookupKind::Owner, .. } => false,
            ColumnType::Choice { .. } | ColumnType::Choices { .. } => !has_default,
            _ => true,
        };
        if is_the_platforms || !is_open || !column.is_property() {
            return Securable::default();
        }
        Securable {
            create: column.valid_for_create,
            read: !matches!(column.kind, ColumnType::Boolean { .. }),
            update: column.valid_for_update,
        }
    }
}

impl super::table::SystemColumns {
    /// All of them.
    fn all(&self) -> impl Iterator<Item = ColumnId> {
        [
            self.createdon,
            self.createdby,
            self.createdonbehalfby,
            self.modifiedon,
            self.modifiedby,
            self.modifiedonbehalfby,
            self.overriddencreatedon,
            self.ownerid,
            self.owninguser,
            self.owningteam,
            self.owningbusinessunit,
            self.businessunitid,
            self.organizationid,
            self.statecode,
            self.statuscode,
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;

    #[test]
    fn c7_which_columns_can_be_secured() {
        let catalogue = Catalogue::embedded();
        let of = |table: &str, column: &str| {
            let table = catalogue.table_named(table).unwrap();
            let Securable { create, read, update } = table.securable(table.column_named(column).unwrap());
            (create, read, update)
        };
        assert_eq!(of("account", "creditlimit"), (true, true, true));
        assert_eq!(of("account", "primarycontactid"), (true, true, true));
        assert_eq!(
            of("account", "creditonhold"),
            (true, false, true),
            "two options are not kept from readers"
        );
        assert_eq!(of("account", "industrycode"), (true, true, true), "a choice without a default");
        for column in
            ["accountid", "name", "statecode", "statuscode", "ownerid", "createdon", "versionnumber"]
        {
            assert_eq!(of("account", column), (false, false, false), "{column}");
        }
        assert_eq!(of("task", "prioritycode"), (false, false, false), "it has a default");
        assert_eq!(of("account", "primarycontactidname"), (false, false, false), "no column of its own");
    }
}
