//! The Office 365 admin centre.

use axum::body::Body;
use crm_emulator::directory::AdminRole;
use http::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Fixture};
use crate::tenancy::{account, add};

const ROOT: &str = "/adminportal";
const PROFESSIONAL: &str = "d17b27af-3f49-4822-99f9-56a661538792";

/// The organization of the second seed: five minutes, a day, a standing clock.
fn lagging() -> Fixture {
    Fixture::with(|builder| builder.scenario("sync-lag"))
}

/// A page, which is there.
#[track_caller]
fn page(f: &Fixture, path: &str) -> String {
    f.get(path).has(200).text()
}

/// Sends a form as a page of the emulator would.
fn submit(f: &Fixture, path: &str, fields: &[(&str, &str)]) -> Answer {
    let form = page(f, "/adminportal/groups/new");
    let (_, rest) = form.split_once(r#"name="form_token" value=""#).unwrap();
    let token = rest.split_once('"').unwrap().0;
    send(f, path, &[fields, &[("form_token", token)]].concat())
}

fn send(f: &Fixture, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    f.send(request.body(Body::from(body)).unwrap())
}

/// Sends a form that is taken, and answers the page it leads to.
#[track_caller]
fn submitted(f: &Fixture, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = submit(f, path, fields).has(303);
    page(f, answer.header("location"))
}

#[track_caller]
fn says(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "'{word}' is missing in {page}");
    }
}

/// The user that CRM has of an account.
fn in_crm(f: &Fixture, id: &str) -> Value {
    let path = format!(
        "/api/data/v9.2/systemusers?$select=systemuserid,accessmode,isdisabled,islicensed&$filter=azureactivedirectoryobjectid eq {id}"
    );
    f.get(&path.replace(' ', "%20")).has(200).json()["value"][0].clone()
}

fn user(id: impl std::fmt::Display) -> String {
    format!("{ROOT}/users/{id}")
}

#[test]
fn every_area_has_a_page_with_one_heading_and_one_main_part() {
    let f = Fixture::new();
    let alicia = user(add(&f, "alicia", true, &[]));
    f.patch(&alicia.replace(ROOT, "/graph/v1.0"), &json!({"displayName": "Alicia Thomber"})).has(204);
    for (path, words) in [
        (
            ROOT,
            &["Waiting to synchronise", "Microsoft Dynamics CRM Online Professional", "used of 10 bought"][..],
        ),
        ("/adminportal/users", &["Active users", "Alicia Thomber", "alicia@contoso.onmicrosoft.com"]),
        ("/adminportal/users/new", &["Add a user", "contoso.onmicrosoft.com", "Global Administrator"]),
        (
            &alicia,
            &["Alicia Thomber", "Licences and apps", "What CRM knows now", "Read-Write", "Apps: CRMSTANDARD"],
        ),
        (&format!("{alicia}/profile"), &["Edit Alicia Thomber", "Job title"]),
        (&format!("{alicia}/delete"), &["Delete Alicia Thomber?", "30 days"]),
        (&format!("{alicia}/added"), &["Alicia Thomber was added"]),
        ("/adminportal/deleted", &["No user is deleted."]),
        ("/adminportal/groups", &["Add a group", "Everybody"]),
        ("/adminportal/groups/new", &["Add a security group"]),
        ("/adminportal/licenses", &["Who holds a licence", "Alicia Thomber", "licenses"]),
        ("/adminportal/sync", &["Wait a day", "Nothing waits", "1 Mar 2026 12:00"]),
    ] {
        let page = page(&f, path);
        says(&page, words);
        assert_eq!((page.matches("<h1>").count(), page.matches("<main ").count()), (1, 1), "{path}");
        assert!(!page.contains("style="), "{path} has a style of its own");
    }
}

