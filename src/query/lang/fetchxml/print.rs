//! [Syntax](super::syntax) to a document that reads back as the same.

use std::fmt;

use super::syntax::{
    AggregateFunction, Attribute, Condition, Content, DATE_PARTS, Fetch, Filter, FilterItem, LinkEntity,
    LinkType, Order,
};
use super::xml::{escape, open_tag};

impl fmt::Display for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        let numbers = [
            ("top", self.top),
            ("count", self.count),
            ("page", self.page),
            ("aggregatelimit", self.aggregate_limit),
        ];
        let flags = [
            ("distinct", self.distinct),
            ("aggregate", self.aggregate),
            ("returntotalrecordcount", self.return_total_record_count),
            ("useraworderby", self.use_raw_order_by),
        ];
        let numbers: Vec<_> =
            numbers.iter().filter_map(|(name, value)| Some((*name, (*value)?.to_string()))).collect();
        let texts = [("paging-cookie", &self.paging_cookie), ("datasource", &self.data_source)];
        let attributes =
            numbers.iter().map(|(name, value)| (*name, &**value)).chain(set(&flags)).chain(given(&texts));
        open_tag(&mut out, "fetch", attributes);
        out.push('>');
        open_tag(&mut out, "entity", [("name", &*self.entity.name)].into_iter());
        push_content(&mut out, "entity", &self.entity.content);
        out.push_str("</fetch>");
        f.write_str(&out)
    }
}

/// What stands within an element whose start tag is still open, and its end.
fn push_content(out: &mut String, name: &str, content: &Content) {
    let Content { all_attributes, no_attributes, attributes, orders, filters, links } = content;
    out.push('>');
    if *all_attributes {
        out.push_str("<all-attributes />");
    }
    if *no_attributes {
        out.push_str("<no-attrs />");
    }
    for attribute in attributes {
        push_attribute(out, attribute);
    }
    for order in orders {
        push_order(out, order);
    }
    for filter in filters {
        push_filter(out, filter);
    }
    for link in links {
        push_link(out, link);
    }
    push_end(out, name);
}

fn push_attribute(out: &mut String, attribute: &Attribute) {
    let flags = [("groupby", attribute.group_by), ("distinct", attribute.distinct)];
    let texts = [
        ("alias", attribute.alias.as_deref()),
        ("aggregate", attribute.aggregate.map(|of| name_of(AggregateFunction::NAMES, of))),
        ("dategrouping", attribute.date_grouping.map(|of| name_of(DATE_PARTS, of))),
        ("usertimezone", (!attribute.user_time_zone).then_some("false")),
        ("rowaggregate", attribute.count_children.then_some("CountChildren")),
    ];
    let texts = texts.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    open_tag(out, "attribute", [("name", &*attribute.name)].into_iter().chain(texts).chain(set(&flags)));
    out.push_str(" />");
}

fn push_order(out: &mut String, order: &Order) {
    let texts =
        [("attribute", &order.attribute), ("alias", &order.alias), ("entityname", &order.entity_name)];
    open_tag(out, "order", given(&texts).chain(set(&[("descending", order.descending)])));
    out.push_str(" />");
}

fn push_link(out: &mut String, link: &LinkEntity) {
    let texts = [("from", &link.from), ("to", &link.to), ("alias", &link.alias)];
    let fixed = [("name", &*link.name), ("link-type", name_of(LinkType::NAMES, link.link_type))];
    open_tag(out, "link-entity", fixed.into_iter().chain(given(&texts)));
    push_content(out, "link-entity", &link.content);
}

fn push_filter(out: &mut String, filter: &Filter) {
    open_tag(out, "filter", [("type", if filter.or { "or" } else { "and" })].into_iter());
    out.push('>');
    for item in &filter.items {
        match item {
            FilterItem::Condition(condition) => push_condition(out, condition),
            FilterItem::Filter(filter) => push_filter(out, filter),
            FilterItem::Link(link) => push_link(out, link),
        }
    }
    push_end(out, "filter");
}

fn push_condition(out: &mut String, condition: &Condition) {
    let fixed = [("attribute", &*condition.attribute), ("operator", condition.operator.fetch_name())];
    let texts = [("entityname", &condition.entity_name), ("valueof", &condition.value_of)];
    open_tag(out, "condition", fixed.into_iter().chain(given(&texts)));
    out.push('>');
    for value in &condition.values {
        out.push_str("<value>");
        escape(out, value);
        push_end(out, "value");
    }
    push_end(out, "condition");
}

fn push_end(out: &mut String, name: &str) {
    for part in ["</", name, ">"] {
        out.push_str(part);
    }
}

/// The attributes that are given.
fn given<'t>(texts: &'t [(&'t str, &'t Option<Box<str>>)]) -> impl Iterator<Item = (&'t str, &'t str)> {
    texts.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)))
}

/// The flags that are set; those that are not are left out.
fn set<'t>(flags: &'t [(&'t str, bool)]) -> impl Iterator<Item = (&'t str, &'t str)> {
    flags.iter().filter(|(_, value)| *value).map(|(name, _)| (*name, "true"))
}

/// The name of a member; each has one.
fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], member: T) -> &'static str {
    names.iter().find(|(_, of)| *of == member).map_or("", |(name, _)| name)
}
