//! The entity, complex and enumeration types that describe tables: what `$metadata` declares of them, what
//! `$select`, `$filter` and `$expand` may name, and in which order an answer writes it.
//!
//! Source: Web API reference, "Metadata entity types"; web-api.md section 8.1. A property that is documented and
//! whose value the catalogue does not know stands in [`Definition::unknown`]: asking for it is answered 501,
//! answers leave it out.

use crate::service::registry::EnumType;

/// Type of a property.
#[derive(Debug, Clone, Copy)]
pub(in crate::protocol::webapi) enum Kind {
    /// `Edm.Boolean`.
    Boolean,
    /// `Edm.Int32`.
    Int32,
    /// `Edm.Int64`.
    Int64,
    /// `Edm.Double`.
    Double,
    /// `Edm.Decimal`.
    Decimal,
    /// `Edm.String`.
    String,
    /// `Edm.Guid`.
    Guid,
    /// A member of an enumeration, written as its name.
    Enum(&'static EnumType),
    /// A structure.
    Shape(&'static Shape),
    /// Several of a type.
    List(&'static Kind),
}

/// A complex type.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Shape {
    pub(in crate::protocol::webapi) name: &'static str,
    pub(in crate::protocol::webapi) base: Option<&'static Shape>,
    pub(in crate::protocol::webapi) properties: &'static [(&'static str, Kind)],
}

/// An entity type.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Definition {
    pub(in crate::protocol::webapi) name: &'static str,
    pub(in crate::protocol::webapi) base: Option<&'static Definition>,
    pub(in crate::protocol::webapi) is_abstract: bool,
    pub(in crate::protocol::webapi) properties: &'static [(&'static str, Kind)],
    pub(in crate::protocol::webapi) ways: &'static [Way],
    /// Documented properties of which the catalogue knows nothing.
    pub(super) unknown: &'static [&'static str],
}

/// A navigation property.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Way {
    pub(in crate::protocol::webapi) name: &'static str,
    pub(in crate::protocol::webapi) target: &'static Definition,
    pub(in crate::protocol::webapi) many: bool,
}

