// The npm client `dynamics-web-api`, unmodified, against the emulator.
//
// Rule numbers in the titles (U12, L2, ...) are those of the emulator's rule list (GET /_emulator/v1/rules).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DynamicsWebApi } from "dynamics-web-api";
import { Emulator } from "./emulator.mjs";

// The client would send requests for the loopback address through a proxy named in the environment.
for (const name of Object.keys(process.env)) if (/^https?_proxy$/i.test(name)) delete process.env[name];

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MISSING = "00000000-0000-4000-8000-00000000dead";
const READ_WRITE = 0;
const NON_INTERACTIVE = 4;
const NI_QUOTA = {
  status: 400,
  code: "0x8004B050",
  message: "You have reached the maximum number of non-interactive users/",
};

/** Runs one emulator for the enclosing `describe`; the returned object holds its client and a few helpers. */
function useEmulator(flags) {
  const org = {};
  before(async () => {
    org.emulator = await Emulator.start(flags);
    org.api = new DynamicsWebApi({
      serverUrl: org.emulator.url,
      dataApi: { version: "9.2" },
      onTokenRefresh: async () => "an-opaque-token",
    });
    org.root = `${org.emulator.url}/api/data/v9.2/`;
  });
  after(async () => {
    const end = await org.emulator?.stop();
    if (end) assert.deepEqual(end, { code: 0, signal: null }, "SIGTERM must end the emulator with exit code 0");
  });

  org.whoAmI = () => org.api.callFunction("WhoAmI");
  org.licences = (mode) =>
    org.api.callFunction({ name: "RetrieveLicenseInfo", parameters: { AccessMode: mode } });
  /** The create of the first article: access mode, first name, last name, business unit, and nothing else. */
  org.createUser = async (accessmode, firstname, lastname) =>
    org.api.create({
      collection: "systemusers",
      data: {
        accessmode,
        firstname,
        lastname,
        "businessunitid@odata.bind": `businessunits(${(await org.whoAmI()).BusinessUnitId})`,
      },
    });
  org.user = (key, select = ["fullname", "accessmode", "isdisabled", "islicensed"]) =>
    org.api.retrieve({ collection: "systemusers", key, select });
  org.role = async (name) => {
    const { BusinessUnitId } = await org.whoAmI();
    const { value } = await org.api.retrieveMultiple({
      collection: "roles",
      select: ["name", "roleid"],
      filter: `name eq '${name}' and _businessunitid_value eq ${BusinessUnitId}`,
    });
    assert.equal(value.length, 1, `exactly one role ${name} in the root business unit`);
    return value[0].roleid;
  };
  return org;
}

/** Error codes are numbers in hexadecimal: `0x8004B050` and `0x8004b050` are the same code. */
const codeNumber = (code) => (/^0x[0-9a-f]{8}$/i.test(code) ? Number(code) : code);

/** Asserts that `promise` is refused with this status, code and message (each only where given). */
async function refused(promise, { code, ...rest }) {
  await assert.rejects(promise, (error) => {
    const found = Object.fromEntries(Object.keys(rest).map((name) => [name, error[name]]));
    assert.deepEqual({ ...found, code: code && codeNumber(error.code) }, { ...rest, code: code && codeNumber(code) });
    return true;
  });
}

const notFound = (table, id) => ({
  status: 404,
  code: "0x80040217",
  message: `Entity '${table}' With Id = ${id} Does Not Exist`,
});

describe("start", () => {
  it("announces itself once on standard output and in the ready file, and ends well on SIGTERM", async () => {
    const emulator = await Emulator.start();
    const inFile = await emulator.readyFileText();
    const end = await emulator.stop();
    assert.equal(inFile, emulator.url);
    assert.equal(emulator.stdout, `crm-emulator ready at ${emulator.url}\n`);
    assert.deepEqual(end, { code: 0, signal: null });
  });
});

