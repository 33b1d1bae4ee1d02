//! `fullname` of users and contacts: computed from first and last name, never taken from a request.
//!
//! `Source:` users-and-licensing.md section 1.1 (computed, read-only). `Assumed:` the organization's name format is
//! "First Last", the default; the column's length cuts what is too long.

use compact_str::CompactString;

use super::support::{documented, text};
use crate::fault::Result;
use crate::model::Value;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// See the module.
#[derive(Debug)]
pub(super) struct FullName;

impl Rule for FullName {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "fullname",
            "fullname of users and contacts is computed as \"First Last\".",
            "users-and-licensing.md section 1.1; name format assumed",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("systemuser", Verb::Create, Stage::PreOperation),
            on("systemuser", Verb::Update, Stage::PreOperation),
            on("contact", Verb::Create, Stage::PreOperation),
            on("contact", Verb::Update, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let known = catalogue.known();
        let (first, last, full, longest) = if execution.table == known.contact.id {
            (known.contact.firstname, known.contact.lastname, known.contact.fullname, 160)
        } else {
            (known.systemuser.firstname, known.systemuser.lastname, known.systemuser.fullname, 200)
        };
        let touched = execution.input.mentions(first).is_some() || execution.input.mentions(last).is_some();
        if touched {
            let name = join(execution.value(first), execution.value(last), longest);
            execution.set(full, name);
        }
        Ok(())
    }
}

fn join(first: &Value, last: &Value, longest: usize) -> Value {
    let whole = match (text(first), text(last)) {
        (Some(first), Some(last)) => {
            let mut whole = CompactString::with_capacity(first.len() + 1 + last.len());
            for part in [first, " ", last] {
                whole.push_str(part);
            }
            whole
        }
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => return Value::Null,
    };
    if whole.len() <= longest || whole.encode_utf16().count() <= longest {
        return Value::String(whole);
    }
    let mut units = 0;
    let fits = whole.chars().take_while(|c| {
        units += c.len_utf16();
        units <= longest
    });
    Value::String(fits.collect())
}
