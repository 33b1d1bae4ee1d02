//! A test of a program that makes users in CRM, against an organization in the same process.
//!
//! Run it with `cargo run --example in_process`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use crm_emulator::Emulator;
use crm_emulator::emulator::hours;
use serde_json::{Value, json};

/// What stands for the program under test: it makes an account for an integration.
async fn make_integration_user(web_api: &str, name: &str) -> Result<(), Value> {
    let user = json!({
        "firstname": "Integration",
        "lastname": name,
        "accessmode": 4,
        "domainname": format!("{name}@contoso.com"),
        "internalemailaddress": format!("{name}@contoso.com"),
    });
    let request = reqwest::Client::new().post(format!("{web_api}/systemusers")).json(&user);
    let answer = request.send().await.map_err(|error| json!(error.to_string()))?;
    if answer.status().is_success() {
        return Ok(());
    }
    let hint =
        answer.headers().get("x-ms-emulator-hint").and_then(|hint| hint.to_str().ok()).map(str::to_owned);
    let body: Value = answer.json().await.map_err(|error| json!(error.to_string()))?;
    Err(json!({ "error": body["error"], "hint": hint }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // One emulator for all tests of a program; it listens at a free port and stops when it is dropped.
    let emulator = Emulator::builder().non_interactive_limit(3).start().await?;

    // One organization for each test: instant, isolated, with the sample data of the scenario `default`.
    let org = emulator.default_org().fork("makes_integration_users")?;
    for name in ["billing", "shipping"] {
        make_integration_user(&org.web_api_url(), name).await.map_err(|refusal| refusal.to_string())?;
    }

    // With the one of the sample data all slots are taken: the next is refused, and the refusal says why.
    let refusal =
        make_integration_user(&org.web_api_url(), "returns").await.expect_err("there are three slots");
    println!("{refusal:#}");
    assert_eq!(refusal["error"]["code"], "0x8004b050");

    // What the organization thinks of its users can be asked for without HTTP.
    let ledger = org.licenses();
    assert_eq!(ledger.non_interactive.used, 3);

    // Nothing waits for time to pass.
    emulator.clock().advance(hours(24));

    // Other organizations have seen nothing of it.
    assert_eq!(emulator.default_org().licenses().non_interactive.used, 1);
    Ok(())
}
