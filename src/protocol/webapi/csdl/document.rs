//! `$metadata`: tables, messages and the types both use, as CSDL 4.0.
//!
//! The document follows the product's also where that departs from the letter of OASIS: key properties do not say
//! `Nullable="false"`, single-valued navigation properties always do, and `Scale` is `Variable` with a capital.
//! Every fragment that Microsoft prints has it so.

use std::collections::BTreeMap;

use super::super::metadata::schema::{self, DEFINITIONS, Definition, SETS, Shape};
use super::xml::Xml;
use crate::model::{Catalogue, Column, Navigation, NavigationKind, Property, Table, Target};
use crate::service::Message;
use crate::service::registry::{Binding, ComplexType, EnumType, Nature, Signature, Type};

const CORE: &str = "Org.OData.Core.V1";
const KEYS: &str = "OData.Community.Keys.V1";

/// Writes the document.
pub(super) fn write(catalogue: &Catalogue, messages: &[&dyn Message], annotations: bool) -> Vec<u8> {
    let mut signatures: Vec<&'static Signature> =
        messages.iter().map(|message| message.signature()).collect();
    signatures.sort_by_key(|signature| (signature.name, binding_name(signature.binding)));
    let types = Types::of(&signatures);
    let document = Document { catalogue, signatures, types, annotations };
    let mut xml = Xml::new();
    let edmx = [("Version", "4.0"), ("xmlns:edmx", "http://docs.oasis-open.org/odata/ns/edmx")];
    xml.element("edmx:Edmx", &edmx, |xml| {
        document.references(xml);
        xml.element("edmx:DataServices", &[], |xml| {
            let schema = [
                ("Namespace", "Microsoft.Dynamics.CRM"),
                ("Alias", "mscrm"),
                ("xmlns", "http://docs.oasis-open.org/odata/ns/edm"),
            ];
            xml.element("Schema", &schema, |xml| document.schema(xml));
        });
    });
    xml.finish()
}

struct Document<'a> {
    catalogue: &'a Catalogue,
    signatures: Vec<&'static Signature>,
    types: Types,
    annotations: bool,
}

/// The complex and enumeration types that anything in the document uses, by name.
#[derive(Default)]
struct Types {
    complex: BTreeMap<&'static str, Complex>,
    enums: BTreeMap<&'static str, &'static EnumType>,
}

