// Microsoft's npm client of Microsoft Graph, unmodified, against the emulator's Office 365 directory.
//
// The client sends credentials to https hosts only and follows https links only, so the emulator serves https here, and
// the host is named in the client's `customHosts`. Node reads additional authorities when it starts: this file starts the
// emulator, and then itself once more in a process that trusts the emulator's authority.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import graph from "@microsoft/microsoft-graph-client";
import { Emulator } from "./emulator.mjs";

const { Client, GraphError, PageIterator, BatchRequestContent, BatchResponseContent } = graph;
const PROFESSIONAL = "CRMSTANDARD";
const url = process.env.GRAPH_TEST_URL;

/** The client of an organization, signed in as somebody. */
function client(organization = "") {
  return Client.initWithMiddleware({
    baseUrl: `${url}/${organization}graph/`,
    customHosts: new Set([new URL(url).hostname]),
    authProvider: {
      // An unsigned token is believed: auth=open.
      getAccessToken: async () => `e30.${Buffer.from('{"upn":"adele@contoso.onmicrosoft.com"}').toString("base64url")}.x`,
    },
  });
}

const person = (name) => ({
  accountEnabled: true,
  displayName: name,
  mailNickname: name,
  userPrincipalName: `${name.toLowerCase()}@contoso.onmicrosoft.com`,
  passwordProfile: { forceChangePasswordNextSignIn: true, password: "xWwvJ]6NMw+bWH-d" },
});

/** Asserts that Graph refuses with this status, code and message. */
async function refused(promise, statusCode, code, message) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof GraphError, `${error}`);
    assert.equal(error.statusCode, statusCode);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.match(error.requestId, /^[0-9a-f-]{36}$/);
    assert.ok(error.date instanceof Date && !Number.isNaN(error.date.getTime()), "a date");
    return true;
  });
}

