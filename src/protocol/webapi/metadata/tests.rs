//! The requests of the two real clients (`dynamics-web-api`, `PowerPlatform-Dataverse-Client`) and of Microsoft's
//! pages, and what must be refused.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::*;
use crate::model::{Catalogue, ColumnType, NavigationKind};
use crate::security::SecuredColumns;
use crate::settings::Settings;

/// Reading the fixtures takes longer than any test.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

/// With a secured column.
static SECURING: LazyLock<Settings> = LazyLock::new(|| {
    let mut settings = Settings::default();
    settings.set("secured_columns", "account.creditlimit").unwrap();
    settings
});

const ROOT: &str = "http://127.0.0.1:5050/api/data/v9.2";

fn get(path_and_query: &str) -> Json {
    let body = try_get(path_and_query).unwrap_or_else(|fault| panic!("{path_and_query}: {fault}"));
    serde_json::from_str(&body.expect("a body")).unwrap_or_else(|error| panic!("{path_and_query}: {error}"))
}

fn try_get(path_and_query: &str) -> Result<Option<String>> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let secured = SecuredColumns::of(&CATALOGUE, &SECURING);
    answer(Definitions { catalogue: &CATALOGUE, secured: &secured }, ROOT, path, query)
}

fn refused(path_and_query: &str) -> (String, Kind, String) {
    let fault = try_get(path_and_query).expect_err(path_and_query);
    (fault.code_text(), fault.kind(), fault.message().to_owned())
}

fn texts<'a>(answer: &'a Json, property: &str) -> Vec<&'a str> {
    answer["value"].as_array().unwrap().iter().map(|row| row[property].as_str().unwrap()).collect()
}

fn context(answer: &Json) -> &str {
    answer["@odata.context"].as_str().unwrap().strip_prefix(&format!("{ROOT}/$metadata#")).unwrap()
}

#[test]
fn c7_what_is_secured_and_what_can_be() {
    let secured = get(
        "EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName&$filter=IsSecured eq true",
    );
    assert_eq!(texts(&secured, "LogicalName"), ["creditlimit"]);
    let of = |column: &str| {
        let path = format!("EntityDefinitions(LogicalName='account')/Attributes(LogicalName='{column}')");
        let answer = get(&format!(
            "{path}?$select=IsSecured,CanBeSecuredForCreate,CanBeSecuredForRead,CanBeSecuredForUpdate"
        ));
        ["IsSecured", "CanBeSecuredForCreate", "CanBeSecuredForRead", "CanBeSecuredForUpdate"]
            .map(|name| answer[name].as_bool().unwrap())
    };
    assert_eq!(of("creditlimit"), [true, true, true, true]);
    assert_eq!(of("revenue"), [false, true, true, true]);
    assert_eq!(of("creditonhold"), [false, true, false, true]);
    assert_eq!(of("name"), [false, false, false, false]);
}

#[test]
fn the_python_client_finds_a_table() {
    let found = get(
        "EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute&%24filter=LogicalName+eq+%27account%27",
    );
    assert_eq!(context(&found), "EntityDefinitions(LogicalName,EntitySetName,PrimaryIdAttribute)");
    let id = found["value"][0]["MetadataId"].clone();
    assert_eq!(
        found["value"],
        json!([{"LogicalName":"account","EntitySetName":"accounts","PrimaryIdAttribute":"accountid","MetadataId":id}])
    );
    let none = get("EntityDefinitions?%24select=LogicalName&%24filter=LogicalName+eq+%27nothing%27");
    assert_eq!(none["value"], json!([]));
    let by_schema_name = get(
        "EntityDefinitions?$filter=IsPrivate%20eq%20false%20and%20(SchemaName%20eq%20'Account')&$select=LogicalName,SchemaName",
    );
    assert_eq!(texts(&by_schema_name, "LogicalName"), ["account"]);
    assert_eq!(
        get("EntityDefinitions?$filter=IsPrivate%20eq%20false")["value"].as_array().unwrap().len(),
        CATALOGUE.tables().len()
    );
}

