//! The documents against the catalogue, and against the rules of OASIS CSDL 4.0 that can be checked here. The
//! official schemas and a client generator check the same document in `tests/clients/csdl`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::clock::Clock;
use crate::hosting::{Host, Start};
use crate::protocol::http::{Site, Trace};
use crate::scenario::Scenario;
use crate::service::registry::{
    self, Binding, ComplexType, EnumType, Nature, Parameter, Reply, Signature, Type,
};
use crate::service::{Message, Registry, Service};
use crate::settings::Settings;

/// An element with what is in it.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: HashMap<String, String>,
    children: Vec<Element>,
}

impl Element {
    fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    fn attribute(&self, attribute: &str) -> &str {
        self.get(attribute).unwrap_or_else(|| panic!("{} has no {attribute}: {self:?}", self.name))
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn child(&self, name: &str, called: &str) -> &Element {
        self.children
            .iter()
            .filter(|child| child.name == name)
            .find(|child| child.get("Name") == Some(called))
            .unwrap_or_else(|| panic!("no {name} {called}"))
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    Element {
        name: start.name().as_ref().to_owned(),
        attributes: start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                (attribute.key.as_ref().to_owned(), value.into_owned())
            })
            .collect(),
        children: Vec::new(),
    }
}

fn parse(xml: &[u8]) -> Element {
    let mut reader = Reader::from_reader(xml);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Eof => return open.pop().unwrap(),
            _ => {}
        }
    }
}

/// The `Schema` element of a document.
fn schema(xml: &[u8]) -> Element {
    let mut root = parse(xml);
    let mut edmx = root.children.pop().expect("one root element");
    assert_eq!((edmx.name.as_str(), edmx.attribute("Version")), ("edmx:Edmx", "4.0"));
    let mut services = edmx.children.pop().expect("data services come last");
    assert_eq!(services.name, "edmx:DataServices");
    services.children.pop().expect("one schema")
}

struct Example(&'static Signature);

impl Message for Example {
    fn signature(&self) -> &'static Signature {
        self.0
    }

    fn run(&self, _: &mut registry::Call<'_, '_>) -> Result<Reply> {
        Ok(Reply::Nothing)
    }
}

static COLOUR: EnumType = EnumType { name: "Colour", members: &[("Red", 1), ("Green", 2)], flags: true };
static INNER: ComplexType = ComplexType {
    name: "Inner",
    properties: &[
        ("Colour", Type::Enum(&COLOUR), false),
        ("Users", Type::Collection(&Type::Row("systemuser")), true),
    ],
};
static OUTER: ComplexType = ComplexType {
    name: "Outer",
    properties: &[
        ("Inners", Type::Collection(&Type::Complex(&INNER)), false),
        ("Principal", Type::Row("principal"), true),
        ("Any", Type::AnyRow, false),
        ("Text", Type::String, true),
    ],
};
static EXAMPLES: [Example; 3] = [
    Example(&Signature {
        name: "Paint",
        nature: Nature::Function,
        binding: Binding::Unbound,
        parameters: &[
            Parameter { name: "Colour", kind: Type::Enum(&COLOUR), optional: false },
            Parameter { name: "Title", kind: Type::String, optional: true },
        ],
        returns: Some(Type::Complex(&OUTER)),
        source: "",
    }),
    Example(&Signature {
        name: "Paint",
        nature: Nature::Function,
        binding: Binding::Row("systemuser"),
        parameters: &[],
        returns: Some(Type::Collection(&Type::Row("role"))),
        source: "",
    }),
    Example(&Signature {
        name: "PaintAll",
        nature: Nature::Action,
        binding: Binding::Set("account"),
        parameters: &[Parameter { name: "Targets", kind: Type::Collection(&Type::AnyRow), optional: false }],
        returns: None,
        source: "",
    }),
];

/// A face knows no real messages; `tests/clients/csdl` checks the document with those.
fn messages() -> Vec<&'static dyn Message> {
    EXAMPLES.iter().map(|example| example as &'static dyn Message).collect()
}

