//! The emulator's console: what it shows, what its forms do, and that every story comes out as it is told.

use std::collections::BTreeSet;

use axum::body::Body;
use form_urlencoded::Serializer;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Answer, Fixture};

const ORG: &str = "/_emulator/orgs/contoso";
const API: &str = "/_emulator/v1/orgs/contoso";

/// What stands between two texts, each time.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// Sends a form as a page of the emulator would.
fn send(f: &Fixture, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = f.get("/_emulator/").has(200).text();
    let token = between(&page, "name=\"form_token\" value=\"", "\"")[0].to_owned();
    let form = Serializer::new(String::new()).append_pair("form_token", &token).extend_pairs(fields).finish();
    f.send(form_request(path, form))
}

fn form_request(path: &str, form: String) -> Request<Body> {
    let form_type = "application/x-www-form-urlencoded";
    let request = Request::builder().method(Method::POST).uri(path).header("content-type", form_type);
    request.body(Body::from(form)).unwrap()
}

/// Sends a form and goes where it leads.
fn follow(f: &Fixture, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = send(f, path, fields).has(303);
    let to = answer.header("location").to_owned();
    f.get(to.split('#').next().unwrap())
}

#[track_caller]
fn shows(answer: &Answer, words: &[&str]) {
    let text = answer.text();
    for word in words {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}

fn pages() -> Vec<String> {
    let tabs = [
        "",
        "/explain?user=admin%40contoso.onmicrosoft.com&table=accounts&right=Read",
        "/journal",
        "/verify?method=GET&count=0",
        "/injections",
        "/clock",
        "/settings",
        "/snapshots",
        "/coverage",
        "/reset",
        "/delete",
    ];
    let others = ["/_emulator/", "/_emulator/rules", "/_emulator/scenarios", "/_emulator/stories/patient"];
    tabs.iter().map(|tab| format!("{ORG}{tab}")).chain(others.map(str::to_owned)).collect()
}

#[test]
fn every_page_stands_by_itself_and_leaves_no_trace() {
    let f = Fixture::new();
    for path in pages() {
        let answer = f.get(&path).has(200);
        let text = answer.text();
        assert_eq!(text.matches("<h1").count(), 1, "{path}");
        assert_eq!(text.matches("<main id=\"main\"").count(), 1, "{path}");
        assert!(!text.contains("style=\""), "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    // Whoever looks must not change what tests count.
    f.get(&format!("{API}/requests")).is(200, &json!({"requests": []}));
    f.get("/_emulator").has(303);
    f.get("/_emulator/orgs/nobody").has(404);
    f.get("/_emulator/stories/none").has(404);
}

#[test]
fn a_form_of_another_page_is_refused() {
    let f = Fixture::new();
    for path in
        ["/_emulator/orgs", &format!("{ORG}/reset"), &format!("{ORG}/clock"), "/_emulator/stories/patient"]
    {
        let answer =
            f.send(form_request(path, "name=x&form_token=00000000-0000-4000-8000-000000000000".to_owned()));
        shows(&answer.has(403), &["ForeignForm"]);
    }
    assert_eq!(f.get("/_emulator/v1/orgs").json()["orgs"].as_array().unwrap().len(), 1);
}

#[test]
fn organizations_are_made_reset_and_deleted() {
    let f = Fixture::new();
    let made = follow(
        &f,
        "/_emulator/orgs",
        &[
            ("name", "trial"),
            ("start", "scenario:out-of-licenses"),
            ("settings", "licenses = 3\nread_mode=refused"),
        ],
    );
    shows(&made.has(200), &["The organization was made.", "trial", "0</span> left"]);
    assert_eq!(f.get("/_emulator/v1/orgs/trial/settings").json()["read_mode"], "refused");
    let fork = follow(&f, "/_emulator/orgs", &[("name", "fork"), ("start", "from:trial")]);
    shows(&fork.has(200), &["fork"]);
    // What was typed is still there, and the refusal is told with code and hint.
    let taken =
        send(&f, "/_emulator/orgs", &[("name", "trial"), ("start", "scenario:empty"), ("settings", "")]);
    shows(&taken.has(409), &["OrganizationExists", "Choose another name", "value=\"trial\"", "alertdialog"]);
    let wrong = send(&f, "/_emulator/orgs", &[("name", "other"), ("settings", "licences = 3")]);
    shows(&wrong.has(400), &["InvalidSetting", "licences = 3"]);
    shows(&f.get("/_emulator/").has(200), &["trial", "fork", "none left", "3 of 3"]);

    f.patch("/_emulator/v1/orgs/trial/settings", &json!({"licenses": 9})).has(200);
    shows(&follow(&f, "/_emulator/orgs/trial/reset", &[]).has(200), &["as it was when it was made"]);
    assert_eq!(f.get("/_emulator/v1/orgs/trial/settings").json()["licenses"], 3);
    shows(&follow(&f, "/_emulator/orgs/trial/delete", &[]).has(200), &["The organization was deleted."]);
    f.get("/_emulator/orgs/trial").has(404);
    shows(&send(&f, &format!("{ORG}/delete"), &[]).has(409), &["DefaultOrganization"]);
}

#[test]
fn snapshots_are_saved_restored_and_forgotten() {
    let f = Fixture::new();
    let path = format!("{ORG}/snapshots");
    shows(&follow(&f, &path, &[("save", "before & after")]).has(200), &["saved", "before &amp; after"]);
    f.patch(&format!("{API}/settings"), &json!({"licenses": 9})).has(200);
    shows(&follow(&f, &path, &[("restore", "before & after")]).has(200), &["as it was when the snapshot"]);
    assert_eq!(f.get(&format!("{API}/settings")).json()["licenses"], 10);
    shows(&follow(&f, &path, &[("forget", "before & after")]).has(200), &["There is none yet."]);
    shows(&send(&f, &path, &[("restore", "never")]).has(404), &["SnapshotNotFound", "never"]);
    shows(&send(&f, &path, &[("save", " ")]).has(400), &["NameMissing"]);
}

#[test]
fn the_ledger_is_filtered_paged_and_escaped() {
    let f = Fixture::with(|builder| builder.scenario("large:120").licenses(200));
    let user = json!({"firstname": "Eve", "lastname": "<script>alert(1)</script>", "accessmode": 4});
    f.post("/api/data/v9.2/systemusers", &user).has(204);
    let page = f.get(&format!("{ORG}?q=eve+slot")).has(200).text();
    // By state and mode, too: what is shown is what is looked through.
    assert!(!page.contains("<script>alert"), "{page}");
    let found = f.get(&format!("{ORG}?q=eve+non-interactive")).has(200).text();
    assert!(found.contains("&lt;script&gt;alert(1)") && !found.contains("<script>alert"), "{found}");
    let first = f.get(ORG).has(200).text();
    assert!(first.contains("Page 1 of 3") && first.contains("page=2"), "{first}");
    shows(&f.get(&format!("{ORG}?page=99")).has(200), &["Page 3 of 3"]);
    shows(&f.get(&format!("{ORG}?q=nobody+at+all")).has(200), &["No user is like that."]);
}

#[test]
fn a_user_is_explained_and_so_is_what_it_may_do() {
    let f = Fixture::new();
    let page = f.get(&format!("{ORG}/explain?user=order.import%40contoso.onmicrosoft.com")).has(200);
    shows(&page, &["Order Import", "/_emulator/rules#U34", "U30", "0x80041d41", "Remedy:", "What it may do"]);
    let asked = format!("{ORG}/explain?user=Marcel+Truempy&table=account&right=Delete");
    shows(&f.get(&asked).has(200), &["DeleteAccess", "prvDeleteAccount", "Salesperson"]);
    shows(&f.get(&format!("{ORG}/explain?user=nobody")).has(200), &["There is no user 'nobody'"]);
    let wrong = f.get(&format!("{ORG}/explain?user=Marcel+Truempy&table=nothing&right=Read"));
    shows(&wrong.has(200), &["there is no table 'nothing'"]);
}

#[test]
fn only_settings_that_were_changed_are_set() {
    let f = Fixture::new();
    let path = format!("{ORG}/settings");
    let page = f.get(&path).has(200);
    shows(
        &page,
        &["non_interactive_limit", "Free non-interactive users", "/_emulator/rules#U29a", "Default:"],
    );
    let all = f.get(&format!("{API}/settings")).json();
    let fields: Vec<(String, String)> = all
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .map(|(key, value)| if key == "licenses" { (key, "4".to_owned()) } else { (key, value) })
        .map(|(key, value)| if value == "[]" { (key, String::new()) } else { (key, value) })
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (&**key, &**value)).collect();
    shows(&follow(&f, &path, &fields).has(200), &["apply from now on", "not the default"]);
    // What nobody changed follows the era as before.
    f.patch(&format!("{API}/settings"), &json!({"era": "dataverse"})).has(200);
    let now = f.get(&format!("{API}/settings")).json();
    assert_eq!((&now["licenses"], &now["non_interactive_limit"]), (&json!(4), &json!(7)));
    shows(&send(&f, &path, &[("licenses", "many")]).has(400), &["InvalidSetting", "value=\"many\""]);
    shows(&follow(&f, &path, &[("licenses", "4")]).has(200), &["Nothing was changed"]);
}

#[test]
fn the_clock_is_frozen_set_and_advanced() {
    let f = Fixture::new();
    let path = format!("{ORG}/clock");
    shows(&f.get(&path).has(200), &["2026-03-01 12:00:00", "manual"]);
    shows(
        &follow(&f, &format!("{path}/advance"), &[("by", "24h")]).has(200),
        &["2026-03-02 12:00:00", "advanced"],
    );
    let set = follow(&f, &path, &[("mode", "manual"), ("now", "2030-01-01T00:00:00Z")]);
    shows(&set.has(200), &["2030-01-01 00:00:00"]);
    shows(&follow(&f, &path, &[("mode", "real")]).has(200), &["Freeze it here"]);
    shows(&send(&f, &format!("{path}/advance"), &[("by", "a while")]).has(400), &["InvalidTime", "a while"]);
}

#[test]
fn what_waits_is_shown_and_synchronised() {
    let f = Fixture::with(|builder| builder.scenario("sync-lag"));
    let otto = "/graph/v1.0/users/otto.sync@contoso.onmicrosoft.com";
    let skus = f.get("/graph/v1.0/subscribedSkus").has(200).json();
    let licence = json!({"addLicenses": [{"skuId": skus["value"][0]["skuId"]}], "removeLicenses": []});
    f.post(&format!("{otto}/assignLicense"), &licence).has(200);
    shows(
        &f.get(&format!("{ORG}/clock")).has(200),
        &["otto.sync@contoso.onmicrosoft.com", "Synchronise now"],
    );
    let done = follow(&f, &format!("{ORG}/clock/sync"), &[]);
    shows(&done.has(200), &["What waited was synchronised", "CRM knows all"]);
}

#[test]
fn the_journal_is_shown_filtered_verified_and_cleared() {
    let f = Fixture::new();
    f.post("/api/data/v9.2/systemusers", &json!({"accessmode": 3, "lastname": "<b>"})).has(400);
    f.get("/api/data/v9.2/accounts?$top=1").has(200);
    let path = format!("{ORG}/journal");
    let page = f.get(&path).has(200);
    shows(&page, &["hx-get=", "every 1500ms", "/systemusers", "0x80041d41", "/_emulator/rules#U3", "Pause"]);
    assert!(!f.get(&format!("{path}?paused=1")).has(200).text().contains("hx-get="));
    let filtered = f.get(&format!("{path}?status=4xx")).has(200).text();
    assert!(filtered.contains("/systemusers") && !filtered.contains("/accounts"), "{filtered}");
    shows(&f.get(&format!("{path}?status=teapot")).has(400), &["InvalidFilter", "teapot"]);
    // Nothing new is nothing to send.
    f.get(&format!("{path}/entries?seen=2")).has(204);
    let part = f.get(&format!("{path}/entries?seen=1")).has(200).text();
    assert!(part.starts_with("<div id=\"entries\"") && part.contains("seen=2"), "{part}");
    let entry = f.get(&format!("{path}/1")).has(200).text();
    assert!(
        entry.contains("&quot;lastname&quot;: &quot;&lt;b&gt;&quot;") && !entry.contains("<b>&quot;"),
        "{entry}"
    );
    f.get(&format!("{path}/7")).has(404);

    shows(&f.get(&format!("{ORG}/verify?path=/accounts&count=1")).has(200), &["It is so", "curl -X POST"]);
    let wrong = f.get(&format!("{ORG}/verify?path=/contacts&at_least=1"));
    shows(&wrong.has(200), &["It is not so", "The nearest", "/accounts"]);
    shows(&f.get(&format!("{ORG}/verify?path=/contacts")).has(400), &["InvalidMatcher"]);
    shows(&follow(&f, &format!("{path}/clear"), &[]).has(200), &["No request has come in"]);
}

#[test]
fn injections_are_planned_and_taken_away() {
    let f = Fixture::new();
    let path = format!("{ORG}/injections");
    let fields =
        [("path", "/WhoAmI"), ("times", "2"), ("status", "503"), ("message", "out <of> order"), ("nth", "")];
    let page = follow(&f, &path, &fields).has(200);
    shows(&page, &["in place", "path /WhoAmI", "times 2", "out &lt;of&gt; order"]);
    f.get("/api/data/v9.2/WhoAmI").has(503);
    let wrong = send(&f, &path, &[("delay", "a while")]);
    shows(&wrong.has(400), &["InvalidInjection", "value=\"a while\""]);
    shows(&follow(&f, &format!("{path}/delete"), &[("id", "1")]).has(200), &["None is in place"]);
    shows(&send(&f, &format!("{path}/delete"), &[("id", "1")]).has(404), &["InjectionNotFound"]);
    follow(&f, &path, &[("drop", "true"), ("probability", "0.5")]).has(200);
    shows(&follow(&f, &format!("{path}/delete"), &[("id", "all")]).has(200), &["None is in place"]);
}

#[test]
fn every_rule_has_a_place_that_refusals_lead_to() {
    let f = Fixture::new();
    let rules = f.get("/_emulator/v1/rules").json();
    f.post("/api/data/v9.2/systemusers", &json!({"accessmode": 3})).has(400);
    let page = f.get("/_emulator/rules").has(200).text();
    for rule in rules["rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        assert_eq!(page.matches(&format!("<tr id=\"{id}\">")).count(), 1, "{id}");
    }
    let row = between(&page, "<tr id=\"U3\">", "</tr>")[0];
    assert!(row.ends_with(">1</td>"), "{row}");
    shows(&f.get("/_emulator/rules?q=support+user").has(200), &["id=\"U90\""]);
    shows(
        &f.get(&format!("{ORG}/coverage")).has(200),
        &["/_emulator/rules#U3", "systemusers", "not touched"],
    );
    f.get("/_emulator/rules?org=nobody").has(404);
}