#[test]
fn the_python_client_reads_the_labels_of_choices() {
    let found = get(
        "EntityDefinitions(LogicalName='systemuser')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)",
    );
    assert_eq!(
        context(&found),
        "EntityDefinitions('systemuser')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,OptionSet(Options))"
    );
    let names = texts(&found, "LogicalName");
    assert!(names.contains(&"accessmode") && !names.contains(&"islicensed"));
    assert!(names.is_sorted());
    let row =
        found["value"].as_array().unwrap().iter().find(|row| row["LogicalName"] == "accessmode").unwrap();
    assert!(row.get("@odata.type").is_none(), "the cast says the type");
    let option = row["OptionSet"]["Options"]
        .as_array()
        .unwrap()
        .iter()
        .find(|option| option["Value"] == json!(4))
        .unwrap();
    assert_eq!(option["Label"]["LocalizedLabels"][0]["Label"], "Non-interactive");
    assert_eq!(option["Label"]["UserLocalizedLabel"]["LanguageCode"], 1033);
    assert!(row["OptionSet@odata.context"].as_str().unwrap().ends_with("/OptionSet(Options)/$entity"));
}

#[test]
fn states_and_reasons_say_what_they_belong_to() {
    let found = get(
        "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$expand=OptionSet",
    );
    let option = &found["value"][0]["OptionSet"]["Options"][0];
    assert_eq!(option["@odata.type"], "#Microsoft.Dynamics.CRM.StatusOptionMetadata");
    assert!(option["State"].is_i64() && option["TransitionData"].is_null());
    let boolean = get(
        "EntityDefinitions(LogicalName='systemuser')/Attributes(LogicalName='isdisabled')/Microsoft.Dynamics.CRM.BooleanAttributeMetadata/OptionSet",
    );
    assert_eq!(boolean["TrueOption"]["Value"], 1);
    assert_eq!(boolean["OptionSetType"], "Boolean");
}

#[test]
fn the_python_client_lists_columns() {
    let table = get("EntityDefinitions(LogicalName='account')?$select=MetadataId");
    let id = table["MetadataId"].as_str().unwrap();
    let found = get(&format!(
        "EntityDefinitions({id})/Attributes?%24select=LogicalName%2CSchemaName%2CAttributeType%2CIsPrimaryId%2CIsPrimaryName%2CDisplayName%2CAttributeOf&%24filter=AttributeType+ne+%27Virtual%27"
    ));
    assert!(texts(&found, "AttributeType").iter().all(|of| *of != "Virtual"));
    let row = found["value"].as_array().unwrap().iter().find(|row| row["LogicalName"] == "name").unwrap();
    assert_eq!(row["@odata.type"], "#Microsoft.Dynamics.CRM.StringAttributeMetadata");
    assert_eq!((&row["IsPrimaryName"], &row["IsPrimaryId"]), (&json!(true), &json!(false)));
    assert_eq!(row["DisplayName"]["UserLocalizedLabel"]["Label"], "Account Name");
    let one = get(&format!("EntityDefinitions({id})/Attributes(LogicalName='name')"));
    assert_eq!(get(&format!("EntityDefinitions%28{id}%29/Attributes%28LogicalName%3D%27name%27%29")), one);
    assert_eq!(one["MetadataId"], row["MetadataId"]);
    assert!(one["MaxLength"].is_i64(), "without $select a row has what its own type has");
    let again = get(&format!("EntityDefinitions({id})/Attributes({})", row["MetadataId"].as_str().unwrap()));
    assert_eq!(one["SchemaName"], again["SchemaName"]);
}

