//! The platform's condition operators: one row each, with its names in both languages and what it takes.
//!
//! The names are those of the platform's `ConditionOperator`. Source: queries.md A.5 (nulls) and A.7.

/// How many values an operator takes, and of what sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// None.
    None,
    /// One of the column's type.
    One,
    /// Two of the column's type.
    Two,
    /// One or more of the column's type.
    Several,
    /// One whole number.
    Number,
    /// Two whole numbers: a fiscal period and a fiscal year.
    TwoNumbers,
    /// The id of one row.
    Row,
}

/// Which columns an operator is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// All.
    Any,
    /// Numbers, dates and texts.
    Ordered,
    /// Texts.
    Text,
    /// Choices of which a row may have several.
    Choices,
    /// Dates, with or without a time.
    Date,
    /// Dates with a time.
    DateTime,
    /// Unique identifiers: keys and lookups.
    Id,
    /// Whole numbers.
    Whole,
}

macro_rules! operators {
    ($($name:ident $fetch:literal $function:literal $values:ident $applies:ident $takes_null:literal $doc:literal)*) => {
        /// How a column is compared: the platform's condition operators, negatives included.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operator {
            $(#[doc = $doc] $name,)*
        }

        impl Operator {
            /// Every operator.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The platform's name: that of the member of `ConditionOperator`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Its name in `FetchXML`; empty where that language has none.
            pub fn fetch_name(self) -> &'static str {
                match self { $(Self::$name => $fetch,)* }
            }

            /// The `Microsoft.Dynamics.CRM` function that stands for it in `OData`, unqualified; empty where none does.
            pub fn function(self) -> &'static str {
                match self { $(Self::$name => $function,)* }
            }

            /// The values it takes.
            pub fn values(self) -> Values {
                match self { $(Self::$name => Values::$values,)* }
            }

            /// The columns it is for.
            pub fn applies(self) -> Applies {
                match self { $(Self::$name => Applies::$applies,)* }
            }

            /// Whether a row without a value passes. The negative operators take nulls, which SQL would not.
            /// Source: queries.md A.5, table of nulls.
            pub fn takes_null(self) -> bool {
                match self { $(Self::$name => $takes_null,)* }
            }
        }
    };
}

