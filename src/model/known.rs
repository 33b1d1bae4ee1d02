//! The tables and columns that rules speak of by name, found once for each catalogue.
//!
//! Metadata decides what metadata can say; what it cannot say names columns, and it names them here, so that a
//! fixture that loses one fails at once and not in the middle of a request.

use super::{Catalogue, ColumnId, TableId};

macro_rules! known {
    ($($table:ident as $type:ident { $($column:ident),* $(,)? })*) => {
        /// Every table a rule names.
        #[derive(Debug, Clone)]
        pub struct Known {
            $(#[doc = concat!("The table `", stringify!($table), "`.")] pub $table: $type,)*
        }

        $(
            #[doc = concat!("Columns of `", stringify!($table), "`.")]
            #[derive(Debug, Clone)]
            #[expect(missing_docs, reason = "the fields are the columns of the fixture, described there")]
            pub struct $type {
                pub id: TableId,
                $(pub $column: ColumnId,)*
            }
        )*

        impl Known {
            pub(super) fn of(catalogue: &Catalogue) -> Self {
                Self {
                    $($table: {
                        let table = catalogue
                            .table_named(stringify!($table))
                            .expect("the fixtures hold every table the rules name; a test reads them");
                        $type {
                            id: table.id,
                            $($column: table
                                .column_id(stringify!($column))
                                .expect("the fixtures hold every column the rules name; a test reads them"),)*
                        }
                    },)*
                }
            }
        }
    };
}

known! {
    systemuser as SystemUser {
        systemuserid, accessmode, applicationid, azureactivedirectoryobjectid, azuredeletedon, azurestate,
        businessunitid, caltype, deletedstate, domainname, firstname, fullname, internalemailaddress,
        invitestatuscode, isdisabled, isintegrationuser, islicensed, issyncwithdirectory, lastname, middlename,
        organizationid, parentsystemuserid, queueid, setupuser, userlicensetype, windowsliveid, yomifullname,
        createdon, emulator_noninteractivesince, systemmanagedusertype, positionid, title, mobilephone,
        address1_telephone1, address1_fax, address1_line1, address1_city, address1_stateorprovince,
        address1_postalcode, address1_country,
    }
    businessunit as BusinessUnit { businessunitid, name, parentbusinessunitid, isdisabled }
    team as Team {
        teamid, name, businessunitid, isdefault, teamtype, membershiptype, administratorid, queueid,
        azureactivedirectoryobjectid, regardingobjectid, regardingobjecttypecode, systemmanaged, teamtemplateid,
    }
    teamtemplate as TeamTemplate { teamtemplateid, teamtemplatename, objecttypecode, defaultaccessrightsmask }
    teamprofiles as TeamProfiles { teamprofileid, teamid, fieldsecurityprofileid }
    principalobjectaccess as PrincipalObjectAccess {
        principalobjectaccessid, objectid, objecttypecode, principalid, principaltypecode, accessrightsmask,
        inheritedaccessrightsmask, changedon,
    }
    teammembership as TeamMembership { teammembershipid, teamid, systemuserid }
    role as Role { roleid, name, businessunitid, parentroleid, parentrootroleid, roletemplateid, isinherited }
    systemuserroles as SystemUserRoles { systemuserroleid, systemuserid, roleid }
    teamroles as TeamRoles { teamroleid, teamid, roleid }
    roleprivileges as RolePrivileges { roleprivilegeid, roleid, privilegeid, privilegedepthmask }
    privilege as PrivilegeTable { privilegeid, name, accessright, canbebasic, canbelocal, canbedeep, canbeglobal }
    queue as Queue {
        queueid, name, ownerid, owninguser, queueviewtype, primaryuserid, businessunitid, incomingemaildeliverymethod,
        incomingemailfilteringmethod, outgoingemaildeliverymethod, owningbusinessunit,
    }
    queuemembership as QueueMembership { queuemembershipid, queueid, systemuserid }
    usersettings as UserSettings {
        systemuserid, amdesignator, advancedfindstartupmode, businessunitid, currencyformatcode, currencysymbol,
        dateformatstring, dateseparator, decimalsymbol, defaultcalendarview, helplanguageid, localeid,
        negativecurrencyformatcode, negativeformatcode, numbergroupformat, numberseparator, paginglimit, pmdesignator,
        timeformatstring, timeseparator, timezonecode, uilanguageid, timezonebias,
        timezonedaylightbias, timezonedaylightday, timezonedaylightdayofweek, timezonedaylighthour,
        timezonedaylightminute, timezonedaylightmonth, timezonedaylightsecond, timezonedaylightyear,
        timezonestandardbias, timezonestandardday, timezonestandarddayofweek, timezonestandardhour,
        timezonestandardminute, timezonestandardmonth, timezonestandardsecond, timezonestandardyear,
    }
    organization as OrganizationTable {
        organizationid, name, amdesignator, currencydisplayoption, currencyformatcode, currencysymbol,
        dateformatstring, dateseparator, decimalsymbol, fiscalcalendarstart, fiscalperiodtype,
        ishierarchicalsecuritymodelenabled, languagecode, maxdepthforhierarchicalsecuritymodel,
        negativecurrencyformatcode, negativeformatcode, numbergroupformat, numberseparator, pmdesignator, sharetopreviousowneronassign,
        timeformatstring, timeseparator, usepositionhierarchy, weekstartdaycode,
    }
    position as Position { positionid, parentpositionid }
    fieldsecurityprofile as FieldSecurityProfile { fieldsecurityprofileid, name, description }
    fieldpermission as FieldPermission {
        fieldpermissionid, fieldsecurityprofileid, entityname, attributelogicalname, cancreate, canread, canupdate,
        canreadunmasked,
    }
    systemuserprofiles as SystemUserProfiles { systemuserprofileid, systemuserid, fieldsecurityprofileid }
    contact as Contact { contactid, firstname, lastname, fullname }
}
