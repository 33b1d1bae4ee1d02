//! Rows named by address in bodies: `x@odata.bind` and `@odata.id`.

use super::super::{key, path};
use super::{Decoder, bad_payload, odata};
use crate::fault::{Fault, Result, code};
use crate::model::{Navigation, NavigationKind, Table, Target};
use crate::service::Link;

impl Decoder<'_> {
    /// The row that an address names: absolute on this site, or relative with or without a slash, by primary or
    /// alternate key, or `$1` within a change set.
    ///
    /// # Errors
    ///
    /// `CrmHttpError` where it names no row of a known set.
    pub(in crate::protocol::webapi) fn link(&self, address: &str) -> Result<Link> {
        let address = address.trim();
        if address.starts_with('$') {
            return self.references.get(address);
        }
        let relative = self.root.relative(address).ok_or_else(|| {
            unrecognised().hint("The address is of another site or organization than the request's own.")
        })?;
        if relative.starts_with('$') {
            return self.references.get(relative);
        }
        let decoded = path::decode(relative)?;
        let segments = path::split(&decoded)?;
        let [segment] = segments.as_slice() else { return Err(unrecognised()) };
        let table = self.catalogue.entity_set(segment.name).ok_or_else(unrecognised)?;
        let key = key::parse(self.catalogue, table, segment.args.ok_or_else(unrecognised)?)?;
        Ok(Link { table: table.id, key })
    }

    /// The row that an address names, which must be one that the navigation property can lead to.
    ///
    /// # Errors
    ///
    /// As [`Decoder::link`], and where the row is of a table that the property does not lead to.
    pub(super) fn bound(&self, table: &Table, navigation: &Navigation, address: &str) -> Result<Link> {
        let link = self.link(address)?;
        self.check_target(table, navigation, &link)?;
        Ok(link)
    }

    /// Whether a navigation property can lead to a row. `Assumed:` the text.
    ///
    /// # Errors
    ///
    /// Where the row is of a table that the property does not lead to.
    pub(in crate::protocol::webapi) fn check_target(
        &self,
        table: &Table,
        navigation: &Navigation,
        link: &Link,
    ) -> Result<()> {
        let target = self.catalogue.table(link.table);
        let fits = match navigation.kind {
            NavigationKind::Lookup { target: Target::Principal, .. } => target.is_principal(),
            NavigationKind::Lookup { target: Target::Table(to), .. }
            | NavigationKind::Collection { table: to, .. }
            | NavigationKind::ManyToMany { table: to, .. } => to == link.table,
        };
        if fits {
            return Ok(());
        }
        let said = format!(
            "The navigation property '{}' does not lead to 'Microsoft.Dynamics.CRM.{}'.",
            navigation.name, target.logical_name
        );
        Err(bad_payload(table, odata(&said)))
    }
}

/// Source: web-api.md 3.3.
fn unrecognised() -> Fault {
    Fault::with(
        &code::CrmHttpError,
        "URL was not parsed due to an ODataUnrecognizedPathException. Resource not found for the segment provided in the URL.",
    )
}
