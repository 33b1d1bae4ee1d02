//! The CRM web client: who is let in, what an access mode opens, what its forms do.

use http::{Method, Request};
use serde_json::json;

use crate::support::{Answer, Fixture};

const V9: &str = "/api/data/v9.2";
const ADMIN: &str = "admin@contoso.onmicrosoft.com";
const ALICIA: &str = "00000008-0000-4000-8000-000000000011";
const MARCEL: &str = "00000008-0000-4000-8000-000000000012";
const ORDER_IMPORT: &str = "00000008-0000-4000-8000-000000000014";

/// Somebody at a browser.
struct Visitor<'f> {
    f: &'f Fixture,
    cookie: String,
}

impl<'f> Visitor<'f> {
    fn sign_in(f: &'f Fixture, name: &str) -> Self {
        let nobody = Self { f, cookie: String::new() };
        let answer = nobody.post("/signin", &[("name", name), ("to", "/main.aspx")]).has(303);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { f, cookie }
    }

    fn get(&self, path: &str) -> Answer {
        self.f.ask(Method::GET, path, &[("cookie", &self.cookie), ("accept", "text/html")], None)
    }

    /// Sends a form of the emulator's own.
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = token(&self.f.get("/signin").text());
        self.post_with(&token, path, fields)
    }

    fn post_with(&self, token: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("form_token", token)
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &self.cookie)
            .body(form.into());
        self.f.send(request.unwrap())
    }
}

/// The hidden field of the forms on a page.
fn token(page: &str) -> String {
    field(page, "form_token")
}

/// The value of the first field of that name on a page.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().replace("&quot;", "\"")
}

/// What a page says, in order.
#[track_caller]
fn says(answer: &Answer, words: &[&str]) {
    let text = answer.text();
    let mut rest = text.as_str();
    for word in words {
        let at = rest.find(word).unwrap_or_else(|| panic!("'{word}' is not there, or not there: {text}"));
        rest = &rest[at..];
    }
}

fn change(f: &Fixture, user: &str, change: &serde_json::Value) {
    f.patch(&format!("{V9}/systemusers({user})"), change).has(204);
}

