//! What may be done with a row, and how far a privilege to do it reaches.

use std::fmt;

use bitflags::bitflags;

bitflags! {
    /// What may be done with a row. The bits are those of the columns that hold such a mask.
    /// Source: `AccessRights` `EnumType` (users-and-licensing.md 1.2).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct AccessRights: i32 {
        /// Read it.
        const READ = 1;
        /// Change it.
        const WRITE = 2;
        /// Make its lookups point to another row.
        const APPEND = 4;
        /// Make lookups of other rows point to it.
        const APPEND_TO = 16;
        /// Create it.
        const CREATE = 32;
        /// Delete it.
        const DELETE = 0x1_0000;
        /// Share it with others.
        const SHARE = 0x4_0000;
        /// Give it another owner.
        const ASSIGN = 0x8_0000;
    }
}

/// The names on the wire, in the order in which several are listed.
const NAMES: &[(AccessRights, &str)] = &[
    (AccessRights::READ, "ReadAccess"),
    (AccessRights::WRITE, "WriteAccess"),
    (AccessRights::APPEND, "AppendAccess"),
    (AccessRights::APPEND_TO, "AppendToAccess"),
    (AccessRights::CREATE, "CreateAccess"),
    (AccessRights::DELETE, "DeleteAccess"),
    (AccessRights::SHARE, "ShareAccess"),
    (AccessRights::ASSIGN, "AssignAccess"),
];

impl AccessRights {
    /// How many single rights there are.
    pub const COUNT: usize = NAMES.len();

    /// Every single right with its name on the wire.
    pub fn named() -> impl Iterator<Item = (Self, &'static str)> {
        NAMES.iter().copied()
    }

    /// A single right's number, counting from 0 in the order of [`AccessRights::named`].
    pub fn number(self) -> Option<usize> {
        NAMES.iter().position(|(right, _)| *right == self)
    }

    /// The right of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, of)| *of == name).map(|(right, _)| *right)
    }

    /// The verb in the name of the privilege that gives a single right: `Read` of `prvReadAccount`.
    pub fn verb(self) -> &'static str {
        let name = NAMES.iter().find(|(right, _)| *right == self).map_or("", |(_, name)| name);
        name.strip_suffix("Access").unwrap_or(name)
    }
}

/// As the wire writes it: `ReadAccess, WriteAccess`, or `None`.
impl fmt::Display for AccessRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (_, name) in NAMES.iter().filter(|(right, _)| self.contains(*right)) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        if self.is_empty() { f.write_str("None") } else { Ok(()) }
    }
}

/// How far a privilege reaches from where its holder stands (R3). A deeper one includes the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// Rows that the user or one of its teams owns.
    Basic,
    /// Rows of the holder's business unit.
    Local,
    /// Rows of the holder's business unit and those below it.
    Deep,
    /// All rows.
    Global,
}

impl Depth {
    /// All of them, the nearest first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Local, Self::Deep, Self::Global];

    /// The letter that fixtures write for it.
    pub(super) fn initial(self) -> char {
        match self {
            Self::Basic => 'B',
            Self::Local => 'L',
            Self::Deep => 'D',
            Self::Global => 'G',
        }
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Local => "Local",
            Self::Deep => "Deep",
            Self::Global => "Global",
        }
    }

    /// The bit of the column `privilegedepthmask`.
    pub fn mask(self) -> i32 {
        1 << self as i32
    }

    /// The deepest depth in a mask.
    pub fn of_mask(mask: i32) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|depth| mask & depth.mask() != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_those_of_the_columns() {
        assert_eq!(AccessRights::all().bits(), 0xd_0037);
        assert_eq!(AccessRights::APPEND_TO.verb(), "AppendTo");
        assert_eq!(AccessRights::ASSIGN.number(), Some(AccessRights::COUNT - 1));
        assert_eq!(Depth::ALL.map(Depth::mask), [1, 2, 4, 8]);
        assert_eq!(Depth::of_mask(3), Some(Depth::Local));
        assert_eq!(Depth::of_mask(0), None);
    }
}