#[rustfmt::skip]
operators! {
//  name                     FetchXML                      OData function            values applies nulls
    Equal                              "eq"                                     ""                                 One        Any      false "Equal to one value."
    NotEqual                           "ne"                                     ""                                 One        Any      true  "Not equal to one value."
    GreaterThan                        "gt"                                     ""                                 One        Ordered  false "Greater."
    GreaterEqual                       "ge"                                     ""                                 One        Ordered  false "Greater or equal."
    LessThan                           "lt"                                     ""                                 One        Ordered  false "Less."
    LessEqual                          "le"                                     ""                                 One        Ordered  false "Less or equal."
    Like                               "like"                                   ""                                 One        Text     false "Matches a pattern with `%`, `_`, `[abc]`, `[^abc]`."
    NotLike                            "not-like"                               ""                                 One        Text     true  "Does not match it."
    BeginsWith                         "begins-with"                            ""                                 One        Text     false "Starts with a pattern."
    DoesNotBeginWith                   "not-begin-with"                         ""                                 One        Text     true  "Does not start with it."
    EndsWith                           "ends-with"                              ""                                 One        Text     false "Ends with a pattern."
    DoesNotEndWith                     "not-end-with"                           ""                                 One        Text     true  "Does not end with it."
    In                                 "in"                                     "In"                               Several    Any      false "Equal to one of several values."
    NotIn                              "not-in"                                 "NotIn"                            Several    Any      true  "Equal to none of several values."
    Between                            "between"                                "Between"                          Two        Ordered  false "Between two values or equal to one."
    NotBetween                         "not-between"                            "NotBetween"                       Two        Ordered  true  "Not between two values nor equal to one."
    Null                               "null"                                   ""                                 None       Any      true  "Has no value."
    NotNull                            "not-null"                               ""                                 None       Any      false "Has a value."
    ContainValues                      "contain-values"                         "ContainValues"                    Several    Choices  false "Contains one of several choices."
    DoesNotContainValues               "not-contain-values"                     "DoesNotContainValues"             Several    Choices  true  "Contains none of several choices."
    Yesterday                          "yesterday"                              "Yesterday"                        None       Date     false "The day before today."
    Today                              "today"                                  "Today"                            None       Date     false "Today."
    Tomorrow                           "tomorrow"                               "Tomorrow"                         None       Date     false "The day after today."
    On                                 "on"                                     "On"                               One        Date     false "On a day."
    OnOrBefore                         "on-or-before"                           "OnOrBefore"                       One        Date     false "On a day or earlier."
    OnOrAfter                          "on-or-after"                            "OnOrAfter"                        One        Date     false "On a day or later."
    Last7Days                          "last-seven-days"                        "Last7Days"                        None       Date     false "From midnight seven days ago until now."
    Next7Days                          "next-seven-days"                        "Next7Days"                        None       Date     false "From now until the end of the seventh day after today."
    LastWeek                           "last-week"                              "LastWeek"                         None       Date     false "The week before this one."
    ThisWeek                           "this-week"                              "ThisWeek"                         None       Date     false "This week."
    NextWeek                           "next-week"                              "NextWeek"                         None       Date     false "The week after this one."
    LastMonth                          "last-month"                             "LastMonth"                        None       Date     false "The month before this one."
    ThisMonth                          "this-month"                             "ThisMonth"                        None       Date     false "This month."
    NextMonth                          "next-month"                             "NextMonth"                        None       Date     false "The month after this one."
    LastYear                           "last-year"                              "LastYear"                         None       Date     false "The year before this one."
    ThisYear                           "this-year"                              "ThisYear"                         None       Date     false "This year."
    NextYear                           "next-year"                              "NextYear"                         None       Date     false "The year after this one."
    LastXHours                         "last-x-hours"                           "LastXHours"                       Number     DateTime false "From the full hour so many hours ago until now."
    LastXDays                          "last-x-days"                            "LastXDays"                        Number     Date     false "From midnight so many days ago until now."
    LastXWeeks                         "last-x-weeks"                           "LastXWeeks"                       Number     Date     false "From midnight so many times seven days ago until now."
    LastXMonths                        "last-x-months"                          "LastXMonths"                      Number     Date     false "From midnight so many months ago until now."
    LastXYears                         "last-x-years"                           "LastXYears"                       Number     Date     false "From midnight so many years ago until now."
    NextXHours                         "next-x-hours"                           "NextXHours"                       Number     DateTime false "From now until the end of the hour in so many hours."
    NextXDays                          "next-x-days"                            "NextXDays"                        Number     Date     false "From now until the end of the day in so many days."
    NextXWeeks                         "next-x-weeks"                           "NextXWeeks"                       Number     Date     false "From now until the end of the day in so many times seven days."
    NextXMonths                        "next-x-months"                          "NextXMonths"                      Number     Date     false "From now until the end of the day in so many months."
    NextXYears                         "next-x-years"                           "NextXYears"                       Number     Date     false "From now until the end of the day in so many years."
    OlderThanXMinutes                  "olderthan-x-minutes"                    "OlderThanXMinutes"                Number     DateTime false "Before the full minute so many minutes ago."
    OlderThanXHours                    "olderthan-x-hours"                      "OlderThanXHours"                  Number     DateTime false "Before the full hour so many hours ago."
    OlderThanXDays                     "olderthan-x-days"                       "OlderThanXDays"                   Number     Date     false "Before midnight so many days ago."
    OlderThanXWeeks                    "olderthan-x-weeks"                      "OlderThanXWeeks"                  Number     Date     false "Before midnight so many times seven days ago."
    OlderThanXMonths                   "olderthan-x-months"                     "OlderThanXMonths"                 Number     Date     false "Before midnight so many months ago."
    OlderThanXYears                    "olderthan-x-years"                      "OlderThanXYears"                  Number     Date     false "Before midnight so many years ago."
    ThisFiscalYear                     "this-fiscal-year"                       "ThisFiscalYear"                   None       Date     false "This fiscal year."
    ThisFiscalPeriod                   "this-fiscal-period"                     "ThisFiscalPeriod"                 None       Date     false "This fiscal period."
    LastFiscalYear                     "last-fiscal-year"                       "LastFiscalYear"                   None       Date     false "The fiscal year before this one."
    LastFiscalPeriod                   "last-fiscal-period"                     "LastFiscalPeriod"                 None       Date     false "The fiscal period before this one."
    NextFiscalYear                     "next-fiscal-year"                       "NextFiscalYear"                   None       Date     false "The fiscal year after this one."
    NextFiscalPeriod                   "next-fiscal-period"                     "NextFiscalPeriod"                 None       Date     false "The fiscal period after this one."
    LastXFiscalYears                   "last-x-fiscal-years"                    "LastXFiscalYears"                 Number     Date     false "From the start of the fiscal year so many years ago until now."
    LastXFiscalPeriods                 "last-x-fiscal-periods"                  "LastXFiscalPeriods"               Number     Date     false "From the start of the fiscal period so many periods ago until now."
    NextXFiscalYears                   "next-x-fiscal-years"                    "NextXFiscalYears"                 Number     Date     false "From now until the end of the fiscal year in so many years."
    NextXFiscalPeriods                 "next-x-fiscal-periods"                  "NextXFiscalPeriods"               Number     Date     false "From now until the end of the fiscal period in so many periods."
    InFiscalYear                       "in-fiscal-year"                         "InFiscalYear"                     Number     Date     false "In a fiscal year."
    InFiscalPeriod                     "in-fiscal-period"                       "InFiscalPeriod"                   Number     Date     false "In a fiscal period of any year."
    InFiscalPeriodAndYear              "in-fiscal-period-and-year"              "InFiscalPeriodAndYear"            TwoNumbers Date     false "In a fiscal period of a fiscal year."
    InOrBeforeFiscalPeriodAndYear      "in-or-before-fiscal-period-and-year"    "InOrBeforeFiscalPeriodAndYear"    TwoNumbers Date     false "In it or earlier."
    InOrAfterFiscalPeriodAndYear       "in-or-after-fiscal-period-and-year"     "InOrAfterFiscalPeriodAndYear"     TwoNumbers Date     false "In it or later."
    EqualUserId                        "eq-userid"                              "EqualUserId"                      None       Id       false "Is the caller."
    NotEqualUserId                     "ne-userid"                              "NotEqualUserId"                   None       Id       true  "Is not the caller."
    EqualBusinessId                    "eq-businessid"                          "EqualBusinessId"                  None       Id       false "Is the caller's business unit."
    NotEqualBusinessId                 "ne-businessid"                          "NotEqualBusinessId"               None       Id       true  "Is not the caller's business unit."
    EqualRoleBusinessId                ""                                       "EqualRoleBusinessId"              None       Id       false "Is a business unit the caller has a role of."
    EqualUserTeams                     "eq-userteams"                           "EqualUserTeams"                   None       Id       false "Is a team of the caller."
    EqualUserOrUserTeams               "eq-useroruserteams"                     "EqualUserOrUserTeams"             None       Id       false "Is the caller or a team of the caller."
    EqualUserOrUserHierarchy           "eq-useroruserhierarchy"                 "EqualUserOrUserHierarchy"         None       Id       false "Is the caller or somebody below the caller."
    EqualUserOrUserHierarchyAndTeams   "eq-useroruserhierarchyandteams"         "EqualUserOrUserHierarchyAndTeams" None       Id       false "Is the caller, somebody below the caller, or a team of theirs."
    EqualUserLanguage                  "eq-userlanguage"                        "EqualUserLanguage"                None       Whole    false "Is the language of the caller."
    Above                              "above"                                  "Above"                            Row        Id       false "Is above a row in the table's hierarchy."
    AboveOrEqual                       "eq-or-above"                            "AboveOrEqual"                     Row        Id       false "Is a row or above it in the table's hierarchy."
    Under                              "under"                                  "Under"                            Row        Id       false "Is below a row in the table's hierarchy."
    UnderOrEqual                       "eq-or-under"                            "UnderOrEqual"                     Row        Id       false "Is a row or below it in the table's hierarchy."
    NotUnder                           "not-under"                              "NotUnder"                         Row        Id       true  "Is not below a row in the table's hierarchy."
}

