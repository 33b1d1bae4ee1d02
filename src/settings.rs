//! The switches of the rules: every key of users-and-licensing.md section 0, with the defaults of each era.
//!
//! The documents disagree with one another, and the product changed between 2013 and today. Each such point is one
//! switch here, and nowhere else. A switch that nobody set follows the era.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use uuid::Uuid;

use crate::clock::{parse_duration, print_duration};

/// Which product's documents supply the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Era {
    /// Dynamics CRM 2013 Online.
    #[default]
    Crm2013,
    /// Today's Dataverse.
    Dataverse,
}

/// What happens to the sixth non-interactive user (U12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The create is refused.
    Refuse,
    /// The user is created disabled.
    CreateDisabled,
}

/// What a programmatic create does when no licence is left (U11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutSeat {
    /// The user is created disabled.
    CreateDisabled,
    /// The create is refused.
    Refuse,
}

/// What a create of a non-synchronised non-interactive user makes (U12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsyncedNonInteractive {
    /// An enabled user.
    Enabled,
    /// A disabled record.
    Stub,
}

/// Whom leaving non-interactive access disables (U30).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveDisables {
    /// Everyone.
    Always,
    /// Users without a licence.
    OnlyIfUnlicensed,
}

/// Whether the Read access mode exists (U27).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// It does.
    Supported,
    /// Setting it is refused.
    Refused,
}

/// Whether users can be deleted (U60 to U65).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteUsers {
    /// Never.
    Never,
    /// First soft, then for good.
    TwoStage,
}

/// Whether a disabled user can be given a role (R13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleToDisabled {
    /// It can.
    Allow,
    /// It is refused.
    Refuse,
}

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Everybody is believed; nobody in particular is the administrator.
    Open,
    /// Only tokens the emulator issued.
    Token,
}

/// Columns by their names, `table.column`; sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnNames(BTreeSet<Box<str>>);

impl ColumnNames {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of table and column of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|name| name.split_once('.'))
    }
}

/// The id of a group, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupId(pub Option<Uuid>);

/// A type a switch can have.
trait Switch: Sized {
    /// Whether it is a list, whose elements its text separates by commas.
    const IS_LIST: bool = false;

    fn parse(text: &str) -> Result<Self, String>;
    fn print(&self) -> String;
    fn values() -> &'static str;
}

macro_rules! choices {
    ($type:ident { $($variant:ident = $text:literal),* }) => {
        impl Switch for $type {
            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!("'{text}' is none of {}", Self::values())),
                }
            }

            fn print(&self) -> String {
                match self { $(Self::$variant => $text),* }.to_owned()
            }

            fn values() -> &'static str {
                concat!($($text, " "),*).trim_ascii_end()
            }
        }
    };
}

choices!(Era { Crm2013 = "crm2013", Dataverse = "dataverse" });
choices!(Overflow { Refuse = "refuse", CreateDisabled = "create_disabled" });
choices!(WithoutSeat { CreateDisabled = "create_disabled", Refuse = "refuse" });
choices!(UnsyncedNonInteractive { Enabled = "enabled", Stub = "stub" });
choices!(LeaveDisables { Always = "always", OnlyIfUnlicensed = "only_if_unlicensed" });
choices!(ReadMode { Supported = "supported", Refused = "refused" });
choices!(DeleteUsers { Never = "never", TwoStage = "two_stage" });
choices!(RoleToDisabled { Allow = "allow", Refuse = "refuse" });
choices!(AuthMode { Open = "open", Token = "token" });

impl Switch for u32 {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("'{text}' is not a whole number from 0 to {}", u32::MAX))
    }

    fn print(&self) -> String {
        self.to_string()
    }

    fn values() -> &'static str {
        "a whole number"
    }
}

impl Switch for bool {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err(format!("'{text}' is neither true nor false")),
        }
    }

    fn print(&self) -> String {
        self.to_string()
    }

    fn values() -> &'static str {
        "true (on) false (off)"
    }
}

impl Switch for SignedDuration {
    fn parse(text: &str) -> Result<Self, String> {
        let duration = parse_duration(text)?;
        if duration.is_negative() { Err(format!("'{text}' is negative")) } else { Ok(duration) }
    }

    fn print(&self) -> String {
        print_duration(*self)
    }

    fn values() -> &'static str {
        "a duration: 250ms, 5m, 24h, PT5M"
    }
}

impl Switch for GroupId {
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let id = text.trim().parse().map_err(|_| format!("'{text}' is not {}", Self::values()))?;
        Ok(Self(Some(id)))
    }

    fn print(&self) -> String {
        self.0.map(|id| id.to_string()).unwrap_or_default()
    }

    fn values() -> &'static str {
        "the object id of a group, or empty for none"
    }
}