#[test]
fn the_python_client_lists_relationships_and_keys() {
    let one = "EntityDefinitions(LogicalName='account')";
    let from = get(&format!("{one}/ManyToOneRelationships"));
    assert!(texts(&from, "ReferencingEntity").iter().all(|table| *table == "account"));
    let to = get(&format!("{one}/OneToManyRelationships"));
    assert!(texts(&to, "ReferencedEntity").iter().all(|table| *table == "account"));
    let joined = get("EntityDefinitions(LogicalName='systemuser')/ManyToManyRelationships");
    let names = texts(&joined, "SchemaName");
    assert!(names.is_sorted() && names.contains(&"systemuserroles_association"), "{names:?}");
    let keys = get("EntityDefinitions(LogicalName='team')/Keys");
    assert_eq!(keys["value"][0]["EntityKeyIndexStatus"], "Active");
    assert_eq!(keys["value"][0]["KeyAttributes"], json!(["azureactivedirectoryobjectid", "membershiptype"]));
    assert_eq!(get(&format!("{one}/Keys"))["value"], json!([]));

    let found = get("RelationshipDefinitions?%24filter=SchemaName+eq+%27account_parent_account%27");
    let row = &found["value"][0];
    assert_eq!(row["@odata.type"], "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata");
    assert_eq!(row["ReferencingEntityNavigationPropertyName"], "parentaccountid");
    assert_eq!(row["ReferencedEntityNavigationPropertyName"], "account_parent_account");
    let id = row["MetadataId"].as_str().unwrap();
    for key in [id.to_owned(), "SchemaName='account_parent_account'".to_owned()] {
        let again = get(&format!("RelationshipDefinitions({key})"));
        assert_eq!(again["SchemaName"], "account_parent_account");
        assert_eq!(context(&again), "RelationshipDefinitions/$entity");
    }
    let cast = get(
        "RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata?$select=SchemaName&$filter=Entity1LogicalName eq 'team'",
    );
    assert!(texts(&cast, "SchemaName").contains(&"teammembership_association"));
}

#[test]
fn the_npm_client_reads_names_and_attributes() {
    let all = get("EntityDefinitions?$select=EntitySetName,LogicalName");
    assert!(texts(&all, "LogicalName").is_sorted());
    assert!(texts(&all, "EntitySetName").contains(&"systemusers"));
    let one = get(
        "EntityDefinitions(LogicalName='account')?$select=EntitySetName&$expand=Attributes($select=LogicalName)",
    );
    assert_eq!(context(&one), "EntityDefinitions(EntitySetName,Attributes(LogicalName))/$entity");
    assert_eq!(one["EntitySetName"], "accounts");
    assert!(one["Attributes"].as_array().unwrap().len() > 100);
    assert_eq!(one["Attributes"][0]["@odata.type"], "#Microsoft.Dynamics.CRM.PicklistAttributeMetadata");
}

#[test]
fn microsofts_own_examples_are_answered() {
    for path in [
        "EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'",
        "EntityDefinitions(LogicalName='account')?$select=LogicalName&$expand=Attributes($select=LogicalName;$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist')",
        "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet,GlobalOptionSet",
        "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.MoneyAttributeMetadata?$select=LogicalName,Precision",
        "EntityDefinitions(LogicalName='account')/Attributes?$select=SchemaName&$filter=RequiredLevel/Value eq Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired'",
        "RelationshipDefinitions?$select=SchemaName",
        "RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$select=SchemaName&$filter=ReferencedEntity eq 'account' ",
    ] {
        get(path);
    }
    let path = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='industrycode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet?$select=Options";
    let found = get(path);
    assert_eq!(
        context(&found),
        "EntityDefinitions('account')/Attributes('industrycode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet(Options)/$entity"
    );
    assert_eq!(found.as_object().unwrap().len(), 3, "context, Options, MetadataId");
    assert_eq!(get("EntityDefinitions(LogicalName='account')/EntitySetName")["value"], "accounts");
    let none = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='industrycode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/GlobalOptionSet";
    assert_eq!(try_get(none).unwrap(), None);
}

#[test]
fn an_attribute_is_written_whole() {
    let found =
        get("EntityDefinitions(LogicalName='transactioncurrency')/Attributes(LogicalName='exchangerate')");
    insta::assert_json_snapshot!(found);
}

#[test]
fn a_table_is_written_whole() {
    insta::assert_json_snapshot!(get("EntityDefinitions(LogicalName='systemuser')"));
}

