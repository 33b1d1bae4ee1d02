//! Which annotations a request wants with its answer (`Prefer: odata.include-annotations`).

/// A set of annotations by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Wanted(u16);

macro_rules! annotations {
    ($($constant:ident = $bit:literal, $name:literal;)*) => {
        impl Wanted {
            $(#[doc = concat!("`", $name, "`")] pub(super) const $constant: Self = Self(1 << $bit);)*
        }

        /// Every annotation the emulator can write, by its full name.
        const NAMES: &[(&str, Wanted)] = &[$(($name, Wanted::$constant)),*];
    };
}

annotations! {
    FORMATTED = 0, "OData.Community.Display.V1.FormattedValue";
    LOOKUP_NAME = 1, "Microsoft.Dynamics.CRM.lookuplogicalname";
    NAVIGATION = 2, "Microsoft.Dynamics.CRM.associatednavigationproperty";
    TOTAL = 3, "Microsoft.Dynamics.CRM.totalrecordcount";
    TOTAL_EXCEEDED = 4, "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";
    METADATA_VERSION = 5, "Microsoft.Dynamics.CRM.globalmetadataversion";
    PAGING_COOKIE = 6, "Microsoft.Dynamics.CRM.fetchxmlpagingcookie";
    MORE_RECORDS = 7, "Microsoft.Dynamics.CRM.morerecords";
    ERROR_DETAILS = 8, "Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus";
    HELP_LINK = 9, "Microsoft.PowerApps.CDS.HelpLink";
    TRACE_TEXT = 10, "Microsoft.PowerApps.CDS.TraceText";
    INNER_ERROR = 11, "Microsoft.PowerApps.CDS.InnerError.Message";
    ATTRIBUTE_NAME = 12, "OData.Community.Display.V1.AttributeName";
}

impl Wanted {
    /// Reads the list of an `odata.include-annotations` preference: names, `*`, prefixes that end in `*`, and any of
    /// them with a minus before it, which takes away.
    pub(super) fn of(list: &str) -> Self {
        let mut wanted = Self::default();
        for pattern in list.split(',').map(str::trim) {
            let (pattern, take_away) = match pattern.strip_prefix('-') {
                Some(pattern) => (pattern, true),
                None => (pattern, false),
            };
            for (name, annotation) in NAMES {
                if matches(pattern, name) {
                    wanted.0 = if take_away { wanted.0 & !annotation.0 } else { wanted.0 | annotation.0 };
                }
            }
        }
        wanted
    }

    /// Whether one of `others` is wanted.
    pub(super) fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether nothing is wanted.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The annotations of properties.
    pub(super) const ON_PROPERTIES: Self = Self(Self::FORMATTED.0 | Self::LOOKUP_NAME.0 | Self::NAVIGATION.0);
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_wildcards_and_exclusions() {
        let all = Wanted::of("*");
        assert!(NAMES.iter().all(|(_, annotation)| all.any(*annotation)));
        let crm = Wanted::of("Microsoft.Dynamics.CRM.*");
        assert!(crm.any(Wanted::LOOKUP_NAME) && crm.any(Wanted::MORE_RECORDS) && !crm.any(Wanted::FORMATTED));
        let two =
            Wanted::of("Microsoft.Dynamics.CRM.fetchxmlpagingcookie, Microsoft.Dynamics.CRM.morerecords");
        assert_eq!(two, Wanted(Wanted::PAGING_COOKIE.0 | Wanted::MORE_RECORDS.0));
        assert!(!Wanted::of("*,-OData.Community.Display.V1.FormattedValue").any(Wanted::FORMATTED));
        assert!(Wanted::of("Microsoft.PowerApps.CDS.ErrorDetails*").any(Wanted::ERROR_DETAILS));
        assert!(Wanted::of("").is_empty() && Wanted::of("nonsense").is_empty());
    }
}