describe("users of the default scenario", () => {
  const org = useEmulator([]);
  let integration; // the non-interactive user of the first article

  it("WhoAmI answers with three ids and the request's own address", async () => {
    const me = await org.whoAmI();
    assert.match(me.UserId, GUID);
    assert.match(me.BusinessUnitId, GUID);
    assert.match(me.OrganizationId, GUID);
    assert.equal(me.oDataContext, `${org.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`);
  });

  it("works without any token", async () => {
    const anonymous = new DynamicsWebApi({ serverUrl: org.emulator.url });
    assert.deepEqual(await anonymous.callFunction("WhoAmI"), await org.whoAmI());
  });

  it("RetrieveLicenseInfo counts seats and slots", async () => {
    const seats = await org.licences(READ_WRITE);
    assert.equal(seats.oDataContext, `${org.root}$metadata#Microsoft.Dynamics.CRM.RetrieveLicenseInfoResponse`);
    assert.equal(seats.GrantedLicenseCount + seats.AvailableCount, 10, "ten licences are the default");
    const slots = await org.licences(NON_INTERACTIVE);
    assert.equal(slots.GrantedLicenseCount + slots.AvailableCount, 5, "five non-interactive users are free");
    await refused(org.licences(9), {
      status: 400,
      code: "0x8004431A",
      message: "The picklist value is out of the range.",
    });
  });

  it("creates the non-interactive user from four properties (U6)", async () => {
    const me = await org.whoAmI();
    const seats = await org.licences(READ_WRITE);
    const slots = await org.licences(NON_INTERACTIVE);

    integration = await org.createUser(NON_INTERACTIVE, "system", "integration");
    assert.match(integration, GUID);

    const user = await org.api.retrieve({ collection: "systemusers", key: integration });
    assert.equal(user.systemuserid, integration);
    assert.equal(user.ownerid, integration, "a user is a principal: ownerid repeats the key");
    assert.equal(user.firstname, "system");
    assert.equal(user.lastname, "integration");
    assert.equal(user.fullname, "system integration");
    assert.equal(user.accessmode, NON_INTERACTIVE);
    assert.equal(user.isdisabled, false);
    assert.equal(user.islicensed, false);
    assert.equal(user._businessunitid_value, me.BusinessUnitId);
    assert.ok(user.createdon instanceof Date, "the client turns 2024-01-31T12:00:00Z into a Date");
    assert.equal(user.oDataContext, `${org.root}$metadata#systemusers/$entity`);
    assert.match(user["@odata.etag"], /^W\/"\d+"$/);

    const after = await org.licences(NON_INTERACTIVE);
    assert.equal(after.GrantedLicenseCount, slots.GrantedLicenseCount + 1);
    assert.equal(after.AvailableCount, slots.AvailableCount - 1);
    const seatsAfter = await org.licences(READ_WRITE);
    assert.equal(seatsAfter.GrantedLicenseCount, seats.GrantedLicenseCount);
    assert.equal(seatsAfter.AvailableCount, seats.AvailableCount);
  });

  it("sends letters beyond ASCII whole", async () => {
    const id = await org.createUser(READ_WRITE, "Zoë", "Łukasiewicz 李");
    assert.equal((await org.user(id)).fullname, "Zoë Łukasiewicz 李");
  });

  it("a read-write user takes a licence (U11)", async () => {
    const before = await org.licences(READ_WRITE);
    const id = await org.createUser(READ_WRITE, "Read", "Write");
    const user = await org.user(id);
    assert.equal(user.isdisabled, false);
    assert.equal(user.islicensed, true);
    const after = await org.licences(READ_WRITE);
    assert.equal(after.AvailableCount, before.AvailableCount - 1);
  });

  it("lists users with select, filter, order and count", async () => {
    const all = await org.api.retrieveMultiple({
      collection: "systemusers",
      select: ["fullname", "accessmode"],
      orderBy: ["fullname asc"],
      count: true,
    });
    assert.equal(all.oDataContext, `${org.root}$metadata#systemusers(fullname,accessmode)`);
    assert.equal(all.oDataCount, all.value.length);
    assert.equal(all.oDataNextLink, undefined);
    for (const user of all.value) {
      assert.match(user.systemuserid, GUID, "the key is there although it was not selected");
      assert.match(user["@odata.etag"], /^W\/"\d+"$/);
      assert.equal(typeof user.accessmode, "number");
      assert.ok(!("firstname" in user), "only what was selected");
    }
    const names = all.value.map((user) => user.fullname.toLowerCase());
    for (const name of ["system", "integration", "system integration"]) assert.ok(names.includes(name), name);

    const some = await org.api.retrieveMultiple({
      collection: "systemusers",
      select: ["fullname", "accessmode"],
      filter: `accessmode eq 4 and contains(fullname,'m int') and systemuserid eq {${integration.toUpperCase()}}`,
    });
    assert.deepEqual(
      some.value.map((user) => user.systemuserid),
      [integration],
    );
    assert.equal(some.oDataCount, undefined);

    const top = await org.api.retrieveMultiple({ collection: "systemusers", select: ["fullname"], top: 2 });
    assert.equal(top.value.length, 2);
    assert.equal(top.oDataNextLink, undefined, "$top is not a page size");
  });

  it("pages through users, each exactly once", async () => {
    const request = { collection: "systemusers", select: ["fullname"], orderBy: ["lastname desc"] };
    const whole = await org.api.retrieveMultiple(request);
    const paged = [];
    let page = await org.api.retrieveMultiple({ ...request, maxPageSize: 2, count: true });
    for (;;) {
      assert.equal(page.oDataCount, whole.value.length, "the count is repeated on every page");
      assert.ok(page.value.length <= 2);
      paged.push(...page.value);
      if (!page.oDataNextLink) break;
      assert.equal(page.value.length, 2, "a page with a next link is full");
      assert.ok(page.oDataNextLink.startsWith(`${org.root}systemusers?`), page.oDataNextLink);
      page = await org.api.retrieveMultiple({ ...request, maxPageSize: 2, count: true }, page.oDataNextLink);
    }
    assert.deepEqual(paged, whole.value);
    const all = await org.api.retrieveAll({ ...request, maxPageSize: 3 });
    assert.deepEqual(all.value, whole.value);
  });

  it("counts users", async () => {
    const { value } = await org.api.retrieveMultiple({ collection: "systemusers", select: ["accessmode"] });
    assert.equal(await org.api.count({ collection: "systemusers" }), value.length);
    assert.equal(
      await org.api.count({ collection: "systemusers", filter: "accessmode eq 4" }),
      value.filter((user) => user.accessmode === NON_INTERACTIVE).length,
    );
  });

  it("retrieves with annotations", async () => {
    const user = await org.api.retrieve({
      collection: "systemusers",
      key: integration,
      select: ["accessmode", "isdisabled", "_businessunitid_value"],
      includeAnnotations: "*",
    });
    assert.equal(user.accessmode_Formatted, "Non-interactive");
    assert.equal(user.isdisabled_Formatted, "Enabled");
    assert.equal(user._businessunitid_value_LogicalName, "businessunit");
    assert.equal(user._businessunitid_value_NavigationProperty, "businessunitid");
    const unit = await org.api.retrieve({
      collection: "businessunits",
      key: user._businessunitid_value,
      select: ["name"],
    });
    assert.equal(user._businessunitid_value_Formatted, unit.name);
  });

  it("retrieves with expand", async () => {
    const me = await org.whoAmI();
    const user = await org.api.retrieve({
      collection: "systemusers",
      key: integration,
      select: ["fullname"],
      expand: [
        { property: "businessunitid", select: ["name"] },
        { property: "parentsystemuserid", select: ["fullname"] },
      ],
    });
    assert.equal(user.fullname, "system integration");
    assert.equal(user.businessunitid.businessunitid, me.BusinessUnitId);
    assert.equal(typeof user.businessunitid.name, "string");
    assert.equal(user.parentsystemuserid, null);
    assert.equal(
      user.oDataContext,
      `${org.root}$metadata#systemusers(fullname,businessunitid(name),parentsystemuserid(fullname))/$entity`,
    );
    const reference = await org.api.retrieve({
      collection: "systemusers",
      key: integration,
      select: ["businessunitid/$ref"],
    });
    assert.deepEqual(
      { collection: reference.collection, id: reference.id },
      { collection: "businessunits", id: me.BusinessUnitId },
    );
  });

  it("updates a user", async () => {
    assert.equal(
      await org.api.update({
        collection: "systemusers",
        key: integration,
        data: { firstname: "data", internalemailaddress: "data@example.com" },
      }),
      true,
    );
    const user = await org.user(integration, ["firstname", "fullname", "internalemailaddress", "accessmode"]);
    assert.equal(user.firstname, "data");
    assert.equal(user.fullname, "data integration", "the full name follows");
    assert.equal(user.internalemailaddress, "data@example.com");
    assert.equal(user.accessmode, NON_INTERACTIVE);

    const back = await org.api.update({
      collection: "systemusers",
      key: integration,
      data: { firstname: "system" },
      returnRepresentation: true,
      select: ["fullname"],
    });
    assert.equal(back.fullname, "system integration");
    assert.equal(back.systemuserid, integration);

    for (const [lastname, fullname] of [["service", "system service"], ["integration", "system integration"]]) {
      await org.api.updateSingleProperty({
        collection: "systemusers",
        key: integration,
        fieldValuePair: { lastname },
      });
      assert.equal((await org.user(integration)).fullname, fullname);
    }
  });

  it("update never creates: an unknown user is 404", async () => {
    await refused(
      org.api.update({ collection: "systemusers", key: MISSING, data: { firstname: "x" } }),
      notFound("systemuser", MISSING),
    );
    await refused(
      org.api.retrieve({ collection: "systemusers", key: MISSING }),
      notFound("systemuser", MISSING),
    );
  });

  it("associates a role through systemuserroles_association and takes it away again (R18)", async () => {
    const role = await org.role("System Administrator");
    const roles = async () => {
      const user = await org.api.retrieve({
        collection: "systemusers",
        key: integration,
        select: ["fullname"],
        expand: [{ property: "systemuserroles_association", select: ["name"] }],
      });
      return user.systemuserroles_association.map((row) => [row.roleid, row.name]);
    };
    const link = {
      collection: "systemusers",
      primaryKey: integration,
      relationshipName: "systemuserroles_association",
      relatedKey: role,
    };
    assert.deepEqual(await roles(), [], "no role is assigned by create (U18)");
    await org.api.associate({ ...link, relatedCollection: "roles" });
    assert.deepEqual(await roles(), [[role, "System Administrator"]]);

    const users = await org.api.retrieve({
      collection: "roles",
      key: role,
      select: ["name"],
      expand: [{ property: "systemuserroles_association", select: ["fullname"] }],
    });
    assert.ok(users.systemuserroles_association.some((user) => user.systemuserid === integration));

    await org.api.associate({ ...link, relatedCollection: "roles" }); // again: no change
    assert.equal((await roles()).length, 1);
    await org.api.disassociate(link);
    assert.deepEqual(await roles(), []);

    await refused(org.api.associate({ ...link, relatedKey: MISSING, relatedCollection: "roles" }), {
      status: 404,
      code: "0x80040217",
    });
  });

  it("acts for another user (M5)", async () => {
    const role = await org.role("System Administrator");
    await org.api.associate({
      collection: "systemusers",
      primaryKey: integration,
      relationshipName: "systemuserroles_association",
      relatedCollection: "roles",
      relatedKey: role,
    });
    const me = await org.whoAmI();
    const other = await org.api.callFunction({ name: "WhoAmI", impersonate: integration });
    assert.equal(other.UserId, integration);
    assert.equal(other.OrganizationId, me.OrganizationId);

    const account = await org.api.create({
      collection: "accounts",
      data: { name: "Made for another" },
      impersonate: integration,
    });
    const row = await org.api.retrieve({ collection: "accounts", key: account });
    assert.equal(row._createdby_value, integration);
    assert.equal(row._ownerid_value, integration);
    assert.equal(row._createdonbehalfby_value, me.UserId);
    await refused(
      org.api.callFunction({ name: "WhoAmI", impersonate: MISSING }),
      { status: 400, code: "0x80041D1F", message: `The user Id(s) [${MISSING}] is invalid.` },
    );
  });

  it("disables and enables a user; the licence comes back and goes again (U97, U39)", async () => {
    const id = await org.createUser(READ_WRITE, "On", "Off");
    const enabled = await org.licences(READ_WRITE);

    assert.equal(await org.api.update({ collection: "systemusers", key: id, data: { isdisabled: true } }), true);
    let user = await org.user(id);
    assert.equal(user.isdisabled, true);
    assert.equal(user.islicensed, false);
    assert.equal((await org.licences(READ_WRITE)).AvailableCount, enabled.AvailableCount + 1);

    assert.equal(await org.api.update({ collection: "systemusers", key: id, data: { isdisabled: false } }), true);
    user = await org.user(id);
    assert.equal(user.isdisabled, false);
    assert.equal(user.islicensed, true);
    assert.deepEqual(await org.licences(READ_WRITE), enabled);
  });

  it("making a read-write user non-interactive frees its licence; going back disables it (L2, U30)", async () => {
    const id = await org.createUser(READ_WRITE, "Becomes", "Service");
    const seats = await org.licences(READ_WRITE);
    const slots = await org.licences(NON_INTERACTIVE);

    await org.api.update({ collection: "systemusers", key: id, data: { accessmode: NON_INTERACTIVE } });
    assert.equal((await org.user(id)).isdisabled, false);
    assert.equal((await org.licences(READ_WRITE)).AvailableCount, seats.AvailableCount + 1);
    assert.equal((await org.licences(NON_INTERACTIVE)).AvailableCount, slots.AvailableCount - 1);

    await org.api.update({ collection: "systemusers", key: id, data: { accessmode: READ_WRITE } });
    const user = await org.user(id);
    assert.equal(user.accessmode, READ_WRITE);
    assert.equal(user.isdisabled, true);
    assert.deepEqual(await org.licences(NON_INTERACTIVE), slots);
  });

  it("users are not deleted (U60)", async () => {
    await refused(org.api.deleteRecord({ collection: "systemusers", key: integration }), {
      status: 405,
      code: "0x80040800",
      message: "The method being invoked does not support provided entity type.",
    });
  });

  it("read-only columns stay read-only (U41, U42)", async () => {
    const change = (data) => org.api.update({ collection: "systemusers", key: integration, data });
    await refused(change({ islicensed: true }), {
      status: 400,
      code: "0x80041D4C",
      message: "The property IsLicensed cannot be modified.",
    });
    await refused(change({ issyncwithdirectory: true }), {
      status: 400,
      code: "0x80041D4E",
      message: "The property IsSyncUserWithDirectory cannot be modified.",
    });
  });
});

