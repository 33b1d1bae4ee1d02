//! Rows of metadata as JSON, straight into the buffer.

use std::fmt::Write as _;

use uuid::Uuid;

use super::item::{Choice, ChoiceNature, Datum};

/// The organization's base language: the fixtures' labels are English (United States).
const LANGUAGE: i32 = 1033;

/// Writes JSON; puts the commas.
#[derive(Debug, Default)]
pub(super) struct Json {
    text: String,
    /// Whether the next name or element needs a comma before it.
    comma: bool,
}

impl Json {
    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn open(&mut self, bracket: char) {
        self.separate();
        self.text.push(bracket);
        self.comma = false;
    }

    pub(super) fn close(&mut self, bracket: char) {
        self.text.push(bracket);
        self.comma = true;
    }

    pub(super) fn name(&mut self, name: &str) {
        self.separate();
        self.quote(name);
        self.text.push(':');
        self.comma = false;
    }

    pub(super) fn text(&mut self, text: &str) {
        self.separate();
        self.quote(text);
    }

    pub(super) fn raw(&mut self, value: impl std::fmt::Display) {
        self.separate();
        write!(self.text, "{value}").expect("a String takes every write");
    }

    fn pair(&mut self, name: &str, value: impl std::fmt::Display) {
        self.name(name);
        self.raw(value);
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.comma, true) {
            self.text.push(',');
        }
    }

    fn quote(&mut self, text: &str) {
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                control if control < ' ' => {
                    write!(self.text, "\\u{:04x}", control as u32).expect("a String takes every write");
                }
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }

    pub(super) fn datum(&mut self, datum: &Datum<'_>) {
        match datum {
            Datum::Null => self.raw("null"),
            Datum::Bool(flag) => self.raw(flag),
            Datum::Int(number) => self.raw(number),
            Datum::Double(number) => self.raw(number),
            Datum::Decimal(number) => self.raw(number.normalize()),
            Datum::Text(text) => self.text(text),
            Datum::Guid(id) => self.guid(*id),
            Datum::Texts(texts) => {
                self.open('[');
                for text in texts {
                    self.text(text);
                }
                self.close(']');
            }
            Datum::Label(text, id) => self.label(text, *id),
            Datum::NoLabel => self.no_label(),
            Datum::Wrapped(value) => {
                self.open('{');
                self.name("Value");
                self.text(value);
                self.close('}');
            }
            Datum::Required(level) => {
                self.open('{');
                self.name("Value");
                self.text(level);
                // What the system requires, nobody may relax.
                self.pair("CanBeChanged", *level != "SystemRequired");
                self.name("ManagedPropertyLogicalName");
                self.text("canmodifyrequirementlevelsettings");
                self.close('}');
            }
            Datum::Options(choices) => {
                self.open('[');
                for choice in choices {
                    self.choice(choice);
                }
                self.close(']');
            }
            Datum::Choice(choice) => self.choice(choice),
        }
    }

    fn guid(&mut self, id: Uuid) {
        self.separate();
        write!(self.text, "\"{id}\"").expect("a String takes every write");
    }

    fn label(&mut self, text: &str, id: Uuid) {
        self.open('{');
        self.name("LocalizedLabels");
        self.open('[');
        self.localized(text, id);
        self.close(']');
        self.name("UserLocalizedLabel");
        self.localized(text, id);
        self.close('}');
    }

    fn no_label(&mut self) {
        self.open('{');
        self.name("LocalizedLabels");
        self.raw("[]");
        self.pair("UserLocalizedLabel", "null");
        self.close('}');
    }

    fn localized(&mut self, text: &str, id: Uuid) {
        self.open('{');
        self.name("Label");
        self.text(text);
        self.pair("LanguageCode", LANGUAGE);
        self.pair("IsManaged", true);
        self.name("MetadataId");
        self.guid(id);
        self.pair("HasChanged", "null");
        self.close('}');
    }

    fn choice(&mut self, choice: &Choice<'_>) {
        self.open('{');
        if let Some(name) = choice.nature.derived_type() {
            self.name("@odata.type");
            self.text(name);
        }
        self.pair("Value", choice.value);
        self.pair("Color", "null");
        self.pair("IsManaged", true);
        self.pair("ExternalValue", "null");
        self.pair("ParentValues", "[]");
        self.pair("MetadataId", "null");
        self.pair("HasChanged", "null");
        match choice.nature {
            ChoiceNature::Plain => {}
            ChoiceNature::State { default_status } => {
                self.name("DefaultStatus");
                self.optional(default_status);
                self.name("InvariantName");
                self.text(choice.label);
            }
            ChoiceNature::Status { state } => {
                self.name("State");
                self.optional(state);
                self.pair("TransitionData", "null");
            }
        }
        self.name("Label");
        self.label(choice.label, choice.id);
        self.name("Description");
        self.no_label();
        self.close('}');
    }

    fn optional(&mut self, number: Option<i32>) {
        match number {
            Some(number) => self.raw(number),
            None => self.raw("null"),
        }
    }
}

impl ChoiceNature {
    fn derived_type(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::State { .. } => Some("#Microsoft.Dynamics.CRM.StateOptionMetadata"),
            Self::Status { .. } => Some("#Microsoft.Dynamics.CRM.StatusOptionMetadata"),
        }
    }
}
