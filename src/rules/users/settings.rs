//! Settings and default queue of a user: U51 to U53.
//!
//! `Source:` PA:reference/entities/usersettings.md (no create, no delete; one row a user), SDK errors 0x80041D2B and
//! 0x80044305; PA:specify-time-zone-settings-user.md (every other `timezone...` column follows from `timezonecode`).
//! The defaults of U52 stand in the table's fixture.
//!
//! `Assumed:` the codes of the refused create and delete, and that a default queue is not deleted, a team's neither
//! (U51). Of the settings: `paginglimit` has no least value but the metadata's 0; a time zone is one of the platform's
//! list, a language one of its language packs (all of them count as installed) or 0 for the organization's, a locale a
//! number that names language and country; the codes of formats are those that the organization's columns of the same
//! names list; a calendar opens with the day, the week or the month, and advanced find in one of two modes. What does
//! not belong there is refused with the code of a choice out of range where no code of its own is known.
//! `businessunitid` follows the user and is not changed by itself.

use super::super::support::{documented, is_consequence};
use super::time_zone;
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{ColumnId, Value, ValueRef};
use crate::query::zone_of_code;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::service::{Execution, RowRef};
use crate::world::World;

/// The settings of a user.
#[derive(Debug)]
pub(in crate::rules) struct UserSettings;

/// The most rows a page may have.
const MOST_ROWS: i32 = 250;

/// The language packs of the platform, by their numbers. `Source:` the languages of the product's help ("Dynamics 365 for
/// phones and tablets"), the numbers of Microsoft's LCID chart. `Assumed:` Arabic, Hebrew, Malay and Vietnamese too.
const LANGUAGES: &[i32] = &[
    1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032, 1033, 1035, 1036, 1037, 1038, 1040, 1041, 1042, 1043,
    1044, 1045, 1046, 1048, 1049, 1050, 1051, 1053, 1054, 1055, 1057, 1058, 1060, 1061, 1062, 1063, 1066,
    1069, 1081, 1086, 1087, 1110, 2052, 2070, 2074, 3076, 3082, 3098,
];

impl Rule for UserSettings {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "U52",
                "usersettings can be read and updated, to what the platform knows; paginglimit is at most 250.",
                "PA:reference/entities/usersettings.md",
            ),
            documented("U53", "Settings that were never made cannot be changed.", "SDK error 0x80041D2B"),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("usersettings", Verb::Create, Stage::PreOperation),
            on("usersettings", Verb::Update, Stage::PreOperation),
            on("usersettings", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        if execution.verb == Verb::Update {
            check(execution)?;
            business_unit(execution)?;
            time_zone::follow(execution);
            return Ok(());
        }
        let users = execution.known().systemuser.id;
        let of_a_user = execution.world().records().table(users).find(execution.id).is_some();
        // An update of what does not exist comes here as a create with the user's id.
        if execution.verb == Verb::Create && of_a_user {
            return Err(Fault::new(&code::UserSettingsNotCreated)
                .rule(RuleId("U53"))
                .hint("SYSTEM and INTEGRATION have no settings."));
        }
        Err(Fault::new(&code::SdkEntityDoesNotSupportMessage)
            .rule(RuleId("U52"))
            .hint("The settings come and go with the user; update them."))
    }
}

/// U52: every number that metadata does not check.
fn check(execution: &Execution<'_, '_>) -> Result<()> {
    let settings = &execution.known().usersettings;
    let requested = |column: ColumnId| execution.requested(column).and_then(Value::as_int);
    let refused = |fault: Fault, hint: &'static str| Err(fault.rule(RuleId("U52")).hint(hint));
    if requested(settings.paginglimit).is_some_and(|limit| limit > MOST_ROWS) {
        let fault = Fault::new(&code::UserSettingsOverMaxPagingLimit);
        return refused(fault, "paginglimit is at most 250.");
    }
    if let Some(zone) = requested(settings.timezonecode).filter(|zone| zone_of_code(*zone).is_none()) {
        let fault =
            Fault::with(&code::InvalidArgument, format!("There is no time zone with the code {zone}."));
        return refused(fault, "timezonecode is one of the platform's time zones, such as 92 for UTC.");
    }
    for column in [settings.uilanguageid, settings.helplanguageid] {
        if let Some(language) = requested(column).filter(|language| !is_language(*language)) {
            let text = code::LanguageNotValid.message.replace("{0}", &language.to_string());
            let fault = Fault::with(&code::LanguageNotValid, text);
            return refused(fault, "Languages are the numbers of language packs, such as 1033 for English.");
        }
    }
    if let Some(locale) = requested(settings.localeid).filter(|locale| !is_locale(*locale)) {
        let fault = Fault::with(&code::InvalidArgument, format!("There is no locale with the id {locale}."));
        return refused(
            fault,
            "localeid names a language and a country, such as 1033 for English (United States).",
        );
    }
    for (column, least, most, hint) in [
        (settings.defaultcalendarview, 0, 2, "defaultcalendarview is 0, 1 or 2."),
        (settings.advancedfindstartupmode, 1, 2, "advancedfindstartupmode is 1 (simple) or 2 (detailed)."),
        (settings.negativeformatcode, 0, 4, "negativeformatcode is 0 to 4."),
        (settings.currencyformatcode, 0, 3, "currencyformatcode is 0 to 3."),
    ] {
        if requested(column).is_some_and(|number| number < least || number > most) {
            return refused(Fault::new(&code::PicklistValueOutOfRange), hint);
        }
    }
    Ok(())
}