#[test]
fn filters_join_and_negate() {
    let names = |filter: &str| -> Vec<String> {
        let found = get(&format!("EntityDefinitions?$select=LogicalName&$filter={filter}"));
        texts(&found, "LogicalName").into_iter().map(str::to_owned).collect()
    };
    assert_eq!(names("LogicalName eq 'team' or LogicalName eq 'role'"), ["role", "team"]);
    assert_eq!(names("startswith(LogicalName,'team') and not IsIntersect"), ["team", "teamtemplate"]);
    assert_eq!(names("contains(SchemaName,'Currency')"), ["transactioncurrency"]);
    assert_eq!(
        names("(ObjectTypeCode eq 8 or ObjectTypeCode eq 9) and endswith(LogicalName, 'm')"),
        ["team"]
    );
    assert_eq!(names("PrimaryImageAttribute ne null and ObjectTypeCode lt 3"), ["account", "contact"]);
    assert_eq!(names("LogicalName eq 'o''brien'"), [""; 0]);
    assert_eq!(names("IsActivity eq true"), ["task"]);
    let id = get("EntityDefinitions(LogicalName='team')?$select=LogicalName")["MetadataId"].clone();
    assert_eq!(names(&format!("MetadataId eq {}", id.as_str().unwrap())), ["team"]);
}

