//! Teams, as far as users and business units need them: T1 to T4, T6, T8, and R31 for teams.

mod default_team;
mod life;

pub(super) use default_team::{DefaultTeam, DefaultTeamMembers, DefaultTeamOfUnit};
pub(super) use life::{Moved, NewTeam, NewTeamName, NewTeamQueue, TeamDelete};
