//! Refusals on the wire: the one place where a fault becomes a status and a body.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::annotations::Wanted;
use super::encode::text;
use super::prefer::Prefer;
use super::reply;
use crate::fault::{Code, Fault, Kind, code};
use crate::protocol::http::{Call, Response, status};
use crate::service::Note;

/// Which documented rules decided.
const RULE: HeaderName = HeaderName::from_static("x-ms-emulator-rule");
/// What would have made a refused call succeed, or what a rule did to one that succeeded.
const HINT: HeaderName = HeaderName::from_static("x-ms-emulator-hint");

/// A path that the service's routing does not know: its own error, without a code. Source: web-api.md 3.3.
static NO_RESOURCE: Code = Code {
    value: 0,
    name: "",
    kind: Kind::NotFound,
    message: "No HTTP resource was found that matches the request URI.",
    source: "web-api.md 3.3",
};

/// A name in the address that means nothing where it stands.
#[cold]
pub(super) fn unknown_segment(name: &str) -> Fault {
    Fault::with(&code::CrmHttpNotSupported, format!("Resource not found for the segment '{name}'."))
}

/// An address whose text is not well formed.
#[cold]
pub(super) fn bad_syntax() -> Fault {
    Fault::with(&code::CrmHttpError, "Bad Request - Error in query syntax.")
}

/// An address the service's routing does not know, such as a function's with POST.
#[cold]
pub(super) fn no_resource(call: &Call<'_>, version: &str) -> Fault {
    let mut url = call.site.base();
    for part in ["/api/data/", version, "/", call.path] {
        url.push_str(part);
    }
    if !call.query.is_empty() {
        url.push('?');
        url.push_str(call.query);
    }
    Fault::with(&NO_RESOURCE, format!("No HTTP resource was found that matches the request URI '{url}'."))
}

/// A method that what is addressed does not have. `Assumed:` code and text; the status is documented (3.1).
#[cold]
pub(super) fn wrong_method(call: &Call<'_>) -> Fault {
    Fault::with(
        &code::CrmHttpError,
        format!("The requested resource does not support http method '{}'.", call.method),
    )
    .kind_of(Kind::NotAllowed)
}

/// The answer to a request that was refused.
#[cold]
pub(super) fn response(call: &Call<'_>, fault: &Fault) -> Response {
    let mut prefer = Prefer::default();
    call.headers.get_all("prefer").iter().for_each(|header| prefer.read(header));
    let mut response = reply::json(status(fault.kind()), body(fault, prefer.annotations));
    let headers = response.headers_mut();
    if fault.kind() == Kind::Unauthenticated {
        challenge(call, headers);
    }
    let rules: Vec<&str> = fault.rules().iter().map(|rule| rule.0).collect();
    explain(headers, &rules.join(","), fault.hint_text().unwrap_or_default());
    response
}

fn body(fault: &Fault, wanted: Wanted) -> Vec<u8> {
    let mut out = Vec::with_capacity(fault.message().len() + 64);
    out.extend_from_slice(b"{\"error\":{\"code\":");
    text::string(&mut out, &fault.code_text());
    out.extend_from_slice(b",\"message\":");
    text::string(&mut out, fault.message());
    let mut annotation = |term: &str, value: &str| {
        out.extend_from_slice(b",\"@Microsoft.PowerApps.CDS.");
        out.extend_from_slice(term.as_bytes());
        out.extend_from_slice(b"\":");
        text::string(&mut out, value);
    };
    if wanted.any(Wanted::ERROR_DETAILS) {
        annotation("ErrorDetails.OperationStatus", "0");
        annotation("ErrorDetails.SubErrorCode", "0");
        annotation("ErrorDetails.ApiExceptionMessageName", fault.code().name);
        annotation("ErrorDetails.ApiExceptionHttpStatusCode", status(fault.kind()).as_str());
    }
    if wanted.any(Wanted::HELP_LINK) {
        let link = format!(
            "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a{:08x}&client=platform",
            fault.code().value
        );
        annotation("HelpLink", &link);
    }
    if wanted.any(Wanted::TRACE_TEXT) {
        annotation("TraceText", fault.message());
    }
    if wanted.any(Wanted::INNER_ERROR) {
        annotation("InnerError.Message", fault.message());
    }
    out.extend_from_slice(b"}}");
    out
}

/// Tells a client without a token where to get one. Source: web-api.md 10; both keys, separated by a comma.
fn challenge(call: &Call<'_>, headers: &mut HeaderMap) {
    let base = call.site.base();
    let world = call.organization.read();
    let challenge = format!(
        "Bearer authorization_uri={}://{}/{}/oauth2/authorize, resource_id={base}/",
        call.site.scheme,
        call.site.authority,
        world.identity().tenant_id
    );
    if let Ok(value) = HeaderValue::try_from(challenge) {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
}

/// Tells on a success which rules decided, and what they did.
pub(super) fn tell(response: &mut Response, notes: &[Note]) {
    if notes.is_empty() {
        return;
    }
    let mut rules: Vec<&str> = notes.iter().map(|note| note.rule.0).collect();
    rules.dedup();
    let hints: Vec<&str> = notes.iter().map(|note| &*note.what).collect();
    explain(response.headers_mut(), &rules.join(","), &hints.join(" "));
}

fn explain(headers: &mut HeaderMap, rules: &str, hint: &str) {
    for (name, value) in [(RULE, rules), (HINT, hint)] {
        if value.is_empty() {
            continue;
        }
        let line: Vec<u8> = value.bytes().map(|b| if matches!(b, b' '..=b'~') { b } else { b'?' }).collect();
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(line)) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::RuleId;

    fn text_of(fault: &Fault, annotations: &str) -> String {
        String::from_utf8(body(fault, Wanted::of(annotations))).unwrap()
    }

    #[test]
    fn the_body_is_the_services_own() {
        let fault = Fault::with(&code::ObjectDoesNotExist, "Entity 'account' With Id = 1 Does Not Exist")
            .rule(RuleId("X"))
            .hint("never in the body");
        assert_eq!(
            text_of(&fault, ""),
            r#"{"error":{"code":"0x80040217","message":"Entity 'account' With Id = 1 Does Not Exist"}}"#
        );
        let annotated = text_of(&fault, "*");
        assert!(annotated.contains(r#","@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus":"0""#));
        assert!(annotated.contains("CrmException%3a80040217&client=platform"));
        assert!(serde_json::from_str::<serde_json::Value>(&annotated).is_ok());
    }

    #[test]
    fn codes_that_are_none() {
        assert_eq!(Fault::new(&NO_RESOURCE).code_text(), "");
        assert_eq!(Fault::not_emulated("x").code_text(), "NotEmulated");
    }

    #[test]
    fn hints_are_one_line_of_ascii() {
        let mut headers = HeaderMap::new();
        explain(&mut headers, "U12,L3", "two\nlines, ünd");
        assert_eq!(headers[RULE], "U12,L3");
        assert_eq!(headers[HINT], "two?lines, ??nd");
    }
}
