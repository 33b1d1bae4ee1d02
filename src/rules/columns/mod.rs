//! Column-level security: what holds of profiles, their permissions and their members. C1 to C4, what a caller may do
//! with a secured column, the service asks for (`service/access`); which columns can be secured (C7) says the model.

mod members;
mod permissions;
mod profiles;

pub(super) use members::{AdministratorsProfile, ProfilesOfTeams, ProfilesOfUsers};
pub(super) use permissions::Permissions;
pub(super) use profiles::Profiles;
