//! Objects of the directory as Graph writes them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::ask::Ask;
use super::error::{self, Result};
use super::organization;
use super::property::{Kind, Property};
use super::reply::Level;
use crate::directory::sku::{self, Sku};
use crate::directory::{Account, AdminRole, Group};
use crate::licensing::{self, Seats};
use crate::world::World;

/// An object of the directory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'w> {
    User(&'w Account),
    Group(&'w Group),
    Role(AdminRole),
    Template(AdminRole),
    Sku(&'w World, &'static Sku),
    License(&'static Sku),
    Organization(&'w World),
}

/// Which properties of objects are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Those that are there unless others are asked for.
    Default,
    /// Every one the emulator has.
    All,
    /// These, in this order; objects of several kinds need not have each.
    These(Vec<&'static str>),
}

impl Item<'_> {
    /// Of which kind it is.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Group(_) => Kind::Group,
            Self::Role(_) => Kind::Role,
            Self::Template(_) => Kind::Template,
            Self::Sku(..) => Kind::Sku,
            Self::License(_) => Kind::License,
            Self::Organization(_) => Kind::Organization,
        }
    }

    /// Its id.
    pub(super) fn id(self) -> Uuid {
        match self {
            Self::User(account) => account.id,
            Self::Group(group) => group.id,
            Self::Role(role) | Self::Template(role) => role.template(),
            Self::Sku(_, sku) | Self::License(sku) => sku.id,
            Self::Organization(world) => world.identity().tenant_id,
        }
    }

    /// The value of a property; null where it has none.
    pub(super) fn value(self, name: &str) -> Value {
        match self {
            Self::User(account) => of_user(account, name),
            Self::Group(group) => of_group(group, name),
            Self::Role(role) | Self::Template(role) => of_role(role, name),
            Self::Sku(world, sku) => of_sku(world, sku, name),
            Self::License(sku) => of_license(sku, name),
            Self::Organization(world) => organization::value(world, name),
        }
    }

    /// The members of the object, control information first. Its type is told where it does not follow from the
    /// context.
    pub(super) fn write(self, ask: &Ask<'_>, shape: &Shape, is_typed: bool) -> Map<String, Value> {
        let kind = self.kind();
        let mut members = Map::new();
        if ask.level == Level::Full || is_typed && ask.level == Level::Minimal {
            members.insert("@odata.type".into(), format!("#microsoft.graph.{}", kind.type_name()).into());
        }
        if ask.level == Level::Full {
            let address = format!("{}/{}", kind.set(), text(&self.value("id")));
            members.insert("@odata.id".into(), format!("{}/{address}", ask.root()).into());
            members.insert("@odata.editLink".into(), address.into());
        }
        let mut write = |property: &Property| {
            let value = self.value(property.name);
            if ask.level == Level::Full && value.is_array() {
                members
                    .insert(format!("{}@odata.type", property.name), collection_type(property.name).into());
            }
            members.insert(property.name.into(), value);
        };
        match shape {
            Shape::Default => kind.properties().iter().filter(|property| property.is_shown).for_each(write),
            Shape::All => kind.properties().iter().for_each(write),
            Shape::These(names) => names.iter().filter_map(|name| kind.property(name)).for_each(&mut write),
        }
        members
    }
}

impl Shape {
    /// What `$select` asks for, of objects of these kinds.
    ///
    /// # Errors
    ///
    /// `BadRequest` for what Graph does not know, 501 for what the emulator lacks.
    pub(super) fn of(select: Option<&str>, kinds: &[Kind]) -> Result<Self> {
        let Some(select) = select else { return Ok(Self::Default) };
        let mut names = Vec::new();
        for name in select.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if name == "*" {
                return Ok(Self::All);
            }
            let name = known(name, kinds, error::select_unknown)?.name;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(if names.is_empty() { Self::Default } else { Self::These(names) })
    }

    /// What stands behind the name in a context.
    pub(super) fn context(&self) -> String {
        match self {
            Self::These(names) => format!("({})", names.join(",")),
            Self::Default | Self::All => String::new(),
        }
    }
}

/// The property of a name, of one of these kinds.
///
/// # Errors
///
/// 501 for one that the emulator lacks, otherwise what `unknown` makes of it.
pub(super) fn known(
    name: &str,
    kinds: &[Kind],
    unknown: fn(&str, &str) -> error::Error,
) -> Result<&'static Property> {
    if let Some(property) = kinds.iter().find_map(|kind| kind.property(name)) {
        return Ok(property);
    }
    let kind = kinds.first().copied().unwrap_or(Kind::User);
    if kinds.iter().any(|kind| kind.lacks(name)) {
        return Err(error::not_emulated(format_args!("the property {name} of a {}", kind.type_name())));
    }
    let resource = if kinds.len() > 1 { "directoryObject" } else { kind.type_name() };
    Err(unknown(name, resource))
}

/// The answer that is one object.
pub(super) fn entity(ask: &Ask<'_>, item: Item<'_>, shape: &Shape) -> Value {
    let context = format!("{}{}/$entity", item.kind().set(), shape.context());
    with_context(ask, &context, item.write(ask, shape, false))
}

/// The answer that is one object of a collection that has objects of several kinds.
pub(super) fn any_entity(ask: &Ask<'_>, item: Item<'_>, shape: &Shape) -> Value {
    let context = format!("directoryObjects{}/$entity", shape.context());
    with_context(ask, &context, item.write(ask, shape, true))
}

/// Puts the context in front.
pub(super) fn with_context(ask: &Ask<'_>, context: &str, members: Map<String, Value>) -> Value {
    let mut whole = Map::new();
    if ask.level != Level::None {
        whole.insert("@odata.context".into(), ask.context(context).into());
    }
    whole.extend(members);
    Value::Object(whole)
}

