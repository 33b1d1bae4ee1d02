//! From credentials to a caller: who is asking, and on whose behalf.

use dashmap::DashMap;
use uuid::Uuid;

use crate::fault::{Fault, Kind, Result, RuleId, code};
use crate::ids::RequestIds;
use crate::model::ValueRef;
use crate::settings::AuthMode;
use crate::world::World;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The user whose rights count: the impersonated one under impersonation.
    pub user: Uuid,
    /// The user who really calls, when it impersonates another.
    pub impersonator: Option<Uuid>,
    /// Whether the system itself acts, above all checks.
    pub is_system: bool,
}

impl Caller {
    /// A user acting for itself.
    pub fn user(user: Uuid) -> Self {
        Self { user, impersonator: None, is_system: false }
    }

    /// The system acting.
    pub fn system(world: &World) -> Self {
        Self { user: world.identity().system_user, impersonator: None, is_system: true }
    }
}

/// What a request says of its sender.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials<'a> {
    /// Who the request says is asking.
    pub who: Who<'a>,
    /// Whom the sender wants to act as.
    pub act_as: ActAs<'a>,
}

/// Who a request says is asking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Who<'a> {
    /// Nobody said; an opaque token in open mode is no better.
    #[default]
    Nobody,
    /// A token that the emulator issued, for this user.
    Issued(Uuid),
    /// Somebody else's token: object id, sign-in name, application id.
    Claims {
        /// `oid`.
        object_id: Option<Uuid>,
        /// `upn`, `preferred_username` or `unique_name`.
        name: Option<&'a str>,
        /// `appid` or `azp`.
        application: Option<Uuid>,
    },
    /// A sign-in name with some password.
    Name(&'a str),
}

/// Impersonation headers as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActAs<'a> {
    /// `MSCRMCallerID`: a systemuserid.
    pub user: Option<&'a str>,
    /// `CallerObjectId`: a directory object id.
    pub object: Option<&'a str>,
}

/// Who has signed in at the pages: tokens that the emulator issued, each for a sign-in name in one organization. They are
/// the emulator's, not the organization's state: a snapshot does not sign anybody out.
#[derive(Debug)]
pub struct Sessions {
    by_token: DashMap<Uuid, Session>,
    tokens: RequestIds,
    form_token: Uuid,
}

/// Who has signed in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    organization: Box<str>,
    name: Box<str>,
}

impl Sessions {
    /// More than this many people have not signed in; the browser that made them is forgotten with all others.
    const MOST: usize = 10_000;

    /// Nobody has signed in.
    pub fn new() -> Self {
        let tokens = RequestIds::random();
        Self { by_token: DashMap::new(), form_token: tokens.next_id(), tokens }
    }

    /// What the emulator's own forms hold, so that a form of anybody else can be told.
    pub fn form_token(&self) -> Uuid {
        self.form_token
    }

    /// Signs somebody in; the token is a bearer token of the organization's interfaces.
    pub fn sign_in(&self, organization: &str, name: &str) -> Uuid {
        if self.by_token.len() >= Self::MOST {
            self.by_token.clear();
        }
        let token = self.tokens.next_id();
        self.by_token.insert(token, Session { organization: organization.into(), name: name.into() });
        token
    }

    /// Signs somebody out.
    pub fn sign_out(&self, token: Uuid) {
        self.by_token.remove(&token);
    }

    /// The sign-in name a token was issued for; `None` where this organization has issued no such token.
    pub fn name(&self, organization: &str, token: Uuid) -> Option<Box<str>> {
        let session = self.by_token.get(&token)?;
        (*session.organization == *organization).then(|| session.name.clone())
    }