#[derive(Clone, Copy)]
enum Complex {
    Message(&'static ComplexType),
    Metadata(&'static Shape),
}

impl Types {
    fn of(signatures: &[&'static Signature]) -> Self {
        let mut types = Self::default();
        for shape in schema::DERIVED_SHAPES {
            types.shape(shape);
        }
        for (_, kind) in DEFINITIONS.iter().flat_map(|definition| definition.properties) {
            types.kind(*kind);
        }
        for signature in signatures {
            signature.parameters.iter().for_each(|parameter| types.message_type(parameter.kind));
            signature.returns.iter().for_each(|kind| types.message_type(*kind));
        }
        types
    }

    fn kind(&mut self, kind: schema::Kind) {
        match kind {
            schema::Kind::Enum(of) => {
                self.enums.insert(of.name, of);
            }
            schema::Kind::Shape(shape) => self.shape(shape),
            schema::Kind::List(of) => self.kind(*of),
            _ => {}
        }
    }

    fn shape(&mut self, shape: &'static Shape) {
        if self.complex.insert(shape.name, Complex::Metadata(shape)).is_none() {
            shape.base.iter().for_each(|base| self.shape(base));
            shape.properties.iter().for_each(|(_, kind)| self.kind(*kind));
        }
    }

    fn message_type(&mut self, kind: Type) {
        match kind {
            Type::Enum(of) => {
                self.enums.entry(of.name).or_insert(of);
            }
            // A type that metadata has too is the same type.
            Type::Complex(of) if !self.complex.contains_key(of.name) => {
                self.complex.insert(of.name, Complex::Message(of));
                of.properties.iter().for_each(|(_, kind, _)| self.message_type(*kind));
            }
            Type::Collection(of) => self.message_type(*of),
            _ => {}
        }
    }
}

fn binding_name(binding: Binding) -> &'static str {
    match binding {
        Binding::Unbound => "",
        Binding::Row(table) | Binding::Set(table) => table,
    }
}

fn qualified(name: &str) -> String {
    format!("mscrm.{name}")
}

fn collection(of: &str) -> String {
    format!("Collection({of})")
}

/// The Edm type of a type in a signature.
fn edm(kind: Type) -> String {
    kind.edm("mscrm.")
}

/// The Edm type of a metadata property.
fn metadata_edm(kind: schema::Kind) -> String {
    match kind {
        schema::Kind::Boolean => "Edm.Boolean".to_owned(),
        schema::Kind::Int32 => "Edm.Int32".to_owned(),
        schema::Kind::Int64 => "Edm.Int64".to_owned(),
        schema::Kind::Double => "Edm.Double".to_owned(),
        schema::Kind::Decimal => "Edm.Decimal".to_owned(),
        schema::Kind::String => "Edm.String".to_owned(),
        schema::Kind::Guid => "Edm.Guid".to_owned(),
        schema::Kind::Enum(of) => qualified(of.name),
        schema::Kind::Shape(of) => qualified(of.name),
        schema::Kind::List(of) => collection(&metadata_edm(*of)),
    }
}

/// The facet that the product writes beside a type.
fn facet(edm: &str) -> Option<(&'static str, &'static str)> {
    match edm {
        "Edm.String" | "Collection(Edm.String)" => Some(("Unicode", "false")),
        "Edm.Decimal" => Some(("Scale", "Variable")),
        _ => None,
    }
}

impl Document<'_> {
    fn references(&self, xml: &mut Xml) {
        // The vocabulary of the alternate keys is always used; that of the annotations where they are written.
        let mut vocabularies = vec![
            ("http://vocabularies.odata.org/OData.Community.Keys.V1.xml", "OData.Community.Keys.V1", "Keys"),
            (
                "http://vocabularies.odata.org/OData.Community.Display.V1.xml",
                "OData.Community.Display.V1",
                "Display",
            ),
        ];
        if self.annotations {
            let core = "http://docs.oasis-open.org/odata/odata/v4.0/os/vocabularies/Org.OData.Core.V1.xml";
            vocabularies.push((core, CORE, "Core"));
        }
        for (uri, namespace, alias) in vocabularies {
            xml.element("edmx:Reference", &[("Uri", uri)], |xml| {
                xml.leaf("edmx:Include", &[("Namespace", namespace), ("Alias", alias)]);
                xml.leaf("edmx:IncludeAnnotations", &[("TermNamespace", namespace)]);
            });
        }
    }

    fn schema(&self, xml: &mut Xml) {
        xml.leaf("EntityType", &[("Name", "crmbaseentity"), ("Abstract", "true")]);
        let expando = [("Name", "expando"), ("BaseType", "mscrm.crmbaseentity"), ("OpenType", "true")];
        xml.leaf("EntityType", &expando);
        principal(xml);
        for table in self.catalogue.tables() {
            self.table(xml, table);
        }
        for definition in DEFINITIONS {
            entity_type(xml, definition);
        }
        for complex in self.types.complex.values() {
            match complex {
                Complex::Message(of) => complex_type(xml, of),
                Complex::Metadata(shape) => self::shape(xml, shape),
            }
        }
        for of in self.types.enums.values() {
            enum_type(xml, of);
        }
        for signature in &self.signatures {
            self.operation(xml, signature);
        }
        self.container(xml);
    }

    fn annotation(&self, xml: &mut Xml, term: &str, value: (&str, &str)) {
        if self.annotations {
            xml.leaf("Annotation", &[("Term", &format!("{CORE}.{term}")), value]);
        }
    }

    fn table(&self, xml: &mut Xml, table: &Table) {
        let base = if table.is_principal() { "mscrm.principal" } else { "mscrm.crmbaseentity" };
        xml.element("EntityType", &[("Name", &table.logical_name), ("BaseType", base)], |xml| {
            let key = table.column(table.primary_id);
            // The key of users and teams is their common `ownerid`.
            if !table.is_principal() {
                xml.element("Key", &[], |xml| xml.leaf("PropertyRef", &[("Name", &key.property)]));
            }
            for column in table.columns.iter().filter(|column| column.is_property() || column.id == key.id) {
                self.property(xml, column);
            }
            for (index, navigation) in table.navigations.iter().enumerate() {
                // A column of the same name hides the navigation property.
                if table.property(&navigation.name) == Some(Property::Navigation(index)) {
                    self.navigation(xml, table, navigation);
                }
            }
            if self.annotations && !table.description.is_empty() {
                self.annotation(xml, "Description", ("String", &table.description));
            }
            alternate_keys(xml, table);
        });
    }

    fn property(&self, xml: &mut Xml, column: &Column) {
        let edm = column.kind.edm();
        let mut attributes = vec![("Name", &*column.property), ("Type", edm)];
        attributes.extend(facet(edm));
        if !self.annotations || !is_read_only(column) {
            return xml.leaf("Property", &attributes);
        }
        xml.element("Property", &attributes, |xml| {
            self.annotation(xml, "Computed", ("Bool", "true"));
            xml.element("Annotation", &[("Term", &format!("{CORE}.Permissions"))], |xml| {
                xml.text("EnumMember", &format!("{CORE}.PermissionType/Read"));
            });
        });
    }

    fn navigation(&self, xml: &mut Xml, table: &Table, navigation: &Navigation) {
        let partner = self.partner(table, navigation);
        let name = ("Name", &*navigation.name);
        let (kind, nullable) = match navigation.kind {
            NavigationKind::Lookup { target: Target::Principal, .. } => (qualified("principal"), true),
            NavigationKind::Lookup { target: Target::Table(id), .. } => {
                (qualified(&self.catalogue.table(id).logical_name), true)
            }
            NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. } => {
                (collection(&qualified(&self.catalogue.table(table).logical_name)), false)
            }
        };
        let mut attributes = vec![name, ("Type", &*kind)];
        if nullable {
            attributes.push(("Nullable", "false"));
        }
        attributes.extend(partner.map(|partner| ("Partner", partner)));
        let NavigationKind::Lookup { column, target } = navigation.kind else {
            return xml.leaf("NavigationProperty", &attributes);
        };
        let referenced = match target {
            Target::Principal => "ownerid",
            Target::Table(id) => {
                let target = self.catalogue.table(id);
                &target.column(target.primary_id).property
            }
        };
        let constraint = [("Property", &*table.column(column).property), ("ReferencedProperty", referenced)];
        xml.element("NavigationProperty", &attributes, |xml| xml.leaf("ReferentialConstraint", &constraint));
    }

