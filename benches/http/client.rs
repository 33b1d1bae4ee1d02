//! A load generator lean enough not to be what is measured: kept-alive connections on one thread, prepared requests
//! of which only a few bytes change, and no more reading of an answer than finding where it ends.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use memchr::{memchr, memmem};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Failure;
use crate::process::Server;

/// Stays within a core's second-level cache, and takes a page of two megabytes in ten reads.
const BUFFER_BYTES: usize = 256 * 1024;
/// A head longer than this is a mistake of the server's.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bounds the paging through all users: more pages than any scenario here has.
const MAX_PAGES: usize = 2_000;
/// Digits of the number that makes a created user unique.
const DIGITS: usize = 12;
const ID_BYTES: usize = 36;

/// A user's id as it stands in an address.
pub(crate) type Id = [u8; ID_BYTES];

/// One kept-alive connection; it has at most one request under way.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

/// What is known of an answer once it has arrived whole.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    /// When the first bytes arrived.
    pub(crate) first_byte: Instant,
}

impl Answer {
    pub(crate) fn require(self, status: u16) -> io::Result<()> {
        if self.status == status {
            return Ok(());
        }
        Err(malformed(&format!("status {} where {status} was expected", self.status)))
    }
}

/// How the end of a body is told.
enum Framing {
    Length(u64),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; BUFFER_BYTES].into_boxed_slice() })
    }

    /// Sends one request and reads its answer to the end; the body goes to `sink` if there is one.
    pub(crate) async fn exchange(
        &mut self,
        request: &[u8],
        mut sink: Option<&mut Vec<u8>>,
    ) -> io::Result<Answer> {
        self.write(request).await?;
        let mut filled = self.read(0).await?;
        let first_byte = Instant::now();
        let head = loop {
            if let Some(end) = memmem::find(&self.buffer[..filled], b"\r\n\r\n") {
                break end + 4;
            }
            if filled > MAX_HEAD_BYTES {
                return Err(malformed("the head of the answer does not end"));
            }
            filled += self.read(filled).await?;
        };
        let (status, framing) = parse_head(&self.buffer[..head])?;
        if let Some(sink) = &mut sink {
            sink.clear();
        }

        let mut part = head..filled;
        let mut body_bytes = 0;
        let mut chunks = Chunks::default();
        loop {
            let bytes = &self.buffer[part];
            let complete = match framing {
                Framing::Length(length) => {
                    if let Some(sink) = &mut sink {
                        sink.extend_from_slice(bytes);
                    }
                    body_bytes += bytes.len() as u64;
                    if body_bytes > length {
                        return Err(malformed("more bytes came than the answer announced"));
                    }
                    body_bytes == length
                }
                Framing::Chunked => {
                    body_bytes += chunks.take(bytes, sink.as_deref_mut())?;
                    chunks.complete()
                }
            };
            if complete {
                return Ok(Answer { status, body_bytes, first_byte });
            }
            part = 0..self.read(0).await?;
        }
    }

    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = poll_fn(|context| Pin::new(&mut self.stream).poll_write(context, bytes)).await?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Reads what has arrived into the buffer from `start`, at least one byte.
    async fn read(&mut self, start: usize) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(&mut self.buffer[start..]);
        // Polled rather than tried: a read that does not fill the buffer then spares the one that would find nothing.
        poll_fn(|context| Pin::new(&mut self.stream).poll_read(context, &mut buffer)).await?;
        match buffer.filled().len() {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
            read => Ok(read),
        }
    }
}

/// The status and how the body ends. `head` includes the empty line.
fn parse_head(head: &[u8]) -> io::Result<(u16, Framing)> {
    let status = match head {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', a, b, c, ..]
            if [a, b, c].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            [a, b, c].iter().fold(0, |sum, digit| sum * 10 + u16::from(**digit - b'0'))
        }
        _ => return Err(malformed("the answer is not HTTP/1.1")),
    };
    if status == 204 || status == 304 {
        return Ok((status, Framing::Length(0)));
    }
    let mut lines = head;
    while let Some(end) = memchr(b'\n', lines) {
        let line = &lines[..end];
        lines = &lines[end + 1..];
        if let Some(value) = header(line, b"content-length:") {
            let text = str::from_utf8(value).map_err(|_| malformed("Content-Length is not text"))?;
            let length = text.trim().parse().map_err(|_| malformed("Content-Length is not a number"))?;
            return Ok((status, Framing::Length(length)));
        }
        if header(line, b"transfer-encoding:")
            .is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(b"chunked"))
        {
            return Ok((status, Framing::Chunked));
        }
    }
    Err(malformed("the answer does not tell where its body ends"))
}

fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(value)
}

/// Follows a chunked body from read to read without keeping it.
#[derive(Default)]
struct Chunks {
    state: Chunk,
    /// Of the size line: the size so far. Of the data: the bytes still to come.
    left: u64,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Chunk {
    #[default]
    Size,
    Extension,
    Data,
    DataEnd,
    /// After the last chunk: at the start of a line, which ends the body if it is empty.
    TrailerStart,
    Trailer,
    Complete,
}

impl Chunks {
    fn complete(&self) -> bool {
        self.state == Chunk::Complete
    }

