//! What the interfaces answer about the tenant, as the pages read it.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::time::Clock;
use crate::directory::sku;
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::page::Page;

/// How many rows a page of a list has.
pub(super) const PAGE: usize = 50;

/// What lists of accounts show of each.
pub(super) const LISTED: &str = "id,displayName,userPrincipalName,assignedLicenses,accountEnabled";

/// Every property an account is shown or edited with, but those that [`super::profile`] lists.
const SHOWN: &str = "id,displayName,userPrincipalName,assignedLicenses,accountEnabled,createdDateTime,givenName,surname,\
    mail,jobTitle,department,officeLocation,businessPhones,mobilePhone,faxNumber,streetAddress,city,state,postalCode,\
    country";

/// An account, as far as it was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) user_principal_name: String,
    pub(super) account_enabled: bool,
    pub(super) assigned_licenses: Vec<Assigned>,
    pub(super) created_date_time: Option<Timestamp>,
    pub(super) deleted_date_time: Option<Timestamp>,
    pub(super) business_phones: Vec<String>,
    /// The other texts of its profile, by their names.
    #[serde(flatten)]
    pub(super) profile: BTreeMap<String, Value>,
}

/// A licence that is assigned.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Assigned {
    pub(super) sku_id: String,
}

/// A product the tenant has bought licences of.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Product {
    pub(super) sku_id: String,
    pub(super) sku_part_number: String,
    pub(super) consumed_units: u32,
    pub(super) prepaid_units: Units,
    pub(super) service_plans: Vec<Plan>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Units {
    pub(super) enabled: u32,
}

/// An app that a licence gives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Plan {
    pub(super) service_plan_name: String,
}

/// An administrator role.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
}

/// A group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    pub(super) mail_enabled: bool,
    pub(super) security_enabled: bool,
}

/// A change that CRM has yet to learn of.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Waiting {
    pub(super) number: u64,
    pub(super) account: String,
    pub(super) user_principal_name: String,
    pub(super) what: String,
    pub(super) made: Timestamp,
    pub(super) due: Timestamp,
}

/// A change that CRM has learned of, and what came of it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Learned {
    pub(super) account: String,
    pub(super) user_principal_name: String,
    pub(super) what: String,
    #[serde(default)]
    pub(super) because: Vec<Reason>,
    #[serde(default)]
    pub(super) error: Option<String>,
}

/// A rule and what it came to.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Reason {
    pub(super) rule: String,
    pub(super) fact: String,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub(super) struct Rows<T> {
    pub(super) rows: Vec<T>,
    /// How many there are on all pages, where that was asked for.
    pub(super) count: Option<u64>,
    /// What leads to the next page.
    pub(super) next: Option<String>,
}

impl Account {
    /// The name people know it by.
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.user_principal_name)
    }

    /// A text of its profile.
    pub(super) fn text(&self, property: &str) -> &str {
        match property {
            "displayName" => self.display_name.as_deref().unwrap_or_default(),
            "businessPhones" => self.business_phones.first().map(String::as_str).unwrap_or_default(),
            _ => self.profile.get(property).and_then(Value::as_str).unwrap_or_default(),
        }
    }

    pub(super) fn has(&self, product: &Product) -> bool {
        self.assigned_licenses.iter().any(|assigned| assigned.sku_id == product.sku_id)
    }

    /// The address of its page.
    pub(super) fn path(&self) -> String {
        path(&self.id)
    }
}

impl Product {
    /// The name people read. Graph has the part number only; clients bring a list.
    pub(super) fn name(&self) -> &str {
        let name = sku::sku(&self.sku_part_number).map(|sku| sku.display_name);
        name.unwrap_or(&self.sku_part_number)
    }

    pub(super) fn bought(&self) -> u32 {
        self.prepaid_units.enabled
    }

    pub(super) fn left(&self) -> u32 {
        self.bought().saturating_sub(self.consumed_units)
    }
}

/// The address of an account's page, below the organization.
pub(super) fn path(account: &str) -> String {
    format!("/adminportal/users/{}", encoded(account))
}

/// Asks the directory for something.
pub(super) async fn get(page: &Page, path: &str) -> Result<Value, Refused> {
    page.graph(Method::GET, path, None).await.done()
}

/// A page of a list of the directory.
pub(super) async fn rows<T: DeserializeOwned>(page: &Page, path: &str) -> Result<Rows<T>, Refused> {
    let answer = get(page, path).await?;
    Ok(Rows {
        rows: read_all(&answer["value"]),
        count: answer["@odata.count"].as_u64(),
        next: answer["@odata.nextLink"].as_str().and_then(skip_token).map(str::to_owned),
    })
}

/// All pages of a list that is short by its nature, such as who holds an administrator role.
pub(super) async fn all<T: DeserializeOwned>(page: &Page, path: &str) -> Result<Vec<T>, Refused> {
    let mut found = rows::<T>(page, path).await?;
    while let Some(token) = found.next.take() {
        let separator = if path.contains('?') { '&' } else { '?' };
        let more = rows::<T>(page, &format!("{path}{separator}$skiptoken={token}")).await?;
        found.rows.extend(more.rows);
        found.next = more.next;
    }
    Ok(found.rows)
}