if (!url) {
  it("the client of Microsoft Graph", async () => {
    const tls = await mkdtemp(join(tmpdir(), "crm-emulator-graph-"));
    let emulator;
    try {
      emulator = await Emulator.start(["--tls", "--tls-dir", tls]);
      const { NODE_TEST_CONTEXT, ...env } = process.env;
      const child = spawn(process.execPath, ["--test", "--test-reporter=spec", fileURLToPath(import.meta.url)], {
        env: { ...env, NODE_EXTRA_CA_CERTS: join(tls, "ca.pem"), GRAPH_TEST_URL: emulator.url },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => (said += text));
      }
      const code = await new Promise((done) => child.once("exit", done));
      assert.equal(code, 0, said);
      const end = await emulator.stop();
      emulator = undefined;
      assert.deepEqual(end, { code: 0, signal: null }, "SIGTERM must end the emulator with exit code 0");
    } finally {
      await emulator?.stop();
      await rm(tls, { recursive: true, force: true });
    }
  });
} else {
  describe("the directory through @microsoft/microsoft-graph-client", () => {
    const api = client();
    let adele;
    let sku;

    it("creates an account, and knows who asks by it", async () => {
      adele = await api.api("/users").post(person("Adele"));
      assert.match(adele.id, /^[0-9a-f-]{36}$/);
      assert.equal(adele["@odata.context"], `${url}/graph/v1.0/$metadata#users/$entity`);
      const me = await api.api("/me").select(["id", "displayName", "accountEnabled"]).get();
      assert.deepEqual([me.id, me.displayName, me.accountEnabled], [adele.id, "Adele", true]);
    });

    it("reads the subscribed SKUs, assigns a licence and removes it", async () => {
      const units = async () => {
        const { value } = await api.api("/subscribedSkus").get();
        sku = value.find((one) => one.skuPartNumber === PROFESSIONAL);
        return { consumed: sku.consumedUnits, enabled: sku.prepaidUnits.enabled };
      };
      const before = await units();
      const assign = (addLicenses, removeLicenses) =>
        api.api(`/users/${adele.id}/assignLicense`).post({ addLicenses, removeLicenses });
      const licensed = await assign([{ skuId: sku.skuId, disabledPlans: [] }], []);
      assert.deepEqual(licensed.assignedLicenses, [{ disabledPlans: [], skuId: sku.skuId }]);
      assert.deepEqual(await units(), { ...before, consumed: before.consumed + 1 });
      const details = await api.api(`/users/${adele.id}/licenseDetails`).get();
      assert.deepEqual(details.value.map((one) => one.skuPartNumber), [PROFESSIONAL]);
      const found = await api
        .api("/users")
        .filter(`assignedLicenses/any(l:l/skuId eq ${sku.skuId}) and displayName eq 'Adele'`)
        .get();
      assert.deepEqual(found.value.map((one) => one.id), [adele.id]);
      assert.deepEqual((await assign([], [sku.skuId])).assignedLicenses, []);
      assert.deepEqual(await units(), before);
      await refused(assign([], [sku.skuId]), 400, "Request_BadRequest", /^User does not have a corresponding license\.$/);
    });

    it("says in Graph's words that no licence is left", async () => {
      const settings = (licenses) =>
        fetch(`${url}/_emulator/v1/orgs/contoso/settings`, {
          method: "PATCH",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ licenses }),
        });
      assert.equal((await settings(0)).status, 200);
      await refused(
        api.api(`/users/${adele.id}/assignLicense`).post({ addLicenses: [{ skuId: sku.skuId }], removeLicenses: [] }),
        400,
        "Request_BadRequest",
        new RegExp(`^Subscription with SKU ${sku.skuId} does not have any available licenses\\.$`),
      );
      assert.equal((await settings(10)).status, 200);
    });

    it("goes through pages", async () => {
      for (const name of ["Bea", "Carl", "Dora", "Emil", "Fay"]) await api.api("/users").post(person(name));
      const first = await api.api("/users").top(2).orderby("displayName").select("displayName").get();
      assert.equal(first.value.length, 2);
      assert.ok(first["@odata.nextLink"].startsWith(`${url}/graph/v1.0/users?`), first["@odata.nextLink"]);
      const names = [];
      const pages = new PageIterator(api, first, (user) => names.push(user.displayName) > 0);
      await pages.iterate();
      assert.ok(pages.isComplete());
      for (const name of ["Adele", "Bea", "Carl", "Dora", "Emil", "Fay"]) assert.ok(names.includes(name), `${names}`);
      const count = await api.api("/users/$count").header("ConsistencyLevel", "eventual").get();
      assert.equal(Number(count), names.length);
    });

    it("changes, deletes and restores", async () => {
      await api.api(`/users/${adele.id}`).update({ jobTitle: "Retail Manager", businessPhones: ["+1 425 555 0109"] });
      const changed = await api.api(`/users/adele@contoso.onmicrosoft.com`).get();
      assert.deepEqual([changed.jobTitle, changed.businessPhones], ["Retail Manager", ["+1 425 555 0109"]]);
      await api.api(`/users/${adele.id}`).delete();
      await refused(api.api(`/users/${adele.id}`).get(), 404, "Request_ResourceNotFound", /does not exist/);
      const restored = await api.api(`/directory/deletedItems/${adele.id}/restore`).post({});
      assert.equal(restored.id, adele.id);
    });

    it("gives a role and a group", async () => {
      const { value } = await api.api("/directoryRoles").filter("displayName eq 'Global Administrator'").get();
      const reference = { "@odata.id": `${url}/graph/v1.0/directoryObjects/${adele.id}` };
      await api.api(`/directoryRoles/${value[0].id}/members/$ref`).post(reference);
      const group = await api
        .api("/groups")
        .post({ displayName: "Guards", mailEnabled: false, mailNickname: "guards", securityEnabled: true });
      await api.api(`/groups/${group.id}/members/$ref`).post(reference);
      const belongs = await api.api("/me/memberOf").get();
      assert.deepEqual(belongs.value.map((one) => one["@odata.type"]).sort(), [
        "#microsoft.graph.directoryRole",
        "#microsoft.graph.group",
      ]);
      await api.api(`/directoryRoles/${value[0].id}/members/${adele.id}/$ref`).delete();
      await api.api(`/groups/${group.id}/members/${adele.id}/$ref`).delete();
      assert.deepEqual((await api.api("/me/memberOf").get()).value, []);
    });

    // The client takes all but the host of an address as its path, and paths in a batch begin behind the version.
    it("sends batches", async () => {
      const content = new BatchRequestContent([
        { id: "1", request: new Request("https://graph.microsoft.com/me") },
        { id: "2", request: new Request("https://graph.microsoft.com/users/nobody") },
      ]);
      const answer = new BatchResponseContent(await api.api("/$batch").post(await content.getContent()));
      assert.equal((await answer.getResponseById("1").json()).displayName, "Adele");
      assert.equal(answer.getResponseById("2").status, 404);
    });

    it("names what is not emulated, and reads refusals of properties", async () => {
      await refused(api.api("/me/messages").get(), 501, "NotEmulated", /users\/\{id\}\/messages/);
      await refused(api.api("/users").version("beta").get(), 501, "NotEmulated", /beta/);
      await refused(api.api("/users").post({ ...person("Gus"), displayName: undefined }), 400, "Request_BadRequest",
        /^A value is required for property 'displayName' of resource 'User'\.$/);
      await refused(api.api("/users").post(person("Adele")), 400, "Request_BadRequest", /userPrincipalName already exists/);
    });

    it("addresses an organization by its name", async () => {
      const users = await client("contoso/").api("/users").top(1).get();
      assert.equal(users["@odata.context"], `${url}/contoso/graph/v1.0/$metadata#users`);
    });
  });
}
