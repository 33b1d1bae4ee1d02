// The stories of those who asked for the emulator, as a person clicks them through both portals.
//
// (The first of them, how to come by a non-interactive user when licenses have run out, is told in crm.test.mjs.)

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { start } from "./browser.mjs";

const ADMIN = "admin@contoso.onmicrosoft.com";
const at = (name) => `${name}@contoso.onmicrosoft.com`;

/** Somebody who clicks, at a desk of their own. */
async function person(flags) {
  const desk = await start(flags);
  const { page } = desk;
  const follow = async (locator) => (await Promise.all([page.waitForNavigation(), locator.click()]))[0];
  const button = (name) => page.getByRole("button", { name, exact: true });
  const link = (name) => page.getByRole("link", { name, exact: true });
  return {
    desk,
    follow,
    button,
    link,
    main: () => page.textContent("main"),
    dialog: () => page.getByRole("alertdialog").textContent(),

    /** Opens the form of a user in CRM, as the administrator. */
    async openUser(name, view = "all") {
      await desk.signIn(ADMIN);
      await desk.open(`/main.aspx/settings/users?view=${view}`);
      await follow(link(name));
    },

    /** Sets the access mode on the form that is open. */
    async setMode(mode) {
      await page.getByLabel("Access Mode", { exact: true }).selectOption({ label: mode });
      return follow(button("Save"));
    },

    /** The access mode on the form that is open. */
    mode: () => page.getByLabel("Access Mode", { exact: true }).locator("option:checked").textContent(),

    /** Opens a user in the admin centre. */
    async openAccount(name) {
      await desk.open("/adminportal/users");
      await follow(link(name));
    },
  };
}

describe("the non-interactive user of Office 365", () => {
  /** Steps 1 to 5 of the story, with a pause after steps 3 and 4; leaves at the form of the user in CRM. */
  async function integration(someone, pause) {
    const { desk, follow, button, link } = someone;
    const { page } = desk;
    // 1. Add a new user to Office 365 and assign it a license.
    await desk.open("/adminportal/users/new");
    await page.getByLabel("First name").fill("Integration");
    await page.getByLabel("Last name").fill("Service");
    await page.getByLabel("User name").fill("integration");
    await page.getByLabel(/Professional/).check();
    await follow(page.getByRole("button", { name: "Add" }));
    await follow(link("Go to the user"));
    await follow(button("Wait 5 minutes"));
    // 2. Go to CRM and assign this new user the appropriate security role.
    await someone.openUser("Integration Service");
    await follow(link("Manage Roles"));
    await page.getByRole("checkbox", { name: "System Administrator" }).check();
    await follow(button("OK"));
    // 3. In CRM make the user's access mode Non-interactive.
    await someone.setMode("Non-interactive");
    assert.match(await page.textContent("h1"), /Enabled/);
    await someone.openAccount("Integration Service");
    await follow(button(pause));
    // 4. In Office 365 remove the license from the user.
    await follow(page.getByRole("button", { name: /^Remove Microsoft Dynamics CRM Online Professional/ }));
    await follow(button("Wait a day"));
    // 5. Go back to CRM and look whether the user is still Non-interactive.
    await someone.openUser("Integration Service");
  }

  test("who waits a day between the steps is done: the browser is closed to the user, as it should be", async () => {
    const someone = await person(["--scenario", "sync-lag"]);
    const { desk } = someone;
    await integration(someone, "Wait a day");
    assert.equal((await someone.mode()).trim(), "Non-interactive");
    assert.match(await desk.page.textContent("h1"), /Enabled/);
    await desk.shot("story-patient-user");
    const response = await desk.signIn(at("integration"));
    assert.equal(response.status(), 403);
    assert.match(await desk.page.textContent("h1"), /You don't have/);
    assert.match(await someone.main(), /0x80044160/);
    await desk.shot("story-patient-signin");
    await desk.leave();
  });

  test("who moves too quickly finds the user Administrative, and mends it by the license", async () => {
    const someone = await person(["--scenario", "sync-lag"]);
    const { desk, follow, button } = someone;
    const { page } = desk;
    await integration(someone, "Wait 5 minutes");
    assert.equal((await someone.mode()).trim(), "Administrative");
    assert.match(await page.textContent("h1"), /Disabled/);
    await desk.shot("story-hasty-user");
    const response = await desk.signIn(at("integration"));
    assert.equal(response.status(), 403);
    assert.match(await someone.main(), /0x80040225/);
    await desk.shot("story-hasty-signin");
    // Without the license there is no way back.
    await someone.openUser("Integration Service");
    await someone.setMode("Non-interactive");
    assert.match(await someone.dialog(), /0x80041d66/i);
    await desk.shot("story-hasty-refused");
    // With it the user is as it was after step 2.
    await someone.openAccount("Integration Service");
    await follow(page.getByRole("button", { name: /^Assign Microsoft Dynamics CRM Online Professional/ }));
    await follow(button("Wait 5 minutes"));
    await someone.openUser("Integration Service");
    assert.equal((await someone.mode()).trim(), "Read-Write");
    assert.match(await page.textContent("h1"), /Enabled/);
    await desk.leave();
  });
});

describe("what the developer's guide says of users", () => {
  test("five non-interactive users are free; leaving the mode disables; support users cannot be disabled", async () => {
    const someone = await person([]);
    const { desk, follow, button } = someone;
    const { page } = desk;
    for (const lastname of ["two", "three", "four", "five"]) {
      const made = await desk.ask("POST", "/api/data/v9.2/systemusers", { accessmode: 4, firstname: "Service", lastname });
      assert.equal(made.status, 204);
    }
    // A sixth is refused, and nothing is changed.
    await someone.openUser("Renee Lo");
    const refused = await someone.setMode("Non-interactive");
    assert.equal(refused.status(), 400);
    assert.match(await someone.dialog(), /0x8004b050/i);
    await desk.shot("story-sixth");
    await someone.openUser("Renee Lo");
    assert.equal((await someone.mode()).trim(), "Read-Write");
    // To disable a non-interactive user, change its access mode to any other value.
    await someone.openUser("Order Import");
    await someone.setMode("Read-Write");
    assert.match(await page.textContent("h1"), /Disabled/);
    // Which leaves room for the sixth.
    await someone.openUser("Renee Lo");
    await someone.setMode("Non-interactive");
    assert.match(await page.textContent("h1"), /Enabled/);
    // Support users cannot be disabled; nobody can be deleted.
    await someone.openUser("Support User");
    await follow(button("Disable"));
    assert.match(await someone.dialog(), /0x80041d41/i);
    await desk.shot("story-support");
    const { status } = await desk.ask("DELETE", "/api/data/v9.2/systemusers(00000008-0000-4000-8000-000000000013)");
    assert.equal(status, 405);
    await desk.leave();
  });
});
