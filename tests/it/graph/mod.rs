//! The Office 365 directory in the shape of Microsoft Graph, resource by resource.

mod batch;
mod deleted;
mod groups;
mod licenses;
mod queries;
mod roles;
mod service;
mod users;

use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Fixture};

/// Where the directory is.
const GRAPH: &str = "/graph/v1.0";

/// Of CRM Online Professional and Basic.
const PROFESSIONAL: &str = "d17b27af-3f49-4822-99f9-56a661538792";
const BASIC: &str = "906af65a-2970-46d5-9b58-4e9aa50f0657";

/// The header and the option of an advanced query.
const EVENTUAL: [(&str, &str); 1] = [("consistencylevel", "eventual")];

/// An address of the directory; blanks and quotes may stand in it.
fn at(path: &str) -> String {
    format!("{GRAPH}/{}", path.replace(' ', "%20"))
}

/// A user as Graph wants it.
fn person(name: &str) -> Value {
    json!({
        "accountEnabled": true,
        "displayName": name,
        "mailNickname": name,
        "userPrincipalName": format!("{name}@contoso.onmicrosoft.com"),
        "passwordProfile": {"forceChangePasswordNextSignIn": true, "password": "xWwvJ]6NMw+bWH-d"},
    })
}

/// Makes a user, and tells its id.
fn add(f: &Fixture, name: &str) -> String {
    id(&f.post(&at("users"), &person(name)).has(201))
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn get(f: &Fixture, path: &str) -> Value {
    f.get(&at(path)).has(200).json()
}

/// The values of one property of a collection.
fn all(f: &Fixture, path: &str, property: &str) -> Vec<String> {
    let answer = f.ask(Method::GET, &at(path), &EVENTUAL, None).has(200).json();
    let texts = answer["value"].as_array().unwrap().iter();
    texts.map(|item| item[property].as_str().unwrap_or("null").to_owned()).collect()
}

/// What the tenant holds, to be compared with what it holds later.
fn everything(f: &Fixture) -> Value {
    let names = "id,userPrincipalName,displayName,givenName,surname,mail,accountEnabled,assignedLicenses,city,mailNickname";
    let world = f.org().read();
    let waiting: Vec<_> = world.directory().waiting().map(|change| format!("{change:?}")).collect();
    json!([
        get(f, &format!("users?$top=999&$select={names}")),
        get(f, "groups"),
        get(f, "directory/deletedItems/microsoft.graph.user"),
        get(f, "subscribedSkus"),
        waiting,
    ])
}
