use serde_json::Value;

use super::contoso;
use crate::support::Fixture;

const MARCEL: &str = "00000008-0000-4000-8000-000000000012";
/// Owned by Renee, of the root unit.
const COHO: &str = "00000001-0000-4000-8000-000000000006";
/// Owned by Alicia, of Marcel's unit.
const ADVENTURE: &str = "00000001-0000-4000-8000-000000000001";
/// Owned by the team Field Sales, of which Marcel is a member.
const FOURTH: &str = "00000001-0000-4000-8000-000000000009";

fn ask(f: &Fixture, options: &str) -> Value {
    f.get(&contoso(&format!("explain/access?{options}"))).has(200).json()
}

fn role<'a>(access: &'a Value, name: &str, through: bool) -> &'a Value {
    let is = |role: &&Value| role["name"] == name && role.get("through_team").is_some() == through;
    access["roles"].as_array().unwrap().iter().find(is).unwrap_or_else(|| panic!("no {name} in {access:#}"))
}

#[test]
fn what_is_allowed_is_traced_to_its_role() {
    let f = Fixture::new();
    let access = ask(&f, &format!("user={MARCEL}&table=account&id={ADVENTURE}&right=Read"));
    assert_eq!((&access["allowed"], &access["right"]), (&true.into(), &"ReadAccess".into()));
    assert_eq!(access["privilege"]["name"], "prvReadAccount");
    assert_eq!(access["privilege"]["held_at"], "Local");
    assert_eq!(access["row"]["owner"]["name"], "Alicia Thomber");
    let units: Vec<_> =
        access["row"]["business_units"].as_array().unwrap().iter().map(|u| &u["name"]).collect();
    assert_eq!(units, ["contoso", "Sales"]);
    let own = role(&access, "Salesperson", false);
    assert_eq!((&own["depth"], &own["reaches"]), (&"Local".into(), &true.into()));
    assert!(access["because"].as_str().unwrap().starts_with("Salesperson: Local reaches"), "{access:#}");
}

#[test]
fn what_is_refused_says_what_would_do() {
    let f = Fixture::new();
    let access = ask(
        &f,
        &format!("user=marcel.truempy@contoso.onmicrosoft.com&table=accounts&id={COHO}&right=readaccess"),
    );
    assert_eq!((&access["allowed"], &access["refusal"]["code"]), (&false.into(), &"0x80048306".into()));
    assert_eq!(access["rules"], serde_json::json!(["X9", "R7"]));
    assert!(access["refusal"]["remedy"].as_str().unwrap().contains("Global would"), "{access:#}");
    let own = role(&access, "Salesperson", false);
    assert_eq!(own["reaches"], false);
    assert!(own["why"].as_str().unwrap().ends_with("this is none"), "{access:#}");
    let through = role(&access, "Salesperson", true);
    assert_eq!(through["through_team"]["name"], "Field Sales");
}

#[test]
fn a_teams_basic_privileges_are_for_what_the_team_owns() {
    let f = Fixture::new();
    let access = ask(&f, &format!("user={MARCEL}&table=account&id={FOURTH}&right=Write"));
    assert_eq!(access["allowed"], true);
    let through = role(&access, "Salesperson", true);
    assert_eq!((&through["depth"], &through["reaches"]), (&"Basic".into(), &true.into()));
    assert_eq!(through["why"], "Basic reaches rows that the team owns; this is one");
}

#[test]
fn a_table_may_be_asked_about_as_a_whole_and_a_mode_takes_away() {
    let f = Fixture::new();
    let access = ask(&f, &format!("user={MARCEL}&table=account&right=Delete"));
    assert_eq!((&access["allowed"], &access["refusal"]["code"]), (&false.into(), &"0x80040220".into()));
    assert!(access.get("row").is_none());
    f.patch(&format!("/api/data/v9.2/systemusers({MARCEL})"), &serde_json::json!({"accessmode": 1})).has(204);
    let access = ask(&f, &format!("user={MARCEL}&table=account&right=Read"));
    assert_eq!((&access["allowed"], &access["access_mode"]["leaves"]), (&false.into(), &false.into()));
    assert_eq!(access["rules"], serde_json::json!(["R20", "X7"]));
}

#[test]
fn those_below_are_seen_where_the_organization_says_so() {
    let f = Fixture::new();
    let renee = "00000008-0000-4000-8000-000000000013";
    let alicia = "00000008-0000-4000-8000-000000000011";
    let question = format!("user={renee}&table=account&id={ADVENTURE}&right=Write");
    let patch = |path: &str, body: Value| f.patch(&format!("/api/data/v9.2/{path}"), &body).has(204);
    patch(
        &format!("systemusers({alicia})"),
        serde_json::json!({"parentsystemuserid@odata.bind": format!("/systemusers({renee})")}),
    );
    assert_eq!(ask(&f, &question)["allowed"], false);
    let organization = f.get("/api/data/v9.2/organizations?$select=organizationid").json();
    let id = organization["value"][0]["organizationid"].as_str().unwrap();
    patch(&format!("organizations({id})"), serde_json::json!({"ishierarchicalsecuritymodelenabled": true}));
    let access = ask(&f, &question);
    assert_eq!((&access["allowed"], &access["hierarchy"]["reaches"]), (&true.into(), &true.into()));
    let headers = [("MSCRMCallerID", renee)];
    let path = format!("/api/data/v9.2/accounts({ADVENTURE})");
    f.ask(http::Method::PATCH, &path, &headers, Some(&serde_json::json!({"telephone1": "1"}))).has(204);
}

