//! Time zones by the numbers users choose them by.
//!
//! `Source:` the codes are those of the platform's table `timezonedefinition` (the `TimezoneHelper` of `XrmLibrary`
//! lists them with their Windows names; up to 300 they are Microsoft's time zone index values, KB 973627). Which zone
//! of the IANA database a Windows zone is says Unicode's `windowsZones`, territory 001.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use uuid::Uuid;

use super::super::assumed::TIME_ZONE;
use crate::model::Catalogue;
use crate::store::Records;

/// Code, name in the IANA database; ascending. The names beside are those of Windows.
#[rustfmt::skip]
static ZONES: &[(i32, &str)] = &[
    (0, "Etc/GMT+12"),                      // Dateline Standard Time
    (1, "Pacific/Apia"),                    // Samoa Standard Time
    (2, "Pacific/Honolulu"),                // Hawaiian Standard Time
    (3, "America/Anchorage"),               // Alaskan Standard Time
    (4, "America/Los_Angeles"),             // Pacific Standard Time
    (5, "America/Tijuana"),                 // Pacific Standard Time (Mexico)
    (6, "Etc/GMT+11"),                      // UTC-11
    (7, "America/Adak"),                    // Aleutian Standard Time
    (8, "Pacific/Marquesas"),               // Marquesas Standard Time
    (9, "Etc/GMT+9"),                       // UTC-09
    (10, "America/Denver"),                 // Mountain Standard Time
    (11, "Etc/GMT+8"),                      // UTC-08
    (12, "America/Mazatlan"),               // Mountain Standard Time (Mexico)
    (13, "America/Mazatlan"),               // Mexico Standard Time 2
    (15, "America/Phoenix"),                // US Mountain Standard Time
    (20, "America/Chicago"),                // Central Standard Time
    (25, "America/Regina"),                 // Canada Central Standard Time
    (29, "America/Mexico_City"),            // Central Standard Time (Mexico)
    (30, "America/Mexico_City"),            // Mexico Standard Time
    (33, "America/Guatemala"),              // Central America Standard Time
    (34, "Pacific/Easter"),                 // Easter Island Standard Time
    (35, "America/New_York"),               // Eastern Standard Time
    (40, "America/Indiana/Indianapolis"),   // US Eastern Standard Time
    (43, "America/Port-au-Prince"),         // Haiti Standard Time
    (44, "America/Havana"),                 // Cuba Standard Time
    (45, "America/Bogota"),                 // SA Pacific Standard Time
    (47, "America/Caracas"),                // Venezuela Standard Time
    (50, "America/Halifax"),                // Atlantic Standard Time
    (51, "America/Grand_Turk"),             // Turks and Caicos Standard Time
    (55, "America/La_Paz"),                 // SA Western Standard Time
    (56, "America/Santiago"),               // Pacific SA Standard Time
    (58, "America/Cuiaba"),                 // Central Brazilian Standard Time
    (59, "America/Asuncion"),               // Paraguay Standard Time
    (60, "America/St_Johns"),               // Newfoundland Standard Time
    (65, "America/Sao_Paulo"),              // E. South America Standard Time
    (69, "America/Argentina/Buenos_Aires"), // Argentina Standard Time
    (70, "America/Cayenne"),                // SA Eastern Standard Time
    (71, "America/Bahia"),                  // Bahia Standard Time
    (72, "America/Miquelon"),               // Saint Pierre Standard Time
    (73, "America/Nuuk"),                   // Greenland Standard Time
    (74, "America/Montevideo"),             // Montevideo Standard Time
    (75, "Etc/GMT+2"),                      // Mid-Atlantic Standard Time, which no place has
    (76, "Etc/GMT+2"),                      // UTC-02
    (77, "America/Araguaina"),              // Tocantins Standard Time
    (80, "Atlantic/Azores"),                // Azores Standard Time
    (83, "Atlantic/Cape_Verde"),            // Cape Verde Standard Time
    (84, "Africa/Casablanca"),              // Morocco Standard Time
    (85, "Europe/London"),                  // GMT Standard Time
    (90, "Atlantic/Reykjavik"),             // Greenwich Standard Time
    (92, "Etc/UTC"),                        // UTC
    (95, "Europe/Budapest"),                // Central Europe Standard Time
    (100, "Europe/Warsaw"),                 // Central European Standard Time
    (105, "Europe/Paris"),                  // Romance Standard Time
    (110, "Europe/Berlin"),                 // W. Europe Standard Time
    (113, "Africa/Lagos"),                  // W. Central Africa Standard Time
    (115, "Europe/Chisinau"),               // E. Europe Standard Time
    (120, "Africa/Cairo"),                  // Egypt Standard Time
    (125, "Europe/Kyiv"),                   // FLE Standard Time
    (129, "Asia/Amman"),                    // Jordan Standard Time
    (130, "Europe/Bucharest"),              // GTB Standard Time
    (131, "Asia/Beirut"),                   // Middle East Standard Time
    (133, "Asia/Damascus"),                 // Syria Standard Time
    (134, "Europe/Istanbul"),               // Turkey Standard Time
    (135, "Asia/Jerusalem"),                // Israel Standard Time
    (140, "Africa/Johannesburg"),           // South Africa Standard Time
    (141, "Africa/Windhoek"),               // Namibia Standard Time
    (142, "Asia/Hebron"),                   // West Bank Standard Time
    (145, "Europe/Moscow"),                 // Russian Standard Time
    (150, "Asia/Riyadh"),                   // Arab Standard Time
    (151, "Europe/Minsk"),                  // Belarus Standard Time
    (155, "Africa/Nairobi"),                // E. Africa Standard Time
    (158, "Asia/Baghdad"),                  // Arabic Standard Time
    (159, "Europe/Kaliningrad"),            // Kaliningrad Standard Time
    (160, "Asia/Tehran"),                   // Iran Standard Time
    (165, "Asia/Dubai"),                    // Arabian Standard Time
    (169, "Asia/Baku"),                     // Azerbaijan Standard Time
    (170, "Asia/Yerevan"),                  // Caucasus Standard Time
    (172, "Indian/Mauritius"),              // Mauritius Standard Time
    (173, "Asia/Tbilisi"),                  // Georgian Standard Time
    (174, "Europe/Samara"),                 // Russia Time Zone 3
    (175, "Asia/Kabul"),                    // Afghanistan Standard Time
    (176, "Europe/Astrakhan"),              // Astrakhan Standard Time
    (180, "Asia/Yekaterinburg"),            // Ekaterinburg Standard Time
    (184, "Asia/Karachi"),                  // Pakistan Standard Time
    (185, "Asia/Tashkent"),                 // West Asia Standard Time
    (190, "Asia/Kolkata"),                  // India Standard Time
    (193, "Asia/Kathmandu"),                // Nepal Standard Time
    (195, "Asia/Bishkek"),                  // Central Asia Standard Time
    (196, "Asia/Dhaka"),                    // Bangladesh Standard Time
    (197, "Asia/Omsk"),                     // Omsk Standard Time
    (200, "Asia/Colombo"),                  // Sri Lanka Standard Time
    (201, "Asia/Novosibirsk"),              // N. Central Asia Standard Time
    (203, "Asia/Yangon"),                   // Myanmar Standard Time
    (205, "Asia/Bangkok"),                  // SE Asia Standard Time
    (207, "Asia/Krasnoyarsk"),              // North Asia Standard Time
    (208, "Asia/Barnaul"),                  // Altai Standard Time
    (209, "Asia/Hovd"),                     // W. Mongolia Standard Time
    (210, "Asia/Shanghai"),                 // China Standard Time
    (211, "Asia/Tomsk"),                    // Tomsk Standard Time
    (215, "Asia/Singapore"),                // Singapore Standard Time
    (220, "Asia/Taipei"),                   // Taipei Standard Time
    (225, "Australia/Perth"),               // W. Australia Standard Time
    (227, "Asia/Irkutsk"),                  // North Asia East Standard Time
    (228, "Asia/Ulaanbaatar"),              // Ulaanbaatar Standard Time
    (229, "Asia/Pyongyang"),                // North Korea Standard Time
    (230, "Asia/Seoul"),                    // Korea Standard Time
    (231, "Australia/Eucla"),               // Aus Central W. Standard Time
    (235, "Asia/Tokyo"),                    // Tokyo Standard Time
    (240, "Asia/Yakutsk"),                  // Yakutsk Standard Time
    (241, "Asia/Chita"),                    // Transbaikal Standard Time
    (245, "Australia/Darwin"),              // AUS Central Standard Time
    (250, "Australia/Adelaide"),            // Cen. Australia Standard Time
    (251, "Australia/Adelaide"),            // the same once more
    (255, "Australia/Sydney"),              // AUS Eastern Standard Time
    (256, "Australia/Sydney"),              // the same once more
    (260, "Australia/Brisbane"),            // E. Australia Standard Time
    (265, "Australia/Hobart"),              // Tasmania Standard Time
    (266, "Australia/Hobart"),              // the same once more
    (270, "Asia/Vladivostok"),              // Vladivostok Standard Time
    (274, "Australia/Lord_Howe"),           // Lord Howe Standard Time
    (275, "Pacific/Port_Moresby"),          // West Pacific Standard Time
    (276, "Pacific/Bougainville"),          // Bougainville Standard Time
    (277, "Pacific/Norfolk"),               // Norfolk Standard Time
    (278, "Asia/Sakhalin"),                 // Sakhalin Standard Time
    (279, "Asia/Srednekolymsk"),            // Russia Time Zone 10
    (280, "Pacific/Guadalcanal"),           // Central Pacific Standard Time
    (281, "Asia/Magadan"),                  // Magadan Standard Time
    (284, "Etc/GMT-12"),                    // UTC+12
    (285, "Pacific/Fiji"),                  // Fiji Standard Time
    (290, "Pacific/Auckland"),              // New Zealand Standard Time
    (295, "Asia/Kamchatka"),                // Russia Time Zone 11
    (299, "Pacific/Chatham"),               // Chatham Islands Standard Time
    (300, "Pacific/Tongatapu"),             // Tonga Standard Time
    (301, "America/Cancun"),                // Eastern Standard Time (Mexico)
];

