//! Teams: T1 to T14, and R31 and R32 for teams.

mod default_team;
mod kinds;
mod life;
mod members;
mod record_team;
mod template;

pub(super) use default_team::{DefaultTeam, DefaultTeamMembers, DefaultTeamOfUnit};
pub(super) use kinds::{AccessTeams, Conversion, NewTeamType};
pub(super) use life::{Administrator, Moved, NewTeam, NewTeamName, NewTeamQueue, TeamDelete};
pub(super) use members::TeamMembers;
pub(super) use record_team::{LastMember, RecordGone, RecordTeam};
pub(super) use template::{Template, TemplateGone};