impl Switch for ColumnNames {
    const IS_LIST: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let names = text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
        let of = |name: &str| match name.split_once('.') {
            Some((table, column)) if !table.is_empty() && !column.is_empty() && !column.contains('.') => {
                Ok(name.to_ascii_lowercase().into())
            }
            _ => Err(format!("'{name}' is not {}", Self::values())),
        };
        names.map(of).collect::<Result<_, _>>().map(Self)
    }

    fn print(&self) -> String {
        self.0.iter().map(|name| &**name).collect::<Vec<_>>().join(",")
    }

    fn values() -> &'static str {
        "table.column, as account.creditlimit; several separated by commas or spaces"
    }
}

macro_rules! switches {
    ($($(#[doc = $doc:literal])* $field:ident: $type:ty = |$era:ident| $default:expr;)*) => {
        /// All switches of one organization.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            /// Whose documents supply the defaults.
            pub era: Era,
            explicit: BTreeMap<&'static str, ()>,
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        impl Settings {
            /// The defaults of an era.
            pub fn of_era(era: Era) -> Self {
                Self {
                    era,
                    explicit: BTreeMap::new(),
                    $($field: { let $era = era; $default },)*
                }
            }

            fn set_switch(&mut self, key: &str, text: &str) -> Result<bool, String> {
                match key {
                    $(stringify!($field) => {
                        self.$field = <$type as Switch>::parse(text)?;
                        self.explicit.insert(stringify!($field), ());
                        Ok(true)
                    })*
                    _ => Ok(false),
                }
            }

            fn follow_era(&mut self, era: Era) {
                let defaults = Self::of_era(era);
                self.era = era;
                $(if !self.explicit.contains_key(stringify!($field)) { self.$field = defaults.$field; })*
            }

            /// Every switch: key, value, the values it takes, what it is for.
            pub fn entries(&self) -> Vec<Entry> {
                vec![
                    Entry {
                        key: "era",
                        value: self.era.print(),
                        explicit: self.explicit.contains_key("era"),
                        is_list: false,
                        values: Era::values(),
                        about: "Whose documents supply the defaults of the other keys.",
                    },
                    $(Entry {
                        key: stringify!($field),
                        value: self.$field.print(),
                        explicit: self.explicit.contains_key(stringify!($field)),
                        is_list: <$type as Switch>::IS_LIST,
                        values: <$type as Switch>::values(),
                        about: concat!($($doc),*).trim_ascii(),
                    },)*
                ]
            }
        }
    };
}

/// One switch as listings show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: &'static str,
    /// Its value now.
    pub value: String,
    /// Whether somebody set it, so that it no longer follows the era.
    pub explicit: bool,
    /// Whether it is a list, whose elements the value separates by commas.
    pub is_list: bool,
    /// The values it takes, or a list's elements.
    pub values: &'static str,
    /// What it is for, with the rules it bears on.
    pub about: &'static str,
}

switches! {
    /// Free non-interactive users (L5, L7, U12, U29a, U34).
    non_interactive_limit: u32 = |era| if era == Era::Crm2013 { 5 } else { 7 };
    /// What happens to a non-interactive user too many (U12).
    non_interactive_overflow: Overflow = |_era| Overflow::Refuse;
    /// Purchased interactive licences, the seats (L1).
    licenses: u32 = |_era| 10;
    /// Whether users outside the directory are ordinary users and the New User wizard exists (U11, U16, U20).
    crm_managed_users: bool = |_era| true;
    /// What a programmatic create does when no licence is left (U11).
    api_create_without_seat: WithoutSeat = |_era| WithoutSeat::CreateDisabled;
    /// What a create of a non-interactive user outside the directory makes (U12).
    api_create_ni_unsynced: UnsyncedNonInteractive = |_era| UnsyncedNonInteractive::Enabled;
    /// Whom leaving non-interactive access disables (U30).
    non_interactive_leave_disables: LeaveDisables = |_era| LeaveDisables::Always;
    /// Whether the Read access mode exists (U27).
    read_mode: ReadMode = |era| if era == Era::Crm2013 { ReadMode::Supported } else { ReadMode::Refused };
    /// Whether users can be deleted (U60).
    delete_users: DeleteUsers = |era| if era == Era::Crm2013 { DeleteUsers::Never } else { DeleteUsers::TwoStage };
    /// Whether a disabled user can be given a role (R13).
    assign_role_to_disabled: RoleToDisabled =
        |era| if era == Era::Crm2013 { RoleToDisabled::Allow } else { RoleToDisabled::Refuse };
    /// Whether roles of one business unit can be given in another (R11).
    cross_bu_roles: bool = |era| era == Era::Dataverse;
    /// Whether a user keeps its roles when it moves (R31).
    keep_roles_on_bu_change: bool = |_era| false;
    /// Whether a user's records follow it to another business unit (R32).
    move_records_on_bu_change: bool = |_era| true;
    /// How many tables may have templates of access teams (T10).
    access_team_tables: u32 = |_era| 5;
    /// How long Office 365 takes to synchronise a change to CRM (D10).
    sync_delay: SignedDuration = |_era| SignedDuration::ZERO;
    /// How long the directory keeps the old access mode in view (D20).
    non_interactive_settle_delay: SignedDuration = |_era| SignedDuration::ZERO;
    /// The directory's group whose members alone may use the organization, by its id; empty for none (D8, W2).
    security_group: GroupId = |_era| GroupId::default();
    /// Whether only System Administrators and System Customizers may sign in at the web client (W9).
    admin_only_mode: bool = |_era| false;
    /// Whether disabled owners and sharees are refused (S11).
    strict_owner_enabled: bool = |_era| false;
    /// Whether the old owner keeps a share after an assign (S20).
    share_to_previous_owner_on_assign: bool = |_era| false;
    /// Whether a create insists on domainname and internalemailaddress (U15).
    strict_required: bool = |_era| false;
    /// Whether a caller may not disable itself (U96).
    refuse_self_disable: bool = |_era| true;
    /// Whether the service's refusals of the act-on-behalf privilege apply (M8).
    strict_act_on_behalf: bool = |_era| false;
    /// Columns that field security covers, beside those of the tables themselves: `table.column` (C1, C7).
    secured_columns: ColumnNames = |_era| ColumnNames::default();
    /// How a caller proves who it is.
    auth: AuthMode = |_era| AuthMode::Open;
    /// How many requests the journal keeps; with 0 nothing is recorded and nothing counts as covered.
    journal: u32 = |_era| 10_000;
}

impl Default for Settings {
    fn default() -> Self {
        Self::of_era(Era::default())
    }
}

impl Settings {
    /// Whether the switch of a key is a list.
    pub fn is_list(&self, key: &str) -> bool {
        self.entries().iter().any(|entry| entry.is_list && entry.key == key)
    }

    /// Sets a switch by its key. Setting `era` changes every switch that nobody set.
    ///
    /// # Errors
    ///
    /// A sentence that says which keys or values there are.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        if key == "era" {
            let era = Era::parse(value).map_err(|why| format!("{key}: {why}"))?;
            self.follow_era(era);
            self.explicit.insert("era", ());
            return Ok(());
        }
        if self.set_switch(key, value).map_err(|why| format!("{key}: {why}"))? {
            return Ok(());
        }
        let keys: Vec<_> = self.entries().iter().map(|entry| entry.key).collect();
        Err(format!("'{key}' is not a setting; there are {}", keys.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_follows_the_era_until_it_is_set() {
        let mut settings = Settings::default();
        assert_eq!(settings.non_interactive_limit, 5);
        settings.set("era", "dataverse").unwrap();
        assert_eq!(settings.non_interactive_limit, 7);
        settings.set("non_interactive_limit", "3").unwrap();
        settings.set("era", "crm2013").unwrap();
        assert_eq!((settings.non_interactive_limit, settings.read_mode), (3, ReadMode::Supported));
    }

    #[test]
    fn columns_are_a_list() {
        let mut settings = Settings::default();
        settings.set("secured_columns", "contact.Salary, account.creditlimit account.creditlimit").unwrap();
        let entry = settings.entries().into_iter().find(|entry| entry.key == "secured_columns").unwrap();
        assert_eq!((&*entry.value, entry.is_list), ("account.creditlimit,contact.salary", true));
        let columns: Vec<_> = settings.secured_columns.iter().collect();
        assert_eq!(columns, [("account", "creditlimit"), ("contact", "salary")]);
        for wrong in ["account", "account.", ".creditlimit", "a.b.c"] {
            assert!(settings.set("secured_columns", wrong).unwrap_err().contains("table.column"), "{wrong}");
        }
        settings.set("secured_columns", "").unwrap();
        assert!(settings.secured_columns.is_empty());
    }

    #[test]
    fn every_switch_reads_what_it_prints() {
        let settings = Settings::of_era(Era::Dataverse);
        let mut copy = Settings::default();
        for entry in settings.entries() {
            copy.set(entry.key, &entry.value).unwrap();
        }
        assert_eq!(
            copy.entries().iter().map(|e| &e.value).collect::<Vec<_>>(),
            settings.entries().iter().map(|e| &e.value).collect::<Vec<_>>()
        );
        assert!(copy.set("licences", "3").unwrap_err().contains("licenses"));
        assert!(copy.set("licenses", "-3").is_err());
    }
}