    /// The name of the property that leads back. The owner's rows have none: `principal` has no table.
    fn partner(&self, table: &Table, navigation: &Navigation) -> Option<&str> {
        let other = match navigation.kind {
            NavigationKind::Lookup { target: Target::Principal, .. } => return None,
            NavigationKind::Lookup { target: Target::Table(id), .. } => id,
            NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. } => table,
        };
        let other = self.catalogue.table(other);
        let found = other.navigations.iter().enumerate().find(|(index, candidate)| {
            candidate.relationship == navigation.relationship
                && leads_back(table, other, navigation.kind, candidate.kind)
                && other.property(&candidate.name) == Some(Property::Navigation(*index))
        });
        found.map(|(_, partner)| &*partner.name)
    }

    fn operation(&self, xml: &mut Xml, signature: &Signature) {
        let element = match signature.nature {
            Nature::Function => "Function",
            Nature::Action => "Action",
        };
        let mut attributes = vec![("Name", signature.name)];
        let bound = match signature.binding {
            Binding::Unbound => None,
            Binding::Row(table) => Some(("entity", qualified(table))),
            Binding::Set(table) => Some(("entityset", collection(&qualified(table)))),
        };
        attributes.extend(bound.as_ref().map(|_| ("IsBound", "true")));
        xml.element(element, &attributes, |xml| {
            if let Some((name, kind)) = &bound {
                xml.leaf("Parameter", &[("Name", name), ("Type", kind), ("Nullable", "false")]);
            }
            for parameter in signature.parameters {
                let kind = edm(parameter.kind);
                let mut attributes = vec![("Name", parameter.name), ("Type", &*kind)];
                attributes.extend((!parameter.optional).then_some(("Nullable", "false")));
                attributes.extend(facet(&kind));
                // An action's parameters may always be left out where they may be null.
                if self.annotations && parameter.optional && signature.nature == Nature::Function {
                    let term = format!("{CORE}.OptionalParameter");
                    xml.element("Parameter", &attributes, |xml| xml.leaf("Annotation", &[("Term", &term)]));
                } else {
                    xml.leaf("Parameter", &attributes);
                }
            }
            if let Some(returns) = signature.returns {
                let kind = edm(returns);
                let mut attributes = vec![("Type", &*kind), ("Nullable", "false")];
                attributes.extend(facet(&kind));
                xml.leaf("ReturnType", &attributes);
            }
        });
    }

    fn container(&self, xml: &mut Xml) {
        xml.element("EntityContainer", &[("Name", "System")], |xml| {
            for table in self.catalogue.tables() {
                self.entity_set(xml, table);
            }
            for set in SETS {
                let kind = qualified(set.definition.name);
                xml.leaf("EntitySet", &[("Name", set.name), ("EntityType", &kind)]);
            }
            for signature in self.signatures.iter().filter(|one| one.binding == Binding::Unbound) {
                let name = qualified(signature.name);
                let (element, refers) = match signature.nature {
                    Nature::Function => ("FunctionImport", "Function"),
                    Nature::Action => ("ActionImport", "Action"),
                };
                let mut attributes = vec![("Name", signature.name), (refers, &*name)];
                attributes.extend(self.returned_set(signature).map(|set| ("EntitySet", set)));
                xml.leaf(element, &attributes);
            }
        });
    }

    fn returned_set(&self, signature: &Signature) -> Option<&str> {
        let table = match signature.returns? {
            Type::Row(table) => table,
            Type::Collection(Type::Row(table)) => *table,
            _ => return None,
        };
        self.catalogue.table_named(table).map(|table| &*table.entity_set_name)
    }

    fn entity_set(&self, xml: &mut Xml, table: &Table) {
        let kind = qualified(&table.logical_name);
        let attributes = [("Name", &*table.entity_set_name), ("EntityType", &*kind)];
        xml.element("EntitySet", &attributes, |xml| {
            for (index, navigation) in table.navigations.iter().enumerate() {
                let target = match navigation.kind {
                    // Users and teams stand in two sets.
                    NavigationKind::Lookup { target: Target::Principal, .. } => continue,
                    NavigationKind::Lookup { target: Target::Table(id), .. } => id,
                    NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. } => {
                        table
                    }
                };
                if table.property(&navigation.name) == Some(Property::Navigation(index)) {
                    let target = &*self.catalogue.table(target).entity_set_name;
                    xml.leaf("NavigationPropertyBinding", &[("Path", &navigation.name), ("Target", target)]);
                }
            }
        });
    }
}

