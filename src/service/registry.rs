//! What can be hung into the service: rules into its stages, messages (functions and actions) beside its main
//! operations.

use foldhash::HashMap;

use super::context::Execution;
use crate::fault::{Result, RuleId};
use crate::model::{Reference, TableId};
use crate::world::World;

/// The product's messages that run through the stages for a row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// A new row. For an intersect table: associate.
    Create,
    /// A change of a row.
    Update,
    /// The end of a row. For an intersect table: disassociate.
    Delete,
}

/// The stages of the product's pipeline.
/// Source: Event execution pipeline, <https://learn.microsoft.com/power-apps/developer/data-platform/event-framework>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// 10: before the privilege check.
    PreValidation,
    /// 20: the input may still be changed.
    PreOperation,
    /// 40: the row is written; consequences elsewhere.
    PostOperation,
}

/// Where a rule hangs: table (by logical name), message and stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// Logical name of the table; `None` for every table.
    pub table: Option<&'static str>,
    /// The message.
    pub verb: Verb,
    /// The stage.
    pub stage: Stage,
}

/// Shorthand for a [`Trigger`] on one table.
pub const fn on(table: &'static str, verb: Verb, stage: Stage) -> Trigger {
    Trigger { table: Some(table), verb, stage }
}

/// One documented rule as lists show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Documented {
    /// Its number.
    pub id: RuleId,
    /// What it says, in one sentence.
    pub title: &'static str,
    /// Where it is documented.
    pub source: &'static str,
}

/// A family of documented rules that metadata cannot express.
pub trait Rule: Sync {
    /// The rules implemented, by number.
    fn documented(&self) -> &'static [Documented];

    /// Where it hangs.
    fn triggers(&self) -> &'static [Trigger];

    /// Does its part for one operation at one of its triggers.
    ///
    /// # Errors
    ///
    /// The product's refusal, naming the rule; the whole change set is then taken back.
    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()>;

    /// What does not hold of the whole world although the rule should have seen to it.
    fn verify(&self, world: &World) -> Vec<Violation> {
        let _ = world;
        Vec::new()
    }
}

/// Something that should hold of the world and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule or invariant.
    pub rule: RuleId,
    /// The row it is about, where it is about one.
    pub row: Option<Reference>,
    /// What is wrong, in one sentence.
    pub what: String,
}

/// A named function or action of the Web API.
pub trait Message: Sync {
    /// Name, binding, parameters and result; the CSDL derives from it.
    fn signature(&self) -> &'static Signature;

    /// The privileges that the caller needs at whatever depth, beside what the rows it reads and writes ask for.
    /// Source: users-and-licensing.md 5.1, "Privileges per message".
    fn privileges(&self) -> &'static [&'static str] {
        &[]
    }

    /// Answers the call.
    ///
    /// # Errors
    ///
    /// The product's refusal; nothing is then changed.
    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply>;
}

/// What a caller of a message gives, and what the message may see and do.
#[derive(Debug)]
pub struct Call<'a, 'w> {
    /// Access to the world: reads for a function, reads and writes for an action.
    pub access: Access<'a, 'w>,
    /// Who calls.
    pub caller: &'a crate::identity::Caller,
    /// The row the message is bound to.
    pub target: Option<Reference>,
    /// Arguments by parameter name, checked against the signature; optional ones that were not given are absent.
    pub arguments: &'a [(&'static str, Datum)],
}

/// What a message may touch.
#[derive(Debug)]
pub enum Access<'a, 'w> {
    /// A function reads.
    Read(&'a World),
    /// An action writes through the service.
    Write(&'a mut super::pipeline::Session<'w>),
}

impl Call<'_, '_> {
    /// The world as it is now.
    pub fn world(&self) -> &World {
        match &self.access {
            Access::Read(world) => world,
            Access::Write(session) => session.world(),
        }
    }

    /// An argument; null where it was not given.
    pub fn argument(&self, name: &str) -> &Datum {
        self.arguments.iter().find(|(of, _)| *of == name).map_or(&Datum::Null, |(_, datum)| datum)
    }
}

/// Whether a message reads or acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// GET, without effect.
    Function,
    /// POST, with effect.
    Action,
}

/// What a message is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Nothing.
    Unbound,
    /// A row of the table with this logical name.
    Row(&'static str),
    /// The entity set of the table with this logical name.
    Set(&'static str),
}

/// A type in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `Edm.Boolean`.
    Boolean,
    /// `Edm.Int32`.
    Int32,
    /// `Edm.Int64`.
    Int64,
    /// `Edm.String`.
    String,
    /// `Edm.Guid`.
    Guid,
    /// `Edm.DateTimeOffset`.
    DateTimeOffset,
    /// A row of the table with this logical name.
    Row(&'static str),
    /// A row of any table (`crmbaseentity`).
    AnyRow,
    /// A member of an enumeration type.
    Enum(&'static EnumType),
    /// A structure.
    Complex(&'static ComplexType),
    /// Several of a type.
    Collection(&'static Type),
}

impl Type {
    /// Its Edm name; `namespace` stands before the names of the product's own types, `mscrm.`.
    pub fn edm(self, namespace: &str) -> String {
        let own = |name: &str| format!("{namespace}{name}");
        match self {
            Self::Boolean => "Edm.Boolean".to_owned(),
            Self::Int32 => "Edm.Int32".to_owned(),
            Self::Int64 => "Edm.Int64".to_owned(),
            Self::String => "Edm.String".to_owned(),
            Self::Guid => "Edm.Guid".to_owned(),
            Self::DateTimeOffset => "Edm.DateTimeOffset".to_owned(),
            Self::Row(table) => own(table),
            Self::AnyRow => own("crmbaseentity"),
            Self::Enum(of) => own(of.name),
            Self::Complex(of) => own(of.name),
            Self::Collection(of) => format!("Collection({})", of.edm(namespace)),
        }
    }
}

/// An enumeration type of the `Microsoft.Dynamics.CRM` namespace.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumType {
    /// Its name.
    pub name: &'static str,
    /// Names and numbers of its members.
    pub members: &'static [(&'static str, i64)],
    /// Whether members combine.
    pub flags: bool,
}

/// A complex type of the `Microsoft.Dynamics.CRM` namespace.
#[derive(Debug, PartialEq, Eq)]
pub struct ComplexType {
    /// Its name.
    pub name: &'static str,
    /// Its properties: name, type, whether null is allowed.
    pub properties: &'static [(&'static str, Type, bool)],
}

