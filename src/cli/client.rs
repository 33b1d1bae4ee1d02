//! A thin HTTP client of the control API: one request, one answer, no dependency.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use clap::Args;
use serde_json::Value;

/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take; imports of large organizations take their time.
const ANSWER: Duration = Duration::from_mins(5);

/// Where the emulator runs.
#[derive(Debug, Clone, Args)]
pub(super) struct Target {
    /// Base URL of the running emulator
    #[arg(long, value_name = "URL", env = "CRM_EMULATOR_URL", default_value = "http://127.0.0.1:5050")]
    url: String,
}

impl Target {
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        self.call("GET", path, None)
    }

    pub(super) fn get_json(&self, path: &str) -> Result<Value, String> {
        let body = self.get(path)?;
        serde_json::from_slice(&body).map_err(|error| format!("{} answered no JSON: {error}", self.url))
    }

    pub(super) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Vec<u8>, String> {
        let body = body.map(Value::to_string);
        self.call(method, path, body.as_deref().map(str::as_bytes))
    }

    /// The body of a successful answer; the emulator's own explanation otherwise.
    pub(super) fn call(&self, method: &str, path: &str, body: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let address = self
            .url
            .strip_prefix("http://")
            .ok_or_else(|| format!("'{}' cannot be asked: write --url as http://HOST:PORT", self.url))?;
        let address = address.trim_end_matches('/');
        let unreachable = |error: std::io::Error| {
            format!("no emulator answers at {}: {error}; start one, or say where it is with --url", self.url)
        };
        let stream = connect(address).map_err(unreachable)?;
        let (status, answer) =
            exchange(stream, address, method, &format!("/_emulator/v1/{path}"), body).map_err(unreachable)?;
        if (200..300).contains(&status) { Ok(answer) } else { Err(explain(status, &answer)) }
    }
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let full = if has_port { address.to_owned() } else { format!("{address}:80") };
    let mut last = std::io::Error::other("the name has no address");
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
    mut stream: TcpStream,
    host: &str,
    method: &str,
    path: &str,
    body: Option<&[u8]>,
) -> std::io::Result<(u16, Vec<u8>)> {
    let length = body.map_or(0, <[u8]>::len);
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body.unwrap_or_default())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("it does not speak HTTP"))?;
    // The emulator announces the length of every answer, and closes the connection after this one.
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let mut answer = Vec::new();
    reader.read_to_end(&mut answer)?;
    Ok((status, answer))
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
