//! What of an account becomes columns of its user: the one mapping, whoever makes the user.
//!
//! `Source:` users-and-licensing.md section 4.3 (PP:create-users.md, table). `Assumed:` texts longer than their column
//! are cut; what an account does not say is emptied in CRM; a mail address is never taken from a user again.

use compact_str::CompactString;

use crate::directory::Account;
use crate::model::{Catalogue, ColumnId, ColumnType, Record, Value};

/// What the columns are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Purpose {
    /// A new user, who gets a mail address.
    Create,
    /// A user who is there: its mail address is CRM's by now.
    Update,
}

/// The columns of a user that its account decides.
pub(in crate::rules) fn columns(catalogue: &Catalogue, account: &Account, purpose: Purpose) -> Record {
    let user = &catalogue.known().systemuser;
    let (given, profile) = (|text: &Option<String>| text.as_deref().and_then(filled), &account.profile);
    let name = Some(account.user_principal_name.clone());
    let first = given(&account.given_name).unwrap_or_else(|| "#".to_owned());
    let last =
        given(&account.surname).or_else(|| given(&account.display_name)).unwrap_or_else(|| "#".to_owned());
    let texts = [
        (user.domainname, name.clone()),
        (user.windowsliveid, name),
        (user.firstname, Some(first)),
        (user.lastname, Some(last)),
        (user.title, given(&profile.job_title)),
        (user.address1_telephone1, profile.business_phones.first().and_then(|phone| filled(phone))),
        (user.mobilephone, given(&profile.mobile_phone)),
        (user.address1_fax, given(&profile.fax_number)),
        (user.address1_line1, given(&profile.street_address)),
        (user.address1_city, given(&profile.city)),
        (user.address1_stateorprovince, given(&profile.state)),
        (user.address1_postalcode, given(&profile.postal_code)),
        (user.address1_country, given(&profile.country)),
    ];
    let mut record: Record = texts
        .into_iter()
        .filter(|(_, text)| purpose == Purpose::Update || text.is_some())
        .map(|(column, text)| (column, cut(catalogue, column, text)))
        .collect();
    if purpose == Purpose::Create
        && let Some(mail) = given(&account.mail)
    {
        record.set(user.internalemailaddress, cut(catalogue, user.internalemailaddress, Some(mail)));
    }
    record.set(user.azureactivedirectoryobjectid, account.id);
    record
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text as far as it fits its column.
fn cut(catalogue: &Catalogue, column: ColumnId, text: Option<String>) -> Value {
    let Some(text) = text else { return Value::Null };
    let definition = catalogue.table(catalogue.known().systemuser.id).column(column);
    let longest = match definition.kind {
        ColumnType::String { max_length } => max_length,
        _ => usize::MAX,
    };
    let mut units = 0;
    let fits = text.chars().take_while(|c| {
        units += c.len_utf16();
        units <= longest
    });
    Value::String(fits.collect::<CompactString>())
}
