//! Tables of cases: documents to plans and refusals, documents and `OData` that mean the same, documents printed.

use std::borrow::Cow;

use super::super::super::testing::{Random, Sample, check, options, pairs};
use super::*;
use crate::fault::{Fault, Kind};
use crate::query::lang::odata;

/// The answer to a document for the set of the entity it names; nothing is known of a set without one.
fn lowered(catalogue: &Catalogue, text: &str) -> Result<Query> {
    let fetch = parse(text)?;
    let table = catalogue.table_named(&fetch.entity.name).map_or(TableId(0), |table| table.id);
    lower(catalogue, &fetch, Asked { table, max_page_size: None, count: false }).map(|lowered| lowered.query)
}

fn refusal(fault: &Fault) -> String {
    let kind = if fault.kind() == Kind::NotEmulated { " 501" } else { "" };
    format!("{}{kind} {}", fault.code_text(), fault.message())
}

#[test]
fn documents_become_plans() {
    let catalogue = Catalogue::embedded();
    check("fetchxml-plans.txt", |line| {
        lowered(&catalogue, line)
            .map_or_else(|fault| refusal(&fault), |query| query.display(&catalogue).to_string())
    });
}

#[test]
fn what_is_not_taken_is_refused_in_the_services_words() {
    let catalogue = Catalogue::embedded();
    check("fetchxml-refusals.txt", |line| {
        lowered(&catalogue, line)
            .map_or_else(|fault| refusal(&fault), |query| format!("PARSED {}", query.display(&catalogue)))
    });
}

/// Every document of the tables, read, printed and read again.
#[test]
fn a_printed_document_reads_back_the_same() {
    let mut read = 0;
    for file in [
        include_str!("../../../../tests/cases/fetchxml-plans.txt"),
        include_str!("../../../../tests/cases/fetchxml-refusals.txt"),
    ] {
        for line in file.lines().filter(|line| line.starts_with("<fetch")) {
            let Ok(fetch) = parse(line) else { continue };
            let printed = fetch.to_string();
            assert_eq!(parse(&printed).unwrap(), fetch, "{line}\n{printed}");
            read += 1;
        }
    }
    assert!(read > 100, "only {read} documents could be read");
    let odd = "<fetch><entity name='account'><filter><condition attribute='name' operator='in'>\
               <value>\t\"a\r\nb'&#13;&#10; &lt;&amp;<![CDATA[<&]]></value><value/></condition>\
               <condition attribute='name' operator='eq' value='&#9;&#10;&#13;x\u{85}'/></filter></entity></fetch>";
    let fetch = parse(odd).unwrap();
    assert_eq!(parse(&fetch.to_string()).unwrap(), fetch);
}