fn basic(name: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("Basic ");
    for chunk in format!("{name}:any").as_bytes().chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(DIGITS[(word >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// A program at a page of the web client.
fn program(f: &Fixture, path: &str, name: &str) -> Answer {
    let authorization = basic(name);
    let headers = [("accept", "application/json"), ("authorization", authorization.as_str())];
    f.ask(Method::GET, path, &headers, None)
}

#[test]
fn nobody_is_sent_to_sign_in_and_a_program_is_told_so() {
    let f = Fixture::new();
    let answer = f.get("/main.aspx/settings/users?view=all").has(303);
    assert_eq!(answer.header("location"), "/signin?to=%2Fmain%2Easpx%2Fsettings%2Fusers%3Fview%3Dall");
    let answer = f.get("/contoso/main.aspx").has(303);
    assert_eq!(answer.header("location"), "/contoso/signin?to=%2Fmain%2Easpx");
    let headers = [("accept", "application/json")];
    let answer = f.ask(Method::GET, "/main.aspx", &headers, None).refuses(401, "SignInNeeded", &["Basic"]);
    assert_eq!(answer.header("x-ms-emulator-rule"), "X1");
}

#[test]
fn a_program_learns_who_it_is_and_what_is_open() {
    let f = Fixture::new();
    let answer = program(&f, "/main.aspx", "alicia.thomber@contoso.onmicrosoft.com").has(200);
    assert_eq!(answer.header("x-ms-emulator-rule"), "W12");
    assert_eq!(
        answer.json(),
        json!({
            "organization": "contoso",
            "user": { "systemuserid": ALICIA, "fullname": "Alicia Thomber",
                "domainname": "alicia.thomber@contoso.onmicrosoft.com" },
            "accessmode": "Read-Write",
            "shell": "full",
            "areas": ["sales", "marketing", "service", "settings"],
            "can_save": true,
        })
    );
    change(&f, ALICIA, &json!({ "accessmode": 2 }));
    let answer = program(&f, "/main.aspx", "alicia.thomber@contoso.onmicrosoft.com").has(200).json();
    assert_eq!((&answer["shell"], &answer["can_save"]), (&json!("read_only"), &json!(false)));
    change(&f, ALICIA, &json!({ "accessmode": 1 }));
    let answer = program(&f, "/main.aspx", "alicia.thomber@contoso.onmicrosoft.com").has(200).json();
    assert_eq!((&answer["shell"], &answer["areas"]), (&json!("settings_only"), &json!(["settings"])));
    let closed = program(&f, "/main.aspx/sales", "alicia.thomber@contoso.onmicrosoft.com");
    assert_eq!(closed.refuses(403, "0x80044502", &[]).header("x-ms-emulator-rule"), "W10");
}

#[test]
fn a_program_acts_for_nobody_else_in_the_web_client() {
    let f = Fixture::new();
    let authorization = basic(ADMIN);
    let headers = [
        ("accept", "application/json"),
        ("authorization", authorization.as_str()),
        ("mscrmcallerid", MARCEL),
    ];
    f.ask(Method::GET, "/main.aspx", &headers, None).refuses(400, "ImpersonationAtWebClient", &["Web API"]);
}

#[test]
fn a_token_organization_lets_its_own_sessions_in_and_no_other_names() {
    let f = Fixture::with(|builder| builder.auth("token"));
    program(&f, "/main.aspx", ADMIN).refuses(401, "0x80040204", &["token"]);
    says(&Visitor::sign_in(&f, ADMIN).get("/main.aspx").has(200), &["Welcome, System Administrator"]);
}

#[test]
fn those_who_are_turned_away_are_told_why_page_and_document_alike() {
    let f = Fixture::new();
    change(&f, MARCEL, &json!({ "isdisabled": true }));
    for (name, code, rule, heading) in [
        ("stranger@example.com", "0x80072560", "W2", "You are not a member of this organization"),
        ("marcel.truempy@contoso.onmicrosoft.com", "0x80040225", "W3", "Your account has been disabled"),
        ("order.import@contoso.onmicrosoft.com", "0x80044160", "W4", "You don't have"),
        ("crmoln@microsoft.com", "0x80048306", "W5", "You don't have enough privileges"),
    ] {
        let document = program(&f, "/main.aspx", name).refuses(403, code, &[]);
        assert_eq!(document.header("x-ms-emulator-rule"), rule, "{document}");
        let page = Visitor::sign_in(&f, name).get("/main.aspx").has(403);
        let message = document.json()["error"]["message"].as_str().unwrap().to_owned();
        says(&page, &[heading, &message, code, "Why, says the emulator", rule, "Sign in as somebody else"]);
    }
}

#[test]
fn names_are_escaped_wherever_they_come_from() {
    let f = Fixture::new();
    let page = Visitor::sign_in(&f, "<script>alert(1)</script>").get("/main.aspx").has(403).text();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
    change(&f, MARCEL, &json!({ "firstname": "<b>M", "title": "\"'><img src=x>" }));
    let admin = Visitor::sign_in(&f, ADMIN);
    for path in ["/main.aspx/settings/users".to_owned(), format!("/main.aspx/settings/users/{MARCEL}")] {
        let page = admin.get(&path).has(200).text();
        assert!(page.contains("&lt;b&gt;M") && !page.contains("<b>M") && !page.contains("<img"), "{page}");
    }
    let page = admin.get("/main.aspx/settings/users?q=%27%22%3Cb%3E").has(200);
    says(&page, &["value=\"'&quot;&lt;b&gt;\"", "nothing matches the search"]);
}

#[test]
fn a_form_without_the_emulators_token_changes_nothing() {
    let f = Fixture::new();
    let admin = Visitor::sign_in(&f, ADMIN);
    for (path, fields) in [
        (format!("/main.aspx/settings/users/{MARCEL}"), vec![("title", "Intruder")]),
        (format!("/main.aspx/settings/users/{MARCEL}/state"), vec![("disabled", "true")]),
        ("/main.aspx/settings/users".to_owned(), vec![("user", MARCEL), ("command", "disable")]),
    ] {
        let answer = admin.post_with("00000000-0000-0000-0000-000000000000", &path, &fields).has(403);
        says(&answer, &["ForeignForm"]);
    }
    let row = f.get(&format!("{V9}/systemusers({MARCEL})?$select=title,isdisabled")).json();
    assert_eq!((&row["title"], &row["isdisabled"]), (&json!("Salesperson"), &json!(false)));
}

#[test]
fn the_list_shows_access_modes_and_has_the_views() {
    let f = Fixture::new();
    let admin = Visitor::sign_in(&f, ADMIN);
    let page = admin.get("/main.aspx/settings/users").has(200);
    says(
        &page,
        &["Active Users", "Access Mode", "Alicia Thomber", "Order Import", "Non-interactive", "1 - 5 of 5"],
    );
    for (view, words) in [
        ("noninteractive", "Order Import"),
        ("reports", "No users to show"),
        ("stub", "No users to show"),
        ("all", "Support User"),
    ] {
        says(&admin.get(&format!("/main.aspx/settings/users?view={view}")).has(200), &[words]);
    }
    let sorted = admin.get("/main.aspx/settings/users?sort=-fullname").has(200);
    says(&sorted, &["aria-sort=\"descending\"", "System Administrator", "Alicia Thomber"]);
}

#[test]
fn the_form_saves_what_changed_and_tells_what_the_rules_did() {
    let f = Fixture::new();
    let admin = Visitor::sign_in(&f, ADMIN);
    let path = format!("/main.aspx/settings/users/{ORDER_IMPORT}");
    let page = admin.get(&path).has(200);
    says(
        &page,
        &["Client Access License (CAL) Information", "Access Mode", "Non-interactive", "Why is Order Import"],
    );
    let etag = field(&page.text(), "etag");
    let saved = admin.post(&path, &[("etag", &etag), ("accessmode", "0"), ("title", "Imports")]).has(303);
    assert_eq!(saved.header("location"), format!("{path}?done=saved&rules=U30"));
    says(&admin.get(saved.header("location")), &["Saved.", "U30", "Disabled"]);
    let row =
        f.get(&format!("{V9}/systemusers({ORDER_IMPORT})?$select=title,isdisabled,accessmode,lastname"));
    let row = row.json();
    assert_eq!(
        (&row["title"], &row["accessmode"], &row["isdisabled"]),
        (&json!("Imports"), &json!(0), &json!(true))
    );
    assert_eq!(row["lastname"], "Import", "fields that were not sent stay as they are");
    // The form that was open meanwhile does not overwrite what it has not seen.
    let stale = admin.post(&path, &[("etag", &etag), ("title", "Late")]).has(412);
    says(&stale, &["value=\"Late\"", "0x80060882", "read it again"]);
}

#[test]
fn a_refusal_is_a_dialog_over_the_form_as_it_was_left() {
    let f = Fixture::new();
    let admin = Visitor::sign_in(&f, ADMIN);
    let path = "/main.aspx/settings/users/00000008-0000-4000-8000-000000000005";
    let refused = admin.post(path, &[("accessmode", "2"), ("title", "Chief")]).has(400);
    says(
        &refused,
        &["value=\"Chief\"", "<option value=\"2\" selected>", "alertdialog", "0x80041d39", "U27a"],
    );
    says(&admin.get("/main.aspx/settings/users/nobody").has(404), &["not the id of a record"]);
    says(
        &admin.get("/main.aspx/settings/users/00000000-0000-4000-8000-00000000dead").has(404),
        &["Record Is Unavailable", "0x80040217"],
    );
}

#[test]
fn somebody_who_may_only_read_saves_nothing_anywhere() {
    let f = Fixture::new();
    change(&f, MARCEL, &json!({ "accessmode": 2 }));
    let marcel = Visitor::sign_in(&f, "marcel.truempy@contoso.onmicrosoft.com");
    let account = "/main.aspx/sales/accounts/00000001-0000-4000-8000-000000000002";
    says(&marcel.get(account).has(200), &["Read-only access", "Alpine Ski House"]);
    let refused = marcel.post(account, &[("address1_city", "Helena")]).has(403);
    says(&refused, &["value=\"Helena\"", "0x80040220", "R20"]);
    // The wizard is no way round.
    let wizard = marcel.post(
        "/main.aspx/settings/users/new",
        &[
            ("step", "4"),
            ("go", "finish"),
            ("unit", "00000010-0000-4000-8000-000000000001"),
            ("role", "00001036-0000-4000-8000-000000000115"),
            ("first_name", "N"),
            ("last_name", "N"),
            ("email", "n@contoso.com"),
        ],
    );
    says(&wizard.has(403), &["0x80040220", "prvCreateUser"]);
}

#[test]
fn the_wizard_stops_where_no_license_is_left_whatever_is_sent() {
    let f = Fixture::with(|builder| builder.scenario("out-of-licenses"));
    let admin = Visitor::sign_in(&f, ADMIN);
    let page = admin.get("/main.aspx/settings/users/new").has(200);
    says(
        &page,
        &["You are out of user licenses", "U20", "U25", "Temporarily disable a user", "disabled>Next"],
    );
    let fields = [
        ("step", "4"),
        ("go", "finish"),
        ("unit", "00000010-0000-4000-8000-000000000001"),
        ("role", "00001036-0000-4000-8000-000000000115"),
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("email", "nora@contoso.com"),
    ];
    says(&admin.post("/main.aspx/settings/users/new", &fields).has(400), &["0x8004b011", "U20"]);
}

#[test]
fn pages_of_a_named_organization_stay_in_it() {
    let f = Fixture::new();
    let admin = Visitor { f: &f, cookie: String::new() };
    let signed = admin.post("/contoso/signin", &[("name", ADMIN)]).has(303);
    assert_eq!(signed.header("location"), "/contoso/main.aspx");
    let cookie = signed.header("set-cookie").split(';').next().unwrap().to_owned();
    let admin = Visitor { f: &f, cookie };
    let page = admin.get("/contoso/main.aspx/settings/users").has(200).text();
    assert!(
        page.contains("href=\"/contoso/main.aspx/settings/users/new\"")
            && !page.contains("href=\"/main.aspx")
    );
    let fields = [("user", MARCEL), ("command", "disable")];
    let done = admin.post("/contoso/main.aspx/settings/users?view=all", &fields).has(303);
    assert_eq!(done.header("location"), "/contoso/main.aspx/settings/users?view=all&done=disabled&rules=L1");
}

#[test]
fn the_products_own_addresses_lead_to_what_they_mean() {
    let f = Fixture::new();
    let admin = Visitor::sign_in(&f, ADMIN);
    for (query, to) in [
        ("etn=systemuser&pagetype=entitylist", "/main.aspx/settings/users".to_owned()),
        (
            &format!("etn=systemuser&pagetype=entityrecord&id=%7b{ALICIA}%7d"),
            format!("/main.aspx/settings/users/{ALICIA}"),
        ),
        (&format!("etn=systemuser&id={{{ALICIA}}}"), format!("/main.aspx/settings/users/{ALICIA}")),
        ("etn=account&pagetype=entitylist", "/main.aspx/sales/accounts".to_owned()),
    ] {
        let answer =
            admin.get(&format!("/main.aspx?{}", query.replace('{', "%7B").replace('}', "%7D"))).has(303);
        assert_eq!(answer.header("location"), to, "{query}");
        admin.get(&to).has(200);
    }
    for query in ["etn=incident&pagetype=entitylist", "pagetype=dashboard", "etn=account&id=1", "navbar=off"]
    {
        admin.get(&format!("/main.aspx?{query}")).refuses(501, "NotEmulated", &["pagetype"]);
    }
    // What is closed stays closed (W10).
    change(&f, ALICIA, &json!({"accessmode": 1}));
    let alicia = Visitor::sign_in(&f, "alicia.thomber@contoso.onmicrosoft.com");
    let to = alicia.get("/main.aspx?etn=account&pagetype=entitylist").has(303).header("location").to_owned();
    alicia.get(&to).has(403);
}

#[test]
fn every_way_in_leads_to_the_web_client() {
    let f = Fixture::new();
    for (path, status, to) in [
        ("/", 303, "/main.aspx"),
        ("/contoso", 308, "/contoso/"),
        ("/contoso/", 303, "/contoso/main.aspx"),
        ("/_root/homepage.aspx", 303, "/main.aspx"),
        ("/contoso/_root/homepage.aspx", 303, "/contoso/main.aspx"),
    ] {
        assert_eq!(f.get(path).has(status).header("location"), to, "{path}");
    }
    f.get("/nobody").has(404);
}

#[test]
fn a_program_is_who_it_says_and_not_who_the_browser_was() {
    let f = Fixture::new();
    let admin = Visitor::sign_in(&f, ADMIN);
    let headers = [
        ("cookie", &*admin.cookie),
        ("authorization", &*basic("marcel.truempy@contoso.onmicrosoft.com")),
        ("accept", "application/json"),
    ];
    let me = f.ask(Method::GET, "/main.aspx", &headers, None).has(200).text();
    assert!(me.contains("Marcel Truempy") && !me.contains("System Administrator"), "{me}");
}
