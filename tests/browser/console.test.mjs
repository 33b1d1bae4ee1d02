// The emulator's console by clicks: an organization made, looked at and deleted, and a story played to its end.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { start } from "./browser.mjs";

let desk;
before(async () => (desk = await start()));
after(() => desk.leave());

const click = async (role, name, exact = true) => {
  await desk.page.getByRole(role, { name, exact }).first().click();
  await desk.page.waitForLoadState();
};
const main = () => desk.page.textContent("main");

test("an organization is made, set, frozen, snapshot and deleted", async () => {
  assert.equal(await desk.open("/_emulator/"), 200);
  await desk.check("the organizations");
  await desk.phone("console-home-phone");
  await desk.page.getByLabel("Name").fill("trial");
  await desk.page.getByLabel("What it holds at the start").selectOption("scenario:out-of-licenses");
  await click("button", "Make it");
  assert.match(await main(), /The organization was made/);
  assert.match(await main(), /0 left/);
  await desk.check("the ledger");
  await desk.shot("console-ledger");
  await desk.phone("console-ledger-phone");

  await desk.page.getByLabel("Name, access mode, rule, or what is consumed").fill("adam");
  await click("button", "Filter");
  assert.match(await main(), /1 of \d+ users/);
  await click("link", "Adam Adams");
  assert.match(await main(), /What could be changed/);
  await desk.page.getByLabel("Table").fill("accounts");
  await click("button", "Explain access");
  assert.match(await main(), /ReadAccess on account/);
  await desk.check("an explanation");
  await desk.shot("console-explain");
  await desk.phone("console-explain-phone");

  await click("link", "Settings");
  await desk.page.getByLabel("licenses", { exact: true }).fill("12");
  await click("button", "Save");
  assert.match(await main(), /The settings apply/);
  await desk.check("the settings");
  await desk.phone("console-settings-phone");

  await click("link", "Clock & sync");
  await click("button", "Freeze it here");
  await click("button", "24 hours");
  assert.match(await main(), /The clock was advanced/);
  await desk.check("the clock");
  await desk.shot("console-clock");
  await desk.phone("console-clock-phone");

  await click("link", "Snapshots");
  await desk.page.getByLabel("Save what the organization is now as").fill("then");
  await click("button", "Save");
  await click("button", "Restore then");
  assert.match(await main(), /as it was when the snapshot was saved/);
  await desk.check("the snapshots");
  await desk.phone("console-snapshots-phone");

  await click("link", "Delete trial");
  await desk.check("the question whether to delete");
  await click("button", "Delete trial");
  assert.match(await main(), /The organization was deleted/);
});

test("what is refused is told in a dialog that leads back", async () => {
  await desk.open("/_emulator/");
  await desk.page.getByLabel("Name").fill("contoso");
  await click("button", "Make it");
  const dialog = desk.page.getByRole("alertdialog");
  assert.match(await dialog.textContent(), /OrganizationExists/);
  await desk.check("a refusal");
  await desk.shot("console-refusal");
  await dialog.getByRole("link", { name: "OK" }).click();
  assert.equal(await desk.page.getByRole("alertdialog").count(), 0);
});

test("the journal is live until it is paused", async () => {
  await desk.open("/_emulator/orgs/contoso/journal");
  assert.match(await main(), /No request has come in/);
  await desk.ask("POST", "/api/data/v9.2/systemusers", { accessmode: 3 });
  await desk.page.getByText("0x80041d41").waitFor({ timeout: 10_000 });
  await desk.check("the journal");
  await desk.shot("console-journal");
  await desk.phone("console-journal-phone");
  await click("link", "Pause");
  await desk.ask("GET", "/api/data/v9.2/WhoAmI");
  // Nothing asks any longer; a page that did would have to say so.
  assert.equal(await desk.page.locator("[hx-trigger]").count(), 0);
  assert.doesNotMatch(await main(), /WhoAmI/);
  await click("link", "Resume");
  assert.match(await main(), /WhoAmI/);
  await click("link", "1");
  assert.match(await main(), /x-ms-emulator-hint/);
  await desk.check("an entry of the journal");
  await desk.shot("console-entry");
  await desk.phone("console-entry-phone");
  await click("link", "U3");
  assert.match(desk.page.url(), /\/_emulator\/rules#U3$/);
  assert.ok(await desk.page.locator("#U3").isVisible());
  await desk.check("the rules");
  await desk.phone("console-rules-phone");

  await desk.open("/_emulator/orgs/contoso/verify");
  await desk.page.getByLabel("Path").fill("/contacts");
  await desk.page.getByLabel("Exactly").fill("1");
  await click("button", "Verify");
  assert.match(await main(), /It is not so/);
  await desk.check("a verification");
  await desk.shot("console-verify");
  await desk.phone("console-verify-phone");

  await click("link", "Injections");
  await desk.page.getByLabel("Path").fill("/WhoAmI");
  await desk.page.getByLabel("Status").fill("503");
  await click("button", "Put it in place");
  assert.equal((await desk.ask("GET", "/api/data/v9.2/WhoAmI")).status, 503);
  await desk.check("the injections");
  await desk.shot("console-injections");
  await desk.phone("console-injections-phone");
  await click("button", "Take 1 away");
  assert.equal((await desk.ask("GET", "/api/data/v9.2/WhoAmI")).status, 200);

  await click("link", "Coverage");
  assert.match(await main(), /not touched/);
  await desk.check("the coverage");
  await desk.phone("console-coverage-phone");
});

test("a story is played step by step, and over again", async () => {
  await desk.open("/_emulator/");
  await click("link", "Scenarios and stories");
  await desk.check("the stories");
  await desk.shot("console-stories");
  await desk.phone("console-stories-phone");
  await click("link", "Out of licences: the way around in three steps");
  await desk.check("a story");
  await click("button", "Play it in an organization made for it");
  const steps = await desk.page.locator(".step").count();
  await click("button", "Take step 1");
  await click("button", "Take step 2");
  await click("button", "Take step 3");
  await desk.shot("console-story-begun");
  await desk.page.reload();
  assert.match(await main(), new RegExp(`3 of ${steps} steps taken`));
  await click("button", "Take all that is left");
  assert.match(await main(), new RegExp(`All ${steps} steps came out as expected`));
  assert.equal(await desk.page.locator(".step.passed").count(), steps);
  await desk.check("a story that was played");
  await desk.shot("console-story-played");
  await desk.phone("console-story-played-phone");
  await click("button", "Start over");
  assert.match(await main(), new RegExp(`0 of ${steps} steps taken`));
  await click("button", "Delete the organization");
  assert.equal(await desk.page.locator(".step.passed").count(), 0);
});

test("everything can be reached by keyboard", async () => {
  await desk.open("/_emulator/orgs/contoso");
  await desk.page.keyboard.press("Tab");
  assert.equal(await desk.page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await desk.page.keyboard.press("Enter");
  assert.equal(await desk.page.evaluate(() => document.activeElement.id), "main");
  await desk.page.keyboard.press("Tab");
  await desk.page.keyboard.type("support");
  await desk.page.keyboard.press("Enter");
  await desk.page.waitForURL(/q=support/);
  assert.match(await main(), /Support User/);
});
