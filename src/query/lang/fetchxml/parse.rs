//! A tree of elements to [syntax](super::syntax). Source: queries.md B.1.
//!
//! Attributes that change no answer are passed over by name, others that nobody knows are refused.

use super::refuse;
use super::syntax::{
    AggregateFunction, Attribute, Condition, Content, DATE_PARTS, Entity, Fetch, Filter, FilterItem,
    LinkEntity, LinkType, Order, Quoted,
};
use super::xml::{self, Element};
use crate::fault::{Code, Fault, Result, code};
use crate::query::lang::condition::flag as flag_of;
use crate::query::plan::{Operator, Values};

/// Reads a document.
pub(super) fn fetch(text: &str) -> Result<Fetch> {
    let document = xml::read(text).map_err(refuse::document)?;
    if document.name != "fetch" {
        return Err(refuse::root(&document.name));
    }
    let mut fetch = Fetch::default();
    for (name, value) in attributes(&document) {
        match name {
            "top" => fetch.top = Some(number(name, value)?),
            "count" => fetch.count = Some(number(name, value)?),
            "page" => fetch.page = Some(number(name, value)?),
            // Clients send it empty with the first page.
            "paging-cookie" => fetch.paging_cookie = Some(value.into()).filter(|_| !value.trim().is_empty()),
            "distinct" => fetch.distinct = flag(&code::QueryBuilderInvalidDistinct, name, value)?,
            "aggregate" => fetch.aggregate = flag(&code::QueryBuilderInvalidAggregate, name, value)?,
            "aggregatelimit" => fetch.aggregate_limit = Some(number(name, value)?),
            "returntotalrecordcount" => {
                fetch.return_total_record_count = flag(&code::QueryBuilderInvalidValue, name, value)?;
            }
            "useraworderby" => {
                fetch.use_raw_order_by = flag(&code::QueryBuilderInvalidUseRawOrderBy, name, value)?;
            }
            "datasource" => fetch.data_source = Some(value.into()),
            "no-lock" => check_flag(&code::QueryBuilderInvalidNoLock, name, value)?,
            "latematerialize" => check_flag(&code::QueryBuilderInvalidValue, name, value)?,
            "min-active-row-version" => {
                check_flag(&code::QueryBuilderInvalidMinActiveRowVersion, name, value)?;
            }
            "mapping" if !matches!(value, "logical" | "internal") => {
                return Err(refuse::attribute_value(&code::QueryBuilderInvalidMapping, name, value));
            }
            "utc-offset" => return Err(Fault::new(&code::QueryBuilderInvalidUtcOffset)),
            "mapping" | "version" | "output-format" | "options" => {}
            _ => return Err(refuse::unknown_attribute(name, "fetch")),
        }
    }
    let [entity] = document.children.as_slice() else {
        return Err(match document.children.get(1) {
            None => refuse::missing_element("entity", "fetch"),
            Some(second) => refuse::child(&["entity"], &second.name, &second.to_xml()),
        });
    };
    if entity.name != "entity" {
        return Err(refuse::child(&["entity"], &entity.name, &entity.to_xml()));
    }
    fetch.entity = self::entity(entity)?;
    Ok(fetch)
}

fn entity(element: &Element) -> Result<Entity> {
    let mut table = None;
    for (name, value) in attributes(element) {
        match name {
            "name" => table = Some(value),
            _ => return Err(refuse::unknown_attribute(name, "entity")),
        }
    }
    let name = table.ok_or_else(|| refuse::missing_attribute("name", "entity"))?.into();
    Ok(Entity { name, content: content(element)? })
}

/// What stands within an entity or a link.
fn content(element: &Element) -> Result<Content> {
    const VALID: &[&str] = &["filter", "order", "link-entity", "attribute", "all-attributes", "no-attrs"];
    let mut content = Content::default();
    for child in &element.children {
        match &*child.name {
            "attribute" => content.attributes.push(attribute(child)?),
            "all-attributes" => content.all_attributes = true,
            "no-attrs" => content.no_attributes = true,
            "order" => content.orders.push(order(child)?),
            "filter" => content.filters.push(filter(child)?),
            "link-entity" => {
                let link = link(child)?;
                if link.link_type.is_filter() {
                    return Err(Fault::new(&code::QueryBuilderInvalidLinkType)
                        .hint("The link types any, not any, all and not all stand within a filter."));
                }
                content.links.push(link);
            }
            _ => return Err(refuse::child(VALID, &child.name, &child.to_xml())),
        }
    }
    Ok(content)
}

