//! Which parts of the language a document uses, by their own names; nothing is looked up.

use super::syntax::{
    AggregateFunction, Content, DATE_PARTS, Fetch, Filter, FilterItem, LinkEntity, LinkType,
};
use crate::query::plan::Operator;

const ELEMENTS: &[&str] = &[
    "top",
    "count",
    "page",
    "paging-cookie",
    "distinct",
    "aggregate",
    "aggregatelimit",
    "returntotalrecordcount",
    "useraworderby",
    "all-attributes",
    "attribute",
    "order",
    "filter and",
    "filter or",
    "link-entity",
    "valueof",
    "groupby",
];

/// Every part there is.
pub fn parts() -> Vec<String> {
    let operators =
        Operator::ALL.iter().map(|operator| operator.fetch_name()).filter(|name| !name.is_empty());
    let links = LinkType::NAMES.iter().map(|(name, _)| *name);
    let functions = AggregateFunction::NAMES.iter().map(|(name, _)| *name);
    let dates = DATE_PARTS.iter().map(|(name, _)| *name);
    let plain = ELEMENTS.iter().map(|name| (*name).to_owned());
    plain
        .chain(links.map(link))
        .chain(functions.map(aggregate))
        .chain(dates.map(date))
        .chain(operators.map(operator))
        .collect()
}

fn operator(name: &str) -> String {
    format!("operator {name}")
}

fn link(name: &str) -> String {
    format!("link-type {name}")
}

fn aggregate(name: &str) -> String {
    format!("aggregate {name}")
}

fn date(name: &str) -> String {
    format!("dategrouping {name}")
}

/// Shows the parts that a document uses, as often as it does. What is not well formed uses nothing.
pub fn uses(document: &str, seen: &mut dyn FnMut(&str)) {
    let Ok(fetch) = super::parse(document) else { return };
    for (is_used, name) in attributes(&fetch) {
        if is_used {
            seen(name);
        }
    }
    of_content(&fetch.entity.content, seen);
}

fn attributes(fetch: &Fetch) -> [(bool, &'static str); 9] {
    [
        (fetch.top.is_some(), "top"),
        (fetch.count.is_some(), "count"),
        (fetch.page.is_some(), "page"),
        (fetch.paging_cookie.is_some(), "paging-cookie"),
        (fetch.distinct, "distinct"),
        (fetch.aggregate, "aggregate"),
        (fetch.aggregate_limit.is_some(), "aggregatelimit"),
        (fetch.return_total_record_count, "returntotalrecordcount"),
        (fetch.use_raw_order_by, "useraworderby"),
    ]
}

fn of_content(content: &Content, seen: &mut dyn FnMut(&str)) {
    if content.all_attributes {
        seen("all-attributes");
    }
    for attribute in &content.attributes {
        seen("attribute");
        if attribute.group_by {
            seen("groupby");
        }
        if let Some((name, _)) =
            AggregateFunction::NAMES.iter().find(|(_, of)| Some(*of) == attribute.aggregate)
        {
            seen(&aggregate(name));
        }
        if let Some((name, _)) = DATE_PARTS.iter().find(|(_, of)| Some(*of) == attribute.date_grouping) {
            seen(&date(name));
        }
    }
    content.orders.iter().for_each(|_| seen("order"));
    content.filters.iter().for_each(|filter| of_filter(filter, seen));
    content.links.iter().for_each(|link| of_link(link, seen));
}

fn of_link(entity: &LinkEntity, seen: &mut dyn FnMut(&str)) {
    seen("link-entity");
    if let Some((name, _)) = LinkType::NAMES.iter().find(|(_, of)| *of == entity.link_type) {
        seen(&link(name));
    }
    of_content(&entity.content, seen);
}

fn of_filter(filter: &Filter, seen: &mut dyn FnMut(&str)) {
    seen(if filter.or { "filter or" } else { "filter and" });
    for item in &filter.items {
        match item {
            FilterItem::Condition(condition) => {
                seen(&operator(condition.operator.fetch_name()));
                if condition.value_of.is_some() {
                    seen("valueof");
                }
            }
            FilterItem::Filter(inner) => of_filter(inner, seen),
            FilterItem::Link(link) => of_link(link, seen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_documents_use() {
        let mut all = Vec::new();
        let parts = parts();
        uses(
            "<fetch top='3'><entity name='account'><attribute name='name'/><order attribute='name'/>\
             <filter type='or'><condition attribute='name' operator='like' value='a%'/>\
             <filter><condition attribute='createdon' operator='last-x-days' value='3'/></filter></filter>\
             <link-entity name='contact' from='parentcustomerid' to='accountid' link-type='outer'>\
             <all-attributes/></link-entity></entity></fetch>",
            &mut |part| {
                assert!(parts.iter().any(|of| of == part), "{part}");
                all.push(part.to_owned());
            },
        );
        assert_eq!(
            all.join(", "),
            "top, attribute, order, filter or, operator like, filter and, operator last-x-days, link-entity, \
             link-type outer, all-attributes"
        );
        uses("<fetch", &mut |part| panic!("{part}"));
        uses(
            "<fetch aggregate='true'><entity name='account'><attribute name='createdon' groupby='true' \
             dategrouping='month' alias='m'/><attribute name='revenue' aggregate='sum' alias='s'/></entity></fetch>",
            &mut |part| assert!(parts.iter().any(|of| of == part), "{part}"),
        );
    }
}