#[test]
fn links_stay_within_the_organization_that_is_addressed() {
    let f = Fixture::new();
    let page = page(&f, "/contoso/adminportal/users");
    assert!(!page.contains(r#"href="/adminportal"#) && page.contains(r#"href="/contoso/adminportal/users/"#));
}

#[test]
fn forms_that_no_page_of_the_emulator_made_are_refused() {
    let f = Fixture::new();
    for path in ["users/new", "sync", "licenses", "groups/new", "groups/guard"] {
        let answer = send(&f, &format!("{ROOT}/{path}"), &[("displayName", "Mallory")]).has(403);
        says(&answer.text(), &["ForeignForm"]);
    }
}

#[test]
fn names_are_shown_and_never_run() {
    let f = Fixture::new();
    let id = add(&f, "eve", true, &[AdminRole::Global]);
    let name = "<script>alert(1)</script>\"'&";
    f.patch(&format!("/graph/v1.0/users/{id}"), &json!({"displayName": name})).has(204);
    for path in [
        "/adminportal/users",
        "/adminportal/users?filter=admins&search=%3Cscript%3E",
        &user(id),
        &format!("{}/profile", user(id)),
        "/adminportal/licenses",
    ] {
        let page = page(&f, path);
        assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{path}: {page}");
    }
}

#[test]
fn an_account_that_is_not_there_is_missed_within_the_admin_centre() {
    let f = Fixture::new();
    let answer = f.get(&user(Uuid::from_u128(1))).has(404);
    says(&answer.text(), &["Request_ResourceNotFound", "Back to active users", "admin centre"]);
}

#[test]
fn users_are_filtered_searched_and_paged() {
    let f = Fixture::new();
    for number in 0..60 {
        add(&f, &format!("many{number:02}"), false, &[]);
    }
    let names = |page: &str| page.matches(r#"class="entry""#).count();
    let first = page(&f, "/adminportal/users?filter=unlicensed&search=many");
    assert_eq!(names(&first), 50);
    says(&first, &["1 to 50 of 60", "Next page"]);
    let (_, rest) = first.split_once(r#"rel="next" href=""#).unwrap();
    let next = page(&f, &rest.split_once('"').unwrap().0.replace("&amp;", "&"));
    assert_eq!(names(&next), 10);
    says(&next, &["51 to 60 of 60", "First page"]);
    assert!(!next.contains("Next page"));

    let blocked = add(&f, "blocked", true, &[]);
    submitted(&f, &format!("{}/sign-in", user(blocked)), &[("allow", "false")]);
    add(&f, "boss", false, &[AdminRole::Service]);
    assert_eq!(names(&page(&f, "/adminportal/users?filter=blocked")), 1);
    let admins = page(&f, "/adminportal/users?filter=admins&search=boss");
    says(&admins, &["boss@contoso.onmicrosoft.com", "Dynamics 365 Administrator"]);
    assert_eq!(names(&admins), 1);
    says(&page(&f, "/adminportal/users?search=nobody"), &["No user is like that."]);
    // An apostrophe ends no text of a filter.
    says(&page(&f, "/adminportal/users?search=O%27Hara"), &["No user is like that."]);
}

#[test]
fn a_new_user_is_told_with_what_happens_in_crm_and_when() {
    let f = lagging();
    let fields = [
        ("givenName", "Ann"),
        ("surname", "Archer"),
        ("name", "ann.archer"),
        ("domain", "contoso.onmicrosoft.com"),
        ("license", PROFESSIONAL),
        ("jobTitle", "Auditor"),
        ("businessPhones", "+1 425 555 0100"),
    ];
    let page = submitted(&f, "/adminportal/users/new", &fields);
    says(
        &page,
        &[
            "Ann Archer was added",
            "in 5 minutes",
            "12:05",
            "CRM has no user for this account",
            "Licence assigned",
        ],
    );
    let made = f.get("/graph/v1.0/users/ann.archer@contoso.onmicrosoft.com").has(200).json();
    assert_eq!(
        (&made["jobTitle"], &made["displayName"], &made["businessPhones"]),
        (&json!("Auditor"), &json!("Ann Archer"), &json!(["+1 425 555 0100"]))
    );
    let id = made["id"].as_str().unwrap();
    let page = submitted(&f, "/adminportal/sync", &[("do", "advance"), ("by", "5m"), ("user", id)]);
    says(&page, &["it is", "12:05", "Read-Write", "Enabled"]);
    assert_eq!(in_crm(&f, id)["islicensed"], true);
}

#[test]
fn what_the_directory_refuses_is_told_with_its_code_and_what_was_entered() {
    let f = Fixture::new();
    let fields = [("givenName", "Al"), ("name", "admin"), ("domain", "contoso.onmicrosoft.com")];
    let answer = submit(&f, "/adminportal/users/new", &fields).has(400);
    says(&answer.text(), &["Request_BadRequest", "already exists", r#"value="admin""#]);
}

#[test]
fn without_a_licence_left_the_choice_is_closed_and_the_refusal_shown() {
    let f = Fixture::new();
    let skus = f.get("/graph/v1.0/subscribedSkus").json();
    let used: u64 =
        skus["value"].as_array().unwrap().iter().filter_map(|sku| sku["consumedUnits"].as_u64()).sum();
    submitted(&f, "/adminportal/licenses", &[("licenses", &used.to_string())]);
    let id = add(&f, "late", false, &[]);
    let shown = page(&f, &user(id));
    says(&shown, &[&format!("0 of {used} licences left"), r#"<button type="submit" disabled>Assign"#]);
    says(&page(&f, "/adminportal/users/new"), &[&format!("None left of {used}"), "disabled"]);

    let path = format!("{}/licenses", user(id));
    let answer = submit(&f, &path, &[("product", PROFESSIONAL), ("do", "assign")]).has(400);
    says(
        &answer.text(),
        &[
            "alertdialog",
            "Request_BadRequest",
            "does not have any available licenses",
            "/_emulator/rules#L10",
            " inert>",
        ],
    );
    // An account is added before it is given anything, and stays.
    let fields = [
        ("givenName", "Lou"),
        ("name", "lou"),
        ("domain", "contoso.onmicrosoft.com"),
        ("license", PROFESSIONAL),
    ];
    let answer = submit(&f, "/adminportal/users/new", &fields).has(400);
    says(&answer.text(), &["Lou was added", "does not have any available licenses"]);

    let more = submitted(&f, "/adminportal/licenses", &[("licenses", "25")]);
    says(&more, &["of 25 bought"]);
    says(
        &submitted(&f, &path, &[("product", PROFESSIONAL), ("do", "assign")]),
        &["The licence was assigned."],
    );
    says(&submit(&f, "/adminportal/licenses", &[("licenses", "many")]).has(400).text(), &["InvalidSetting"]);
}

#[test]
fn roles_are_given_and_taken_as_they_are_ticked() {
    let f = Fixture::new();
    let id = add(&f, "rita", false, &[AdminRole::User]);
    let path = format!("{}/roles", user(id));
    let (global, service) =
        (AdminRole::Global.template().to_string(), AdminRole::Service.template().to_string());
    submitted(&f, &path, &[("role", &global), ("role", &service)]);
    let roles = f.get(&format!("/graph/v1.0/users/{id}/memberOf/microsoft.graph.directoryRole")).json();
    let names: Vec<_> =
        roles["value"].as_array().unwrap().iter().map(|role| role["displayName"].as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    says(&page(&f, &user(id)), &["Administrative"]);
    let page = submitted(&f, &path, &[]);
    says(&page, &["User: no administrator access."]);
}

#[test]
fn profiles_are_edited() {
    let f = Fixture::new();
    let id = add(&f, "pat", true, &[]);
    let path = format!("{}/profile", user(id));
    let name = [("displayName", "Pat P"), ("userPrincipalName", "patricia@contoso.onmicrosoft.com")];
    let page = submitted(&f, &path, &[&name[..], &[("surname", "Pope"), ("city", "Oslo")]].concat());
    says(&page, &["The profile was changed.", "patricia@contoso.onmicrosoft.com", "Oslo", "Pope"]);
    let refused =
        submit(&f, &path, &[("displayName", "Pat"), ("userPrincipalName", "no name"), ("city", "Bergen")]);
    says(&refused.has(400).text(), &["userPrincipalName is invalid", r#"value="Bergen""#]);
}

#[test]
fn deleted_users_are_restored_or_gone_for_good() {
    let f = Fixture::new();
    let id = add(&f, "dora", true, &[]);
    let list = submitted(&f, &format!("{}/delete", user(id)), &[]);
    says(&list, &["can be restored for 30 days"]);
    says(&page(&f, "/adminportal/deleted"), &["dora@contoso.onmicrosoft.com", "30 days", "Restore"]);
    assert_eq!(f.get(&user(id)).has(303).header("location"), "/adminportal/deleted");
    let back = submitted(&f, &format!("/adminportal/deleted/{id}/restore"), &[]);
    says(&back, &["The user was restored.", "Enabled"]);
    submitted(&f, &format!("{}/delete", user(id)), &[]);
    says(&page(&f, &format!("/adminportal/deleted/{id}/purge")), &["cannot be restored"]);
    let list = submitted(&f, &format!("/adminportal/deleted/{id}/purge"), &[]);
    says(&list, &["deleted for good", "No user is deleted."]);
    let again = submit(&f, &format!("/adminportal/deleted/{id}/restore"), &[]).has(404);
    says(&again.text(), &["Request_ResourceNotFound"]);
}

#[test]
fn a_group_guards_the_organization() {
    let f = Fixture::new();
    let guarded = add(&f, "gus", true, &[]);
    let group = submitted(
        &f,
        "/adminportal/groups/new",
        &[("displayName", "CRM people"), ("description", "Who may")],
    );
    says(&group, &["CRM people", "Who may", "The group has no members."]);
    let id = f.get("/graph/v1.0/groups").json()["value"][0]["id"].as_str().unwrap().to_owned();
    let members = format!("/adminportal/groups/{id}/members");
    let group = submitted(&f, &members, &[("do", "add"), ("member", "admin@contoso.onmicrosoft.com")]);
    says(&group, &["System Administrator", "1 in all"]);
    let refused = submit(&f, &members, &[("do", "add"), ("member", "nobody@nowhere")]).has(404);
    says(&refused.text(), &["alertdialog", "Request_ResourceNotFound"]);

    submitted(&f, "/adminportal/groups/guard", &[("group", &id)]);
    says(&page(&f, &user(guarded)), &["Disabled"]);
    let joined = submitted(&f, &format!("{}/groups", user(guarded)), &[("do", "join"), ("group", &id)]);
    says(&joined, &["added to the group", "guards contoso", "Enabled"]);
    submitted(&f, &format!("{}/groups", user(guarded)), &[("do", "leave"), ("group", &id)]);
    assert_eq!(in_crm(&f, &guarded.to_string())["isdisabled"], true);
    submitted(&f, "/adminportal/groups/guard", &[("group", "")]);
    let list = submitted(&f, &format!("/adminportal/groups/{id}/delete"), &[]);
    says(&list, &["The group was deleted.", "There is no group."]);
}

/// The steps of the second seed, `pause` between the third and the fourth.
fn seed(pause: &str) -> (Fixture, String) {
    let f = lagging();
    let wait = |by: &str| submit(&f, "/adminportal/sync", &[("do", "advance"), ("by", by)]).has(200).text();
    let fields = [
        ("givenName", "Integration"),
        ("name", "integration"),
        ("domain", "contoso.onmicrosoft.com"),
        ("license", PROFESSIONAL),
    ];
    submitted(&f, "/adminportal/users/new", &fields);
    let id = f.get("/graph/v1.0/users/integration@contoso.onmicrosoft.com").json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    says(&wait("5m"), &["CRM has learned", "Licence assigned"]);
    let crm = format!("/api/data/v9.2/systemusers({})", in_crm(&f, &id)["systemuserid"].as_str().unwrap());
    f.patch(&crm, &json!({"accessmode": 4})).has(204);
    wait(pause);
    let removed =
        submitted(&f, &format!("{}/licenses", user(&id)), &[("product", PROFESSIONAL), ("do", "remove")]);
    says(&removed, &["The licence was removed.", "in 5 minutes", "Non-interactive"]);
    wait("24h");
    (f, id)
}

#[test]
fn the_patient_run_of_the_second_seed_ends_non_interactive() {
    let (f, id) = seed("24h");
    says(&page(&f, &user(&id)), &["Non-interactive", "Enabled"]);
    assert_eq!((&in_crm(&f, &id)["accessmode"], &in_crm(&f, &id)["islicensed"]), (&json!(4), &json!(false)));
}

#[test]
fn the_hurried_run_of_the_second_seed_ends_administrative() {
    let (f, id) = seed("5m");
    says(&page(&f, &user(&id)), &["Administrative", "Disabled"]);
    assert_eq!(in_crm(&f, &id)["accessmode"], 1);
}

#[test]
fn synchronising_now_tells_what_came_of_it() {
    let f = lagging();
    add(&f, "sam", true, &[]);
    says(&page(&f, "/adminportal/sync"), &["sam@contoso.onmicrosoft.com", "in 5 minutes", "Account added"]);
    let done = submit(&f, "/adminportal/sync", &[("do", "sync")]).has(200).text();
    says(
        &done,
        &[
            "CRM has learned of 2 changes",
            "sam@contoso.onmicrosoft.com",
            "/_emulator/rules#D3",
            "Nothing waits",
        ],
    );
    let one = add(&f, "one", true, &[]);
    add(&f, "two", true, &[]);
    let page = submitted(&f, "/adminportal/sync", &[("do", "sync"), ("user", &one.to_string())]);
    says(&page, &["CRM is up to date with this user.", "2 changes wait for CRM"]);
    let refused = submit(&f, "/adminportal/sync", &[("do", "advance"), ("by", "soon")]).has(400);
    says(&refused.text(), &["InvalidTime"]);
}

#[test]
fn the_list_of_what_waits_is_sent_again_only_when_it_is_another() {
    let f = lagging();
    let part = |path: &str| f.ask(http::Method::GET, path, &[("hx-request", "true")], None);
    let shown = page(&f, "/adminportal/sync");
    let (_, rest) = shown.split_once(r#"hx-get=""#).unwrap();
    let address = rest.split_once('"').unwrap().0.to_owned();
    assert_eq!(part(&address).status, 204);
    add(&f, "sam", true, &[]);
    let list = part(&address).has(200).text();
    says(&list, &["sam@contoso.onmicrosoft.com"]);
    assert!(!list.contains("<html"));
    let panel = part(&format!("{}/crm", user(account("sam")))).has(200).text();
    says(&panel, &["What CRM has yet to learn", "Licence assigned"]);
    // Without a script the address leads to the page it belongs to.
    assert_eq!(f.get(&address).has(303).header("location"), "/adminportal/sync");
}

#[test]
fn where_tokens_are_asked_for_one_signs_in_first() {
    let f = Fixture::with(|builder| builder.set("auth", "token"));
    for path in [ROOT, "/adminportal/users", "/adminportal/users/new"] {
        assert_eq!(f.get(path).has(303).header("location"), "/signin?to=/adminportal");
    }
}