/// Whether `back`, a navigation of `other`, is the other end of `kind`, a navigation of `table`.
fn leads_back(table: &Table, other: &Table, kind: NavigationKind, back: NavigationKind) -> bool {
    match (kind, back) {
        (NavigationKind::Lookup { column, .. }, NavigationKind::Collection { table: from, column: of }) => {
            from == table.id && of == column
        }
        (
            NavigationKind::Collection { table: from, column },
            NavigationKind::Lookup { column: of, target },
        ) => from == other.id && of == column && target == Target::Table(table.id),
        (
            NavigationKind::ManyToMany { near, far, .. },
            NavigationKind::ManyToMany { near: n, far: f, .. },
        ) => n == far && f == near,
        _ => false,
    }
}

/// Whether no request can set the property's value: a lookup is set through its navigation property.
fn is_read_only(column: &Column) -> bool {
    column.is_lookup() || !(column.valid_for_create || column.valid_for_update)
}

/// The common base of users and teams.
fn principal(xml: &mut Xml) {
    let attributes = [("Name", "principal"), ("BaseType", "mscrm.crmbaseentity"), ("Abstract", "true")];
    xml.element("EntityType", &attributes, |xml| {
        xml.element("Key", &[], |xml| xml.leaf("PropertyRef", &[("Name", "ownerid")]));
        xml.leaf("Property", &[("Name", "ownerid"), ("Type", "Edm.Guid")]);
    });
}