#[test]
fn a_deep_filter_is_refused_and_a_long_one_is_not() {
    let deep = format!("EntityDefinitions?$filter={}IsPrivate{}", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(refused(&deep).1, Kind::Invalid);
    let long = format!("EntityDefinitions?$filter=IsPrivate{}", " or IsPrivate".repeat(2_000));
    assert_eq!(get(&long)["value"], json!([]));
}

#[test]
fn unknown_keys_are_the_services_not_found() {
    for path in [
        "EntityDefinitions(LogicalName='nothing')",
        "EntityDefinitions(00000000-0000-0000-0000-000000000001)",
        "EntityDefinitions(LogicalName='nothing')/Attributes",
        "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='nothing')",
        "RelationshipDefinitions(SchemaName='nothing')",
    ] {
        let (code, kind, message) = refused(path);
        assert_eq!((code.as_str(), kind), ("0x80040217", Kind::NotFound), "{path}: {message}");
    }
    assert_eq!(
        refused("EntityDefinitions(LogicalName='capacity')").2,
        "Could not find an entity with name capacity and id 00000000-0000-0000-0000-000000000000."
    );
}

#[test]
fn what_the_service_refuses_is_refused() {
    for (path, kind, part) in [
        (
            "EntityDefinitions?$select=Nothing",
            Kind::Invalid,
            "named 'Nothing' on type 'Microsoft.Dynamics.CRM.EntityMetadata'",
        ),
        ("EntityDefinitions?$select=logicalname", Kind::Invalid, "named 'logicalname'"),
        (
            "EntityDefinitions(LogicalName='account')/Attributes?$select=MaxLength",
            Kind::Invalid,
            "named 'MaxLength'",
        ),
        (
            "EntityDefinitions(LogicalName='account')/Attributes?$expand=OptionSet",
            Kind::Invalid,
            "named 'OptionSet'",
        ),
        ("EntityDefinitions('account')", Kind::Invalid, "Error in query syntax"),
        ("EntityDefinitions({00000000-0000-0000-0000-000000000001})", Kind::Invalid, "Error in query syntax"),
        ("EntityDefinitions(SchemaName='Account')", Kind::Invalid, "The key in the request URI is not valid"),
        ("EntityDefinitions(LogicalName='account')/Nothing", Kind::NotFound, "segment 'Nothing'"),
        ("EntityDefinitions/Attributes", Kind::NotFound, "segment 'Attributes'"),
        (
            "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.EnumAttributeMetadata",
            Kind::Invalid,
            "Error in query syntax",
        ),
        (
            "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.MoneyAttributeMetadata",
            Kind::NotFound,
            "segment 'Microsoft.Dynamics.CRM.MoneyAttributeMetadata'",
        ),
        ("EntityDefinitions?$filter=LogicalName eq 'O'Bryan'", Kind::Invalid, "unterminated literal"),
        (
            "EntityDefinitions?$filter=LogicalName eq 5",
            Kind::Invalid,
            "'Edm.String' and 'Edm.Int32' for operator kind 'Equal'",
        ),
        ("EntityDefinitions?$filter=LogicalName eq", Kind::Invalid, "Syntax error at position 14"),
        ("EntityDefinitions?$filter=OwnershipType eq 'Nobody'", Kind::Invalid, "incompatible types"),
        ("EntityDefinitions?$select=LogicalName&$select=SchemaName", Kind::Invalid, "more than once"),
    ] {
        let (_, found, message) = refused(path);
        assert_eq!(found, kind, "{path}: {message}");
        assert!(message.contains(part), "{path}: {message}");
    }
}

#[test]
fn what_is_not_emulated_is_named() {
    for (path, name) in [
        ("EntityDefinitions?$top=3", "$top"),
        ("EntityDefinitions?$count=true", "$count"),
        ("EntityDefinitions?$orderby=LogicalName", "$orderby"),
        ("EntityDefinitions?LabelLanguages=1033", "LabelLanguages"),
        ("EntityDefinitions(LogicalName='account')?$filter=IsPrivate eq false", "$filter"),
        ("EntityDefinitions/$count", "$count"),
        ("EntityDefinitions?$select=IsCustomizable", "IsCustomizable"),
        ("EntityDefinitions?$filter=CanCreateAttributes/Value eq true", "CanCreateAttributes"),
        ("EntityDefinitions?$filter=DisplayName/UserLocalizedLabel eq 'x'", "DisplayName/UserLocalizedLabel"),
        ("EntityDefinitions?$filter=LogicalName in ('a')", "'in'"),
        ("EntityDefinitions?$filter=tolower(LogicalName) eq 'a'", "tolower()"),
        ("EntityDefinitions(LogicalName='account')/DisplayName", "DisplayName"),
    ] {
        let (code, kind, message) = refused(path);
        assert_eq!((code.as_str(), kind), ("NotEmulated", Kind::NotEmulated), "{path}: {message}");
        assert!(message.contains(name), "{path}: {message}");
    }
}

#[test]
fn every_row_has_every_property_of_its_type_and_an_id_of_its_own() {
    let catalogue = &*CATALOGUE;
    let secured = SecuredColumns::default();
    let of = Definitions { catalogue, secured: &secured };
    let mut ids = std::collections::HashSet::new();
    let mut items: Vec<Item<'_>> =
        schema::SETS.iter().flat_map(|set| item::all(catalogue, set.name)).collect();
    for table in item::all(catalogue, "EntityDefinitions") {
        for way in ["Attributes", "Keys"] {
            items.extend(table.follow(of, way));
        }
    }
    let sets: Vec<Item<'_>> = items.iter().flat_map(|item| item.follow(of, "OptionSet")).collect();
    items.extend(sets);
    for item in items {
        assert!(ids.insert(item.id()), "{item:?}");
        for (name, kind) in item.definition().all_properties() {
            let datum = item.property(name);
            let fits = match (kind, &datum) {
                (schema::Kind::Boolean, item::Datum::Bool(_))
                | (schema::Kind::Int32 | schema::Kind::Int64, item::Datum::Int(_))
                | (schema::Kind::Double | schema::Kind::Decimal, item::Datum::Decimal(_))
                | (schema::Kind::Double, item::Datum::Double(_))
                | (schema::Kind::String, item::Datum::Text(_))
                | (schema::Kind::Guid, item::Datum::Guid(_))
                | (
                    schema::Kind::Shape(_),
                    item::Datum::Label(..)
                    | item::Datum::NoLabel
                    | item::Datum::Wrapped(_)
                    | item::Datum::Required(_)
                    | item::Datum::Choice(_),
                )
                | (schema::Kind::List(_), item::Datum::Texts(_) | item::Datum::Options(_)) => true,
                (schema::Kind::Enum(of), item::Datum::Text(member)) => {
                    of.members.iter().any(|(name, _)| *name == &**member)
                }
                (_, item::Datum::Null) => [
                    "HasChanged",
                    "AttributeOf",
                    "PrimaryNameAttribute",
                    "PrimaryImageAttribute",
                    "DefaultFormValue",
                    "ReferencedEntityNavigationPropertyName",
                    "TrueOption",
                    "FalseOption",
                ]
                .contains(name),
                _ => false,
            };
            assert!(fits, "{name} of {item:?} is {datum:?}");
        }
    }
}

#[test]
fn known_and_unknown_properties_do_not_overlap() {
    for definition in schema::DEFINITIONS {
        for name in definition.unknown {
            assert!(definition.property(name).is_none() && definition.way(name).is_none(), "{name}");
        }
    }
}

#[test]
fn a_relationship_stands_once_and_both_ends_agree() {
    let catalogue = &*CATALOGUE;
    let all = get("RelationshipDefinitions?$select=SchemaName");
    let names = texts(&all, "SchemaName");
    let distinct: std::collections::HashSet<_> = names.iter().collect();
    assert_eq!(names.len(), distinct.len(), "{names:?}");
    for table in catalogue.tables() {
        for navigation in &table.navigations {
            let one = get(&format!("RelationshipDefinitions(SchemaName='{}')", navigation.relationship));
            if matches!(navigation.kind, NavigationKind::ManyToMany { .. }) {
                let ends = [&one["Entity1NavigationPropertyName"], &one["Entity2NavigationPropertyName"]];
                assert!(ends.contains(&&json!(&*navigation.name)), "{one}");
            }
        }
    }
    let users = get("RelationshipDefinitions(SchemaName='teammembership_association')");
    assert_eq!(
        (&users["Entity1LogicalName"], &users["Entity2LogicalName"], &users["IntersectEntityName"]),
        (&json!("team"), &json!("systemuser"), &json!("teammembership"))
    );
}

#[test]
fn every_typed_cast_is_answered() {
    let catalogue = &*CATALOGUE;
    let user = catalogue.table_named("systemuser").unwrap();
    let mut count = 0;
    for definition in schema::DEFINITIONS.iter().filter(|of| of.is(&schema::ATTRIBUTE) && !of.is_abstract) {
        let path = format!(
            "EntityDefinitions(LogicalName='systemuser')/Attributes/Microsoft.Dynamics.CRM.{}?$select=LogicalName",
            definition.name
        );
        if definition.name != "AttributeMetadata" {
            count += get(&path)["value"].as_array().unwrap().len();
        }
    }
    let plain = user.columns.iter().filter(|column| matches!(column.kind, ColumnType::Virtual)).count();
    assert_eq!(count + plain, user.columns.len());
}

#[test]
fn only_paths_about_definitions_come_here() {
    for path in [
        "EntityDefinitions",
        "EntityDefinitions(LogicalName='x')/Keys",
        "EntityDefinitions%28LogicalName=%27x%27%29",
        "RetrieveMetadataChanges(Query=@p1)",
    ] {
        assert!(handles(path), "{path}");
    }
    for path in ["accounts", "EntityDefinition", "", "$metadata"] {
        assert!(!handles(path), "{path}");
    }
}

#[test]
fn requests_are_answered_or_refused_as_a_whole() {
    use crate::protocol::webapi::csdl::tests::ask;
    let plain = ("accept", "application/json");
    let one = "EntityDefinitions(LogicalName='account')";
    let found = ask(handle, &Method::GET, one, plain).unwrap();
    assert_eq!(found.headers()["content-type"], "application/json; odata.metadata=minimal");
    let body: Json = serde_json::from_slice(found.body().made()).unwrap();
    assert_eq!(
        body["@odata.context"],
        "http://127.0.0.1:5050/contoso/api/data/v9.1/$metadata#EntityDefinitions/$entity"
    );
    let none = format!("{one}/PrimaryImageAttribute");
    assert_eq!(ask(handle, &Method::GET, &none, plain).unwrap().status(), StatusCode::OK);
    let none = none.replace("account", "team");
    assert_eq!(ask(handle, &Method::GET, &none, plain).unwrap().status(), StatusCode::NO_CONTENT);
    for (method, path, header, kind) in [
        (Method::PATCH, one, plain, Kind::NotAllowed),
        (Method::PUT, one, plain, Kind::NotEmulated),
        (Method::POST, "EntityDefinitions", plain, Kind::NotEmulated),
        (Method::DELETE, one, plain, Kind::NotEmulated),
        (Method::GET, one, ("accept", "application/json;odata.metadata=full"), Kind::NotEmulated),
        (Method::GET, "GlobalOptionSetDefinitions", plain, Kind::NotEmulated),
        (Method::GET, "RetrieveMetadataChanges(Query=@p1)?@p1=1", plain, Kind::NotEmulated),
        (Method::POST, "CreateEntities", plain, Kind::NotEmulated),
    ] {
        let fault = ask(handle, &method, path, header).unwrap_err();
        assert_eq!(fault.kind(), kind, "{method} {path}: {fault}");
    }
}
