//! A thin HTTP client of the control API: one request, one answer, nothing to wait for but the socket.
#![expect(
    clippy::doc_markdown,
    reason = "doc comments of flags are the text of --help, where backticks are noise"
)]

use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take; imports of large organizations take their time.
const ANSWER: Duration = Duration::from_mins(5);

/// Where the emulator runs.
#[derive(Debug, Clone, Args)]
pub(super) struct Target {
    /// Base URL of the running emulator [default: the port of CRM_EMULATOR_LISTEN on this machine, else
    /// http://127.0.0.1:5050]
    #[arg(long, value_name = "URL", env = "CRM_EMULATOR_URL")]
    url: Option<String>,
    /// Certificate to trust, for an https URL [default: ca.pem in CRM_EMULATOR_TLS_DIR]
    #[arg(long, value_name = "FILE", env = "CRM_EMULATOR_CACERT")]
    cacert: Option<PathBuf>,
}

/// What carries a request: a socket, perhaps with TLS around it.
trait Carrier: Read + Write {}

impl<T: Read + Write> Carrier for T {}

impl Target {
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        self.call("GET", path, None)
    }

    pub(super) fn get_json(&self, path: &str) -> Result<Value, String> {
        let body = self.get(path)?;
        serde_json::from_slice(&body).map_err(|error| format!("{} answered no JSON: {error}", self.url()))
    }

    pub(super) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Vec<u8>, String> {
        let body = body.map(Value::to_string);
        self.call(method, path, body.as_deref().map(str::as_bytes))
    }

    /// The body of a successful answer; the emulator's own explanation otherwise.
    pub(super) fn call(&self, method: &str, path: &str, body: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let url = self.url();
        let (scheme, authority) = url.split_once("://").unwrap_or(("", ""));
        let authority = authority.trim_end_matches('/');
        let unreachable = |error: io::Error| {
            format!("no emulator answers at {url}: {error}; start one, or say where it is with --url")
        };
        let carrier: Box<dyn Carrier> = match scheme {
            "http" => Box::new(connect(authority, 80).map_err(unreachable)?),
            "https" => self.secure(connect(authority, 443).map_err(unreachable)?, authority)?,
            _ => {
                return Err(format!(
                    "'{url}' cannot be asked: write --url as http://HOST:PORT or https://HOST:PORT"
                ));
            }
        };
        let path = format!("/_emulator/v1/{path}");
        let (status, answer) = exchange(carrier, authority, method, &path, body).map_err(unreachable)?;
        if (200..300).contains(&status) { Ok(answer) } else { Err(explain(status, &answer)) }
    }

    /// The environment that starts a server in a container also says where it is.
    fn url(&self) -> String {
        if let Some(url) = &self.url {
            return url.clone();
        }
        let port =
            std::env::var("CRM_EMULATOR_LISTEN").ok().and_then(|listen| listen.parse::<SocketAddr>().ok());
        let port = port.map(|address| address.port()).filter(|port| *port != 0).unwrap_or(5050);
        let is_secure = std::env::var("CRM_EMULATOR_TLS").is_ok_and(|tls| tls == "true")
            || std::env::var_os("CRM_EMULATOR_TLS_DIR").is_some();
        format!("{}://127.0.0.1:{port}", if is_secure { "https" } else { "http" })
    }

    fn secure(&self, stream: TcpStream, authority: &str) -> Result<Box<dyn Carrier>, String> {
        let kept = || std::env::var_os("CRM_EMULATOR_TLS_DIR").map(|dir| PathBuf::from(dir).join("ca.pem"));
        let file = self.cacert.clone().or_else(kept).ok_or("name the emulator's ca.pem with --cacert")?;
        let wrong = |why: &dyn Display| {
            format!(
                "{} does not vouch for {authority}: {why}; name the emulator's ca.pem with --cacert",
                file.display()
            )
        };
        let certificate = CertificateDer::from_pem_file(&file).map_err(|error| wrong(&error))?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).map_err(|error| wrong(&error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name).trim_matches(['[', ']']);
        let name = ServerName::try_from(name.to_owned()).map_err(|error| wrong(&error))?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| wrong(&error))?;
        let mut secured = StreamOwned::new(connection, stream);
        // The handshake happens here, so that a certificate nobody trusts is told from an emulator that is not there.
        secured.flush().map_err(|error| wrong(&error))?;
        Ok(Box::new(secured))
    }
}

fn connect(authority: &str, port: u16) -> io::Result<TcpStream> {
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let full = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    let mut last = io::Error::other("the name has no address");
    for candidate in full.to_socket_addrs()? {
        match TcpStream::connect_timeout(&candidate, CONNECT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(ANSWER))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn exchange(
    mut stream: Box<dyn Carrier>,
    host: &str,
    method: &str,
    path: &str,
    body: Option<&[u8]>,
) -> io::Result<(u16, Vec<u8>)> {
    let announced = body.map_or(0, <[u8]>::len);
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {announced}\r\n\r\n"
    )?;
    stream.write_all(body.unwrap_or_default())?;
    stream.flush()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("it does not speak HTTP"))?;
    // The emulator announces the length of every answer, and closes the connection after this one.
    let mut length = None;
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut answer = Vec::new();
    match reader.read_to_end(&mut answer) {
        // Over TLS the end of the connection may come without a farewell; the length tells whether all is there.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    match length {
        Some(length) if answer.len() != length => Err(io::Error::other("the answer is incomplete")),
        _ => Ok((status, answer)),
    }
}

/// The message and hint of an error body in one line.
fn explain(status: u16, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |member: &str| body["error"][member].as_str().map(str::to_owned);
    match (text("message"), text("hint")) {
        (Some(message), Some(hint)) => format!("{message} {hint}"),
        (Some(message), None) => message,
        _ => format!("the emulator answered {status}"),
    }
}