/// `OData` options, and the document that asks for the same.
const SAME: &[(&str, &str)] = &[
    ("accounts", "<fetch><entity name='account'/></fetch>"),
    ("accounts?$select=name", "<fetch><entity name='account'><attribute name='name'/></entity></fetch>"),
    (
        "accounts?$select=name,_primarycontactid_value",
        "<fetch><entity name='account'><attribute name='name'/><attribute name='primarycontactid'/></entity></fetch>",
    ),
    ("accounts?$top=3", "<fetch top='3'><entity name='account'/></fetch>"),
    ("accounts?$count=true", "<fetch returntotalrecordcount='1'><entity name='account'/></fetch>"),
    ("accounts?!maxpagesize=7", "<fetch count='7'><entity name='account'/></fetch>"),
    (
        "accounts?$filter=name eq 'a'",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='eq' value='a'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=name ne 'a' and revenue gt 1.5",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='ne' value='a'/>\
         <condition attribute='revenue' operator='gt' value='1.5'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=name ne 'a' or numberofemployees le 5",
        "<fetch><entity name='account'><filter type='or'><condition attribute='name' operator='neq' value='a'/>\
         <condition attribute='numberofemployees' operator='le' value='5'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=name eq 'a' and (name eq 'b' or name eq 'c')",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='eq' value='a'/>\
         <filter type='or'><condition attribute='name' operator='eq' value='b'/>\
         <condition attribute='name' operator='eq' value='c'/></filter></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=name eq null",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='null'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=_primarycontactid_value ne null",
        "<fetch><entity name='account'><filter><condition attribute='primarycontactid' operator='not-null'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=startswith(name,'a')",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='begins-with' value='a'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=not endswith(name,'a')",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='not-end-with' value='a'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=contains(name,'a')",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='like' value='%a%'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=not contains(name,'a')",
        "<fetch><entity name='account'><filter><condition attribute='name' operator='not-like' value='%a%'/></filter></entity></fetch>",
    ),
    (
        "systemusers?$filter=isdisabled eq false and accessmode eq 4",
        "<fetch><entity name='systemuser'><filter><condition attribute='isdisabled' operator='eq' value='0'/>\
         <condition attribute='accessmode' operator='eq' value='4'/></filter></entity></fetch>",
    ),
    (
        "systemusers?$filter=_businessunitid_value eq 00000000-0000-0000-0000-00000000000a",
        "<fetch><entity name='systemuser'><filter><condition attribute='businessunitid' operator='eq' \
         value='{00000000-0000-0000-0000-00000000000A}'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=createdon ge 2020-01-01T10:00:00Z",
        "<fetch><entity name='account'><filter><condition attribute='createdon' operator='ge' value='2020-01-01T10:00:00Z'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=createdon lt 2020-01-01",
        "<fetch><entity name='account'><filter><condition attribute='createdon' operator='lt' value='2020-01-01'/></filter></entity></fetch>",
    ),
    (
        "contacts?$filter=birthdate eq 1970-01-01",
        "<fetch><entity name='contact'><filter><condition attribute='birthdate' operator='eq' value='1970-01-01'/></filter></entity></fetch>",
    ),
    (
        "contacts?$filter=firstname eq lastname",
        "<fetch><entity name='contact'><filter><condition attribute='firstname' operator='eq' valueof='lastname'/></filter></entity></fetch>",
    ),
    (
        "accounts?$orderby=name desc,createdon",
        "<fetch><entity name='account'><order attribute='name' descending='true'/><order attribute='createdon'/></entity></fetch>",
    ),
    (
        "accounts?$orderby=_primarycontactid_value",
        "<fetch><entity name='account'><order attribute='primarycontactid'/></entity></fetch>",
    ),
    (
        "accounts?$orderby=statecode",
        "<fetch useraworderby='true'><entity name='account'><order attribute='statecode'/></entity></fetch>",
    ),
    (
        "accounts?$filter=Account_Tasks/any()",
        "<fetch><entity name='account'><filter><link-entity name='task' from='regardingobjectid' to='accountid' \
         link-type='any'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=Account_Tasks/any(t:t/subject eq 'a')",
        "<fetch><entity name='account'><link-entity name='task' from='regardingobjectid' to='accountid' \
         link-type='exists'><filter><condition attribute='subject' operator='eq' value='a'/></filter></link-entity></entity></fetch>",
    ),
    (
        "accounts?$filter=not Account_Tasks/any(t:t/subject eq 'a') and name eq 'b'",
        "<fetch><entity name='account'><filter><link-entity name='task' from='regardingobjectid' to='accountid' \
         link-type='not any'><filter><condition attribute='subject' operator='eq' value='a'/></filter></link-entity>\
         <condition attribute='name' operator='eq' value='b'/></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=Account_Tasks/all(t:t/subject ne 'a')",
        "<fetch><entity name='account'><filter><link-entity name='task' from='regardingobjectid' to='accountid' \
         link-type='all'><filter><condition attribute='subject' operator='eq' value='a'/></filter></link-entity></filter></entity></fetch>",
    ),
    (
        "accounts?$filter=primarycontactid/lastname eq 'a'",
        "<fetch><entity name='account'><filter><condition entityname='c' attribute='lastname' operator='eq' value='a'/></filter>\
         <link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'/></entity></fetch>",
    ),
];

#[test]
fn both_languages_mean_the_same() {
    let catalogue = Catalogue::embedded();
    for (line, document) in SAME {
        let (set, text) = line.split_once('?').unwrap_or((line, ""));
        let table = catalogue.entity_set(set).unwrap().id;
        let mut pairs = pairs(text);
        let options = options(&mut pairs);
        let one = odata::parse(&catalogue, table, &options).unwrap_or_else(|fault| panic!("{line}: {fault}"));
        let other = lowered(&catalogue, document).unwrap_or_else(|fault| panic!("{document}: {fault}"));
        assert_eq!(one, other, "{line}\n{document}");
    }
}