fn alternate_keys(xml: &mut Xml, table: &Table) {
    if table.alternate_keys.is_empty() {
        return;
    }
    xml.element("Annotation", &[("Term", &format!("{KEYS}.AlternateKeys"))], |xml| {
        xml.element("Collection", &[], |xml| {
            for key in &table.alternate_keys {
                xml.element("Record", &[("Type", &format!("{KEYS}.AlternateKey"))], |xml| {
                    xml.element("PropertyValue", &[("Property", "Key")], |xml| {
                        xml.element("Collection", &[], |xml| {
                            for column in &key.columns {
                                let name = &*table.column(*column).property;
                                xml.element("Record", &[("Type", &format!("{KEYS}.PropertyRef"))], |xml| {
                                    xml.leaf("PropertyValue", &[("Property", "Alias"), ("String", name)]);
                                    xml.leaf(
                                        "PropertyValue",
                                        &[("Property", "Name"), ("PropertyPath", name)],
                                    );
                                });
                            }
                        });
                    });
                });
            }
        });
    });
}

/// An entity type that describes tables. What stands beneath a definition is contained in it.
fn entity_type(xml: &mut Xml, definition: &Definition) {
    let base = definition.base.map(|base| qualified(base.name));
    let mut attributes = vec![("Name", definition.name)];
    attributes.extend(base.as_deref().map(|base| ("BaseType", base)));
    attributes.extend(definition.is_abstract.then_some(("Abstract", "true")));
    if definition.properties.is_empty() && definition.ways.is_empty() {
        return xml.leaf("EntityType", &attributes);
    }
    xml.element("EntityType", &attributes, |xml| {
        if definition.properties.iter().any(|(name, _)| *name == "MetadataId") {
            xml.element("Key", &[], |xml| xml.leaf("PropertyRef", &[("Name", "MetadataId")]));
        }
        metadata_properties(xml, definition.properties);
        for way in definition.ways {
            let target = qualified(way.target.name);
            let kind = if way.many { collection(&target) } else { target };
            let attributes = [("Name", way.name), ("Type", &*kind), ("ContainsTarget", "true")];
            xml.leaf("NavigationProperty", &attributes);
        }
    });
}

fn metadata_properties(xml: &mut Xml, properties: &[(&str, schema::Kind)]) {
    for (name, kind) in properties {
        let edm = metadata_edm(*kind);
        let mut attributes = vec![("Name", *name), ("Type", &*edm)];
        attributes.extend(facet(&edm));
        xml.leaf("Property", &attributes);
    }
}

fn shape(xml: &mut Xml, shape: &Shape) {
    let base = shape.base.map(|base| qualified(base.name));
    let mut attributes = vec![("Name", shape.name)];
    attributes.extend(base.as_deref().map(|base| ("BaseType", base)));
    xml.element("ComplexType", &attributes, |xml| metadata_properties(xml, shape.properties));
}

fn complex_type(xml: &mut Xml, of: &ComplexType) {
    xml.element("ComplexType", &[("Name", of.name)], |xml| {
        for (name, kind, nullable) in of.properties {
            let edm = edm(*kind);
            let mut attributes = vec![("Name", *name), ("Type", &*edm)];
            let row =
                matches!(kind, Type::Row(_) | Type::AnyRow | Type::Collection(Type::Row(_) | Type::AnyRow));
            // Rows are entities: a structure leads to them, it does not hold them. Several are never "no value".
            let element = if row { "NavigationProperty" } else { "Property" };
            let is_many = matches!(kind, Type::Collection(_));
            attributes.extend((!(*nullable || row && is_many)).then_some(("Nullable", "false")));
            attributes.extend(facet(&edm));
            xml.leaf(element, &attributes);
        }
    });
}

fn enum_type(xml: &mut Xml, of: &EnumType) {
    let mut attributes = vec![("Name", of.name)];
    attributes.extend(of.flags.then_some(("IsFlags", "true")));
    xml.element("EnumType", &attributes, |xml| {
        for (name, value) in of.members {
            xml.leaf("Member", &[("Name", name), ("Value", &value.to_string())]);
        }
    });
}
