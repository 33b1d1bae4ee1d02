//! The list of active users.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame::{self, Area, Sheet, framed};
use super::tenant::{self, Account, LISTED, PAGE, Product, Role, Rows, quoted};
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout;
use crate::protocol::pages::page::Page;

/// Which users are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    All,
    Licensed,
    Unlicensed,
    Allowed,
    Blocked,
    Admins,
}

impl Filter {
    const ALL: [Self; 6] =
        [Self::All, Self::Licensed, Self::Unlicensed, Self::Allowed, Self::Blocked, Self::Admins];

    /// What the directory is asked for accounts that may not sign in.
    pub(super) const BLOCKED: &str = "accountEnabled eq false";

    fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Licensed => "licensed",
            Self::Unlicensed => "unlicensed",
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
            Self::Admins => "admins",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::All => "All users",
            Self::Licensed => "Licensed users",
            Self::Unlicensed => "Unlicensed users",
            Self::Allowed => "Sign-in allowed",
            Self::Blocked => "Sign-in blocked",
            Self::Admins => "Administrators",
        }
    }

    /// What the directory is asked; who holds a role is no property of an account.
    fn condition(self) -> Option<&'static str> {
        match self {
            Self::All | Self::Admins => None,
            Self::Licensed => Some("assignedLicenses/$count ne 0"),
            Self::Unlicensed => Some("assignedLicenses/$count eq 0"),
            Self::Allowed => Some("accountEnabled eq true"),
            Self::Blocked => Some(Self::BLOCKED),
        }
    }

    fn of(page: &Page) -> Self {
        let key = page.query.text("filter");
        Self::ALL.into_iter().find(|filter| filter.key() == key).unwrap_or(Self::All)
    }
}

/// The roles of those who have any.
type Roles = BTreeMap<String, Vec<String>>;

pub(super) async fn show(page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        let content = content(&page).await?;
        frame::show(&page, &Sheet { area: Area::Users, title: "Active users".into(), content }).await
    })
    .await
}

async fn content(page: &Page) -> Result<Markup, Refused> {
    let (filter, search) = (Filter::of(page), page.query.text("search"));
    let holders = tenant::holders(page).await?;
    let products = tenant::products(page).await?;
    let rows = match filter {
        Filter::Admins => administrators(&holders, search),
        _ => found(page, filter, search).await?,
    };
    let keep = [("filter", filter.key()), ("search", search)];
    Ok(html! {
        @if page.query.text("done") == "deleted" {
            (layout::message("done", "The user was deleted and can be restored for 30 days."))
        }
        div class="tools" {
            a class="button primary" href=(page.link("/adminportal/users/new")) { "Add a user" }
            form class="search" method="get" action=(page.link(Area::Users.path())) role="search" {
                label for="filter" { "Show" }
                select id="filter" name="filter" {
                    @for choice in Filter::ALL {
                        option value=(choice.key()) selected[choice == filter] { (choice.label()) }
                    }
                }
                label for="search" { "Name begins with" }
                input id="search" name="search" type="search" value=(search) autocomplete="off" spellcheck="false";
                button type="submit" { "Search" }
            }
        }
        @if rows.rows.is_empty() {
            p class="empty" { "No user is like that. "
                a href=(page.link(Area::Users.path())) { "Show all users" } }
        } @else {
            (table(page, &rows.rows, &products, &roles(&holders)))
        }
        (frame::pager(page, Area::Users.path(), &keep, &rows))
    })
}

async fn found(page: &Page, filter: Filter, search: &str) -> Result<Rows<Account>, Refused> {
    let begins = (!search.is_empty()).then(|| {
        let text = quoted(search);
        let names = ["displayName", "givenName", "surname", "userPrincipalName"];
        let ways = names.map(|name| format!("startswith({name},{text})"));
        format!("({})", ways.join(" or "))
    });
    let conditions: Vec<String> = filter.condition().map(str::to_owned).into_iter().chain(begins).collect();
    let filter = if conditions.is_empty() {
        String::new()
    } else {
        format!("&$filter={}", encoded(&conditions.join(" and ")))
    };
    let after = frame::after(page);
    let path = format!("users?$select={LISTED}&$orderby=displayName&$count=true&$top={PAGE}{filter}{after}");
    tenant::rows(page, &path).await
}

/// Those who hold a role, each once, by name. They are few by their nature, so they have one page.
fn administrators(holders: &[(Role, Vec<Account>)], search: &str) -> Rows<Account> {
    let wanted = search.to_lowercase();
    let by_id: BTreeMap<&str, &Account> =
        holders.iter().flat_map(|(_, accounts)| accounts).map(|account| (&*account.id, account)).collect();
    let mut rows: Vec<Account> = by_id
        .into_values()
        .filter(|account| {
            [account.name(), &account.user_principal_name]
                .iter()
                .any(|name| name.to_lowercase().starts_with(&wanted))
        })
        .cloned()
        .collect();
    rows.sort_by_key(|account| account.name().to_lowercase());
    Rows { count: Some(rows.len() as u64), rows, next: None }
}

fn roles(holders: &[(Role, Vec<Account>)]) -> Roles {
    let mut roles = Roles::new();
    for (role, accounts) in holders {
        for account in accounts {
            roles.entry(account.id.clone()).or_default().push(role.display_name.clone());
        }
    }
    roles
}

fn table(page: &Page, accounts: &[Account], products: &[Product], roles: &Roles) -> Markup {
    let rows = html! {
        @for account in accounts {
            tr {
                td { a class="entry" href=(page.link(&account.path())) { (account.name()) } }
                td { (account.user_principal_name) }
                td class="wide" { (licenses(account, products)) }
                td { @match roles.get(&account.id) { Some(roles) => (roles.join(", ")), None => span class="hint" { "User" } } }
                td { (frame::sign_in_status(account.account_enabled)) }
            }
        }
    };
    layout::grid("Users", &["Display name", "User name", "Licences", "Roles", "Sign-in"], &rows)
}

/// The names of an account's licences.
pub(super) fn licenses(account: &Account, products: &[Product]) -> Markup {
    let names: Vec<&str> =
        products.iter().filter(|product| account.has(product)).map(Product::name).collect();
    html! { @if names.is_empty() { span class="hint" { "Unlicensed" } } @else { (names.join(", ")) } }
}