/// Reading the fixtures takes longer than any test.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

fn document(annotations: bool) -> Vec<u8> {
    document::write(&CATALOGUE, &messages(), annotations)
}

/// What a face answers to a request without a socket.
pub(in crate::protocol::webapi) fn ask(
    face: fn(&str, &Call<'_>) -> Result<Response>,
    method: &Method,
    path_and_query: &str,
    header: (&'static str, &'static str),
) -> Result<Response> {
    let registry = Registry::new(&[], &messages());
    let start = Start {
        settings: Settings::default(),
        clock: Clock::default(),
        seed: Some(1),
        scenario: Scenario::Embedded("empty".to_owned()),
    };
    let host = Host::new(Service::new(registry), "contoso", start).unwrap();
    let site = Site { scheme: "http", authority: "127.0.0.1:5050".to_owned(), prefix: "/contoso".to_owned() };
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let headers = [(header.0.parse().unwrap(), header.1.parse().unwrap())].into_iter().collect();
    let organization = host.default_organization();
    let (body, headers, trace) = (Bytes::new(), &headers, &Trace::default());
    face("v9.1", &Call { host: &host, organization, site: &site, method, path, query, headers, body, trace })
}

const PLAIN: (&str, &str) = ("accept", "*/*");

#[test]
fn the_documents_are_answered() {
    let plain = ask(metadata, &Method::GET, "$metadata", PLAIN).unwrap();
    assert_eq!(plain.headers()["content-type"], "application/xml");
    assert_eq!(plain.headers()["odata-version"], "4.0");
    let asked = ask(metadata, &Method::GET, "$metadata?annotations=true", PLAIN).unwrap();
    assert!(asked.body().made().len() > plain.body().made().len());
    let all = ("prefer", "odata.maxpagesize=2,odata.include-annotations=\"*\"");
    let preferred = ask(metadata, &Method::GET, "$metadata", all).unwrap();
    assert_eq!(preferred.headers()["preference-applied"], "odata.include-annotations=\"*\"");
    assert_eq!(preferred.body().made(), asked.body().made());
    let refused = ask(metadata, &Method::POST, "$metadata", PLAIN).unwrap_err();
    assert_eq!(refused.kind(), Kind::NotAllowed);
    assert_eq!(ask(metadata, &Method::GET, "$metadata/", PLAIN).unwrap().body().made(), plain.body().made());
    let refused = ask(metadata, &Method::GET, "$metadata/accounts", PLAIN).unwrap_err();
    assert_eq!(refused.message(), "Resource not found for the segment 'accounts'.");

    let services = ask(service_document, &Method::GET, "", PLAIN).unwrap();
    let services: serde_json::Value = serde_json::from_slice(services.body().made()).unwrap();
    assert_eq!(services["@odata.context"], "http://127.0.0.1:5050/contoso/api/data/v9.1/$metadata");
    let refused = ask(service_document, &Method::GET, "?$top=1", PLAIN).unwrap_err();
    assert_eq!(refused.kind(), Kind::NotEmulated);
}

/// What stands between the tags of one named child of the schema, as written.
fn fragment(name: &str, annotations: bool) -> String {
    let text = String::from_utf8(document(annotations)).unwrap();
    let start = text.find(name).unwrap_or_else(|| panic!("no {name}"));
    let rest = &text[start..];
    let kind = &name[1..name.find(' ').unwrap()];
    let end = rest.find(&format!("</{kind}>")).unwrap() + kind.len() + 3;
    rest[..end].lines().map(|line| line.strip_prefix("      ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_intersect_table_is_declared_as_microsoft_prints_it() {
    // Web API Navigation Properties, "Many-to-many Relationships"; there the properties stand in another order.
    let printed = r#"<EntityType Name="teammembership" BaseType="mscrm.crmbaseentity">
  <Key>
    <PropertyRef Name="teammembershipid"/>
  </Key>
  <Property Name="systemuserid" Type="Edm.Guid"/>
  <Property Name="teamid" Type="Edm.Guid"/>
  <Property Name="teammembershipid" Type="Edm.Guid"/>
  <Property Name="versionnumber" Type="Edm.Int64"/>
</EntityType>"#;
    assert_eq!(fragment("<EntityType Name=\"teammembership\"", false), printed);
}

#[test]
fn a_small_table_is_declared() {
    insta::assert_snapshot!(fragment("<EntityType Name=\"transactioncurrency\"", false));
}

#[test]
fn an_alternate_key_is_an_annotation() {
    let team = fragment("<EntityType Name=\"team\"", false);
    insta::assert_snapshot!(&team[team.find("<Annotation").unwrap()..]);
}

#[test]
fn annotations_are_written_when_asked_for() {
    insta::assert_snapshot!(fragment("<EntityType Name=\"teamroles\"", true));
    assert!(!String::from_utf8(document(false)).unwrap().contains("Org.OData.Core.V1"));
}

#[test]
fn messages_are_declared_with_their_types() {
    let names = [
        "<Function Name=\"Paint\">",
        "<Function Name=\"Paint\" IsBound",
        "<Action Name=\"PaintAll\"",
        "<ComplexType Name=\"Outer\"",
        "<ComplexType Name=\"Inner\"",
        "<EnumType Name=\"Colour\"",
    ];
    insta::assert_snapshot!(names.map(|name| fragment(name, true)).join("\n"));
    let schema = schema(&document(false));
    let container = schema.child("EntityContainer", "System");
    assert_eq!(container.child("FunctionImport", "Paint").attribute("Function"), "mscrm.Paint");
    assert_eq!(container.all("ActionImport").filter(|a| a.get("Name") == Some("PaintAll")).count(), 0);
}

#[test]
fn both_documents_mention_every_table() {
    let schema = schema(&document(false));
    let container = schema.child("EntityContainer", "System");
    let sets: serde_json::Value =
        serde_json::from_str(&entity_sets(&CATALOGUE, "http://x/api/data/v9.2")).unwrap();
    assert_eq!(sets["@odata.context"], "http://x/api/data/v9.2/$metadata");
    let listed: HashSet<&str> =
        sets["value"].as_array().unwrap().iter().map(|set| set["name"].as_str().unwrap()).collect();
    assert_eq!(listed.len(), container.all("EntitySet").count());
    for table in CATALOGUE.tables() {
        let set = container.child("EntitySet", &table.entity_set_name);
        assert_eq!(set.attribute("EntityType"), format!("mscrm.{}", table.logical_name));
        assert!(listed.contains(&*table.entity_set_name));
        let declared = schema.child("EntityType", &table.logical_name);
        for column in table.properties() {
            declared.child("Property", &column.property);
        }
        for navigation in &table.navigations {
            if matches!(table.property(&navigation.name), Some(crate::model::Property::Navigation(_))) {
                declared.child("NavigationProperty", &navigation.name);
            }
        }
    }
}

/// A document with what can be asked of it.
struct Csdl<'a> {
    schema: &'a Element,
    types: HashMap<String, &'a Element>,
}

impl<'a> Csdl<'a> {
    fn of(schema: &'a Element) -> Self {
        let types = schema
            .children
            .iter()
            .filter(|child| matches!(child.name.as_str(), "EntityType" | "ComplexType" | "EnumType"))
            .map(|child| (format!("mscrm.{}", child.attribute("Name")), child));
        Self { schema, types: types.collect() }
    }

    fn lineage(&self, name: &str) -> Vec<&'a Element> {
        let mut found = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next {
            let of = self.types[&name];
            assert!(found.len() < 10, "{name} is its own base");
            found.push(of);
            next = of.get("BaseType").map(str::to_owned);
        }
        found
    }

    fn members(&self, name: &str) -> Vec<&'a Element> {
        let of_all = self.lineage(name).into_iter().flat_map(|of| &of.children);
        of_all.filter(|child| matches!(child.name.as_str(), "Property" | "NavigationProperty")).collect()
    }

    fn member(&self, name: &str, member: &str) -> Option<&'a Element> {
        self.members(name).into_iter().find(|child| child.get("Name") == Some(member))
    }

    fn check_type(&self, of: &str, wanted: &[&str]) {
        let single = of.strip_prefix("Collection(").and_then(|of| of.strip_suffix(')')).unwrap_or(of);
        if let Some(primitive) = single.strip_prefix("Edm.") {
            assert!(wanted.contains(&"Edm"), "{of}");
            let all = [
                "Binary",
                "Boolean",
                "Date",
                "DateTimeOffset",
                "Decimal",
                "Double",
                "Guid",
                "Int32",
                "Int64",
                "String",
            ];
            assert!(all.contains(&primitive), "{of}");
        } else {
            let found = self.types.get(single).unwrap_or_else(|| panic!("no type {single}"));
            assert!(wanted.contains(&found.name.as_str()), "{of} is {}", found.name);
        }
    }
}

