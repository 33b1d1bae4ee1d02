// The Office 365 admin centre, as an administrator of the tenant clicks through it: the second seed with and without
// haste, and each kind of page looked at for accessibility and on a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { start } from "./browser.mjs";

let desk;
before(async () => (desk = await start(["--scenario", "sync-lag", "--licenses", "8"])));
after(() => desk.leave());

const button = (name) => desk.page.getByRole("button", { name });
const main = () => desk.page.textContent("main");

/** Clicks something that leads to another page, and waits for it. */
async function go(locator) {
  await Promise.all([desk.page.waitForNavigation(), locator.click()]);
}

async function look(name) {
  await desk.check(name);
  await desk.shot(`admin-${name}`);
  await desk.phone(`admin-${name}-phone`);
}

/** Adds a user with a Professional licence, by hand. */
async function addUser(first, last) {
  await desk.open("/adminportal/users/new");
  await desk.page.getByLabel("First name").fill(first);
  await desk.page.getByLabel("Last name").fill(last);
  await desk.page.getByLabel("User name").fill(first.toLowerCase());
  await desk.page.getByLabel(/Professional/).check();
  await go(button("Add"));
}

/** What the panel of the account's page says CRM knows. */
const known = () => desk.page.getByRole("region", { name: "What CRM knows now" }).textContent();

/** The five steps of the second seed; `pause` is the button that is clicked between the third and the fourth. */
async function seed(name, pause) {
  await addUser(name, "Export");
  assert.match(await main(), /CRM learns of it in 5 minutes, at/);
  assert.match(await known(), /CRM has no user for this account/);
  await go(desk.page.getByRole("link", { name: "Go to the user" }));
  await go(button("Wait 5 minutes"));
  assert.match(await known(), /Read-Write.*Enabled/s);
  const upn = `${name.toLowerCase()}@contoso.onmicrosoft.com`;
  const filter = encodeURIComponent(`domainname eq '${upn}'`);
  const found = await desk.ask("GET", `/api/data/v9.2/systemusers?$select=systemuserid&$filter=${filter}`);
  const changed = await desk.ask("PATCH", `/api/data/v9.2/systemusers(${found.body.value[0].systemuserid})`, { accessmode: 4 });
  assert.equal(changed.status, 204);
  await go(button(pause));
  assert.match(await known(), /Non-interactive/);
  await go(button(/Remove Microsoft Dynamics CRM Online Professional/));
  assert.match(await main(), /The licence was removed\. CRM learns of it in 5 minutes/);
  assert.match(await known(), /Non-interactive/);
  await go(button("Wait a day"));
}

test("the home page tells of users, licences and what waits", async () => {
  assert.equal(await desk.open("/adminportal"), 200);
  assert.match(await main(), /used of 8 bought/);
  assert.match(await main(), /CRM knows everything there is to know/);
  await look("home");
});

test("with patience the user of the second seed stays non-interactive", async () => {
  await seed("Patient", "Wait a day");
  assert.match(await known(), /Non-interactive.*Enabled/s);
  await desk.page.getByText("Why, says the emulator").click();
  await look("user-patient");
});

test("in haste the user of the second seed becomes administrative", async () => {
  await seed("Hasty", "Wait 5 minutes");
  assert.match(await known(), /Administrative.*Disabled/s);
  await look("user-hasty");
});

test("what waits is listed, and synchronised now", async () => {
  await addUser("Nora", "Now");
  await look("added");
  await go(desk.page.getByRole("link", { name: "Synchronisation" }));
  assert.match(await main(), /Licence assigned/);
  await look("sync");
  // The list is kept fresh by itself, and only then touched.
  const patched = await desk.ask("PATCH", "/graph/v1.0/users/nora@contoso.onmicrosoft.com", { jobTitle: "Auditor" });
  assert.equal(patched.status, 204);
  await desk.page.getByText("Profile changed").waitFor();
  await go(button("Synchronise now"));
  assert.match(await main(), /CRM has learned of 3 changes/);
  await look("synchronised");
});

