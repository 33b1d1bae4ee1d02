// The CRM web client: who is let in, what an access mode opens, users and their licenses, the wizard.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { start } from "./browser.mjs";

const ADMIN = "admin@contoso.onmicrosoft.com";
const at = (name) => `${name}@contoso.onmicrosoft.com`;

/** Clicks what leads to another page, and waits for it. */
async function follow(desk, locator) {
  const [response] = await Promise.all([desk.page.waitForNavigation(), locator.click()]);
  return response;
}

const button = (desk, name) => desk.page.getByRole("button", { name, exact: true });
const link = (desk, name) => desk.page.getByRole("link", { name, exact: true });

/** Opens the form of a user from the list. */
async function openUser(desk, name, view = "all") {
  await desk.open(`/main.aspx/settings/users?view=${view}`);
  await follow(desk, link(desk, name));
}

/** Sets the access mode on the form of a user and saves. */
async function setMode(desk, mode) {
  await desk.page.getByLabel("Access Mode", { exact: true }).selectOption({ label: mode });
  return follow(desk, button(desk, "Save"));
}

describe("the default organization", () => {
  let desk;
  before(async () => (desk = await start()));
  after(() => desk.leave());

  test("nobody is sent to sign in and comes back to where they wanted to go", async () => {
    await desk.open("/main.aspx/settings/users?view=disabled");
    assert.equal(new URL(desk.page.url()).pathname, "/signin");
    await desk.page.getByLabel("User name").fill(ADMIN);
    await follow(desk, button(desk, "Sign in"));
    assert.match(desk.page.url(), /\/main\.aspx\/settings\/users\?view=disabled$/);
    assert.match(await desk.page.textContent("main"), /No users to show/);
  });

  test("the administrator finds the users with their access modes", async () => {
    await desk.signIn(ADMIN);
    assert.match(await desk.page.textContent("h1"), /Welcome, System Administrator/);
    await desk.check("the first page");
    await desk.shot("crm-home");
    await follow(desk, desk.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Settings" }));
    await desk.check("the settings");
    await follow(desk, desk.page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Users" }));
    assert.equal((await desk.page.textContent("h1")).trim(), "Active Users");
    const row = desk.page.getByRole("row", { name: /Order Import/ });
    assert.match(await row.textContent(), /Non-interactive/);
    await desk.check("the list of users");
    await desk.shot("crm-users");
    await desk.phone("crm-users-phone");
    await desk.page.getByLabel("View").selectOption({ label: "Non-interactive Users" });
    await follow(desk, button(desk, "Show"));
    assert.equal(await desk.page.getByRole("row").count(), 2);
    await desk.page.getByLabel("View").selectOption({ label: "All Users" });
    await desk.page.getByLabel("Search for users").fill("renee");
    await follow(desk, button(desk, "Show"));
    assert.equal(await desk.page.getByRole("row").count(), 2);
  });

  test("selected users are disabled and enabled again", async () => {
    await desk.open("/main.aspx/settings/users");
    await desk.page.getByLabel("Select Renee Lo").check();
    await follow(desk, button(desk, "Disable"));
    assert.match(await desk.page.getByRole("status").textContent(), /Disabled/);
    assert.equal(await link(desk, "Renee Lo").count(), 0);
    await desk.open("/main.aspx/settings/users?view=disabled");
    await desk.page.getByLabel("Select Renee Lo").check();
    await follow(desk, button(desk, "Enable"));
    assert.match(await desk.page.getByRole("status").textContent(), /Enabled/);
  });

  test("the form changes a user; leaving non-interactive access disables it and says why", async () => {
    await openUser(desk, "Order Import");
    await desk.check("the form of a user");
    await desk.shot("crm-user");
    await desk.phone("crm-user-phone");
    await desk.page.getByLabel("Title").fill("Imports orders");
    await setMode(desk, "Read-Write");
    const said = await desk.page.getByRole("status").textContent();
    assert.match(said, /Saved/);
    assert.match(said, /U30/);
    assert.equal(await desk.page.getByLabel("Title").inputValue(), "Imports orders");
    assert.match(await desk.page.textContent("h1"), /Disabled/);
    await desk.shot("crm-user-saved");
    await setMode(desk, "Non-interactive");
    await follow(desk, button(desk, "Enable"));
    assert.match(await desk.page.textContent("h1"), /Enabled/);
  });

  test("a refusal is the product's dialog, and what was typed is kept", async () => {
    await openUser(desk, "System Administrator");
    await desk.page.getByLabel("Title").fill("Chief");
    const response = await setMode(desk, "Read");
    assert.equal(response.status(), 400);
    const dialog = desk.page.getByRole("alertdialog");
    assert.match(await dialog.textContent(), /0x80041d3/);
    assert.match(await dialog.textContent(), /Why, says the emulator/);
    await desk.check("a refusal");
    await desk.shot("crm-refusal");
    await dialog.getByRole("button", { name: "OK" }).click();
    assert.equal(await dialog.isVisible(), false);
    assert.equal(await desk.page.getByLabel("Title").inputValue(), "Chief");
    await button(desk, "Save").isEnabled();
  });

  test("roles, business unit and teams", async () => {
    await openUser(desk, "Renee Lo");
    await follow(desk, link(desk, "Manage Roles"));
    await desk.check("the roles of a user");
    await desk.shot("crm-roles");
    await desk.page.getByRole("checkbox", { name: /^Salesperson/ }).check();
    await follow(desk, button(desk, "OK"));
    assert.match(await desk.page.textContent("main"), /The security roles were changed/);
    assert.equal(await desk.page.getByRole("listitem").filter({ hasText: "Salesperson" }).count(), 1);
    await desk.page.getByLabel("Join a team").selectOption({ label: "Field Sales" });
    await follow(desk, button(desk, "Join"));
    await follow(desk, button(desk, "Leave Field Sales"));
    await follow(desk, link(desk, "Change Business Unit"));
    await desk.check("the business unit of a user");
    await desk.page.getByLabel("New business unit").selectOption({ label: "Sales" });
    await follow(desk, button(desk, "OK"));
    assert.match(await desk.page.textContent("main"), /No security role/);
  });

  test("teams, business units and security roles are listed and made", async () => {
    await desk.open("/main.aspx/settings/teams");
    await desk.page.getByLabel("Name").fill("Fairs & <Markets>");
    await follow(desk, button(desk, "Create"));
    await desk.check("the list of teams");
    await desk.shot("crm-teams");
    await follow(desk, link(desk, "Fairs & <Markets>"));
    await desk.page.getByLabel("Add a member by user name").fill(at("alicia.thomber"));
    await follow(desk, button(desk, "Add"));
    await desk.check("a team");
    await desk.shot("crm-team");
    await follow(desk, button(desk, "Remove Alicia Thomber"));
    assert.match(await desk.page.textContent("main"), /No members/);
    await desk.open("/main.aspx/settings/businessunits");
    await desk.page.getByLabel("Name", { exact: true }).fill("Service");
    await follow(desk, button(desk, "Create"));
    await follow(desk, button(desk, "Disable Service"));
    assert.equal(await button(desk, "Enable Service").count(), 1);
    assert.match(await desk.page.getByRole("row", { name: /Service/ }).textContent(), /Disabled/);
    await desk.check("the business units");
    await desk.shot("crm-businessunits");
    await follow(desk, button(desk, "Disable contoso"));
    assert.match(await desk.page.getByRole("alertdialog").textContent(), /0x80041d63/);
    await desk.open("/main.aspx/settings/roles");
    await desk.check("the security roles");
  });

  test("the wizard adds users with roles", async () => {
    await desk.open("/main.aspx/settings/users");
    await follow(desk, link(desk, "New"));
    await desk.check("the wizard");
    await desk.shot("crm-wizard");
    await follow(desk, button(desk, "Next"));
    await desk.page.getByLabel("Business unit of the new users").selectOption({ label: "Sales" });
    await follow(desk, button(desk, "Next"));
    await follow(desk, button(desk, "Next"));
    assert.match(await desk.page.getByRole("alertdialog").textContent(), /at least one security role/);
    await button(desk, "OK").click();
    await desk.page.getByRole("checkbox", { name: "Salesperson" }).check();
    await follow(desk, button(desk, "Next"));
    const first = desk.page.getByRole("group", { name: "User 1" });
    await first.getByLabel("First name").fill("Nora");
    await first.getByLabel("Last name").fill("New");
    await first.getByLabel("E-mail").fill(at("nora.new"));
    await desk.check("the people of the wizard");
    await desk.shot("crm-wizard-people");
    await desk.phone("crm-wizard-people-phone");
    await follow(desk, button(desk, "Next"));
    assert.match(await desk.page.textContent("main"), /Salesperson/);
    await follow(desk, button(desk, "Finish"));
    assert.match(await desk.page.textContent("main"), /Nora New/);
    await desk.check("the end of the wizard");
    await desk.signIn(at("nora.new"));
    assert.match(await desk.page.textContent("h1"), /Welcome, Nora New/);
  });

  test("Administrative access opens the settings alone, Read saves nothing", async () => {
    await desk.signIn(ADMIN);
    await openUser(desk, "Alicia Thomber");
    await setMode(desk, "Administrative");
    await openUser(desk, "Marcel Truempy");
    await setMode(desk, "Read");
    await desk.signIn(at("alicia.thomber"));
    const areas = desk.page.getByRole("navigation", { name: "Areas" });
    assert.deepEqual(await areas.getByRole("link").allTextContents(), ["Settings"]);
    assert.equal(await desk.open("/main.aspx/sales"), 403);
    assert.match(await desk.page.textContent("main"), /0x80044502/);
    await desk.check("an area that is not open");
    await desk.shot("crm-area-closed");
    await desk.signIn(at("marcel.truempy"));
    await follow(desk, areas.getByRole("link", { name: "Sales" }));
    await desk.check("the accounts");
    await desk.shot("crm-accounts");
    await follow(desk, link(desk, "Alpine Ski House"));
    await desk.page.getByLabel("City").fill("Helena");
    const response = await follow(desk, button(desk, "Save"));
    assert.equal(response.status(), 403);
    assert.match(await desk.page.getByRole("alertdialog").textContent(), /0x80040220/);
    await desk.shot("crm-read-refused");
    await button(desk, "OK").click();
    assert.equal(await desk.page.getByLabel("City").inputValue(), "Helena");
    await desk.check("an account to look at");
  });

  test("those who are turned away read why, and sign in as somebody else", async () => {
    for (const [name, code, heading] of [
      [at("order.import"), "0x80044160", "You don't have"],
      ["stranger@example.com", "0x80072560", "You are not a member of this organization"],
    ]) {
      const response = await desk.signIn(name);
      assert.equal(response.status(), 403, name);
      assert.match(await desk.page.textContent("h1"), new RegExp(heading));
      assert.match(await desk.page.textContent("main"), new RegExp(code));
      await desk.check(`the refusal of ${name}`);
    }
    await desk.signIn(at("order.import"));
    await desk.shot("crm-non-interactive");
    await desk.phone("crm-non-interactive-phone");
    await follow(desk, link(desk, "Sign in as somebody else"));
    assert.equal(new URL(desk.page.url()).pathname, "/signin");
  });
});

describe("out of licenses", () => {
  let desk;
  before(async () => (desk = await start(["--scenario", "out-of-licenses"])));
  after(() => desk.leave());

  test("the wizard stops, and the way round it of the first seed works", async () => {
    await desk.signIn(ADMIN);
    await desk.open("/main.aspx/settings/users/new");
    assert.match(await desk.page.getByRole("alert").textContent(), /out of user licenses/);
    assert.equal(await button(desk, "Next").isDisabled(), true);
    await desk.check("the wizard without licenses");
    await desk.shot("crm-wizard-out");
    await desk.phone("crm-wizard-out-phone");

    await follow(desk, link(desk, "Temporarily disable a user"));
    await desk.page.getByLabel("Select Adam Adams").check();
    await follow(desk, button(desk, "Disable"));
    await desk.open("/main.aspx/settings/users/new");
    await follow(desk, button(desk, "Next"));
    await follow(desk, button(desk, "Next"));
    await desk.page.getByRole("checkbox", { name: "System Customizer" }).check();
    await follow(desk, button(desk, "Next"));
    const first = desk.page.getByRole("group", { name: "User 1" });
    await first.getByLabel("First name").fill("System");
    await first.getByLabel("Last name").fill("Integration");
    await first.getByLabel("E-mail").fill(at("integration"));
    await follow(desk, button(desk, "Next"));
    await follow(desk, button(desk, "Finish"));

    // Too early: the new user still has the license.
    await openUser(desk, "Adam Adams", "disabled");
    assert.equal((await follow(desk, button(desk, "Enable"))).status(), 400);
    assert.match(await desk.page.getByRole("alertdialog").textContent(), /0x80042f14/);

    await openUser(desk, "System Integration");
    await setMode(desk, "Non-interactive");
    await openUser(desk, "Adam Adams", "disabled");
    await follow(desk, button(desk, "Enable"));
    assert.match(await desk.page.textContent("h1"), /Enabled/);
    const { body } = await desk.ask("GET", "/_emulator/v1/orgs/contoso/new-user-wizard");
    assert.deepEqual([body.available, body.niUsed], [0, 1]);
  });
});

describe("many users", () => {
  let desk;
  before(async () => (desk = await start(["--scenario", "large:300"])));
  after(() => desk.leave());

  test("long lists come in pages, in the order one asks for", async () => {
    await desk.signIn(ADMIN);
    await desk.open("/main.aspx/settings/users?view=all");
    const pages = desk.page.getByRole("navigation", { name: "Pages of Users" });
    assert.match(await pages.textContent(), /^1 - 50 of 30\d/);
    await follow(desk, link(desk, "Next page"));
    assert.match(await pages.textContent(), /^51 - 100 of 30\d/);
    await follow(desk, desk.page.getByRole("columnheader", { name: "Full Name" }).getByRole("link"));
    assert.equal(await desk.page.getByRole("columnheader", { name: "Full Name" }).getAttribute("aria-sort"), "descending");
    assert.match(await pages.textContent(), /^1 - 50/);
    await desk.check("a long list");
    await desk.shot("crm-many");
  });
});