/// The names of all stories, as the console lists them.
fn stories(f: &Fixture) -> BTreeSet<String> {
    let page = f.get("/_emulator/scenarios").has(200).text();
    between(&page, "href=\"/_emulator/stories/", "\"").into_iter().map(str::to_owned).collect()
}

/// A run as programs are told of it.
fn told(f: &Fixture, run: &str) -> Value {
    f.ask(Method::GET, run, &[("accept", "application/json")], None).has(200).json()
}

fn play_all(f: &Fixture) {
    let all = stories(f);
    assert_eq!(all.len(), 8, "{all:?}");
    for story in all {
        let started = send(f, &format!("/_emulator/stories/{story}"), &[]).has(303);
        let run = started.header("location").to_owned();
        assert_eq!(run, format!("/_emulator/stories/{story}/story-{story}"));
        send(f, &run, &[("step", "rest")]).has(303);
        let told = told(f, &run);
        for (at, step) in told["steps"].as_array().unwrap().iter().enumerate() {
            assert!(step["passed"] == true, "{story}, step {}: {step:#}", at + 1);
        }
        assert_eq!(told["done"], true, "{story}");
        let page = f.get(&run).has(200).text();
        assert!(page.contains("steps came out as expected") && !page.contains(">fail<"), "{story}");
    }
}

