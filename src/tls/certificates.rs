//! Making and judging certificates.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;

use crate::clock::machine_now;

/// The names of the leaf that is kept. Many clients take no wildcard so close to the root, which is why names below
/// `localhost` are certified when they are asked for ([`super::names`]).
pub(super) const NAMES: [&str; 4] = ["localhost", "*.localhost", "127.0.0.1", "::1"];
/// What every client may ask for.
const ASKED: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How long the CA lasts, in days.
const CA_DAYS: i64 = 3650;
/// How long a leaf lasts, in days; some systems accept none that lasts longer than 825.
const LEAF_DAYS: i64 = 820;
/// A leaf that ends within these days is issued again.
const RENEW_DAYS: i64 = 7;

/// The emulator's own CA.
#[derive(Debug)]
pub(super) struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A server's certificate with its key, as PEM.
pub(super) struct Leaf {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Authority {
    /// A new CA.
    pub(super) fn generate() -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        let params = ca_params();
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// A CA that was generated before. What a leaf takes from its issuer (name, key id, key) is the same for every CA
    /// of the emulator but the key; whoever brings another CA finds that its leaves are not good.
    pub(super) fn from_parts(certificate: String, key: &str) -> Result<Self, Error> {
        Ok(Self { certificate, issuer: Issuer::new(ca_params(), KeyPair::from_pem(key)?) })
    }

    pub(super) fn certificate(&self) -> &str {
        &self.certificate
    }

    pub(super) fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A new leaf for these names.
    pub(super) fn issue(&self, names: &[&str]) -> Result<Leaf, Error> {
        let key = KeyPair::generate()?;
        let mut params =
            CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())?;
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, names.first().copied().unwrap_or("localhost"));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python's VERIFY_X509_STRICT wants it.
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, LEAF_DAYS);
        Ok(Leaf { certificate: params.signed_by(&key, &self.issuer)?.pem(), key: key.serialize_pem() })
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, "crm-emulator local CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, CA_DAYS);
    params
}

/// Good from yesterday, for clocks that are behind, and for so many days.
fn set_validity(params: &mut CertificateParams, days: i64) {
    let midnight = |days| {
        let date = from_now(days).to_zoned(TimeZone::UTC).date();
        date_time_ymd(date.year().into(), date.month() as u8, date.day() as u8)
    };
    params.not_before = midnight(-1);
    params.not_after = midnight(days);
}

fn from_now(days: i64) -> Timestamp {
    machine_now().saturating_add(SignedDuration::from_hours(days * 24)).unwrap_or(Timestamp::MAX)
}

impl Leaf {
    /// Certificate and key as a server takes them; `None` where they cannot be read or do not belong together.
    pub(super) fn parse(&self) -> Option<CertifiedKey> {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).ok()?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).ok()?;
        CertifiedKey::from_der(vec![certificate], key, &rustls::crypto::ring::default_provider()).ok()
    }

    /// Whether a client that trusts this CA will accept the leaf for all its names, next week still.
    pub(super) fn is_good(&self, ca: &str) -> bool {
        self.judge(ca).is_some()
    }

    fn judge(&self, ca: &str) -> Option<()> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let leaf = self.parse()?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).ok()?).ok()?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
        let then = Duration::from_secs(from_now(RENEW_DAYS).as_second().try_into().ok()?);
        for name in ASKED {
            let name = ServerName::try_from(name).ok()?;
            let then = UnixTime::since_unix_epoch(then);
            verifier.verify_server_cert(leaf.end_entity_cert().ok()?, &[], &name, &[], then).ok()?;
        }
        Some(())
    }
}