    /// Takes the next bytes off the wire and tells how many of them are body.
    fn take(&mut self, mut bytes: &[u8], mut sink: Option<&mut Vec<u8>>) -> io::Result<u64> {
        let mut body = 0;
        while let Some((&first, rest)) = bytes.split_first() {
            if self.state == Chunk::Data {
                let here = (self.left as usize).min(bytes.len());
                if let Some(sink) = &mut sink {
                    sink.extend_from_slice(&bytes[..here]);
                }
                body += here as u64;
                self.left -= here as u64;
                bytes = &bytes[here..];
                if self.left == 0 {
                    self.state = Chunk::DataEnd;
                }
                continue;
            }
            bytes = rest;
            self.state = match (self.state, first) {
                (Chunk::Size, digit) if digit.is_ascii_hexdigit() => {
                    let value = char::from(digit).to_digit(16).map_or(0, u64::from);
                    self.left =
                        self.left.checked_mul(16).ok_or_else(|| malformed("a chunk is too long"))? + value;
                    Chunk::Size
                }
                (Chunk::Size | Chunk::Extension, b'\n') if self.left == 0 => Chunk::TrailerStart,
                (Chunk::Size | Chunk::Extension, b'\n') => Chunk::Data,
                (Chunk::Size | Chunk::Extension, _) => Chunk::Extension,
                (Chunk::DataEnd, b'\n') => Chunk::Size,
                (Chunk::DataEnd, b'\r') => Chunk::DataEnd,
                (Chunk::TrailerStart, b'\n') => Chunk::Complete,
                (Chunk::TrailerStart, b'\r') | (Chunk::Trailer, b'\n') => Chunk::TrailerStart,
                (Chunk::TrailerStart | Chunk::Trailer, _) => Chunk::Trailer,
                (Chunk::DataEnd | Chunk::Data, _) => {
                    return Err(malformed("a chunk does not end where it should"));
                }
                (Chunk::Complete, _) => return Err(malformed("bytes follow the end of a chunked answer")),
            };
        }
        Ok(body)
    }
}

fn malformed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A request with the headers that every client of the Web API sends.
pub(crate) fn request(server: &Server, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nOData-Version: 4.0\r\n\
         OData-MaxVersion: 4.0\r\n",
        server.address
    );
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if method != "GET" {
        text.push_str("Content-Type: application/json\r\nContent-Length: ");
        text.push_str(&body.len().to_string());
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn page_request(server: &Server, path: &str, page_size: usize) -> Vec<u8> {
    request(server, "GET", path, &[&format!("Prefer: odata.maxpagesize={page_size}")], b"")
}

/// What to ask, over and over: one prepared request and the places in it that change from one to the next.
#[derive(Clone)]
pub(crate) struct Requests {
    template: Vec<u8>,
    change: Change,
    /// Where it is noted how long each answer took, in milliseconds, if somebody wants to know.
    waits: Option<Rc<RefCell<Vec<f64>>>>,
}

#[derive(Clone)]
enum Change {
    Nothing,
    /// A random user's id, at one place.
    Id {
        place: Range<usize>,
        ids: Rc<Vec<Id>>,
        random: Rc<Cell<u64>>,
    },
    /// The next number, in decimal digits, at several places.
    Number {
        places: Vec<Range<usize>>,
        next: Rc<Cell<u64>>,
    },
}

impl Requests {
    /// Reads users by id, picked at random: a cache of a few rows should not help.
    pub(crate) fn by_id(server: &Server, users: &str, query: &str, ids: &Rc<Vec<Id>>) -> Requests {
        let gap = "#".repeat(ID_BYTES);
        let template = request(server, "GET", &format!("{users}({gap}){query}"), &[], b"");
        let start = memmem::find(&template, gap.as_bytes()).expect("the gap was just put there");
        let random = Rc::new(Cell::new(0x9E37_79B9_7F4A_7C15));
        let change = Change::Id { place: start..start + ID_BYTES, ids: Rc::clone(ids), random };
        Requests { template, change, waits: None }
    }

    /// Creates licensed users in read-write mode, numbered on from `next`.
    pub(crate) fn create(server: &Server, users: &str, next: &Rc<Cell<u64>>) -> Requests {
        let gap = "#".repeat(DIGITS);
        let body = format!(
            r#"{{"firstname":"Bench","lastname":"User {gap}","domainname":"bench{gap}@contoso.onmicrosoft.com","internalemailaddress":"bench{gap}@contoso.com","accessmode":0}}"#
        );
        let template = request(server, "POST", users, &[], body.as_bytes());
        let places =
            memmem::find_iter(&template, gap.as_bytes()).map(|start| start..start + DIGITS).collect();
        Requests { template, change: Change::Number { places, next: Rc::clone(next) }, waits: None }
    }

    pub(crate) fn page(server: &Server, users: &str, page_size: usize) -> Requests {
        Requests { template: page_request(server, users, page_size), change: Change::Nothing, waits: None }
    }

    /// The same address over and over.
    pub(crate) fn same(server: &Server, path: &str) -> Requests {
        Requests { template: request(server, "GET", path, &[], b""), change: Change::Nothing, waits: None }
    }

    /// The same requests, noting how long each answer takes.
    pub(crate) fn noting(mut self, waits: &Rc<RefCell<Vec<f64>>>) -> Requests {
        self.waits = Some(Rc::clone(waits));
        self
    }

    /// Turns a connection's copy of the template into its next request.
    fn prepare(&self, request: &mut [u8]) {
        match &self.change {
            Change::Nothing => {}
            Change::Id { place, ids, random } => {
                // Xorshift: any generator of this length will do, and it is the same in every run.
                let mut state = random.get();
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                random.set(state);
                request[place.clone()].copy_from_slice(&ids[(state % ids.len() as u64) as usize]);
            }
            Change::Number { places, next } => {
                let mut number = next.get();
                next.set(number + 1);
                let mut digits = [b'0'; DIGITS];
                for digit in digits.iter_mut().rev() {
                    *digit = b'0' + (number % 10) as u8;
                    number /= 10;
                }
                for place in places {
                    request[place.clone()].copy_from_slice(&digits);
                }
            }
        }
    }
}

/// What a number of exchanges came to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) body_bytes: u64,
    pub(crate) elapsed: Duration,
}

impl Tally {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn count(&mut self, answer: &Answer) {
        self.requests += 1;
        self.body_bytes += answer.body_bytes;
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.requests += other.requests;
        self.body_bytes += other.body_bytes;
        self.elapsed += other.elapsed;
    }
}

/// Keeps every connection busy until `limit` has passed or `budget` requests were sent, then waits for the last
/// answers. Any status but `expected` ends the run.
pub(crate) async fn drive(
    connections: &mut Vec<Connection>,
    requests: &Requests,
    expected: u16,
    limit: Duration,
    budget: u64,
) -> Result<Tally, Failure> {
    let left = Rc::new(Cell::new(budget));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for connection in connections.drain(..) {
        let requests = requests.clone();
        let left = Rc::clone(&left);
        tasks.spawn_local(async move {
            let mut connection = connection;
            let mut request = requests.template.clone();
            let mut tally = Tally::default();
            while left.get() > 0 && began.elapsed() < limit {
                left.set(left.get() - 1);
                requests.prepare(&mut request);
                let asked = requests.waits.is_some().then(Instant::now);
                let answer = connection.exchange(&request, None).await?;
                if let (Some(asked), Some(waits)) = (asked, &requests.waits) {
                    waits.borrow_mut().push(asked.elapsed().as_secs_f64() * 1e3);
                }
                if answer.status != expected {
                    return Err(explain(connection, &request, expected).await);
                }
                tally.count(&answer);
            }
            Ok((connection, tally))
        });
    }
    let mut total = Tally::default();
    while let Some(finished) = tasks.join_next().await {
        let (connection, tally) = finished??;
        connections.push(connection);
        total.add(&tally);
    }
    total.elapsed = began.elapsed();
    Ok(total)
}

/// Asks the refused question once more, to be able to show the answer: load keeps no bodies.
async fn explain(mut connection: Connection, request: &[u8], expected: u16) -> io::Error {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).into_owned();
    let mut body = Vec::new();
    match connection.exchange(request, Some(&mut body)).await {
        Ok(answer) => {
            let body = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
            malformed(&format!("{line}: not {expected}; asked again, status {}: {body}", answer.status))
        }
        Err(error) => malformed(&format!("{line}: not {expected}; asked again: {error}")),
    }
}