describe("the five non-interactive slots", () => {
  const org = useEmulator(["--scenario", "empty"]);
  const slots = [];

  it("five fit (A2)", async () => {
    assert.deepEqual(
      await org.licences(NON_INTERACTIVE).then(({ GrantedLicenseCount, AvailableCount }) => [
        GrantedLicenseCount,
        AvailableCount,
      ]),
      [0, 5],
    );
    for (let n = 1; n <= 5; n += 1) {
      slots.push(await org.createUser(NON_INTERACTIVE, "service", `number ${n}`));
      const now = await org.licences(NON_INTERACTIVE);
      assert.deepEqual([now.GrantedLicenseCount, now.AvailableCount], [n, 5 - n]);
    }
    for (const id of slots) assert.equal((await org.user(id)).isdisabled, false);
  });

  it("the sixth is refused, and nothing is left behind (U12)", async () => {
    const users = await org.api.count({ collection: "systemusers" });
    await refused(org.createUser(NON_INTERACTIVE, "one", "too many"), NI_QUOTA);
    assert.equal(await org.api.count({ collection: "systemusers" }), users);
    const now = await org.licences(NON_INTERACTIVE);
    assert.deepEqual([now.GrantedLicenseCount, now.AvailableCount], [5, 0]);
  });

  it("the refusal names its rule and a way out beside the service's own error", async () => {
    await assert.rejects(org.createUser(NON_INTERACTIVE, "one", "too many"), (error) => {
      const rules = (error.headers["x-ms-emulator-rule"] ?? "").split(/,\s*/);
      assert.ok(rules.includes("U12"), `x-ms-emulator-rule: ${error.headers["x-ms-emulator-rule"]}`);
      assert.match(error.headers["x-ms-emulator-hint"] ?? "", /^[\x20-\x7e]+$/);
      return true;
    });
  });

  it("a read-write user cannot become the sixth either (U29a)", async () => {
    const id = await org.createUser(READ_WRITE, "Read", "Write");
    await refused(
      org.api.update({ collection: "systemusers", key: id, data: { accessmode: NON_INTERACTIVE } }),
      NI_QUOTA,
    );
    const user = await org.user(id);
    assert.equal(user.accessmode, READ_WRITE);
    assert.equal(user.isdisabled, false);
  });

  it("a disabled one gives its slot to another and cannot come back while it is taken (A9)", async () => {
    await org.api.update({ collection: "systemusers", key: slots[0], data: { isdisabled: true } });
    const another = await org.createUser(NON_INTERACTIVE, "takes", "the slot");
    const enable = () => org.api.update({ collection: "systemusers", key: slots[0], data: { isdisabled: false } });
    await refused(enable(), NI_QUOTA);
    assert.equal((await org.user(slots[0])).isdisabled, true);
    await org.api.update({ collection: "systemusers", key: another, data: { isdisabled: true } });
    assert.equal(await enable(), true);
    assert.equal((await org.user(slots[0])).isdisabled, false);
  });

  it("seven slots in the other era", async () => {
    const emulator = await Emulator.start(["--scenario", "empty", "--era", "dataverse"]);
    try {
      const api = new DynamicsWebApi({ serverUrl: emulator.url });
      const slots = await api.callFunction({ name: "RetrieveLicenseInfo", parameters: { AccessMode: 4 } });
      assert.deepEqual([slots.GrantedLicenseCount, slots.AvailableCount], [0, 7]);
    } finally {
      await emulator.stop();
    }
  });
});

