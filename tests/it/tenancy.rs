//! What an administrator of the Office 365 tenant does, in the process.

use crm_emulator::directory::sku::{PROFESSIONAL, sku};
use crm_emulator::directory::{Account, AdminRole};
use uuid::Uuid;

use crate::support::Fixture;

/// The object id of an account or a group by its name.
pub(crate) fn account(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

/// Adds an account.
pub(crate) fn add(f: &Fixture, name: &str, licensed: bool, roles: &[AdminRole]) -> Uuid {
    let mut first = name.to_owned();
    first[..1].make_ascii_uppercase();
    let account = Account {
        given_name: Some(first),
        surname: Some("Person".to_owned()),
        licenses: if licensed { vec![PROFESSIONAL.to_owned()] } else { Vec::new() },
        admin_roles: roles.to_vec(),
        ..Account::new(account(name), format!("{name}@contoso.onmicrosoft.com"))
    };
    let id = account.id;
    f.org().change_tenant(|tenant| tenant.add(account)).unwrap();
    id
}

/// Assigns the licence to an account, or removes it.
pub(crate) fn license(f: &Fixture, account: Uuid, on: bool) {
    let sku = [sku(PROFESSIONAL).unwrap()];
    let (add, remove): (&[_], &[_]) = if on { (&sku, &[]) } else { (&[], &sku) };
    f.org().change_tenant(|tenant| tenant.assign_licenses(account, add, remove)).unwrap();
}
