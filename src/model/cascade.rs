//! What an action on a row does to the rows that point to it: the cascade configuration of a relationship.
//!
//! `Source:` Entity relationship behavior, CE:entity-relationship-behavior.md; `CascadeConfiguration`, `CascadeType`.
//! The fixtures hold what the entity reference prints (PA:reference/entities, CE:entities, one-to-many relationships).

use serde::Deserialize;

use super::fixture::CascadeFile;

/// What happens to rows that point to a row that something is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum CascadeType {
    /// Nothing.
    NoCascade,
    /// The same is done to all of them.
    Cascade,
    /// The same is done to those that are active.
    Active,
    /// The same is done to those with the same owner.
    UserOwned,
    /// The lookup is emptied. Of a delete only.
    RemoveLink,
    /// The action is refused while there are any. Of a delete only.
    Restrict,
}

impl CascadeType {
    /// Whether the action reaches any row that points to the one it is done to.
    pub fn reaches(self) -> bool {
        matches!(self, Self::Cascade | Self::Active | Self::UserOwned)
    }
}

/// A relationship's behaviour for each action on the row that is pointed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cascade {
    /// It gets another owner.
    pub assign: CascadeType,
    /// It is shared.
    pub share: CascadeType,
    /// A share of it ends.
    pub unshare: CascadeType,
    /// The lookup of a row that points to it changes: whether that row inherits its shares.
    pub reparent: CascadeType,
    /// It is deleted.
    pub delete: CascadeType,
}

impl Cascade {
    /// The platform's default: a delete empties the lookup, nothing else reaches beyond the row.
    pub const REFERENTIAL: Self = Self {
        assign: CascadeType::NoCascade,
        share: CascadeType::NoCascade,
        unshare: CascadeType::NoCascade,
        reparent: CascadeType::NoCascade,
        delete: CascadeType::RemoveLink,
    };

    pub(super) fn of(file: CascadeFile) -> Self {
        let other = Self::REFERENTIAL;
        Self {
            assign: file.assign.unwrap_or(other.assign),
            share: file.share.unwrap_or(other.share),
            unshare: file.unshare.unwrap_or(other.unshare),
            reparent: file.reparent.unwrap_or(other.reparent),
            delete: file.delete.unwrap_or(other.delete),
        }
    }

    /// Whether rows that point through the relationship may inherit shares.
    pub fn inherits(self) -> bool {
        self.share.reaches() || self.reparent.reaches()
    }
}