#[test]
fn every_story_comes_out_as_it_is_told() {
    play_all(&Fixture::new());
}

/// A story brings what it depends on.
#[test]
fn stories_come_out_the_same_in_an_emulator_that_was_started_otherwise() {
    play_all(&Fixture::with(|builder| {
        let builder = builder.scenario("empty").licenses(1).set("sync_delay", "3h").set("auth", "token");
        builder.set("era", "dataverse").set("non_interactive_limit", "0")
    }));
}

#[test]
fn a_story_is_played_step_by_step_and_outlives_a_reload() {
    let f = Fixture::new();
    let story = "/_emulator/stories/five-free";
    let run = send(&f, story, &[]).has(303).header("location").to_owned();
    shows(
        &f.get(&run).has(200),
        &["0 of 8 steps taken", "Take step 1", "/story-five-free/adminportal", "not yet"],
    );
    assert!(send(&f, &run, &[("step", "1")]).has(303).header("location").ends_with("#step-1"));
    // A second click on the same button takes nothing again.
    send(&f, &run, &[("step", "1")]).has(303);
    for _reload in 0..2 {
        shows(&f.get(&run).has(200), &["1 of 8 steps taken", "Take step 2", ">pass<"]);
    }
    let second = send(&f, story, &[]).has(303).header("location").to_owned();
    assert_eq!(second, format!("{story}/story-five-free-2"));
    send(&f, &run, &[("step", "rest")]).has(303);
    assert_eq!(
        (told(&f, &run)["done"].clone(), told(&f, &second)["done"].clone()),
        (json!(true), json!(false))
    );
    send(&f, &run, &[("do", "again")]).has(303);
    shows(&f.get(&run).has(200), &["0 of 8 steps taken"]);
    assert_eq!(f.get("/_emulator/v1/orgs/story-five-free/licenses").json()["non_interactive"]["used"], 5);
    send(&f, &run, &[("do", "end")]).has(303);
    shows(&f.get(&run).has(404), &["RunNotFound"]);
    f.get("/_emulator/v1/orgs/story-five-free").has(404);
}