/// The token of a next link. Pages pass it on within an address of their own.
fn skip_token(link: &str) -> Option<&str> {
    let (_, query) = link.split_once('?')?;
    query
        .split('&')
        .find_map(|part| part.strip_prefix("$skiptoken=").or_else(|| part.strip_prefix("%24skiptoken=")))
}

/// An account by its object id or sign-in name.
pub(super) async fn account(page: &Page, key: &str) -> Result<Account, Refused> {
    Ok(read(get(page, &format!("users/{}?$select={SHOWN}", encoded(key))).await?))
}

pub(super) async fn products(page: &Page) -> Result<Vec<Product>, Refused> {
    Ok(rows(page, "subscribedSkus").await?.rows)
}

pub(super) async fn roles(page: &Page) -> Result<Vec<Role>, Refused> {
    all(page, "directoryRoles").await
}

/// Each role with the accounts that hold it.
pub(super) async fn holders(page: &Page) -> Result<Vec<(Role, Vec<Account>)>, Refused> {
    let mut holders = Vec::new();
    for role in roles(page).await? {
        let members = all(page, &format!("directoryRoles/{}/members?$select={LISTED}", role.id)).await?;
        holders.push((role, members));
    }
    Ok(holders)
}

/// How many accounts a filter lets through.
pub(super) async fn count(page: &Page, filter: &str) -> Result<u64, Refused> {
    let path = format!("users?$select=id&$top=1&$count=true&$filter={}", encoded(filter));
    Ok(rows::<Account>(page, &path).await?.count.unwrap_or_default())
}

pub(super) async fn clock(page: &Page) -> Result<Clock, Refused> {
    let answer = page.control(Method::GET, "clock", None).await.done()?;
    let now = answer["now"].as_str().and_then(|now| now.parse().ok()).unwrap_or_default();
    Ok(Clock { now, is_manual: answer["mode"] == "manual" })
}

/// What CRM has yet to learn of, in the order it will.
pub(super) async fn waiting(page: &Page) -> Result<Vec<Waiting>, Refused> {
    let answer = page.control(Method::GET, "sync", None).await.done()?;
    Ok(read_all(&answer["waiting"]))
}

/// The id of the group whose members alone may use the organization.
pub(super) async fn guard(page: &Page) -> Result<Option<String>, Refused> {
    let settings = page.control(Method::GET, "settings", None).await.done()?;
    Ok(settings["security_group"].as_str().filter(|id| !id.is_empty()).map(str::to_owned))
}

/// Adds an account to a group or gives it a role: `to` is the set and id of either.
pub(super) async fn add_member(page: &Page, to: &str, account: &str) -> Result<Value, Refused> {
    let link = format!(
        "{}://{}/graph/v1.0/directoryObjects/{account}",
        page.visit.site.scheme, page.visit.site.authority
    );
    let body = json!({ "@odata.id": link });
    page.graph(Method::POST, &format!("{to}/members/$ref"), Some(body)).await.done()
}

/// Takes an account out of a group or its role away.
pub(super) async fn remove_member(page: &Page, from: &str, account: &str) -> Result<Value, Refused> {
    let path = format!("{from}/members/{}/$ref", encoded(account));
    page.graph(Method::DELETE, &path, None).await.done()
}

/// A text within a filter.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What happened, in a few words. The call names it as the directory's log does.
pub(super) fn happened(what: &str) -> &str {
    match what {
        "added" => "Account added",
        "profile_changed" => "Profile changed",
        "license_added" => "Licence assigned",
        "license_removed" => "Licence removed",
        "role_added" => "Administrator role given",
        "role_removed" => "Administrator role taken away",
        "blocked" => "Sign-in blocked",
        "unblocked" => "Sign-in allowed again",
        "groups_changed" => "Group membership",
        "deleted" => "Account deleted",
        "restored" => "Account restored",
        "purged" => "Account deleted for good",
        other => other,
    }
}

/// Objects of an answer. What is missing in one is empty: what an answer lacks a page cannot show.
pub(super) fn read_all<T: DeserializeOwned>(value: &Value) -> Vec<T> {
    let objects = value.as_array().map(Vec::as_slice).unwrap_or_default();
    objects.iter().filter_map(|object| T::deserialize(object).ok()).collect()
}

fn read<T: DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_next_link_is_found_wherever_it_stands() {
        let link = "http://localhost/graph/v1.0/users?$top=5&$skiptoken=a%2Bb&$count=true";
        assert_eq!(skip_token(link), Some("a%2Bb"));
        assert_eq!(skip_token("http://localhost/graph/v1.0/users?%24skiptoken=x"), Some("x"));
        assert_eq!(skip_token("http://localhost/graph/v1.0/users"), None);
    }

    #[test]
    fn texts_in_filters_end_where_they_should() {
        assert_eq!(quoted("O'Hara"), "'O''Hara'");
    }
}
