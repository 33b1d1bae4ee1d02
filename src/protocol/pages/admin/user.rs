//! An account's page: licences and apps, roles, sign-in, groups, and what CRM makes of it.

use axum::extract::Path;
use http::{Method, StatusCode};
use maud::{Markup, html};

use super::crm;
use super::frame::{self, Area, Sheet, framed, go};
use super::profile;
use super::tenant::{self, Account, Group, Product, Role, Waiting};
use super::time::{self, Clock};
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout::{self, form_token};
use crate::protocol::pages::page::Page;

pub(super) async fn show(Path(id): Path<String>, page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        let account = match tenant::account(&page, &id).await {
            Err(refused) if refused.status == StatusCode::NOT_FOUND => {
                // What waits of a deleted account still leads here.
                let deleted = format!("directory/deletedItems/{}", encoded(&id));
                return match tenant::get(&page, &deleted).await {
                    Ok(_) => go(&page, Area::Deleted.path()),
                    Err(_) => Err(refused),
                };
            }
            account => account?,
        };
        frame::show(&page, &sheet(&page, &account).await?).await
    })
    .await
}

/// The page of an account.
pub(super) async fn sheet(page: &Page, account: &Account) -> Result<Sheet, Refused> {
    let (products, roles) = (tenant::products(page).await?, tenant::roles(page).await?);
    let member_of = format!("users/{}/memberOf", account.id);
    let held: Vec<Role> = tenant::all(page, &format!("{member_of}/microsoft.graph.directoryRole")).await?;
    let joined: Vec<Group> = tenant::all(page, &format!("{member_of}/microsoft.graph.group")).await?;
    let groups: Vec<Group> = tenant::all(page, "groups?$orderby=displayName").await?;
    let (clock, guard) = (tenant::clock(page).await?, tenant::guard(page).await?);
    let waiting = crm::of(&account.id, tenant::waiting(page).await?);
    let content = html! {
        (done(page.query.text("done"), clock, &waiting))
        (person(page, account))
        (crm::panel(page, account).await?)
        div class="columns" {
            (licenses(page, account, &products))
            (admin_roles(page, account, &roles, &held))
            (memberships(page, account, &groups, &joined, guard.as_deref()))
            (profile::card(page, account))
        }
    };
    Ok(Sheet { area: Area::Users, title: account.name().to_owned(), content })
}

/// What was just done, in words: a page is told by a key only, so that no address can put words into it.
fn done(key: &str, clock: Clock, waiting: &[Waiting]) -> Markup {
    let text = match key {
        "assigned" => "The licence was assigned.",
        "removed" => "The licence was removed.",
        "roles" => "The administrator roles were changed.",
        "blocked" => "Sign-in is blocked.",
        "allowed" => "Sign-in is allowed.",
        "profile" => "The profile was changed.",
        "joined" => "The user was added to the group.",
        "left" => "The user was removed from the group.",
        "restored" => "The user was restored.",
        "synchronised" => return layout::message("done", "CRM is up to date with this user."),
        "waited" => {
            return html! {
                p class="message done" role="status" { "Time has passed: it is " (time::instant(clock.now)) " now." }
            };
        }
        _ => return html! {},
    };
    html! {
        p class="message done" role="status" {
            (text)
            @if let Some(last) = waiting.last() { " CRM learns of it " (clock.until(last.due)) "." }
            @else { " CRM has nothing left to learn of it." }
        }
    }
}

fn person(page: &Page, account: &Account) -> Markup {
    let path = account.path();
    let (wanted, label) =
        if account.account_enabled { ("false", "Block sign-in") } else { ("true", "Allow sign-in") };
    html! {
        section class="person-head" aria-label="The account" {
            (frame::initials(account.name()))
            div {
                p class="mono" { (account.user_principal_name) }
                p { "Sign-in: " (frame::sign_in_status(account.account_enabled)) }
            }
            div class="buttons" {
                a class="button" href=(page.link(&format!("{path}/profile"))) { "Edit profile" }
                (layout::button(page, &page.link(&format!("{path}/sign-in")), &[("allow", wanted)], label, ""))
                a class="button danger" href=(page.link(&format!("{path}/delete"))) { "Delete user" }
            }
        }
    }
}