fn of_user(account: &Account, name: &str) -> Value {
    let profile = &account.profile;
    match name {
        "id" => account.id.to_string().into(),
        "userPrincipalName" => account.user_principal_name.clone().into(),
        "displayName" => optional(account.display_name.as_ref()),
        "givenName" => optional(account.given_name.as_ref()),
        "surname" => optional(account.surname.as_ref()),
        "mail" => optional(account.mail.as_ref()),
        "jobTitle" => optional(profile.job_title.as_ref()),
        "businessPhones" => profile.business_phones.clone().into(),
        "mobilePhone" => optional(profile.mobile_phone.as_ref()),
        "faxNumber" => optional(profile.fax_number.as_ref()),
        "streetAddress" => optional(profile.street_address.as_ref()),
        "city" => optional(profile.city.as_ref()),
        "state" => optional(profile.state.as_ref()),
        "postalCode" => optional(profile.postal_code.as_ref()),
        "country" => optional(profile.country.as_ref()),
        "department" => optional(profile.department.as_ref()),
        "officeLocation" => optional(profile.office_location.as_ref()),
        "preferredLanguage" => optional(profile.preferred_language.as_ref()),
        "usageLocation" => optional(profile.usage_location.as_ref()),
        "mailNickname" => optional(profile.mail_nickname.as_ref()),
        "accountEnabled" => account.account_enabled.into(),
        "createdDateTime" => instant(account.created_date_time),
        "deletedDateTime" => instant(account.deleted_date_time),
        // Guests are not modelled (D15).
        "userType" => "Member".into(),
        "assignedLicenses" => {
            let assigned = |sku: &Sku| json!({ "disabledPlans": [], "skuId": sku.id.to_string() });
            licenses(account).map(assigned).collect()
        }
        "assignedPlans" => licenses(account).flat_map(plans).collect(),
        _ => Value::Null,
    }
}

/// The products of which an account has a licence.
pub(super) fn licenses(account: &Account) -> impl Iterator<Item = &'static Sku> {
    account.licenses.iter().filter_map(|part_number| sku::sku(part_number))
}

/// The service plans of a product, as those who have it see them.
///
/// `Assumed:` the name of the service; when a licence was assigned is not recorded.
pub(super) fn plans(sku: &'static Sku) -> impl Iterator<Item = Value> {
    sku.plans.iter().map(|plan| {
        json!({
            "assignedDateTime": null,
            "capabilityStatus": "Enabled",
            "service": "CRM",
            "servicePlanId": plan.id.to_string(),
        })
    })
}

fn of_group(group: &Group, name: &str) -> Value {
    match name {
        "id" => group.id.to_string().into(),
        "displayName" => group.display_name.clone().into(),
        "description" => optional(group.description.as_ref()),
        "mailNickname" => optional(group.mail_nickname.as_ref()),
        "mailEnabled" => group.mail_enabled.into(),
        "securityEnabled" => group.security_enabled.into(),
        "groupTypes" => json!([]),
        _ => Value::Null,
    }
}

/// `Assumed:` a role has the id of its template, so that it is the same in every organization.
fn of_role(role: AdminRole, name: &str) -> Value {
    match name {
        "id" | "roleTemplateId" => role.template().to_string().into(),
        "displayName" => role.display_name().into(),
        "description" => description(role).into(),
        _ => Value::Null,
    }
}

/// Source: Microsoft Entra built-in roles.
fn description(role: AdminRole) -> &'static str {
    match role {
        AdminRole::Global => {
            "Can manage all aspects of Azure AD and Microsoft services that use Azure AD identities."
        }
        AdminRole::Service => "Can manage all aspects of the Dynamics 365 product.",
        AdminRole::PowerPlatform => {
            "Can create and manage all aspects of Microsoft Dynamics 365, PowerApps and Microsoft Flow."
        }
        AdminRole::User => {
            "Can manage all aspects of users and groups, including resetting passwords for limited admins."
        }
        AdminRole::Billing => "Can perform common billing related tasks like updating payment information.",
    }
}

fn of_sku(world: &World, sku: &'static Sku, name: &str) -> Value {
    let units = || licensing::units(world, sku);
    match name {
        "id" => format!("{}_{}", world.identity().tenant_id, sku.id).into(),
        "capabilityStatus" => "Enabled".into(),
        "appliesTo" => "User".into(),
        "consumedUnits" => units().consumed.into(),
        "prepaidUnits" => {
            let Seats { purchased, .. } = units();
            json!({ "enabled": purchased, "suspended": 0, "warning": 0, "lockedOut": 0 })
        }
        _ => of_license(sku, name),
    }
}

/// `Assumed:` the id of an assigned licence, which Graph leaves opaque.
fn of_license(sku: &Sku, name: &str) -> Value {
    match name {
        "id" | "skuId" => sku.id.to_string().into(),
        "skuPartNumber" => sku.part_number.into(),
        "servicePlans" => sku
            .plans
            .iter()
            .map(|plan| {
                json!({
                    "servicePlanId": plan.id.to_string(),
                    "servicePlanName": plan.name,
                    "provisioningStatus": "Success",
                    "appliesTo": "User",
                })
            })
            .collect(),
        _ => Value::Null,
    }
}

fn collection_type(property: &str) -> &'static str {
    match property {
        "assignedLicenses" => "#Collection(microsoft.graph.assignedLicense)",
        "assignedPlans" => "#Collection(microsoft.graph.assignedPlan)",
        "servicePlans" => "#Collection(microsoft.graph.servicePlanInfo)",
        "verifiedDomains" => "#Collection(microsoft.graph.verifiedDomain)",
        _ => "#Collection(String)",
    }
}

fn optional(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| text.clone().into())
}

/// An instant to the second.
fn instant(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