describe("no licence left", () => {
  const org = useEmulator(["--scenario", "out-of-licenses"]);

  it("a non-interactive user is created all the same (U10)", async () => {
    const seats = await org.licences(READ_WRITE);
    assert.equal(seats.AvailableCount, 0);
    const slots = await org.licences(NON_INTERACTIVE);
    const user = await org.user(await org.createUser(NON_INTERACTIVE, "system", "integration"));
    assert.equal(user.accessmode, NON_INTERACTIVE);
    assert.equal(user.isdisabled, false);
    assert.equal(user.islicensed, false);
    assert.deepEqual(await org.licences(READ_WRITE), seats);
    const now = await org.licences(NON_INTERACTIVE);
    assert.equal(now.GrantedLicenseCount, slots.GrantedLicenseCount + 1);
  });

  it("a read-write user is created disabled and cannot be enabled (U11, U39)", async () => {
    const id = await org.createUser(READ_WRITE, "Read", "Write");
    const user = await org.user(id);
    assert.equal(user.isdisabled, true);
    assert.equal(user.islicensed, false);
    await refused(org.api.update({ collection: "systemusers", key: id, data: { isdisabled: false } }), {
      status: 400,
      code: "0x80042F14",
      message: "There are not enough licenses available for the number of users being activated.",
    });
  });
});

