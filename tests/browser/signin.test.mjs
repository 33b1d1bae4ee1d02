// The sign-in page, as a person meets it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { start } from "./browser.mjs";

let desk;
before(async () => (desk = await start()));
after(() => desk.leave());

test("one chooses somebody or types a name, with any password", async () => {
  assert.equal(await desk.open("/signin"), 200);
  await desk.check("the sign-in page");
  await desk.shot("signin");
  await desk.phone("signin-phone");
  const response = await desk.signIn("alicia.thomber@contoso.onmicrosoft.com");
  assert.equal(new URL(response.url()).pathname, "/main.aspx");
  await desk.open("/signout");
  assert.match(await desk.page.textContent("main"), /alicia\.thomber@contoso\.onmicrosoft\.com/);
  await desk.check("the sign-out page");
  await desk.page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(new URL(desk.page.url()).pathname, "/signin");
});

test("a form that the emulator did not make is refused", async () => {
  const response = await desk.page.request.post("/signin", { form: { name: "admin@contoso.onmicrosoft.com" } });
  assert.equal(response.status(), 403);
});