/// Like and begins-with are two operators, although they may find the same rows.
#[test]
fn operators_stay_what_they_are() {
    let catalogue = Catalogue::embedded();
    let plan = |operator: &str, value: &str| {
        let document = format!(
            "<fetch><entity name='account'><filter><condition attribute='name' operator='{operator}' value='{value}'/>\
             </filter></entity></fetch>"
        );
        lowered(&catalogue, &document).unwrap()
    };
    assert_ne!(plan("like", "x%"), plan("begins-with", "x"));
    assert_eq!(plan("ne", "x"), plan("neq", "x"));
}

#[test]
fn the_request_may_say_more_than_the_document() {
    let catalogue = Catalogue::embedded();
    let account = catalogue.table_named("account").unwrap().id;
    let ask = |text: &str, asked: Asked| {
        lower(&catalogue, &parse(text).unwrap(), asked).map(|lowered| lowered.query)
    };
    let plain = Asked { table: account, max_page_size: None, count: false };
    let sized = Asked { max_page_size: Some(7), ..plain };
    let counted = Asked { count: true, ..plain };
    let document = "<fetch><entity name='account'/></fetch>";
    assert_eq!(ask(document, sized).unwrap().page.size, 7);
    assert!(ask(document, counted).unwrap().count);
    let page = ask("<fetch count='3'><entity name='account'/></fetch>", sized).unwrap().page;
    assert_eq!((page.size, page.continues), (3, true), "the document's own size counts");
    let page = ask("<fetch top='3'><entity name='account'/></fetch>", sized).unwrap().page;
    assert_eq!((page.size, page.continues), (3, false), "and so does its top");
    let fault = ask("<fetch top='3'><entity name='account'/></fetch>", counted).unwrap_err();
    assert_eq!(
        fault.message(),
        "The top attribute can't be specified with paging attribute returntotalrecordcount"
    );
    let fault = ask("<fetch><entity name='contact'/></fetch>", plain).unwrap_err();
    assert_eq!(fault.code_text(), "0x80041128");
}

#[test]
fn limits_hold() {
    let catalogue = Catalogue::embedded();
    let code = |text: &str| lowered(&catalogue, text).map_or_else(|fault| fault.code_text(), |_| "ok".into());
    let links = |count: usize| {
        let link = "<link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer'/>";
        format!("<fetch><entity name='account'>{}</entity></fetch>", link.repeat(count))
    };
    assert_eq!(code(&links(15)), "ok");
    assert_eq!(code(&links(16)), "0x8004430d");
    let conditions = |count: usize, links: usize| {
        let condition = "<condition attribute='name' operator='null'/>";
        let link = "<link-entity name='contact' from='contactid' to='primarycontactid' link-type='any'/>";
        let within = condition.repeat(count) + &link.repeat(links);
        format!("<fetch><entity name='account'><filter>{within}</filter></entity></fetch>")
    };
    assert_eq!(code(&conditions(500, 0)), "ok");
    assert_eq!(code(&conditions(501, 0)), "0x8004430c");
    assert_eq!(code(&conditions(499, 2)), "0x8004430c");
    let values = |count: usize| {
        let within = "<value>a</value>".repeat(count);
        format!(
            "<fetch><entity name='account'><filter><condition attribute='name' operator='in'>{within}</condition>\
             </filter></entity></fetch>"
        )
    };
    assert_eq!(code(&values(2_000)), "ok");
    assert_eq!(code(&values(2_001)), "0x8004430e");
}

#[test]
fn nothing_hostile_exhausts_the_stack() {
    let deep = 20_000;
    for text in [
        "<filter>".repeat(deep),
        format!("<fetch><entity name='account'>{}", "<filter>".repeat(deep)),
        format!(
            "<fetch><entity name='account'>{}{}</entity></fetch>",
            "<filter>".repeat(deep),
            "</filter>".repeat(deep)
        ),
        format!("<fetch {}/>", "a='' ".repeat(deep)),
        format!("<fetch>{}</fetch>", "<entity/>".repeat(deep * 3)),
        String::new(),
        format!("<fetch a='{}'/>", "x".repeat(1 << 21)),
        "<".repeat(deep),
        "&".repeat(deep),
        format!("<fetch>{}</fetch>", "&#x;".repeat(deep)),
        "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;&b;'>]><fetch a='&d;'/>".to_owned(),
        "<?xml version='1.0'?><!DOCTYPE fetch SYSTEM 'file:///etc/passwd'><fetch/>".to_owned(),
    ] {
        assert!(parse(&text).is_err(), "{}", &text[..60.min(text.len())]);
    }
}