fn licenses(page: &Page, account: &Account, products: &[Product]) -> Markup {
    let action = page.link(&format!("{}/licenses", account.path()));
    html! {
        section class="card" aria-labelledby="licenses" {
            h2 id="licenses" { "Licences and apps" }
            ul class="plain lines" {
                @for product in products {
                    @let has = account.has(product);
                    li {
                        div {
                            p { strong { (product.name()) } " "
                                @if has { span class="pill good" { "Assigned" } } }
                            p class="hint" { (product.left()) " of " (product.bought()) " licences left" }
                            @if has {
                                p class="hint" { "Apps: " (product.service_plans.iter().map(|plan| &*plan.service_plan_name).collect::<Vec<_>>().join(", ")) }
                            }
                        }
                        form class="inline" method="post" action=(action) {
                            (form_token(page))
                            input type="hidden" name="product" value=(product.sku_id);
                            input type="hidden" name="do" value=(if has { "remove" } else { "assign" });
                            button type="submit" disabled[!has && product.left() == 0] {
                                (if has { "Remove" } else { "Assign" })
                                span class="unseen" { " " (product.name()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn admin_roles(page: &Page, account: &Account, roles: &[Role], held: &[Role]) -> Markup {
    html! {
        section class="card" aria-labelledby="roles" {
            h2 id="roles" { "Administrator roles" }
            @if held.is_empty() { p class="hint" { "User: no administrator access." } }
            form method="post" action=(page.link(&format!("{}/roles", account.path()))) {
                (form_token(page))
                (role_boxes(roles, |role| held.iter().any(|other| other.id == role.id)))
                button type="submit" { "Save roles" }
            }
        }
    }
}

/// A box to tick for each role.
pub(super) fn role_boxes(roles: &[Role], is_held: impl Fn(&Role) -> bool) -> Markup {
    html! {
        fieldset {
            legend { "Roles" }
            @for role in roles {
                label class="check" {
                    input type="checkbox" name="role" value=(role.id) checked[is_held(role)];
                    span { (role.display_name)
                        @if let Some(description) = &role.description { br; span class="hint" { (description) } } }
                }
            }
        }
    }
}

fn memberships(
    page: &Page,
    account: &Account,
    groups: &[Group],
    joined: &[Group],
    guard: Option<&str>,
) -> Markup {
    let action = page.link(&format!("{}/groups", account.path()));
    let others: Vec<_> =
        groups.iter().filter(|group| !joined.iter().any(|mine| mine.id == group.id)).collect();
    html! {
        section class="card" aria-labelledby="groups" {
            h2 id="groups" { "Groups" }
            @if joined.is_empty() { p class="hint" { "A member of no group." } }
            ul class="plain lines" {
                @for group in joined {
                    li {
                        div { a href=(page.link(&format!("/adminportal/groups/{}", encoded(&group.id)))) { (group.display_name) }
                            @if guard == Some(&*group.id) { " " span class="pill warn" { "guards " (page.organization()) } } }
                        form class="inline" method="post" action=(action) {
                            (form_token(page))
                            input type="hidden" name="group" value=(group.id);
                            input type="hidden" name="do" value="leave";
                            button type="submit" { "Remove" span class="unseen" { " from " (group.display_name) } }
                        }
                    }
                }
            }
            @if !others.is_empty() {
                form class="row" method="post" action=(action) {
                    (form_token(page))
                    input type="hidden" name="do" value="join";
                    div { label for="group" { "Add to a group" }
                        select id="group" name="group" {
                            @for group in others { option value=(group.id) { (group.display_name) } }
                        } }
                    button type="submit" { "Add" }
                }
            }
        }
    }
}

pub(super) async fn ask_delete(Path(id): Path<String>, page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        frame::show(&page, &delete_sheet(&page, &account)).await
    })
    .await
}

fn delete_sheet(page: &Page, account: &Account) -> Sheet {
    let path = account.path();
    let question = html! {
        p { strong { (account.name()) } " (" (account.user_principal_name) ") loses every licence and can no longer sign in." }
        p { "The account can be restored for 30 days. CRM keeps its user, and disables it once it learns of the deletion." }
    };
    let content = frame::confirm(page, &question, &format!("{path}/delete"), "Delete user", &path);
    Sheet { area: Area::Users, title: format!("Delete {}?", account.name()), content }
}

pub(super) async fn delete(Path(id): Path<String>, page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let done = page.graph(Method::DELETE, &format!("users/{}", account.id), None).await.done();
        match done {
            Ok(_) => go(&page, "/adminportal/users?done=deleted"),
            Err(refused) => {
                let close = page.link(&account.path());
                frame::refuse(&page, &delete_sheet(&page, &account), &refused, &close).await
            }
        }
    })
    .await
}
