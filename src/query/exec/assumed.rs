//! What the documents leave open about the operators: each point is one switch here and is decided nowhere else.
//!
//! `Source:` queries.md A.8 and A.9, where such points are marked uncertain, unless a line says otherwise.

use jiff::civil::Weekday;

/// Whether the windows that end now take in the current second.
///
/// The documents say "until now", exclusively. Rows hold whole seconds, and a row written a moment ago is past to the
/// service; with a clock that stands still it would otherwise never be.
pub(super) const THIS_SECOND_IS_PAST: bool = true;

/// Whether the windows of coming hours end on the full hour after them, rather than so many hours from now.
pub(super) const COMING_HOURS_END_ON_THE_HOUR: bool = true;

/// How many years after the calendar year it starts in a fiscal year is named: 0, or 1 for the year it ends in.
///
/// The organization's `fiscalyeardisplaycode` is taken to change what people read and not what queries find.
pub(super) const FISCAL_YEAR_IS_NAMED_LATER_BY: i64 = 0;

/// Whether "not under a row" leaves out that row too, and not only those below it.
pub(super) const NOT_UNDER_LEAVES_OUT_THE_ROW: bool = true;

/// How far hierarchies are followed, up and down; what is further away is not found.
pub(super) const MOST_LEVELS: usize = 100;

/// The language number that stands for all languages, which is everybody's.
pub(super) const ALL_LANGUAGES: i64 = -1;

/// The language of people and organizations that name none.
pub(super) const LANGUAGE: i32 = crate::model::collation::BASE_LANGUAGE;

/// The first day of the week where the organization's row does not say.
pub(super) const FIRST_DAY_OF_WEEK: Weekday = Weekday::Sunday;

/// The first day of the fiscal year, month and day, where the organization's row does not say.
pub(super) const FIRST_DAY_OF_FISCAL_YEAR: (i8, i8) = (1, 1);

/// The organization's `fiscalperiodtype` where its row does not say: quarters.
pub(super) const FISCAL_PERIODS: i32 = 2002;

/// The `timezonecode` of people without settings: Greenwich's, as new settings have it.
pub(super) const TIME_ZONE: i32 = 92;