/// Pieces of the language and of what is none, put together at random: whatever comes out is answered, and what is
/// read reads back the same.
#[test]
fn no_text_makes_the_parser_panic() {
    const PIECES: &[&str] = &[
        "<fetch>",
        "<fetch aggregate='true'>",
        "<fetch top='3'>",
        "<fetch count='2' page='2'>",
        "</fetch>",
        "<entity name='account'>",
        "<entity name='systemuser'>",
        "</entity>",
        "<attribute name='name'/>",
        "<attribute name='name' alias='n'/>",
        "<attribute name='createdon' alias='d' groupby='true' dategrouping='week'/>",
        "<attribute name='revenue' alias='s' aggregate='sum'/>",
        "<all-attributes/>",
        "<no-attrs/>",
        "<order attribute='name'/>",
        "<order alias='s' descending='1'/>",
        "<order entityname='c' attribute='lastname'/>",
        "<link-entity name='contact' from='contactid' to='primarycontactid' alias='c'>",
        "<link-entity name='contact' from='contactid' to='primarycontactid' link-type='any'>",
        "<link-entity name='task'>",
        "</link-entity>",
        "<filter>",
        "<filter type='or'>",
        "</filter>",
        "<condition attribute='name' operator='eq' value='a'/>",
        "<condition entityname='c' attribute='lastname' operator='eq' valueof='account.name'/>",
        "<condition attribute='name' operator='in'>",
        "<value>a</value>",
        "</condition>",
        "<!-- c -->",
        "<![CDATA[x]]>",
        "&amp;",
        "&#0;",
        "&x;",
        "text",
        "é",
        "\u{0}",
        "<",
        ">",
        "'",
    ];
    let catalogue = Catalogue::embedded();
    let mut random = Random::new(11);
    for _ in 0..4_000 {
        let mut text: String =
            (0..random.below(10)).map(|_| PIECES[random.below(PIECES.len() as u32) as usize]).collect();
        if random.below(3) > 0 {
            text = format!("<fetch><entity name='account'>{text}</entity></fetch>");
        }
        round(&catalogue, &text);
    }
}

fn round(catalogue: &Catalogue, text: &str) {
    if let Ok(fetch) = parse(text) {
        let printed = fetch.to_string();
        assert_eq!(parse(&printed).as_ref(), Ok(&fetch), "{text}\n{printed}");
        let _ = lowered(catalogue, text);
    }
}

/// Plans over one table run as those of `OData` do.
#[test]
fn plans_find_rows() {
    let sample = Sample::new();
    let names = |text: &str| {
        let query = lowered(&sample.catalogue, &sample.fill_in(text)).unwrap();
        let found = crate::query::run(&sample.context(), &query).unwrap();
        let labels: Vec<Cow<'_, str>> =
            found.rows().iter().map(|slot| sample.label(query.source.table, *slot).into()).collect();
        labels.join("; ")
    };
    assert_eq!(
        names(
            "<fetch><entity name='systemuser'><filter type='or'><condition attribute='fullname' \
             operator='begins-with' value='a'/><condition attribute='systemuserid' operator='eq' value='{bob}'/>\
             </filter><order attribute='fullname' descending='true'/></entity></fetch>"
        ),
        "Bob Johnson; Anna Andersson"
    );
    assert_eq!(
        names(
            "<fetch top='1'><entity name='systemuser'><filter><condition attribute='accessmode' operator='in'>\
             <value>4</value></condition></filter><order attribute='fullname'/></entity></fetch>"
        ),
        "Eve 100%"
    );
    assert_eq!(
        names("<fetch count='2' page='2'><entity name='account'><order attribute='name'/></entity></fetch>"),
        "Tailspin [Toys]"
    );
}