/// The time zone of a `timezonecode`; none of a number that stands for none. The database is part of the program.
pub fn zone_of_code(code: i32) -> Option<TimeZone> {
    let place = ZONES.binary_search_by_key(&code, |(of, _)| *of).ok()?;
    TimeZoneDatabase::bundled().get(ZONES[place].1).ok()
}

/// The time zone in which a user reads times: that of its settings. A number that stands for none is Greenwich's.
pub fn zone_of_user(catalogue: &Catalogue, records: &Records, user: Uuid) -> TimeZone {
    let known = &catalogue.known().usersettings;
    let settings = records.table(known.id).get(user);
    let code = settings.and_then(|row| row.get(known.timezonecode).as_int());
    zone_of_code(code.unwrap_or(TIME_ZONE)).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_zone() {
        assert!(ZONES.is_sorted_by(|one, next| one.0 < next.0));
        for (code, name) in ZONES {
            let zone = zone_of_code(*code).unwrap();
            assert_eq!(zone.iana_name(), Some(*name), "{code}");
        }
        assert_eq!(zone_of_code(14), None);
        assert_eq!(zone_of_code(-1), None);
    }

    #[test]
    fn who_has_no_settings_lives_in_greenwich() {
        let mut sample = crate::query::testing::Sample::new();
        let zone = |sample: &crate::query::testing::Sample| {
            let context = sample.context();
            zone_of_user(context.catalogue, context.records, context.caller.user_id)
        };
        sample.live_in(4);
        assert_eq!(zone(&sample).iana_name(), Some("America/Los_Angeles"));
        let mut nowhere = crate::query::testing::Sample::new();
        nowhere.live_in(14);
        assert_eq!(zone(&nowhere), TimeZone::UTC);
        let context = sample.context();
        let nobody = zone_of_user(context.catalogue, context.records, Uuid::nil());
        assert_eq!(nobody.iana_name(), Some("Etc/UTC"));
    }
}