#[derive(Deserialize)]
struct Page {
    value: Vec<User>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct User {
    systemuserid: String,
}

/// The ids of all users, read as any client would: page by page along the links.
pub(crate) async fn user_ids(server: &Server, users: &str, page_size: usize) -> Result<Vec<Id>, Failure> {
    let mut connection = Connection::open(server.address).await?;
    let mut path = format!("{users}?$select=systemuserid");
    let mut ids = Vec::new();
    let mut body = Vec::new();
    for _ in 0..MAX_PAGES {
        let request = page_request(server, &path, page_size);
        let answer = connection.exchange(&request, Some(&mut body)).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(&body[..body.len().min(500)]);
            return Err(format!("GET {path} answered {}: {body}", answer.status).into());
        }
        let page: Page = serde_json::from_slice(&body)?;
        for user in page.value {
            ids.push(user.systemuserid.as_bytes().try_into().map_err(|_| "an id is not a GUID")?);
        }
        let Some(next) = page.next else {
            return Ok(ids);
        };
        let rest = next.split_once("://").map_or(next.as_str(), |(_, rest)| rest);
        path = rest.find('/').map(|start| rest[start..].to_owned()).ok_or("a next link has no path")?;
    }
    Err(format!("the users go on after {MAX_PAGES} pages").into())
}