/// Nobody's own organization is played in.
#[test]
fn a_story_touches_only_what_was_made_for_it() {
    let f = Fixture::new();
    for fields in [[("step", "rest")], [("do", "again")], [("do", "end")]] {
        shows(&send(&f, "/_emulator/stories/patient/contoso", &fields).has(404), &["RunNotFound"]);
    }
    send(&f, "/_emulator/stories/patient", &[]).has(303);
    send(&f, "/_emulator/stories/hurried/story-patient", &[("step", "rest")]).has(404);
    f.get("/api/data/v9.2/accounts").has(200);
}

#[test]
fn a_step_that_came_out_otherwise_is_told() {
    let f = Fixture::new();
    let run = send(&f, "/_emulator/stories/five-free", &[]).has(303).header("location").to_owned();
    // Somebody meddles with the organization.
    f.patch("/_emulator/v1/orgs/story-five-free/settings", &json!({"non_interactive_limit": 9})).has(200);
    send(&f, &run, &[("step", "2")]).has(303);
    shows(&f.get(&run).has(200), &["2 of 2 steps came out otherwise", ">fail<", "not as expected"]);
}

#[test]
fn scenarios_and_switches_are_told_by_the_control_api() {
    let f = Fixture::new();
    let scenarios = f.get("/_emulator/v1/scenarios").has(200).json();
    let names: Vec<_> = scenarios["scenarios"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!("sync-lag")), "{names:?}");
    let described = f.get("/_emulator/v1/settings").has(200).json();
    let values = f.get(&format!("{API}/settings")).json();
    let all = described["settings"].as_array().unwrap();
    assert_eq!(all.len(), values.as_object().unwrap().len());
    let of = |key: &str| all.iter().find(|entry| entry["key"] == key).unwrap();
    assert_eq!(of("non_interactive_limit")["defaults"], json!({"crm2013": 5, "dataverse": 7}));
    assert_eq!(of("read_mode")["choices"], json!(["supported", "refused"]));
    assert!(of("sync_delay").get("choices").is_none() && of("crm_managed_users").get("choices").is_none());
}