impl Definition {
    /// This type and its bases, the most derived first.
    pub(in crate::protocol::webapi) fn lineage(&'static self) -> impl Iterator<Item = &'static Definition> {
        std::iter::successors(Some(self), |definition| definition.base)
    }

    /// All properties, the most derived type's first, as the service writes them.
    pub(super) fn all_properties(&'static self) -> impl Iterator<Item = &'static (&'static str, Kind)> {
        self.lineage().flat_map(|definition| definition.properties)
    }

    pub(super) fn property(&'static self, name: &str) -> Option<&'static (&'static str, Kind)> {
        self.all_properties().find(|(of, _)| *of == name)
    }

    pub(super) fn way(&'static self, name: &str) -> Option<&'static Way> {
        self.lineage().flat_map(|definition| definition.ways).find(|way| way.name == name)
    }

    /// Whether the property is documented and the emulator does not know it.
    pub(super) fn is_unknown(&'static self, name: &str) -> bool {
        self.lineage().any(|definition| definition.unknown.contains(&name))
    }

    /// Whether this is `other` or derives from it.
    pub(super) fn is(&'static self, other: &Definition) -> bool {
        self.lineage().any(|definition| definition.name == other.name)
    }
}

impl Kind {
    /// The name that error messages give the type.
    pub(super) fn edm(self) -> String {
        match self {
            Self::Boolean => "Edm.Boolean".to_owned(),
            Self::Int32 => "Edm.Int32".to_owned(),
            Self::Int64 => "Edm.Int64".to_owned(),
            Self::Double => "Edm.Double".to_owned(),
            Self::Decimal => "Edm.Decimal".to_owned(),
            Self::String => "Edm.String".to_owned(),
            Self::Guid => "Edm.Guid".to_owned(),
            Self::Enum(of) => format!("Microsoft.Dynamics.CRM.{}", of.name),
            Self::Shape(of) => format!("Microsoft.Dynamics.CRM.{}", of.name),
            Self::List(of) => format!("Collection({})", of.edm()),
        }
    }
}

/// An entity set that describes tables.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Set {
    pub(in crate::protocol::webapi) name: &'static str,
    pub(in crate::protocol::webapi) definition: &'static Definition,
}

/// The entity sets that are answered.
pub(in crate::protocol::webapi) static SETS: &[Set] = &[
    Set { name: "EntityDefinitions", definition: &ENTITY },
    Set { name: "RelationshipDefinitions", definition: &RELATIONSHIP },
];

macro_rules! enums {
    ($($ident:ident = $name:literal $flags:literal { $($member:ident = $value:literal),* $(,)? })*) => {
        $(static $ident: EnumType = EnumType {
            name: $name,
            members: &[$((stringify!($member), $value)),*],
            flags: $flags,
        };)*
    };
}

enums! {
    ATTRIBUTE_TYPE = "AttributeTypeCode" false {
        Boolean = 0, Customer = 1, DateTime = 2, Decimal = 3, Double = 4, Integer = 5, Lookup = 6, Memo = 7,
        Money = 8, Owner = 9, PartyList = 10, Picklist = 11, State = 12, Status = 13, String = 14,
        Uniqueidentifier = 15, CalendarRules = 16, Virtual = 17, BigInt = 18, ManagedProperty = 19,
        EntityName = 20,
    }
    REQUIRED_LEVEL = "AttributeRequiredLevel" false {
        None = 0, SystemRequired = 1, ApplicationRequired = 2, Recommended = 3,
    }
    DATE_TIME_FORMAT = "DateTimeFormat" false { DateOnly = 0, DateAndTime = 1 }
    KEY_STATUS = "EntityKeyIndexStatus" false { Pending = 0, InProgress = 1, Active = 2, Failed = 3 }
    OPTION_SET_TYPE = "OptionSetType" false { Picklist = 0, State = 1, Status = 2, Boolean = 3 }
    RELATIONSHIP_TYPE = "RelationshipType" false { OneToManyRelationship = 0, ManyToManyRelationship = 1 }
    OWNERSHIP = "OwnershipTypes" true {
        None = 0, UserOwned = 1, TeamOwned = 2, BusinessOwned = 4, OrganizationOwned = 8, BusinessParented = 16,
    }
}

macro_rules! shapes {
    ($($ident:ident $(: $base:ident)? = $name:literal { $($property:ident : $kind:expr),* $(,)? })*) => {
        $(static $ident: Shape = Shape {
            name: $name,
            base: shapes!(@base $($base)?),
            properties: &[$((stringify!($property), $kind)),*],
        };)*
    };
    (@base) => { None };
    (@base $base:ident) => { Some(&$base) };
}

shapes! {
    LOCALIZED_LABEL = "LocalizedLabel" {
        Label: Kind::String, LanguageCode: Kind::Int32, IsManaged: Kind::Boolean, MetadataId: Kind::Guid,
        HasChanged: Kind::Boolean,
    }
    LABEL = "Label" {
        LocalizedLabels: Kind::List(&Kind::Shape(&LOCALIZED_LABEL)),
        UserLocalizedLabel: Kind::Shape(&LOCALIZED_LABEL),
    }
    TYPE_NAME = "AttributeTypeDisplayName" { Value: Kind::String }
    REQUIRED = "AttributeRequiredLevelManagedProperty" {
        Value: Kind::Enum(&REQUIRED_LEVEL), CanBeChanged: Kind::Boolean,
        ManagedPropertyLogicalName: Kind::String,
    }
    DATE_TIME_BEHAVIOR = "DateTimeBehavior" { Value: Kind::String }
    OPTION = "OptionMetadata" {
        Value: Kind::Int32, Color: Kind::String, IsManaged: Kind::Boolean, ExternalValue: Kind::String,
        ParentValues: Kind::List(&Kind::Int32), MetadataId: Kind::Guid, HasChanged: Kind::Boolean,
        Label: Kind::Shape(&LABEL), Description: Kind::Shape(&LABEL),
    }
    STATE_OPTION: OPTION = "StateOptionMetadata" { DefaultStatus: Kind::Int32, InvariantName: Kind::String }
    STATUS_OPTION: OPTION = "StatusOptionMetadata" { State: Kind::Int32, TransitionData: Kind::String }
}

/// The complex types that no property names because they derive from one that a property names.
pub(in crate::protocol::webapi) static DERIVED_SHAPES: &[&Shape] = &[&STATE_OPTION, &STATUS_OPTION];

macro_rules! definitions {
    ($($(#[$is_abstract:ident])? $ident:ident $(: $base:ident)? = $name:literal {
        $($property:ident : $kind:expr),* $(,)?
    } $(ways [$($way:ident : $target:ident $($many:ident)?),* $(,)?])?
      $(unknown [$($unknown:ident),* $(,)?])?;)*) => {
        $(pub(super) static $ident: Definition = Definition {
            name: $name,
            base: shapes!(@base $($base)?),
            is_abstract: definitions!(@is $($is_abstract)?),
            properties: &[$((stringify!($property), $kind)),*],
            ways: &[$($(Way {
                name: stringify!($way), target: &$target, many: definitions!(@is $($many)?),
            }),*)?],
            unknown: &[$($(stringify!($unknown)),*)?],
        };)*
        /// Every entity type that describes tables.
        pub(in crate::protocol::webapi) static DEFINITIONS: &[&Definition] = &[$(&$ident),*];
    };
    (@is) => { false };
    (@is $flag:ident) => { true };
}

definitions! {
    #[is_abstract]
    MODEL_BASE = "crmmodelbaseentity" {};
    #[is_abstract]
    BASE: MODEL_BASE = "MetadataBase" { MetadataId: Kind::Guid, HasChanged: Kind::Boolean };

    ENTITY: BASE = "EntityMetadata" {
        LogicalName: Kind::String, SchemaName: Kind::String, EntitySetName: Kind::String,
        LogicalCollectionName: Kind::String, PrimaryIdAttribute: Kind::String, PrimaryNameAttribute: Kind::String,
        PrimaryImageAttribute: Kind::String, ObjectTypeCode: Kind::Int32, OwnershipType: Kind::Enum(&OWNERSHIP),
        DisplayName: Kind::Shape(&LABEL), DisplayCollectionName: Kind::Shape(&LABEL),
        Description: Kind::Shape(&LABEL), IsActivity: Kind::Boolean, IsCustomEntity: Kind::Boolean,
        AutoCreateAccessTeams: Kind::Boolean, IsIntersect: Kind::Boolean, IsManaged: Kind::Boolean,
        IsPrivate: Kind::Boolean,
    } ways [
        Attributes: ATTRIBUTE many, Keys: KEY many, ManyToManyRelationships: MANY_TO_MANY many,
        ManyToOneRelationships: ONE_TO_MANY many, OneToManyRelationships: ONE_TO_MANY many,
    ] unknown [
        ActivityTypeMask, AutoRouteToOwnerQueue, CanBeInCustomEntityAssociation,
        CanBeInManyToMany, CanBePrimaryEntityInRelationship, CanBeRelatedEntityInRelationship,
        CanChangeHierarchicalRelationship, CanChangeTrackingBeEnabled, CanCreateAttributes, CanCreateCharts,
        CanCreateForms, CanCreateViews, CanEnableSyncToExternalSearchIndex, CanModifyAdditionalSettings,
        CanTriggerWorkflow, ChangeTrackingEnabled, CollectionSchemaName, CreatedOn, DataProviderId, DataSourceId,
        DaysSinceRecordLastModified, EnforceStateTransitions, EntityColor, EntityHelpUrl, EntityHelpUrlEnabled,
        ExternalCollectionName, ExternalName, HasActivities, HasEmailAddresses, HasFeedback, HasNotes,
        IconLargeName, IconMediumName, IconSmallName, IconVectorName, IntroducedVersion, IsAIRUpdated,
        IsActivityParty, IsArchivalEnabled, IsAuditEnabled, IsAvailableOffline, IsBPFEntity,
        IsBusinessProcessEnabled, IsChildEntity, IsConnectionsEnabled, IsCustomizable,
        IsDocumentManagementEnabled, IsDocumentRecommendationsEnabled, IsDuplicateDetectionEnabled,
        IsEnabledForCharts, IsEnabledForExternalChannels, IsEnabledForTrace, IsImportable,
        IsInteractionCentricEnabled, IsKnowledgeManagementEnabled, IsLogicalEntity, IsMSTeamsIntegrationEnabled,
        IsMailMergeEnabled, IsMappable, IsOfflineInMobileClient, IsOneNoteIntegrationEnabled,
        IsOptimisticConcurrencyEnabled, IsQuickCreateEnabled, IsReadOnlyInMobileClient, IsReadingPaneEnabled,
        IsRenameable, IsRetentionEnabled, IsRetrieveAuditEnabled, IsRetrieveMultipleAuditEnabled, IsSLAEnabled,
        IsSolutionAware, IsStateModelAware, IsValidForAdvancedFind, IsValidForQueue, IsVisibleInMobile,
        IsVisibleInMobileClient, MobileOfflineFilters, ModifiedOn, OwnerId, OwnerIdType, OwningBusinessUnit,
        Privileges, RecurrenceBaseEntityLogicalName, ReportViewName, SettingOf, Settings, Status,
        SyncToExternalSearchIndex, TableType, UsesBusinessDataLabelTable,
    ];

    ATTRIBUTE: BASE = "AttributeMetadata" {
        AttributeOf: Kind::String, AttributeType: Kind::Enum(&ATTRIBUTE_TYPE),
        AttributeTypeName: Kind::Shape(&TYPE_NAME), CanBeSecuredForCreate: Kind::Boolean,
        CanBeSecuredForRead: Kind::Boolean, CanBeSecuredForUpdate: Kind::Boolean, Description: Kind::Shape(&LABEL),
        DisplayName: Kind::Shape(&LABEL), EntityLogicalName: Kind::String, IsCustomAttribute: Kind::Boolean,
        IsManaged: Kind::Boolean, IsPrimaryId: Kind::Boolean, IsPrimaryName: Kind::Boolean,
        IsSecured: Kind::Boolean, IsValidForCreate: Kind::Boolean, IsValidForRead: Kind::Boolean, IsValidForUpdate: Kind::Boolean,
        IsValidODataAttribute: Kind::Boolean, LogicalName: Kind::String, RequiredLevel: Kind::Shape(&REQUIRED),
        SchemaName: Kind::String,
    } unknown [
        AutoNumberFormat, CanModifyAdditionalSettings, ColumnNumber, CreatedOn, DeprecatedVersion, ExternalName, InheritsFrom,
        IntroducedVersion, IsAuditEnabled, IsCustomizable, IsDataSourceSecret, IsFilterable,
        IsGlobalFilterEnabled, IsLogical, IsRenameable, IsRequiredForForm, IsRetrievable, IsSearchable,
        IsSortableEnabled, IsValidForAdvancedFind, IsValidForForm, IsValidForGrid, LinkedAttributeId, ModifiedOn,
        Settings, SourceType,
    ];
    BIG_INT: ATTRIBUTE = "BigIntAttributeMetadata" {
        MaxValue: Kind::Int64, MinValue: Kind::Int64,
    };
    BOOLEAN: ATTRIBUTE = "BooleanAttributeMetadata" { DefaultValue: Kind::Boolean }
        ways [OptionSet: BOOLEAN_OPTION_SET, GlobalOptionSet: BOOLEAN_OPTION_SET]
        unknown [FormulaDefinition, SourceTypeMask];
    DATE_TIME: ATTRIBUTE = "DateTimeAttributeMetadata" {
        Format: Kind::Enum(&DATE_TIME_FORMAT), DateTimeBehavior: Kind::Shape(&DATE_TIME_BEHAVIOR),
    } unknown [
        CanChangeDateTimeBehavior, FormulaDefinition, ImeMode, MaxSupportedValue, MinSupportedValue, SourceTypeMask,
    ];
    DECIMAL: ATTRIBUTE = "DecimalAttributeMetadata" {
        MaxValue: Kind::Decimal, MinValue: Kind::Decimal, Precision: Kind::Int32,
    } unknown [FormulaDefinition, ImeMode, SourceTypeMask];
    DOUBLE: ATTRIBUTE = "DoubleAttributeMetadata" {
        MaxValue: Kind::Double, MinValue: Kind::Double, Precision: Kind::Int32,
    } unknown [ImeMode];
    FILE: ATTRIBUTE = "FileAttributeMetadata" {} unknown [MaxSizeInKB];
    IMAGE: ATTRIBUTE = "ImageAttributeMetadata" {}
        unknown [CanStoreFullImage, IsPrimaryImage, MaxHeight, MaxSizeInKB, MaxWidth];
    INTEGER: ATTRIBUTE = "IntegerAttributeMetadata" {
        MaxValue: Kind::Int32, MinValue: Kind::Int32,
    } unknown [Format, FormulaDefinition, SourceTypeMask];
    LOOKUP: ATTRIBUTE = "LookupAttributeMetadata" { Targets: Kind::List(&Kind::String) }
        unknown [Format];
    MANAGED_PROPERTY: ATTRIBUTE = "ManagedPropertyAttributeMetadata" {
        ManagedPropertyLogicalName: Kind::String, ValueAttributeTypeCode: Kind::Enum(&ATTRIBUTE_TYPE),
    } unknown [ParentAttributeName, ParentComponentType];
    MEMO: ATTRIBUTE = "MemoAttributeMetadata" { MaxLength: Kind::Int32 }
        unknown [Format, FormatName, ImeMode, IsLocalizable];
    MONEY: ATTRIBUTE = "MoneyAttributeMetadata" {
        MaxValue: Kind::Double, MinValue: Kind::Double, Precision: Kind::Int32,
    } unknown [CalculationOf, FormulaDefinition, ImeMode, IsBaseCurrency, PrecisionSource, SourceTypeMask];
    STRING: ATTRIBUTE = "StringAttributeMetadata" { MaxLength: Kind::Int32 }
        unknown [DatabaseLength, Format, FormatName, FormulaDefinition, ImeMode, IsLocalizable, SourceTypeMask, YomiOf];
    UNIQUE_IDENTIFIER: ATTRIBUTE = "UniqueIdentifierAttributeMetadata" {};

    #[is_abstract]
    ENUM: ATTRIBUTE = "EnumAttributeMetadata" { DefaultFormValue: Kind::Int32 }
        ways [OptionSet: OPTION_SET, GlobalOptionSet: OPTION_SET];
    ENTITY_NAME: ENUM = "EntityNameAttributeMetadata" {} unknown [IsEntityReferenceStored];
    MULTI_SELECT: ENUM = "MultiSelectPicklistAttributeMetadata" {}
        unknown [ChildPicklistLogicalNames, FormulaDefinition, ParentPicklistLogicalName, SourceTypeMask];
    PICKLIST: ENUM = "PicklistAttributeMetadata" {}
        unknown [ChildPicklistLogicalNames, FormulaDefinition, ParentPicklistLogicalName, SourceTypeMask];
    STATE: ENUM = "StateAttributeMetadata" {};
    STATUS: ENUM = "StatusAttributeMetadata" {};

    #[is_abstract]
    OPTION_SET_BASE: BASE = "OptionSetMetadataBase" {
        Description: Kind::Shape(&LABEL), DisplayName: Kind::Shape(&LABEL), IsCustomOptionSet: Kind::Boolean,
        IsGlobal: Kind::Boolean, IsManaged: Kind::Boolean, Name: Kind::String,
        OptionSetType: Kind::Enum(&OPTION_SET_TYPE),
    } unknown [ExternalTypeName, IntroducedVersion, IsCustomizable];
    BOOLEAN_OPTION_SET: OPTION_SET_BASE = "BooleanOptionSetMetadata" {
        TrueOption: Kind::Shape(&OPTION), FalseOption: Kind::Shape(&OPTION),
    };
    OPTION_SET: OPTION_SET_BASE = "OptionSetMetadata" {
        Options: Kind::List(&Kind::Shape(&OPTION)),
    } unknown [ParentOptionSetName];

    KEY: BASE = "EntityKeyMetadata" {
        DisplayName: Kind::Shape(&LABEL), EntityKeyIndexStatus: Kind::Enum(&KEY_STATUS),
        EntityLogicalName: Kind::String, IsManaged: Kind::Boolean, KeyAttributes: Kind::List(&Kind::String),
        LogicalName: Kind::String, SchemaName: Kind::String,
    } unknown [AsyncJob, IntroducedVersion, IsCustomizable, IsExportKey, IsSynchronous];

    #[is_abstract]
    RELATIONSHIP: BASE = "RelationshipMetadataBase" {
        IsCustomRelationship: Kind::Boolean, IsManaged: Kind::Boolean,
        RelationshipType: Kind::Enum(&RELATIONSHIP_TYPE), SchemaName: Kind::String,
    } unknown [IntroducedVersion, IsCustomizable, IsValidForAdvancedFind, SecurityTypes];
    ONE_TO_MANY: RELATIONSHIP = "OneToManyRelationshipMetadata" {
        ReferencedAttribute: Kind::String, ReferencedEntity: Kind::String,
        ReferencedEntityNavigationPropertyName: Kind::String, ReferencingAttribute: Kind::String,
        ReferencingEntity: Kind::String, ReferencingEntityNavigationPropertyName: Kind::String,
    } unknown [
        AssociatedMenuConfiguration, CascadeConfiguration, DenormalizedAttributeName, EntityKey, IsHierarchical,
        IsRelationshipAttributeDenormalized, RelationshipAttributes, RelationshipBehavior,
    ];
    MANY_TO_MANY: RELATIONSHIP = "ManyToManyRelationshipMetadata" {
        Entity1IntersectAttribute: Kind::String, Entity1LogicalName: Kind::String,
        Entity1NavigationPropertyName: Kind::String, Entity2IntersectAttribute: Kind::String,
        Entity2LogicalName: Kind::String, Entity2NavigationPropertyName: Kind::String,
        IntersectEntityName: Kind::String,
    } unknown [Entity1AssociatedMenuConfiguration, Entity2AssociatedMenuConfiguration];
}
