//! Security roles: R3, R11 to R19, M8. What users may do by them the security model knows; what a request may give a
//! role is checked by the messages that give it.

mod assign;
mod inherit;
mod life;
mod moved_unit;
mod privileges;

pub(super) use assign::{RolesOfTeams, RolesOfUsers};
pub(super) use inherit::{CopiesOfRole, CopiesOfUnit};
pub(super) use life::RoleLife;
pub(super) use moved_unit::CopiesOfMovedUnit;
pub(super) use privileges::{NewRole, PrivilegesOfRoles};

use uuid::{Uuid, uuid};

/// Role template of Support User.
const SUPPORT_USER: Uuid = uuid!("2d101bb3-5ced-4122-83f1-94d5efde4e3b");
/// Role template of System Customizer.
const SYSTEM_CUSTOMIZER: Uuid = uuid!("119f245c-3cc8-4b62-b31c-d1a046ced15d");
/// Role template of Basic User, earlier Common Data Service User.
const BASIC_USER: Uuid = uuid!("236750cd-45ae-4939-ab12-b24b920ced93");