#[test]
fn names_are_unique_and_are_identifiers() {
    let schema = schema(&document(true));
    let csdl = Csdl::of(&schema);
    let mut seen = HashMap::new();
    for child in &schema.children {
        let name = child.attribute("Name");
        let operation = matches!(child.name.as_str(), "Function" | "Action");
        if let Some(before) = seen.insert(name, &child.name) {
            assert!(operation && *before == child.name, "{name} is declared twice");
        }
    }
    for name in csdl.types.keys() {
        let mut names = HashSet::new();
        for member in csdl.members(name) {
            let member = member.attribute("Name");
            assert!(names.insert(member), "{name} has two members {member}");
            assert!(member.len() <= 128 && !member.starts_with(|c: char| c.is_ascii_digit()), "{member}");
            assert!(member.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{member}");
        }
    }
    let mut sets = HashSet::new();
    for child in &schema.child("EntityContainer", "System").children {
        assert!(sets.insert(child.attribute("Name")), "{child:?}");
    }
}

#[test]
fn overloads_differ_in_what_they_are_bound_to() {
    let schema = schema(&document(true));
    let mut seen = HashSet::new();
    for operation in schema.all("Function").chain(schema.all("Action")) {
        let bound = operation.get("IsBound").map(|_| operation.children[0].attribute("Type"));
        let parameters: HashSet<&str> = operation.all("Parameter").map(|p| p.attribute("Name")).collect();
        assert_eq!(parameters.len(), operation.all("Parameter").count(), "{operation:?}");
        assert!(seen.insert((operation.attribute("Name"), bound)), "{operation:?}");
    }
}

#[test]
fn every_type_exists_and_fits_its_use() {
    let schema = schema(&document(true));
    let csdl = Csdl::of(&schema);
    for of in csdl.types.values() {
        if let Some(base) = of.get("BaseType") {
            csdl.check_type(base, &[of.name.as_str()]);
        }
        for property in of.all("Property") {
            csdl.check_type(property.attribute("Type"), &["Edm", "ComplexType", "EnumType"]);
        }
        for navigation in of.all("NavigationProperty") {
            csdl.check_type(navigation.attribute("Type"), &["EntityType"]);
            let many = navigation.attribute("Type").starts_with("Collection(");
            assert!(!many || navigation.get("Nullable").is_none(), "{navigation:?}");
        }
    }
    for operation in schema.all("Function").chain(schema.all("Action")) {
        for child in &operation.children {
            csdl.check_type(child.attribute("Type"), &["Edm", "EntityType", "ComplexType", "EnumType"]);
        }
        assert!(operation.name == "Action" || operation.all("ReturnType").count() == 1, "{operation:?}");
    }
}

#[test]
fn keys_exist_and_every_set_has_one() {
    let schema = schema(&document(true));
    let csdl = Csdl::of(&schema);
    for set in schema.child("EntityContainer", "System").all("EntitySet") {
        let of = set.attribute("EntityType");
        let keys: Vec<&Element> = csdl.lineage(of).into_iter().flat_map(|of| of.all("Key")).collect();
        assert_eq!(keys.len(), 1, "{of} has {} keys along its bases", keys.len());
        for reference in keys[0].all("PropertyRef") {
            let property = csdl.member(of, reference.attribute("Name"));
            assert_eq!(property.expect("the key is a property").attribute("Type"), "Edm.Guid");
        }
    }
    for of in csdl.types.values().filter(|of| of.name == "EntityType") {
        let keyless = ["crmbaseentity", "crmmodelbaseentity", "expando"].contains(&of.attribute("Name"));
        let name = format!("mscrm.{}", of.attribute("Name"));
        let has_key = csdl.lineage(&name).iter().any(|of| of.all("Key").count() > 0);
        assert_ne!(keyless, has_key, "{name}");
    }
}

#[test]
fn partners_are_mutual_and_constraints_name_properties() {
    let schema = schema(&document(true));
    let csdl = Csdl::of(&schema);
    let mut partners = 0;
    for (name, of) in csdl.types.iter().filter(|(_, of)| of.name == "EntityType") {
        for navigation in of.all("NavigationProperty") {
            let target = navigation.attribute("Type");
            let target =
                target.strip_prefix("Collection(").and_then(|of| of.strip_suffix(')')).unwrap_or(target);
            if let Some(partner) = navigation.get("Partner") {
                let back =
                    csdl.member(target, partner).unwrap_or_else(|| panic!("{target} has no {partner}"));
                assert_eq!(back.get("Partner"), navigation.get("Name"), "{name}: {navigation:?}");
                assert!(back.attribute("Type").contains(name.as_str()), "{back:?}");
                partners += 1;
            }
            for constraint in navigation.all("ReferentialConstraint") {
                let dependent = csdl.member(name, constraint.attribute("Property")).expect("the dependent");
                let principal =
                    csdl.member(target, constraint.attribute("ReferencedProperty")).expect("the principal");
                assert_eq!(dependent.attribute("Type"), principal.attribute("Type"));
            }
        }
    }
    assert!(partners > 200, "only {partners} partners");
}

#[test]
fn bindings_and_imports_lead_to_what_there_is() {
    let schema = schema(&document(true));
    let csdl = Csdl::of(&schema);
    let container = schema.child("EntityContainer", "System");
    for set in container.all("EntitySet") {
        for binding in set.all("NavigationPropertyBinding") {
            let of = set.attribute("EntityType");
            let navigation = csdl.member(of, binding.attribute("Path")).expect("the bound property");
            let target = container.child("EntitySet", binding.attribute("Target"));
            assert!(navigation.attribute("Type").contains(target.attribute("EntityType")), "{binding:?}");
        }
    }
    for (import, of) in [("FunctionImport", "Function"), ("ActionImport", "Action")] {
        for import in container.all(import) {
            let name = import.attribute(of).strip_prefix("mscrm.").expect("a name of the schema");
            assert!(csdl.schema.all(of).any(|operation| {
                operation.get("Name") == Some(name) && operation.get("IsBound").is_none()
            }));
        }
    }
}

#[test]
fn the_document_is_written_once_for_a_catalogue() {
    let first = Arc::new(Catalogue::embedded());
    let written = cached(&first, false, || b"first".to_vec());
    assert_eq!(cached(&first, false, || panic!("written twice")), written);
    assert_eq!(&cached(&first, true, || b"annotated".to_vec())[..], b"annotated");
    let second = Arc::new(Catalogue::embedded());
    assert_eq!(&cached(&second, false, || b"second".to_vec())[..], b"second");
}

#[test]
fn only_the_documented_option_is_read() {
    assert_eq!(annotations_option("").unwrap(), None);
    assert_eq!(annotations_option("annotations=true").unwrap(), Some(true));
    let fault = annotations_option("$format=json").unwrap_err();
    assert_eq!(fault.code_text(), "NotEmulated");
    assert!(fault.message().contains("$format=json"));
}