fn attribute(element: &Element) -> Result<Attribute> {
    let mut attribute = Attribute {
        name: required(element, "name")?.into(),
        alias: None,
        aggregate: None,
        group_by: false,
        date_grouping: None,
        distinct: false,
        user_time_zone: true,
        count_children: false,
        xml: Quoted(element.to_xml().into()),
    };
    for (name, value) in attributes(element) {
        match name {
            "alias" => attribute.alias = Some(value.into()),
            "aggregate" => {
                let function = named(AggregateFunction::NAMES, value).ok_or_else(|| {
                    refuse::attribute_value(&code::QueryBuilderInvalidAggregate, name, value)
                })?;
                attribute.aggregate = Some(function);
            }
            "groupby" => attribute.group_by = flag(&code::QueryBuilderInvalidGroupBy, name, value)?,
            "dategrouping" => {
                let part = named(DATE_PARTS, value).ok_or_else(|| {
                    refuse::attribute_value(&code::QueryBuilderInvalidDateGrouping, name, value)
                })?;
                attribute.date_grouping = Some(part);
            }
            "distinct" => attribute.distinct = flag(&code::QueryBuilderInvalidDistinct, name, value)?,
            "usertimezone" => {
                attribute.user_time_zone = flag(&code::QueryBuilderInvalidValue, name, value)?;
            }
            "rowaggregate" if value == "CountChildren" => attribute.count_children = true,
            "rowaggregate" => {
                return Err(refuse::attribute_value(&code::QueryBuilderInvalidAggregate, name, value));
            }
            // Read above; and which wizard put the column there, as the FetchXML schema has it.
            "name" | "build" | "addedby" => {}
            _ => return Err(refuse::unknown_attribute(name, "attribute")),
        }
    }
    childless(element)?;
    Ok(attribute)
}

fn order(element: &Element) -> Result<Order> {
    let mut order = Order { attribute: None, alias: None, entity_name: None, descending: false };
    for (name, value) in attributes(element) {
        match name {
            "attribute" => order.attribute = Some(value.into()),
            "alias" => order.alias = Some(value.into()),
            "entityname" => order.entity_name = Some(value.into()).filter(|_| !value.is_empty()),
            "descending" => order.descending = flag(&code::QueryBuilderInvalidDescending, name, value)?,
            _ => return Err(refuse::unknown_attribute(name, "order")),
        }
    }
    childless(element)?;
    Ok(order)
}

fn link(element: &Element) -> Result<LinkEntity> {
    let mut link = LinkEntity {
        name: required(element, "name")?.into(),
        from: None,
        to: None,
        alias: None,
        link_type: LinkType::Inner,
        content: Content::default(),
    };
    for (name, value) in attributes(element) {
        match name {
            "from" => link.from = Some(value.into()).filter(|_| !value.is_empty()),
            "to" => link.to = Some(value.into()).filter(|_| !value.is_empty()),
            "alias" => link.alias = Some(value.into()).filter(|_| !value.is_empty()),
            "link-type" => {
                link.link_type = named(LinkType::NAMES, value).ok_or_else(|| {
                    refuse::attribute_value(&code::QueryBuilderInvalidLinkType, name, value)
                })?;
            }
            "intersect" => check_flag(&code::QueryBuilderInvalidValue, name, value)?,
            "name" | "visible" => {}
            _ => return Err(refuse::unknown_attribute(name, "link-entity")),
        }
    }
    link.content = content(element)?;
    Ok(link)
}