describe("accounts", () => {
  const org = useEmulator([]);

  it("create, retrieve, update, delete", async () => {
    const key = await org.api.create({
      collection: "accounts",
      data: { name: "Fourth Coffee", numberofemployees: 12, revenue: 5000.5 },
    });
    assert.match(key, GUID);
    const row = await org.api.retrieve({ collection: "accounts", key, select: ["name", "numberofemployees", "revenue"] });
    assert.equal(row.name, "Fourth Coffee");
    assert.equal(row.numberofemployees, 12);
    assert.equal(row.revenue, 5000.5);
    assert.ok("_transactioncurrencyid_value" in row, "a money column brings its currency");

    await org.api.update({ collection: "accounts", key, data: { name: "Fifth Coffee", revenue: null } });
    const changed = await org.api.retrieve({ collection: "accounts", key, select: ["name", "revenue"] });
    assert.equal(changed.name, "Fifth Coffee");
    assert.equal(changed.revenue, null);

    assert.equal(await org.api.deleteRecord({ collection: "accounts", key }), true);
    await refused(org.api.retrieve({ collection: "accounts", key }), notFound("account", key));
  });

  it("respects versions", async () => {
    const key = await org.api.create({ collection: "accounts", data: { name: "Version one" } });
    const old = await org.api.retrieve({ collection: "accounts", key, select: ["name"] });
    const update = (name, ifmatch) => org.api.update({ collection: "accounts", key, data: { name }, ifmatch });
    assert.equal(await update("Version two", old["@odata.etag"]), true);
    assert.equal(await update("too late", old["@odata.etag"]), false, "the client answers false for 412");
    const now = await org.api.retrieve({ collection: "accounts", key, select: ["name"] });
    assert.equal(now.name, "Version two");
    assert.notEqual(now["@odata.etag"], old["@odata.etag"]);
  });

  it("create with representation, and with a nested contact", async () => {
    const account = await org.api.create({
      collection: "accounts",
      data: { name: "Deep", primarycontactid: { firstname: "Ann", lastname: "Deep" } },
      returnRepresentation: true,
      select: ["name"],
      expand: [{ property: "primarycontactid", select: ["fullname"] }],
    });
    assert.equal(account.name, "Deep");
    assert.equal(account.primarycontactid.fullname, "Ann Deep");
    assert.match(account.accountid, GUID);
  });

  it("upsert creates, then updates, and keeps to its conditions", async () => {
    const key = "5b4f6d2e-8a52-4a55-9c0e-0d0a1b2c3d4e";
    const upsert = (name, more) => org.api.upsert({ collection: "accounts", key, data: { name }, ...more });
    assert.equal(await upsert("never", { ifmatch: "*" }), null, "the client answers null for 404");
    assert.equal(await upsert("one"), key);
    assert.equal(await upsert("two"), key);
    assert.equal(await upsert("three", { ifnonematch: "*" }), null, "the client answers null for 412");
    assert.equal((await org.api.retrieve({ collection: "accounts", key, select: ["name"] })).name, "two");
  });

  it("unknown things are refused as the service refuses them", async () => {
    await refused(org.api.retrieveMultiple({ collection: "accounts", select: ["nosuch"] }), {
      status: 400,
      message: "Could not find a property named 'nosuch' on type 'Microsoft.Dynamics.CRM.account'.",
    });
    await refused(org.api.retrieveMultiple({ collection: "nosuchs" }), {
      status: 404,
      message: "Resource not found for the segment 'nosuchs'.",
    });
    await assert.rejects(
      org.api.create({ collection: "accounts", data: { nosuch: 1 } }),
      (error) => {
        assert.equal(error.status, 400);
        assert.equal(codeNumber(error.code), 0x80048d19);
        assert.ok(
          error.message.startsWith("Error identified in Payload provided by the user for Entity :'accounts'"),
          error.message,
        );
        return true;
      },
    );
  });

  it("a change set is all or nothing, and a GET stands beside it", async () => {
    org.api.startBatch();
    org.api.create({ collection: "accounts", data: { name: "Batch one" }, contentId: "1" });
    org.api.create({
      collection: "contacts",
      data: { lastname: "Batch", "parentcustomerid_account@odata.bind": "$1" },
      contentId: "2",
    });
    org.api.retrieveMultiple({ collection: "accounts", select: ["name"], filter: "name eq 'Batch one'" });
    const [account, contact, list] = await org.api.executeBatch();
    assert.match(account, GUID);
    assert.match(contact, GUID);
    assert.deepEqual(
      list.value.map((row) => row.accountid),
      [account],
    );
    const row = await org.api.retrieve({ collection: "contacts", key: contact, select: ["_parentcustomerid_value"] });
    assert.equal(row._parentcustomerid_value, account);

    org.api.startBatch();
    org.api.create({ collection: "accounts", data: { name: "Batch two" } });
    org.api.update({ collection: "accounts", key: MISSING, data: { name: "nobody" } });
    await assert.rejects(org.api.executeBatch(), (errors) => {
      assert.equal(errors.length, 1, "a failed change set answers with its one error");
      assert.equal(errors[0].status, 404);
      return true;
    });
    assert.equal(await org.api.count({ collection: "accounts", filter: "name eq 'Batch two'" }), 0);

    org.api.startBatch();
    org.api.retrieve({ collection: "accounts", key: MISSING, select: ["name"] });
    org.api.retrieve({ collection: "accounts", key: account, select: ["name"] });
    const answers = await org.api.executeBatch({ continueOnError: true });
    assert.equal(answers[0].status, 404);
    assert.equal(answers[1].name, "Batch one");
  });

  it("a role is associated inside the change set that creates the user", async () => {
    const role = await org.role("System Administrator");
    const { BusinessUnitId } = await org.whoAmI();
    org.api.startBatch();
    org.api.create({
      collection: "systemusers",
      data: {
        accessmode: NON_INTERACTIVE,
        firstname: "batch",
        lastname: "integration",
        "businessunitid@odata.bind": `businessunits(${BusinessUnitId})`,
      },
      contentId: "7",
    });
    org.api.associate({
      contentId: "$7",
      relationshipName: "systemuserroles_association",
      relatedCollection: "roles",
      relatedKey: role,
    });
    const [user] = await org.api.executeBatch();
    const { systemuserroles_association: roles } = await org.api.retrieve({
      collection: "systemusers",
      key: user,
      select: ["fullname"],
      expand: [{ property: "systemuserroles_association", select: ["name"] }],
    });
    assert.deepEqual(
      roles.map((row) => row.roleid),
      [role],
    );
  });

  it("a long filter travels as a batch of one", async () => {
    const filter = Array.from({ length: 200 }, (_, n) => `name eq 'x${n}'`).join(" or ");
    const { value } = await org.api.retrieveMultiple({
      collection: "accounts",
      select: ["name"],
      filter: `${filter} or name ne null`,
    });
    assert.equal(value.length, await org.api.count({ collection: "accounts", filter: "name ne null" }));
    assert.ok(value.length > 0);
  });

  it("FetchXML, page by page", async () => {
    const fetchXml =
      '<fetch count="2"><entity name="account"><attribute name="name"/><order attribute="name"/></entity></fetch>';
    // The library pages by the cookie, which it must be told to ask for.
    const request = { collection: "accounts", fetchXml, includeAnnotations: "*" };
    const first = await org.api.fetch(request);
    assert.equal(first.value.length, 2);
    assert.equal(first.PagingInfo.nextPage, 2);
    const { value } = await org.api.fetchAll(request);
    const listed = await org.api.retrieveMultiple({ collection: "accounts", select: ["name"], orderBy: ["name"] });
    const names = (rows) => rows.map((row) => row.name);
    assert.deepEqual(names(value), names(listed.value));
    assert.ok(value.length > 4);
  });

  it("FetchXML refused in the words of the service", async () => {
    const fetchXml = '<fetch><entity name="account"><attribute name="nosuchcolumn"/></entity></fetch>';
    await assert.rejects(org.api.fetch({ collection: "accounts", fetchXml }), (error) => {
      assert.equal(error.status, 400);
      assert.equal(error.code, "0x80041103");
      assert.match(error.message, /'Account' entity doesn't contain attribute with Name = 'nosuchcolumn'/);
      return true;
    });
  });
});

describe("metadata", () => {
  const org = useEmulator([]);

  it("entity names instead of set names", async () => {
    const api = new DynamicsWebApi({ serverUrl: org.emulator.url, useEntityNames: true });
    const { UserId, BusinessUnitId } = await org.whoAmI();
    const user = await api.retrieve({ collection: "systemuser", key: UserId, select: ["_businessunitid_value"] });
    assert.equal(user._businessunitid_value, BusinessUnitId);
    const created = await api.create({
      collection: "account",
      data: { name: "By name", "ownerid@odata.bind": `systemuser(${UserId})` },
    });
    assert.match(created, GUID);
  });

  it("table definition with its columns", async () => {
    const table = await org.api.retrieveEntity({
      key: "LogicalName='systemuser'",
      select: ["LogicalName", "EntitySetName", "PrimaryIdAttribute", "PrimaryNameAttribute", "ObjectTypeCode"],
      expand: [{ property: "Attributes", select: ["LogicalName"] }],
    });
    assert.equal(table.EntitySetName, "systemusers");
    assert.equal(table.PrimaryIdAttribute, "systemuserid");
    assert.equal(table.PrimaryNameAttribute, "fullname");
    assert.equal(table.ObjectTypeCode, 8);
    assert.match(table.MetadataId, GUID);
    const columns = table.Attributes.map((column) => column.LogicalName);
    for (const name of ["accessmode", "isdisabled", "islicensed", "businessunitid", "caltype"]) {
      assert.ok(columns.includes(name), name);
    }
  });

  it("CSDL", async () => {
    const xml = await org.api.retrieveCsdlMetadata();
    assert.match(xml, /<EntityType Name="systemuser" BaseType="mscrm\.principal"/);
    assert.match(xml, /<Function Name="RetrieveLicenseInfo"/);
  });
});