    /// The user a token was issued for, as [`Who::Issued`] takes it: one who is not in the organization (any more) is
    /// told by the nil id, which no user has. `None` where the text is no token that this organization issued.
    pub fn user(&self, world: &World, organization: &str, token: &str) -> Option<Uuid> {
        let name = self.name(organization, token.parse().ok()?)?;
        Some(user_named(world, &name).unwrap_or_default())
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}

/// Finds the caller of a request.
///
/// # Errors
///
/// 401 where nobody is named and the organization wants a token (X1), 403 `UserNotMemberOfOrg` where the named
/// principal has no row (X2), `InvalidArgument` and the rest of M2 for what the impersonation headers say.
pub fn authenticate(world: &World, credentials: &Credentials<'_>) -> Result<Caller> {
    let user = match &credentials.who {
        Who::Issued(user) => *user,
        _ if world.settings().auth == AuthMode::Token => return Err(unauthenticated()),
        Who::Nobody => world.identity().default_caller,
        Who::Name(name) => user_named(world, name).ok_or_else(|| not_a_member(name))?,
        Who::Claims { object_id, name, application } => object_id
            .and_then(|id| {
                user_with(world, world.known().systemuser.azureactivedirectoryobjectid, ValueRef::Guid(id))
            })
            .or_else(|| name.and_then(|name| user_named(world, name)))
            .or_else(|| {
                application.and_then(|id| {
                    user_with(world, world.known().systemuser.applicationid, ValueRef::Guid(id))
                })
            })
            .ok_or_else(|| not_a_member(name.unwrap_or("the token's principal")))?,
    };
    impersonate(world, user, credentials.act_as)
}

/// The user with a sign-in name.
pub fn user_named(world: &World, name: &str) -> Option<Uuid> {
    user_with(world, world.known().systemuser.domainname, ValueRef::String(name))
}

fn user_with(world: &World, column: crate::model::ColumnId, value: ValueRef<'_>) -> Option<Uuid> {
    world.records().table(world.known().systemuser.id).rows_with(column, value).next().map(|row| row.id())
}

fn impersonate(world: &World, sender: Uuid, act_as: ActAs<'_>) -> Result<Caller> {
    let malformed = |header: &str| {
        Fault::with(
            &code::InvalidArgument,
            format!("The value of the {header} header is not a valid identifier."),
        )
        .rule(RuleId("M2"))
        .hint(format!("Send a GUID in {header}."))
    };
    let users = world.records().table(world.known().systemuser.id);
    let by_id = act_as
        .user
        .map(|text| {
            let id = text.trim().parse().map_err(|_| malformed("MSCRMCallerID"))?;
            users.get(id).map(|row| row.id()).ok_or_else(|| {
                Fault::with(
                    &code::BusinessManagementInvalidUserId,
                    format!("The user Id(s) [{id}] is invalid."),
                )
                .rule(RuleId("M2"))
                .hint("MSCRMCallerID takes the systemuserid of an existing user.")
            })
        })
        .transpose()?;
    let by_object = act_as
        .object
        .map(|text| {
            let id: Uuid = text.trim().parse().map_err(|_| malformed("CallerObjectId"))?;
            user_with(world, world.known().systemuser.azureactivedirectoryobjectid, ValueRef::Guid(id))
                .ok_or_else(|| {
                    Fault::new(&code::UserNotMemberOfOrg)
                        .rule(RuleId("M2"))
                        .hint("No user has this azureactivedirectoryobjectid.")
                })
        })
        .transpose()?;
    let user = match (by_id, by_object) {
        (Some(a), Some(b)) if a != b => {
            return Err(Fault::new(&code::InvalidArgument)
                .rule(RuleId("M1"))
                .hint("MSCRMCallerID and CallerObjectId name different users; send one of them."));
        }
        (Some(user), _) | (None, Some(user)) => user,
        (None, None) => return Ok(Caller::user(sender)),
    };
    // M7: impersonating oneself is nothing special.
    Ok(if user == sender {
        Caller::user(sender)
    } else {
        Caller { impersonator: Some(sender), ..Caller::user(user) }
    })
}

fn not_a_member(name: &str) -> Fault {
    Fault::new(&code::UserNotMemberOfOrg)
        .rule(RuleId("X2"))
        .hint(format!("No systemuser matches {}; create one or send no Authorization header.", ascii(name)))
}

fn unauthenticated() -> Fault {
    Fault::with(&code::InvalidUserAuth, "Authorization has been denied for this request.")
        .kind_of(Kind::Unauthenticated)
        .rule(RuleId("X1"))
        .hint("The organization runs with auth=token: send a token that the emulator issued.")
}

fn ascii(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(80).collect()
}
