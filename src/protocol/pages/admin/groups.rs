//! Groups: made, filled, and chosen to guard the organization.

use axum::extract::Path;
use axum::response::Response;
use http::Method;
use maud::{Markup, html};
use serde_json::json;

use super::frame::{self, Area, Sheet, framed, go};
use super::tenant::{self, Account, Group, LISTED, PAGE};
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout::{self, form_token};
use crate::protocol::pages::page::Page;

fn path(id: &str) -> String {
    format!("/adminportal/groups/{}", encoded(id))
}

pub(super) async fn list(page: Page) -> Response {
    framed(&page, Area::Groups, async { frame::show(&page, &list_sheet(&page).await?).await }).await
}

async fn list_sheet(page: &Page) -> Result<Sheet, Refused> {
    let guard = tenant::guard(page).await?;
    let after = frame::after(page);
    let found =
        tenant::rows::<Group>(page, &format!("groups?$orderby=displayName&$count=true&$top={PAGE}{after}"))
            .await?;
    let rows = html! {
        @for group in &found.rows {
            tr {
                td { a class="entry" href=(page.link(&path(&group.id))) { (group.display_name) } }
                td { (group.description.as_deref().unwrap_or_default()) }
                td { (kind(group)) }
                td { @if guard.as_deref() == Some(&*group.id) { span class="pill warn" { "Members alone" } } }
            }
        }
    };
    let content = html! {
        @if page.query.text("done") == "deleted" { (layout::message("done", "The group was deleted.")) }
        p { a class="button primary" href=(page.link("/adminportal/groups/new")) { "Add a group" } }
        @if found.rows.is_empty() {
            p class="empty" { "There is no group." }
        } @else {
            (layout::grid("Groups", &["Name", "Description", "Kind", "May use the organization"], &rows))
        }
        (frame::pager(page, Area::Groups.path(), &[], &found))
        section class="card narrow" aria-labelledby="guard" {
            h2 id="guard" { "Security group of the organization" }
            (guard_form(page, &found.rows, guard.as_deref()))
        }
    };
    Ok(Sheet { area: Area::Groups, title: "Groups".into(), content })
}

fn guard_form(page: &Page, groups: &[Group], guard: Option<&str>) -> Markup {
    // The one that guards may stand on another page of the list.
    let is_listed = guard.is_none_or(|id| groups.iter().any(|group| group.id == id));
    html! {
        p class="hint" { "With one, only its members, global and Power Platform administrators may use "
            (page.organization()) ". CRM learns of a change in time." }
        form class="row" method="post" action=(page.link("/adminportal/groups/guard")) {
            (form_token(page))
            div {
                label for="group" { "Who may use " (page.organization()) }
                select id="group" name="group" {
                    option value="" selected[guard.is_none()] { "Everybody" }
                    @if let (false, Some(guard)) = (is_listed, guard) { option value=(guard) selected { (guard) } }
                    @for group in groups.iter().filter(|group| group.security_enabled) {
                        option value=(group.id) selected[guard == Some(&*group.id)] { "Members of " (group.display_name) }
                    }
                }
            }
            button type="submit" { "Save" }
        }
    }
}

fn kind(group: &Group) -> &'static str {
    match (group.security_enabled, group.mail_enabled) {
        (true, false) => "Security",
        (true, true) => "Mail-enabled security",
        (false, _) => "Distribution",
    }
}

/// Chooses the group that guards the organization, or none. `Assumed:` in the product one does so where environments
/// are administered; the emulator has the setting `security_group`.
pub(super) async fn guard(page: Page) -> Response {
    framed(&page, Area::Groups, async {
        let body = json!({ "security_group": page.form.text("group") });
        match page.control(Method::PATCH, "settings", Some(body)).await.done() {
            Ok(_) => go(&page, Area::Groups.path()),
            Err(refused) => {
                let close = page.link(Area::Groups.path());
                frame::refuse(&page, &list_sheet(&page).await?, &refused, &close).await
            }
        }
    })
    .await
}

pub(super) async fn new(page: Page) -> Response {
    framed(&page, Area::Groups, async {
        let sheet = new_sheet(&page, &html! {});
        frame::show(&page, &sheet).await
    })
    .await
}

fn new_sheet(page: &Page, alert: &Markup) -> Sheet {
    let content = html! {
        (alert)
        form class="sheet" method="post" action=(page.link("/adminportal/groups/new")) {
            (form_token(page))
            label for="displayName" { "Name" }
            input id="displayName" name="displayName" type="text" required autocomplete="off" value=(page.form.text("displayName"));
            label for="description" { "Description" }
            input id="description" name="description" type="text" autocomplete="off" value=(page.form.text("description"));
            p class="hint" { "A security group: it can guard an organization." }
            div class="buttons" {
                button type="submit" class="primary" { "Add" }
                a class="button" href=(page.link(Area::Groups.path())) { "Cancel" }
            }
        }
    };
    Sheet { area: Area::Groups, title: "Add a security group".into(), content }
}