test("without a licence left the choice is closed", async () => {
  await desk.open("/adminportal/licenses");
  const used = /Professional.*?(\d+) used of/s.exec(await main())[1];
  await desk.page.getByLabel("Licences bought").fill(used);
  await go(button("Buy"));
  await look("licenses");
  await desk.open("/adminportal/users/new");
  assert.ok(await desk.page.getByLabel(/Professional/).isDisabled());
  await look("new-user");
  // Somebody else took the last one while the form stood open: the page before still offers it.
  await desk.ask("PATCH", "/_emulator/v1/orgs/contoso/settings", { licenses: Number(used) + 1 });
  await desk.open("/adminportal/users/hasty@contoso.onmicrosoft.com");
  await desk.ask("PATCH", "/_emulator/v1/orgs/contoso/settings", { licenses: Number(used) });
  await go(button(/Assign Microsoft Dynamics CRM Online Professional/));
  const dialog = desk.page.getByRole("alertdialog");
  assert.match(await dialog.textContent(), /does not have any available licenses.*Request_BadRequest/s);
  assert.equal(await desk.page.evaluate(() => document.activeElement.textContent), "OK");
  await look("refused");
  await desk.page.keyboard.press("Enter");
  await desk.page.getByRole("heading", { name: "Hasty Export" }).waitFor();
});

test("users are searched, blocked, deleted and restored", async () => {
  await desk.open("/adminportal/users");
  await look("users");
  await desk.page.getByLabel("Show").selectOption("Licensed users");
  await desk.page.getByLabel("Name begins with").fill("nina");
  await go(button("Search"));
  await go(desk.page.getByRole("link", { name: "Nina Sync" }));
  await go(button("Block sign-in"));
  assert.match(await main(), /Sign-in is blocked\. CRM learns of it in 5 minutes/);
  await go(desk.page.getByRole("link", { name: "Edit profile" }).first());
  await desk.page.getByLabel("Job title").fill("<b>Chief</b>");
  await look("profile");
  await go(button("Save"));
  assert.match(await main(), /<b>Chief<\/b>/);
  await go(desk.page.getByRole("link", { name: "Delete user" }));
  await look("delete");
  await go(button("Delete user"));
  await go(desk.page.getByRole("link", { name: "Deleted users" }));
  assert.match(await main(), /Nina Sync.*30 days/s);
  await look("deleted");
  await go(button(/Restore Nina Sync/));
  assert.match(await main(), /The user was restored/);
});

test("a security group is made, filled and made to guard the organization", async () => {
  await desk.open("/adminportal/groups");
  await go(desk.page.getByRole("link", { name: "Add a group" }));
  await desk.page.getByLabel("Name").fill("CRM people");
  await look("new-group");
  await go(button("Add"));
  await desk.page.getByLabel("Add a member by user name").fill("otto.sync@contoso.onmicrosoft.com");
  await go(button("Add"));
  assert.match(await main(), /Otto Sync/);
  await look("group");
  await go(desk.page.getByRole("link", { name: "Groups" }));
  await desk.page.getByLabel("Who may use contoso").selectOption("Members of CRM people");
  await go(button("Save"));
  assert.match(await main(), /Members alone/);
  await look("groups");
});

test("on a phone the areas stand behind a button, within reach of the keyboard", async () => {
  await desk.page.setViewportSize({ width: 360, height: 740 });
  await desk.open("/adminportal/users");
  const areas = desk.page.getByRole("navigation", { name: "Admin centre" });
  assert.ok(!(await areas.isVisible()));
  await button("Menu").focus();
  await desk.page.keyboard.press("Enter");
  assert.ok(await areas.isVisible());
  await desk.check("the opened menu");
  await desk.shot("admin-menu-phone");
  await desk.page.keyboard.press("Escape");
  assert.ok(!(await areas.isVisible()));
  await desk.page.setViewportSize({ width: 1280, height: 720 });
});

test("nothing is there where nothing is", async () => {
  assert.equal(await desk.open("/adminportal/users/nobody@contoso.onmicrosoft.com"), 404);
  await look("nothing");
});