/// A parameter of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What CSDL says of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name without namespace.
    pub name: &'static str,
    /// Whether it reads or acts.
    pub nature: Nature,
    /// What it is called on.
    pub binding: Binding,
    /// Its parameters besides what it is bound to.
    pub parameters: &'static [Parameter],
    /// What it answers; `None` for nothing (204).
    pub returns: Option<Type>,
    /// Where it is documented.
    pub source: &'static str,
}

/// A value given to or answered by a message.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "the variants are those of `Type`")]
pub enum Datum {
    #[default]
    Null,
    Boolean(bool),
    Int32(i32),
    Int64(i64),
    String(String),
    /// A text that is an address: a path below the organization's own root, which the face completes with the scheme
    /// and host the request came to.
    Address(&'static str),
    Guid(uuid::Uuid),
    /// Seconds since 1970, UTC.
    DateTime(i64),
    Row(Reference),
    /// A member of an enumeration, as its number.
    Enum(i64),
    /// Properties in the order of the type.
    Complex(Vec<(&'static str, Datum)>),
    List(Vec<Datum>),
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing (204).
    Nothing,
    /// A structure of the signature's return type.
    Complex(Vec<(&'static str, Datum)>),
    /// Rows of a table; the face reads them from the world the call left behind.
    Rows {
        /// The table.
        table: TableId,
        /// The rows in order.
        ids: Vec<uuid::Uuid>,
    },
}

/// Everything hung into the service.
#[derive(Default)]
pub struct Registry {
    rules: Vec<&'static dyn Rule>,
    messages: Vec<&'static dyn Message>,
    general: Hooks,
    special: HashMap<&'static str, Hooks>,
}

/// The rules of one table, by message and stage.
#[derive(Default)]
struct Hooks([Vec<&'static dyn Rule>; 9]);

/// The rules that hang on one table.
#[derive(Clone, Copy)]
pub(super) struct RulesOf<'r> {
    general: &'r Hooks,
    special: Option<&'r Hooks>,
}

impl<'r> RulesOf<'r> {
    /// The rules that hang at a place, those of every table first.
    pub(super) fn at(self, verb: Verb, stage: Stage) -> impl Iterator<Item = &'static dyn Rule> + use<'r> {
        let place = Hooks::place(verb, stage);
        let special = self.special.map_or(&[][..], |hooks| &hooks.0[place]);
        self.general.0[place].iter().chain(special).copied()
    }
}

impl Hooks {
    fn place(verb: Verb, stage: Stage) -> usize {
        verb as usize * 3 + stage as usize
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({} rules, {} messages)", self.rules.len(), self.messages.len())
    }
}

impl Registry {
    /// A registry of these rules, run in this order, and these messages.
    pub fn new(rules: &[&'static dyn Rule], messages: &[&'static dyn Message]) -> Self {
        let mut general = Hooks::default();
        let mut special: HashMap<&'static str, Hooks> = HashMap::default();
        for rule in rules {
            for trigger in rule.triggers() {
                let hooks = match trigger.table {
                    None => &mut general,
                    Some(table) => special.entry(table).or_default(),
                };
                hooks.0[Hooks::place(trigger.verb, trigger.stage)].push(*rule);
            }
        }
        Self { rules: rules.to_vec(), messages: messages.to_vec(), general, special }
    }

    /// All rules in execution order.
    pub fn rules(&self) -> &[&'static dyn Rule] {
        &self.rules
    }

    /// All messages.
    pub fn messages(&self) -> &[&'static dyn Message] {
        &self.messages
    }

    /// The message of a name with this binding.
    pub fn message(&self, name: &str, binding: Binding) -> Option<&'static dyn Message> {
        self.messages.iter().copied().find(|message| {
            let signature = message.signature();
            signature.name == name && signature.binding == binding
        })
    }

    /// The rules of a table.
    pub(super) fn of(&self, table: &str) -> RulesOf<'_> {
        RulesOf { general: &self.general, special: self.special.get(table) }
    }

    /// Everything that does not hold of a world although some rule should have seen to it.
    pub fn verify(&self, world: &World) -> Vec<Violation> {
        self.rules.iter().flat_map(|rule| rule.verify(world)).collect()
    }
}