/// The operators that stand for *not* each other. For the others the service has no negation.
const OPPOSITES: &[(Operator, Operator)] = &[
    (Operator::Equal, Operator::NotEqual),
    (Operator::GreaterThan, Operator::LessEqual),
    (Operator::GreaterEqual, Operator::LessThan),
    (Operator::Like, Operator::NotLike),
    (Operator::BeginsWith, Operator::DoesNotBeginWith),
    (Operator::EndsWith, Operator::DoesNotEndWith),
    (Operator::In, Operator::NotIn),
    (Operator::Between, Operator::NotBetween),
    (Operator::Null, Operator::NotNull),
    (Operator::ContainValues, Operator::DoesNotContainValues),
    (Operator::EqualUserId, Operator::NotEqualUserId),
    (Operator::EqualBusinessId, Operator::NotEqualBusinessId),
    (Operator::Under, Operator::NotUnder),
];

impl Operator {
    /// The operator of a `FetchXML` condition. `neq` is an older spelling of `ne`.
    pub fn of_fetch_name(name: &str) -> Option<Self> {
        let name = if name == "neq" { "ne" } else { name };
        Self::ALL.iter().copied().find(|operator| !name.is_empty() && operator.fetch_name() == name)
    }

    /// The operator a function of `OData` stands for, by its unqualified name.
    pub fn of_function(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| !name.is_empty() && operator.function() == name)
    }

    /// The operator that stands for *not* this one, where there is one.
    #[must_use]
    pub fn negated(self) -> Option<Self> {
        OPPOSITES.iter().find_map(|&(one, other)| match self {
            _ if self == one => Some(other),
            _ if self == other => Some(one),
            _ => None,
        })
    }

    /// The operator with its sides exchanged; only the six that compare have sides.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::GreaterThan => Self::LessThan,
            Self::GreaterEqual => Self::LessEqual,
            Self::LessThan => Self::GreaterThan,
            Self::LessEqual => Self::GreaterEqual,
            other => other,
        }
    }
}
