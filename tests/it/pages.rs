//! Pages: those people see, site by site, and here those of answers. Long ones, which are written while they are sent,
//! say what short ones say.

mod admin;
mod console;
mod crm;

use crm_emulator::Emulator;
use serde_json::Value;

use crate::support::{NOW, block_on};

const QUERY: &str = "systemusers?$orderby=fullname desc&$select=fullname,domainname,_businessunitid_value";

/// An emulator with 1,004 users.
async fn start() -> Emulator {
    let builder = Emulator::builder().clock(NOW.parse().unwrap()).seed(1).scenario("large:1000");
    builder.start().await.unwrap()
}

async fn page(url: &str, prefer: &str) -> Value {
    let request = reqwest::Client::new().get(url).header("prefer", prefer);
    let text = request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_long_page_has_the_rows_of_many_short_ones() {
    block_on(async {
        let emulator = start().await;
        let url = format!("{}/{QUERY}", emulator.default_org().web_api_url());
        let long = page(&url, "odata.maxpagesize=900").await;
        assert!(
            long["@odata.context"].as_str().unwrap().ends_with("(fullname,domainname,_businessunitid_value)")
        );
        let mut rows = Vec::new();
        let mut next = Some(url);
        while let Some(url) = next {
            let short = page(&url, "odata.maxpagesize=100").await;
            rows.extend(short["value"].as_array().unwrap().clone());
            next = short["@odata.nextLink"].as_str().map(str::to_owned);
        }
        let first = long["value"].as_array().unwrap();
        assert_eq!(first.len(), 900);
        assert_eq!(first, &rows[..900]);
        let rest = page(long["@odata.nextLink"].as_str().unwrap(), "odata.maxpagesize=900").await;
        assert_eq!(rest["value"].as_array().unwrap(), &rows[900..]);
        assert!(rest.get("@odata.nextLink").is_none());
    });
}

#[test]
fn a_long_page_is_whole_in_a_batch_and_has_a_length() {
    block_on(async {
        let emulator = start().await;
        let root = emulator.default_org().web_api_url();
        let client = reqwest::Client::new();
        let alone = client.get(format!("{root}/{QUERY}")).send().await.unwrap().text().await.unwrap();
        let batch = format!(
            "--b\r\nContent-Type: application/http\r\n\r\nGET {root}/{} HTTP/1.1\r\n\r\n\r\n--b--\r\n",
            QUERY.replace(' ', "%20")
        );
        let request =
            client.post(format!("{root}/$batch")).header("content-type", "multipart/mixed;boundary=b");
        let answer = request.body(batch).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains(&alone), "the same page, of {} bytes, is in the batch's answer", alone.len());
        let head = client.head(format!("{root}/{QUERY}")).send().await.unwrap();
        assert_eq!(head.headers()["content-length"], alone.len().to_string());
    });
}

/// Formatted values depend on who asks, and nothing of them is kept from one piece, page or caller to the next.
#[test]
fn a_long_page_is_formatted_for_its_caller_to_its_last_row() {
    block_on(async {
        const FORMATTED: &str = "createdon@OData.Community.Display.V1.FormattedValue";
        let emulator = start().await;
        let root = emulator.default_org().web_api_url();
        let settings = format!("{root}/usersettingscollection(00000008-0000-4000-8000-000000000005)");
        let url = format!("{root}/systemusers?$select=createdon,fullname&$orderby=fullname");
        let prefer = format!("odata.maxpagesize=900,odata.include-annotations=\"{}\"", &FORMATTED[10..]);
        let times = async || {
            let rows = page(&url, &prefer).await["value"].as_array().unwrap().clone();
            assert_eq!(rows.len(), 900);
            rows.iter().map(|row| row[FORMATTED].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let greenwich = times().await;
        let change = reqwest::Client::new().patch(settings).header("content-type", "application/json");
        let change = change.body(r#"{"timezonecode":190,"timeformatstring":"HH:mm"}"#);
        assert_eq!(change.send().await.unwrap().status(), 204);
        let india = times().await;
        for (there, here) in greenwich.iter().zip(&india) {
            assert!(there.ends_with('M') && !here.ends_with('M') && here.ends_with(":30"), "{there}, {here}");
        }
    });
}