fn filter(element: &Element) -> Result<Filter> {
    const VALID: &[&str] = &["condition", "filter", "link-entity"];
    let mut filter = Filter::default();
    for (name, value) in attributes(element) {
        match name {
            "type" => {
                filter.or = match value {
                    "or" => true,
                    "and" => false,
                    _ => {
                        return Err(refuse::attribute_value(
                            &code::QueryBuilderInvalidFilterType,
                            name,
                            value,
                        ));
                    }
                }
            }
            "isquickfindfields" => check_flag(&code::QueryBuilderInvalidIsQuickFindFilter, name, value)?,
            // How the service finds the rows, and how many it looks through, changes no answer here.
            "hint" | "overridequickfindrecordlimitenabled" | "overridequickfindrecordlimitdisabled" => {}
            _ => return Err(refuse::unknown_attribute(name, "filter")),
        }
    }
    for child in &element.children {
        filter.items.push(match &*child.name {
            "condition" => FilterItem::Condition(condition(child)?),
            "filter" => FilterItem::Filter(self::filter(child)?),
            "link-entity" => {
                let link = link(child)?;
                if !link.link_type.is_filter() {
                    return Err(Fault::new(&code::QueryBuilderInvalidLinkType)
                        .hint("Within a filter a link is of the type any, not any, all or not all."));
                }
                FilterItem::Link(Box::new(link))
            }
            _ => return Err(refuse::child(VALID, &child.name, &child.to_xml())),
        });
    }
    Ok(filter)
}

fn condition(element: &Element) -> Result<Condition> {
    let spelled = required(element, "operator")?;
    let operator = Operator::of_fetch_name(spelled).ok_or_else(|| refuse::unknown_operator(spelled))?;
    let mut condition = Condition {
        entity_name: None,
        attribute: required(element, "attribute")?.into(),
        operator,
        value_of: None,
        values: Vec::new(),
    };
    let mut value_attribute = None;
    for (name, value) in attributes(element) {
        match name {
            "operator" | "attribute" | "uiname" | "uitype" | "uihidden" => {}
            "entityname" => condition.entity_name = Some(value.into()).filter(|_| !value.is_empty()),
            "valueof" => condition.value_of = Some(value.into()).filter(|_| !value.is_empty()),
            "value" => value_attribute = Some(value),
            _ => return Err(refuse::unknown_attribute(name, "condition")),
        }
    }
    for child in &element.children {
        if child.name != "value" {
            return Err(refuse::child(&["value"], &child.name, &child.to_xml()));
        }
        if let Some((name, _)) = attributes(child).find(|(name, _)| !matches!(*name, "uiname" | "uitype")) {
            return Err(refuse::unknown_attribute(name, "value"));
        }
        childless(child)?;
        condition.values.push(child.text.as_str().into());
    }
    if let Some(value) = value_attribute {
        // An empty attribute beside a list, or where nothing is wanted, does not count. Observed: FakeXrmEasy issue 45.
        let counts = !value.is_empty() || condition.values.is_empty() && operator.values() != Values::None;
        if counts {
            condition.values.insert(0, value.into());
        }
    }
    Ok(condition)
}

/// The attributes of an element; declarations of namespaces are none of the language.
fn attributes(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    element
        .attributes
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .filter(|(name, _)| *name != "xmlns" && !name.starts_with("xmlns:"))
}

fn required<'e>(element: &'e Element, wanted: &str) -> Result<&'e str> {
    attributes(element)
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value)
        .ok_or_else(|| refuse::missing_attribute(wanted, &element.name))
}

fn childless(element: &Element) -> Result<()> {
    match element.children.first() {
        None => Ok(()),
        Some(child) => Err(refuse::child(&["(none)"], &child.name, &child.to_xml())),
    }
}

fn named<T: Copy>(names: &[(&str, T)], wanted: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
}

fn flag(code: &'static Code, name: &str, value: &str) -> Result<bool> {
    flag_of(value).ok_or_else(|| refuse::attribute_value(code, name, value))
}

/// A flag that changes no answer.
fn check_flag(code: &'static Code, name: &str, value: &str) -> Result<()> {
    flag(code, name, value).map(|_| ())
}

/// A number greater than zero; more than 32 bits are more than anybody gets.
fn number(name: &str, value: &str) -> Result<u32> {
    match value.trim().parse::<i64>() {
        Ok(number) if number > 0 => Ok(u32::try_from(number).unwrap_or(u32::MAX)),
        Ok(_) => Err(refuse::attribute_value(&code::QueryBuilderValueGreaterThanZero, name, value)),
        Err(_) => Err(refuse::attribute_value(&code::QueryBuilderInvalidValue, name, value)),
    }
}