#[test]
fn questions_that_are_none() {
    let f = Fixture::new();
    let refuses = |options: &str, status, code, says: &[&str]| {
        f.get(&contoso(&format!("explain/access?{options}"))).refuses(status, code, says);
    };
    refuses("user=x&table=account&right=Read", 404, "UserNotFound", &["x"]);
    refuses(&format!("user={MARCEL}&table=nothing&right=Read"), 404, "TableNotFound", &["nothing"]);
    refuses(&format!("user={MARCEL}&table=account&right=Fly"), 400, "InvalidQuestion", &["Fly", "AppendTo"]);
    refuses(&format!("user={MARCEL}&table=account&id=5&right=Read"), 400, "InvalidQuestion", &["id"]);
    refuses(&format!("user={MARCEL}&table=account&right=Read&also=x"), 400, "InvalidQuestion", &["also"]);
    refuses(&format!("user={MARCEL}&table=account&id={MARCEL}&right=Read"), 404, "RowNotFound", &["row"]);
    refuses("", 400, "InvalidQuestion", &["user"]);
}

#[test]
fn forks_know_nothing_of_each_others_users() {
    let f = Fixture::new();
    let accounts = |org: &str| {
        let headers = [("MSCRMCallerID", MARCEL)];
        f.ask(http::Method::GET, &format!("/{org}/api/data/v9.2/accounts?$select=name"), &headers, None)
    };
    accounts("contoso").has(200);
    for org in ["first", "second"] {
        f.post("/_emulator/v1/orgs", &serde_json::json!({"name": org, "from": "contoso"})).has(201);
    }
    let patch = |org: &str, body: Value| {
        f.patch(&format!("/{org}/api/data/v9.2/systemusers({MARCEL})"), &body).has(204);
    };
    // Both rows have the same version afterwards.
    patch("first", serde_json::json!({"accessmode": 1}));
    accounts("first").has(403);
    patch("second", serde_json::json!({"firstname": "Marc"}));
    accounts("second").has(200);
    accounts("contoso").has(200);
}

#[test]
fn a_share_is_traced_and_what_came_down_is_told_apart() {
    let f = Fixture::new();
    let row = |table: &str, key: &str, id: &str| serde_json::json!({"@odata.type": format!("Microsoft.Dynamics.CRM.{table}"), key: id});
    let share = serde_json::json!({
        "Target": row("account", "accountid", COHO),
        "PrincipalAccess": {"AccessMask": "ReadAccess", "Principal": row("systemuser", "systemuserid", MARCEL)},
    });
    f.post("/api/data/v9.2/GrantAccess", &share).has(204);
    let access = ask(&f, &format!("user={MARCEL}&table=account&id={COHO}&right=Read"));
    assert_eq!((&access["allowed"], &access["rules"]), (&true.into(), &serde_json::json!(["S5"])));
    assert_eq!(access["shares"][0]["rights"], "ReadAccess");
    assert_eq!(access["shares"][0]["gives"], true);
    let contact = "00000002-0000-4000-8000-000000000006";
    let access = ask(&f, &format!("user={MARCEL}&table=contact&id={contact}&right=Read"));
    assert_eq!(access["allowed"], true, "{access:#}");
    assert_eq!(
        (&access["shares"][0]["rights"], &access["shares"][0]["inherited"]),
        (&"None".into(), &"ReadAccess".into())
    );
    let access = ask(&f, &format!("user={MARCEL}&table=account&id={COHO}&right=Write"));
    assert_eq!((&access["allowed"], &access["shares"][0]["gives"]), (&false.into(), &false.into()));
}

#[test]
fn positions_make_a_hierarchy_across_business_units() {
    let f = Fixture::new();
    let renee = "00000008-0000-4000-8000-000000000013";
    let alicia = "00000008-0000-4000-8000-000000000011";
    let made = |body: Value| {
        let headers = [("Prefer", "return=representation")];
        let answer = f.ask(http::Method::POST, "/api/data/v9.2/positions", &headers, Some(&body));
        answer.has(201).json()["positionid"].as_str().unwrap().to_owned()
    };
    let above = made(serde_json::json!({"name": "Head"}));
    let below = made(serde_json::json!({
        "name": "Hand", "parentpositionid@odata.bind": format!("/positions({above})")
    }));
    let patch = |path: &str, body: Value| f.patch(&format!("/api/data/v9.2/{path}"), &body).has(204);
    for (user, position) in [(alicia, &above), (renee, &below)] {
        let bind = serde_json::json!({"positionid@odata.bind": format!("/positions({position})")});
        patch(&format!("systemusers({user})"), bind);
    }
    let question = format!("user={alicia}&table=account&id={COHO}&right=Write");
    assert_eq!(ask(&f, &question)["allowed"], false);
    let organization = f.get("/api/data/v9.2/organizations?$select=organizationid").json();
    let id = organization["value"][0]["organizationid"].as_str().unwrap();
    let on = serde_json::json!({"ishierarchicalsecuritymodelenabled": true, "usepositionhierarchy": true});
    patch(&format!("organizations({id})"), on);
    let access = ask(&f, &question);
    assert_eq!((&access["allowed"], &access["hierarchy"]["reaches"]), (&true.into(), &true.into()));
}