pub(super) async fn create(page: Page) -> Response {
    framed(&page, Area::Groups, async {
        let name = page.form.text("displayName");
        let nickname: String = name.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let mut body = json!({
            "displayName": name,
            // The directory wants one even where there is no mailbox.
            "mailNickname": if nickname.is_empty() { "group" } else { &nickname },
            "mailEnabled": false,
            "securityEnabled": true,
        });
        if let Some(description) = page.form.get("description") {
            body["description"] = description.into();
        }
        match page.graph(Method::POST, "groups", Some(body)).await.done() {
            Ok(made) => go(&page, &path(made["id"].as_str().unwrap_or_default())),
            Err(refused) => frame::again(&page, &new_sheet(&page, &frame::alert(&refused)), &refused).await,
        }
    })
    .await
}

pub(super) async fn show(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Groups, async { frame::show(&page, &sheet(&page, &id).await?).await }).await
}

async fn group(page: &Page, id: &str) -> Result<Group, Refused> {
    let answer = tenant::get(page, &format!("groups/{}", encoded(id))).await?;
    Ok(serde_json::from_value(answer).unwrap_or_default())
}

async fn sheet(page: &Page, id: &str) -> Result<Sheet, Refused> {
    let group = group(page, id).await?;
    let guard = tenant::guard(page).await?;
    let after = frame::after(page);
    let members = tenant::rows::<Account>(
        page,
        &format!(
            "groups/{}/members?$select={LISTED}&$orderby=displayName&$count=true&$top={PAGE}{after}",
            group.id
        ),
    )
    .await?;
    let own = path(&group.id);
    let rows = html! {
        @for member in &members.rows {
            tr {
                td { a class="entry" href=(page.link(&member.path())) { (member.name()) } }
                td { (member.user_principal_name) }
                td class="actions" {
                    form class="inline" method="post" action=(page.link(&format!("{own}/members"))) {
                        (form_token(page))
                        input type="hidden" name="do" value="remove";
                        input type="hidden" name="member" value=(member.id);
                        button type="submit" { "Remove" span class="unseen" { " " (member.name()) } }
                    }
                }
            }
        }
    };
    let content = html! {
        @if let Some(description) = &group.description { p { (description) } }
        p { span class="pill" { (kind(&group)) }
            @if guard.as_deref() == Some(&*group.id) { " " span class="pill warn" { "guards " (page.organization()) } } }
        h2 { "Members" }
        @if members.rows.is_empty() {
            p class="empty" { "The group has no members." }
        } @else {
            (layout::grid("Members", &["Display name", "User name", "Actions"], &rows))
        }
        (frame::pager(page, &own, &[], &members))
        (add_member(page, &own).await?)
        p class="apart" { a class="button danger" href=(page.link(&format!("{own}/delete"))) { "Delete group" } }
    };
    Ok(Sheet { area: Area::Groups, title: group.display_name, content })
}

/// Offers some names; any other can be typed.
async fn add_member(page: &Page, own: &str) -> Result<Markup, Refused> {
    let some: Vec<Account> =
        tenant::rows(page, "users?$select=id,displayName,userPrincipalName&$orderby=displayName&$top=100")
            .await?
            .rows;
    Ok(html! {
        form class="row" method="post" action=(page.link(&format!("{own}/members"))) {
            (form_token(page))
            input type="hidden" name="do" value="add";
            div {
                label for="member" { "Add a member by user name" }
                input id="member" name="member" type="text" list="people" required spellcheck="false" autocomplete="off" value=(page.form.text("member"));
                datalist id="people" { @for account in &some { option value=(account.user_principal_name) { (account.name()) } } }
            }
            button type="submit" { "Add" }
        }
    })
}

pub(super) async fn change_member(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Groups, async {
        let (group, member) = (format!("groups/{}", encoded(&id)), page.form.text("member"));
        let done = if page.form.text("do") == "remove" {
            tenant::remove_member(&page, &group, member).await
        } else {
            // The directory adds by object id; people know the user name.
            match tenant::account(&page, member).await {
                Ok(account) => tenant::add_member(&page, &group, &account.id).await,
                Err(refused) => Err(refused),
            }
        };
        match done {
            Ok(_) => go(&page, &path(&id)),
            Err(refused) => {
                let sheet = sheet(&page, &id).await?;
                frame::refuse(&page, &sheet, &refused, &page.link(&path(&id))).await
            }
        }
    })
    .await
}

pub(super) async fn ask_delete(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Groups, async {
        let group = group(&page, &id).await?;
        let own = path(&group.id);
        let question = html! {
            p { strong { (group.display_name) } " cannot be restored afterwards. Its members stay users." }
        };
        let content = frame::confirm(&page, &question, &format!("{own}/delete"), "Delete group", &own);
        let title = format!("Delete {}?", group.display_name);
        frame::show(&page, &Sheet { area: Area::Groups, title, content }).await
    })
    .await
}

pub(super) async fn delete(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Groups, async {
        let done = page.graph(Method::DELETE, &format!("groups/{}", encoded(&id)), None).await.done();
        match done {
            Ok(_) => go(&page, "/adminportal/groups?done=deleted"),
            Err(refused) => {
                let close = page.link(&path(&id));
                frame::refuse(&page, &sheet(&page, &id).await?, &refused, &close).await
            }
        }
    })
    .await
}