/// Whether a number is that of a language pack, or stands for the organization's language.
fn is_language(number: i32) -> bool {
    number == 0 || LANGUAGES.binary_search(&number).is_ok()
}

/// Whether a number is of the form of a locale: ten bits say the language, six more the country, no others are set.
fn is_locale(number: i32) -> bool {
    const LAST_LANGUAGE: i32 = 0x93;
    const LAST_COUNTRY: i32 = 0x17;
    let (language, country) = (number & 0x3ff, number >> 10);
    number == 0 || ((1..=LAST_LANGUAGE).contains(&language) && (1..=LAST_COUNTRY).contains(&country))
}

/// U52: the settings stand in the business unit of their user.
fn business_unit(execution: &Execution<'_, '_>) -> Result<()> {
    if execution.changed(execution.known().usersettings.businessunitid).is_none() {
        return Ok(());
    }
    Err(Fault::with(&code::InvalidArgument, "The business unit of a user's settings is that of the user.")
        .rule(RuleId("U52"))
        .hint("Move the user (businessunitid of systemuser); its settings follow."))
}

/// The formats that a new user's settings take over from the organization.
///
/// `Assumed:` later changes of the organization's formats leave the settings of the users alone.
pub(super) fn formats(world: &World) -> impl Iterator<Item = (ColumnId, Value)> + '_ {
    let (own, common) = (&world.known().usersettings, &world.known().organization);
    let columns = [
        (own.amdesignator, common.amdesignator),
        (own.currencyformatcode, common.currencyformatcode),
        (own.currencysymbol, common.currencysymbol),
        (own.dateformatstring, common.dateformatstring),
        (own.dateseparator, common.dateseparator),
        (own.decimalsymbol, common.decimalsymbol),
        (own.negativecurrencyformatcode, common.negativecurrencyformatcode),
        (own.negativeformatcode, common.negativeformatcode),
        (own.numbergroupformat, common.numbergroupformat),
        (own.numberseparator, common.numberseparator),
        (own.pmdesignator, common.pmdesignator),
        (own.timeformatstring, common.timeformatstring),
        (own.timeseparator, common.timeseparator),
    ];
    let row = organization(world);
    columns.into_iter().filter_map(move |(own, common)| {
        Some((own, row?.get(common).to_value())).filter(|(_, value)| !value.is_null())
    })
}

/// The version of the organization's row, which changes whenever its formats do.
pub(super) fn version_of_organization(world: &World) -> u64 {
    organization(world).map_or(0, |row| row.version())
}

fn organization(world: &World) -> Option<RowRef<'_>> {
    world.records().table(world.known().organization.id).iter().next().map(|(_, row)| row)
}

/// The default queue of a user or a team.
#[derive(Debug)]
pub(in crate::rules) struct DefaultQueue;

impl Rule for DefaultQueue {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] =
            &[documented("U51", "A default queue cannot be deleted; queueid may be changed.", "decision")];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("queue", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (user, team) = (&catalogue.known().systemuser, &catalogue.known().team);
        let is_default =
            [(user.id, user.queueid), (team.id, team.queueid)].into_iter().any(|(table, column)| {
                let rows = execution.world().records().table(table);
                rows.rows_with(column, ValueRef::Guid(execution.id)).next().is_some()
            });
        if is_default && !is_consequence(execution) {
            return Err(Fault::new(&code::CannotDeleteDueToAssociation)
                .rule(RuleId("U51"))
                .hint("Give its user or team another default queue first (queueid)."));
        }
        Ok(())
    }
}
